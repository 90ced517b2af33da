/* longwave inspect FILE [--verify] [--job] [--samples N]: what a checkpoint or a data set holds;
   longwave inspect CHECKPOINT --attention: attention matrices of a sample (inspect_attention.c). */
#include "inspect_clock.h"
#include "command.h"
#include "longwave/study/attention_maps.h"
#include "longwave/base/columns.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/data/content.h"
#include "longwave/io/h5.h"
#include "longwave/train/subject.h"
#include "longwave/run/newest.h"
#include "longwave/run/named.h"
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef struct inspect_flags {
  bool verify, job, attention, accept_data, help;
  int64_t samples, sample, document, most_gib;
  lw_split split;
  char data[LW_TEXT_MAX], out[LW_TEXT_MAX], pictures[LW_TEXT_MAX];
} inspect_flags;

#define AT(member) LW_AT(inspect_flags, member)
static const lw_option table[] = {
    LW_BOOL_ROW(
        "verify", FLAG, AT(verify), "false",
        "read everything, of a run all checkpoints, compare it with its checksums, nothing else; "
        "exit code 5 if one differs"),
    LW_BOOL_ROW("job", FLAG, AT(job), "false", "print the job that a checkpoint holds, as YAML"),
    LW_INT_ROW("samples", FLAG, AT(samples), "0", 0, 1000,
               "print the first samples of each split of a data set"),
    LW_BOOL_ROW(
        "attention", FLAG, AT(attention), "false",
        "attention matrices of a checkpoint for one sample, of every layer and head, before and "
        "after smoothing"),
    LW_TEXT_ROW("data", FLAG, AT(data), "", 0, LW_TEXT_MAX - 1,
                "attention: data set; if empty the one that the checkpoint was trained on"),
    LW_CHOICE_ROW("split", FLAG, AT(split), LW_SPLIT_CHOICES, "test",
                  "attention: split of the sample"),
    LW_INT_ROW("sample", FLAG, AT(sample), "0", 0, 1e12,
               "attention: number of the sample in its split"),
    LW_INT_ROW("document", FLAG, AT(document), "1", 1, 2, "attention: which document of a pair"),
    LW_TEXT_ROW("out", FLAG, AT(out), "", 0, LW_TEXT_MAX - 1,
                "attention: write whole matrices to this HDF5 file"),
    LW_TEXT_ROW("pictures", FLAG, AT(pictures), "", 0, LW_TEXT_MAX - 1,
                "attention: write a PNG picture of each layer into this folder"),
    LW_BOOL_ROW("accept_data", FLAG, AT(accept_data), "false",
                "attention: accept data whose names or scale are not those of the training"),
    LW_INT_ROW("most_gib", FLAG, AT(most_gib), "8", 1, 1e6,
               "attention: GiB that the HDF5 file may take"),
    LW_BOOL_ROW("help", FLAG, AT(help), "false", "this text"),
    {0}};

static const char usage[] =
    "usage: longwave inspect FILE.h5 [flags]\n"
    "       longwave inspect RUN [flags]       the newest checkpoint of a run folder\n\n"
    "Shows what a checkpoint (progress, settings, every array) or a data set (counts, lengths,\n"
    "classes, origin) holds; with --attention which tokens a model attends to in one "
    "sample.\n\nflags:";

static void print_params(const char *title, const lw_params *params)
{
  if (params->count == 0) return;
  const lw_column columns[] = {{title, 0, -40, NULL, false},
                               {"shape", 1, -16, NULL, false},
                               {"mean", 1, 12, "%.4g", false},
                               {"deviation", 1, 12, "%.4g", false},
                               {"least", 1, 12, "%.4g", false},
                               {"greatest", 1, 12, "%.4g", false},
                               {0}};
  putchar('\n');
  lw_columns_print(stdout, columns, NULL, NULL);
  for (int64_t i = 0; i < params->count; i++) {
    const lw_param *param = &params->table[i];
    const float *x = lw_param_value(params, i);
    double sum = 0.0, square = 0.0, least = INFINITY, greatest = -INFINITY;
    for (int64_t k = 0; k < param->count; k++) {
      sum += x[k];
      square += (double)x[k] * x[k];
      least = fmin(least, x[k]);
      greatest = fmax(greatest, x[k]);
    }
    double n = (double)param->count, mean = sum / n;
    char shape[48];
    if (param->rank == 2)
      snprintf(shape, sizeof shape, "[%lld, %lld]", (long long)param->dims[0],
               (long long)param->dims[1]);
    else
      snprintf(shape, sizeof shape, "[%lld]", (long long)param->dims[0]);
    lw_columns_print(stdout, columns, (const char *[]){param->name, shape},
                     (double[]){mean, sqrt(fmax(square / n - mean * mean, 0.0)), least, greatest});
  }
}

/* The figures but the loss that are known: ", accuracy 61.20 %". */
static const char *best_text(const lw_checkpoint_info *info, char text[LW_SCORE_TEXT])
{
  const lw_objective *objective = info->data.objective;
  char shown[LW_SCORE_TEXT];
  size_t used = 0;
  *text = 0;
  for (int k = 1; k < objective->figures && used < LW_SCORE_TEXT; k++)
    if (objective->figure[k].stored || !isnan(info->progress.best.value[k]))
      used += (size_t)snprintf(
          text + used, LW_SCORE_TEXT - used, ", %s %s", objective->figure[k].title,
          lw_figure_text(&objective->figure[k], info->progress.best.value[k], shown));
  return text;
}

static void print_checkpoint(const lw_subject *subject)
{
  const char *path = subject->path;
  const lw_checkpoint_info *info = &subject->info;
  const lw_job *job = &subject->job;
  const lw_model *model = subject->model;
  const lw_progress *progress = &info->progress;
  char text[LW_SCORE_TEXT];
  printf("%s: checkpoint of longwave %s, checksum %08x (compared, good)\n", path, info->version,
         info->checksum);
  printf("progress    step %lld of %lld, epoch %.4f, %lld samples, %lld tokens, %.1f s\n",
         (long long)progress->step, (long long)job->train.steps, info->epoch,
         (long long)progress->cursor, (long long)progress->tokens, progress->seconds);
  if (progress->best_step > 0)
    printf("best        validation loss %.6f%s at step %lld\n", progress->best.value[0],
           best_text(info, text), (long long)progress->best_step);
  printf("data        %s (%s), checksum %08x, vocabulary %lld, ", job->data.path, info->task,
         info->data_checksum, (long long)info->data.vocabulary);
  const lw_dataset_info asked = {.classes = info->data.outputs,
                                 .numbers = info->mark.numbers,
                                 .horizon = info->mark.horizon,
                                 .vocabulary = info->data.vocabulary};
  info->data.objective->target->describe(&asked, stdout);
  putchar('\n');
  printf("model       %lld parameters, %lld blocks of width %lld, %lld heads; seed %lld\n",
         (long long)model->params.numbers, (long long)job->model.layers,
         (long long)job->model.width, (long long)job->model.heads, (long long)job->train.seed);
  lw_inspect_clock(subject);
  print_params("/parameters", &model->params);
  print_params("/statistics", &model->statistics);
}

static lw_status inspect_checkpoint(lw_world *world, const char *path, const inspect_flags *flags)
{
  lw_subject *subject = NULL;
  lw_status status = LW_OK;
  LW_TRY(lw_subject_open(world, &(lw_subject_request){.checkpoint = path}, &subject));
  LW_TRY(lw_subject_load(subject, &(lw_subject_use){.optimizer = true}));
  if (world->rank > 0) goto done;
  if (flags->verify)
    printf("%s: all checksums agree; the state's is %08x\n", path, subject->info.checksum);
  else if (flags->job)
    fputs(subject->info.job, stdout);
  else
    print_checkpoint(subject);
done:
  lw_subject_close(&subject);
  return status;
}

static lw_status print_document(const lw_dataset *dataset, lw_split split, int64_t sample,
                                lw_document document)
{
  const lw_items shown = {.sample = sample,
                          .first = document.first,
                          .count =
                              document.tokens < LW_ITEMS_SHOWN ? document.tokens : LW_ITEMS_SHOWN};
  printf(" %lld tokens:", (long long)document.tokens);
  lw_status status = lw_dataset_describe(dataset)->input->show(dataset, split, &shown, stdout);
  puts(shown.count < document.tokens ? " ..." : "");
  return status;
}

static lw_status print_sample(const lw_dataset *dataset, lw_split split, int64_t sample)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  lw_status status = LW_OK;
  printf("%s %lld:", lw_split_name(split), (long long)sample);
  if (info->target->show) info->target->show(dataset, split, sample, stdout);
  for (int64_t d = 0; d < info->documents; d++) {
    if (d > 0) fputs("  and", stdout);
    LW_TRY(print_document(dataset, split, sample, lw_dataset_document(dataset, split, sample, d)));
  }
done:
  return status;
}

static lw_status print_dataset(const lw_dataset *dataset, int64_t samples)
{
  lw_status status = LW_OK;
  lw_dataset_report(dataset, stdout);
  printf("settings:\n%s\n", lw_dataset_settings(dataset));
  for (int split = 0; split < LW_SPLITS; split++)
    for (int64_t i = 0; i < samples && i < lw_dataset_describe(dataset)->count[split]; i++)
      LW_TRY(print_sample(dataset, (lw_split)split, i));
done:
  return status;
}

static lw_status inspect_dataset(const lw_world *world, const char *path,
                                 const inspect_flags *flags)
{
  lw_dataset *dataset = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, lw_dataset_open(path, &dataset));
  if (flags->verify) {
    LW_TRY(lw_dataset_verify(dataset, world, LW_SPLITS));
    if (world->rank == 0)
      printf("%s: all checksums agree; the set's is %08x\n", path,
             lw_dataset_describe(dataset)->checksum);
    LW_TRY(lw_dataset_report_content(dataset, world, world->rank == 0 ? stdout : NULL));
  } else {
    LW_TRY_ON_ROOT(world, print_dataset(dataset, flags->samples));
  }
done:
  lw_dataset_close(&dataset);
  return status;
}

/* ---- runs ---- */

/* Every checkpoint, newest first: one that is damaged does not hide the others. */
static lw_status verify_run(lw_world *world, const char *folder, const inspect_flags *flags)
{
  char path[LW_PATH_MAX];
  int64_t *steps = NULL, count = 0, damaged = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_newest_steps(world, folder, &steps, &count));
  for (int64_t i = 0; i < count; i++) {
    LW_TRY(lw_folder_checkpoint(folder, steps[i], path));
    status = inspect_checkpoint(world, path, flags);
    if (status != LW_ERROR_FORMAT) LW_TRY(status);
    if (status != LW_OK) lw_log_root(LW_LOG_WARN, "%s", lw_fail_message());
    damaged += status != LW_OK;
    status = LW_OK;
  }
  if (damaged > 0)
    status = lw_fail(LW_ERROR_FORMAT,
                     "%lld of %lld checkpoints of %s are damaged; --resume goes on from the newest "
                     "that is not",
                     (long long)damaged, (long long)count, folder);
done:
  lw_mem_give(steps);
  return status;
}

/* A run with several checkpoints to be verified; one that has links only is judged by its newest.
   *folder "": there is no such run. Root. */
static lw_status look_for_run(const char *word, char *folder)
{
  lw_named named;
  int64_t *steps = NULL, count = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_named_find(word, &named));
  if (named.kind != LW_NAMED_RUN) goto done;
  LW_TRY(lw_folder_steps(named.folder, &steps, &count));
  if (count > 0) memcpy(folder, named.folder, sizeof named.folder);
done:
  lw_mem_give(steps);
  return status;
}

/* folder [LW_TEXT_MAX] out */
static lw_status find_run(const lw_world *world, const char *word, const inspect_flags *flags,
                          char *folder)
{
  lw_status status = LW_OK;
  *folder = 0;
  if (!flags->verify) return LW_OK;
  LW_TRY_ON_ROOT(world, look_for_run(word, folder));
  lw_broadcast(world, folder, LW_TEXT_MAX);
done:
  return status;
}

/* The format attribute of the file, so that each kind gets its own reader and its own
   complaints. */
static lw_status read_format(const char *path, char *format, int64_t room)
{
  lw_h5 *file = NULL;
  lw_status status = LW_OK;
  LW_TRY(lw_h5_open(path, &file));
  status = lw_h5_get_text(file, "/", "format", format, room);
  if (status == LW_ERROR_FORMAT)
    status = lw_fail(LW_ERROR_FORMAT,
                     "%s is an HDF5 file, but neither a checkpoint nor a data set of Longwave"
                     "; h5dump shows any",
                     path);
done:
  lw_h5_close(&file);
  return status;
}

static lw_status inspect_file(lw_world *world, const char *path, const inspect_flags *flags)
{
  char format[64];
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, read_format(path, format, sizeof format));
  const lw_map_request request = {.checkpoint = path,
                                  .data = flags->data,
                                  .split = flags->split,
                                  .sample = flags->sample,
                                  .document = flags->document - 1,
                                  .out = flags->out,
                                  .pictures = flags->pictures,
                                  .accept_data = flags->accept_data,
                                  .most_bytes = flags->most_gib << 30,
                                  .told = stdout};
  if (flags->attention)
    LW_TRY(lw_attention_maps(world, &request));
  else if (!strcmp(format, "longwave-dataset"))
    LW_TRY(inspect_dataset(world, path, flags));
  else
    LW_TRY(inspect_checkpoint(world, path, flags));
done:
  return status;
}

lw_status lw_command_inspect(lw_world *world, int argc, char **argv)
{
  inspect_flags flags = {.help = false};
  lw_option_section section = {.name = "", .sentence = usage, .options = table, .values = &flags};
  const char *word = NULL;
  char run[LW_TEXT_MAX], path[LW_TEXT_MAX];
  lw_arguments arguments = {.words = &word, .word_room = 1};
  lw_status status = LW_OK;
  LW_TRY(lw_command_arguments(world, &section, &flags.help, argc, argv, &arguments));
  if (flags.help) return LW_OK;
  if (arguments.word_count == 0)
    return lw_fail(LW_ERROR_INPUT, "no file given: longwave inspect FILE.h5, or a run folder");
  LW_TRY(find_run(world, word, &flags, run));
  if (*run) {
    LW_TRY(verify_run(world, run, &flags));
    goto done;
  }
  LW_TRY(lw_named_checkpoint(world, word, LW_NAMED_NEWEST, path));
  LW_TRY(inspect_file(world, path, &flags));
done:
  return status;
}
