/* longwave predict CHECKPOINT [FILE ...] --out P.csv|P.h5: what a model says about samples;
   --explain E.h5 --sample N: which steps of one mattered for that. */
#include "command.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/io/h5.h"
#include "longwave/run/banner.h"
#include "longwave/run/named.h"
#include "longwave/run/predict.h"
#include "longwave/study/explanation.h"
#include "longwave/task/new_data.h"
#include "longwave/train/checkpoint.h"
#include "longwave/base/log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct predict_flags {
  char out[LW_TEXT_MAX], explain[LW_TEXT_MAX], pictures[LW_TEXT_MAX], answer[LW_TEXT_MAX];
  lw_split split;
  int64_t batch_size, threads, sequence, top, sample, step, most_gib;
  bool all_steps, maps, accept_data, help;
} predict_flags;

#define AT(member) LW_AT(predict_flags, member)
static const lw_option table[] = {
    LW_TEXT_ROW("out", FLAG, AT(out), "", 0, LW_TEXT_MAX - 1,
                "the predictions: a table if it ends in .csv, else HDF5"),
    LW_CHOICE_ROW("split", FLAG, AT(split), LW_SPLIT_CHOICES, "test", "which samples"),
    LW_INT_ROW("top", FLAG, AT(top), "1", 1, 1000,
               "of a class: how many of the most probable classes a table names"),
    LW_BOOL_ROW("all_steps", FLAG, AT(all_steps), "false",
                "a table has every step, not only those that the data set asks for"),
    LW_TEXT_ROW("explain", FLAG, AT(explain), "", 0, LW_TEXT_MAX - 1,
                "which steps of one sample mattered: gradient times input and attention matrices, "
                "to this HDF5 file"),
    LW_INT_ROW("sample", FLAG, AT(sample), "0", 0, 1e12,
               "explain: number of the sample in its split"),
    LW_TEXT_ROW("answer", FLAG, AT(answer), "", 0, LW_TEXT_MAX - 1,
                "explain: the class, number or token that is explained, by its name or index; if "
                "empty the most probable one, or the only number"),
    LW_INT_ROW("step", FLAG, AT(step), "-1", -1, 1e12,
               "explain: of answers at steps, and of the next values, which one, from 0"),
    LW_TEXT_ROW("pictures", FLAG, AT(pictures), "", 0, LW_TEXT_MAX - 1,
                "explain: write PNG pictures of the sample and of the attention of each layer into "
                "this folder"),
    LW_BOOL_ROW("maps", FLAG, AT(maps), "true",
                "explain: with attention matrices; false: without, for long samples"),
    LW_INT_ROW("most_gib", FLAG, AT(most_gib), "1", 1, 1e6,
               "explain: GiB that attention matrices may take"),
    LW_COMMAND_PASS_OPTIONS(predict_flags),
    LW_BOOL_ROW("accept_data", FLAG, AT(accept_data), "false",
                "accept data whose names or scales are not those of the training; only warn"),
    LW_BOOL_ROW("help", FLAG, AT(help), "false", "this text"),
    {0}};

static const char usage[] =
    "usage: longwave predict CHECKPOINT [FILE ...] --out FILE [flags]\n"
    "       longwave predict RUN [FILE ...] --out FILE [flags]     the best checkpoint of a run\n"
    "       longwave predict RUN [FILE ...] --explain FILE.h5 --sample N [--pictures FOLDER]\n\n"
    "What a model says about each sample: classes with their probabilities, numbers in their own\n"
    "unit, the same at each step with its time. FILE is a data set, or files that are read as "
    "those\n"
    "of the training were (sounds, tables, records, ...), with answers or without. Without FILE: "
    "the\n"
    "data set of the training. --explain: which steps of a sample mattered for what it says.\n\n"
    "flags:";

static bool is_dataset(const char *path)
{
  lw_dataset *dataset = NULL;
  const bool fine = lw_dataset_open(path, &dataset) == LW_OK;
  lw_dataset_close(&dataset);
  return fine;
}

/* A model that was trained on its items alone has nothing to say about a sample yet. */
static lw_status check_answers(const char *checkpoint)
{
  lw_checkpoint_info *info = NULL;
  lw_status status = LW_TAKE(&info, 1);
  if (status == LW_OK) status = lw_checkpoint_read_info(checkpoint, info);
  if (status == LW_OK && info->data.objective->target->pretext)
    status =
        lw_fail(LW_ERROR_INPUT,
                "%s is of a pretraining, for %s, and answers no question about a sample; train "
                "a job on answers with train.start_from: %s",
                checkpoint, info->data.objective->target->wanted, checkpoint);
  lw_mem_give(info);
  return status;
}

/* A data set beside the predictions of files that are no data set. data [LW_TEXT_MAX] out */
static lw_status read_files(const lw_world *world, const char *checkpoint, const char *const *files,
                            int count, const char *out, char *data)
{
  lw_dataset *like = NULL;
  char *notes = NULL;
  lw_text path = lw_text_in(data, LW_TEXT_MAX);
  lw_status status = lw_dataset_open_head(checkpoint, LW_CHECKPOINT_DATA, &like);
  if (status == LW_ERROR_FORMAT)
    status = lw_fail(LW_ERROR_INPUT,
                     "%s does not say how its data were read (it was written by an earlier "
                     "version); make a data set of the files and give that",
                     checkpoint);
  LW_TRY_TOGETHER(world, status);
  lw_text_add(&path, "%s.data.h5", out);
  LW_TRY_TOGETHER(world, world->rank ? LW_OK : lw_h5_check_place(data, "", 0.0));
  LW_TRY(lw_new_data_make(
      world, &(lw_new_data){.like = like, .files = files, .count = count, .path = data}, &notes));
  if (world->rank == 0 && notes) fputs(notes, stdout);
done:
  lw_dataset_close(&like);
  lw_mem_give(notes);
  return status;
}

static lw_status predict(lw_world *world, const predict_flags *flags, const char *checkpoint,
                         const char *data)
{
  return lw_predict(world, &(lw_prediction_request){.checkpoint = checkpoint,
                                                    .data = data,
                                                    .out = flags->out,
                                                    .split = flags->split,
                                                    .batch_size = flags->batch_size,
                                                    .sequence = flags->sequence,
                                                    .top = flags->top,
                                                    .all_steps = flags->all_steps,
                                                    .accept_data = flags->accept_data});
}

static lw_status explain(lw_world *world, const predict_flags *flags, const char *checkpoint,
                         const char *data)
{
  return lw_explain(world, &(lw_explanation_request){.checkpoint = checkpoint,
                                                     .data = data,
                                                     .split = flags->split,
                                                     .sample = flags->sample,
                                                     .answer = flags->answer,
                                                     .step = flags->step,
                                                     .out = flags->explain,
                                                     .pictures = flags->pictures,
                                                     .maps = flags->maps,
                                                     .most_bytes = flags->most_gib << 30,
                                                     .sequence = flags->sequence,
                                                     .accept_data = flags->accept_data,
                                                     .told = stdout});
}

static lw_status use_files(lw_world *world, const predict_flags *flags, const char *checkpoint,
                           const char *const *files, int count)
{
  int64_t whole = count == 1 && is_dataset(files[0]);
  const char *out = *flags->out ? flags->out : flags->explain, *data = count ? files[0] : "";
  char made[LW_TEXT_MAX] = "";
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, check_answers(checkpoint));
  lw_broadcast(world, &whole, sizeof whole);
  if (count > 0 && !whole) {
    LW_TRY(read_files(world, checkpoint, files, count, out, made));
    data = made;
  }
  if (*flags->out) LW_TRY(predict(world, flags, checkpoint, data));
  if (*flags->explain) LW_TRY(explain(world, flags, checkpoint, data));
done:
  if (world->rank == 0 && *made && remove(made) && errno != ENOENT)
    lw_log_root(LW_LOG_WARN, "'%s' was only needed meanwhile and cannot be removed", made);
  return status;
}

static lw_status check_flags(const lw_option_section *section, const predict_flags *flags)
{
  static const char *const explains[] = {"sample", "answer", "step", "pictures", "maps"};
  const size_t length = strlen(flags->explain);
  char where[LW_TEXT_MAX];
  if (!*flags->out && !*flags->explain)
    return lw_fail(LW_ERROR_INPUT, "nothing to write: give --out FILE.csv for what the model says "
                                   "about all samples, --explain FILE.h5 for what mattered in one, "
                                   "or both");
  if (length > 4 && !strcmp(flags->explain + length - 4, ".csv"))
    return lw_fail(LW_ERROR_INPUT, "--explain writes HDF5: give it a name like %.*s.h5",
                   (int)length - 4, flags->explain);
  for (size_t i = 0; i < sizeof explains / sizeof *explains && !*flags->explain; i++)
    if (strcmp(lw_option_where(section, 1, explains[i], where), "default") != 0)
      return lw_fail(LW_ERROR_INPUT,
                     "--%s is about one sample that is explained: give --explain FILE.h5 as well",
                     explains[i]);
  return LW_OK;
}

lw_status lw_command_predict(lw_world *world, int argc, char **argv)
{
  predict_flags flags = {.help = false};
  lw_option_section section = {.name = "", .sentence = usage, .options = table, .values = &flags};
  const char **words = NULL;
  char path[LW_TEXT_MAX];
  lw_status status = LW_TAKE(&words, argc);
  lw_arguments arguments = {.words = words, .word_room = argc};
  if (status != LW_OK) return status;
  LW_TRY(lw_command_arguments(world, &section, &flags.help, argc, argv, &arguments));
  if (flags.help) goto done;
  if (arguments.word_count == 0)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "no checkpoint given: longwave predict CHECKPOINT.h5 FILE --out "
                                   "FILE.csv"));
  LW_TRY(check_flags(&section, &flags));
  LW_TRY(lw_named_checkpoint(world, words[0], LW_NAMED_BEST, path));
  lw_threads_start(flags.threads, world);
  LW_TRY(use_files(world, &flags, path, words + 1, arguments.word_count - 1));
done:
  lw_mem_give(words);
  return status;
}
