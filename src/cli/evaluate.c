/* longwave evaluate CHECKPOINT [--data D.h5] [--split test] [--limit N] [--logits L.h5]
   [--gradients G.h5] [--sequence S] [--keep] */
#define _XOPEN_SOURCE 700
#include "command.h"
#include "run_paths.h"
#include "longwave/array/layout.h"
#include "longwave/base/columns.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/task/task.h"
#include "longwave/io/h5.h"
#include "longwave/run/banner.h"
#include "longwave/train/checkpoint.h"
#include "longwave/train/evaluate.h"
#include "longwave/run/kept.h"
#include "longwave/train/loss.h"
#include "longwave/train/memory.h"
#include "longwave/train/parallel.h"
#include "run_place.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct evaluate_flags {
  char data[LW_TEXT_MAX], logits[LW_TEXT_MAX], gradients[LW_TEXT_MAX];
  int split;
  int64_t limit, batch_size, threads, sequence;
  bool unverified, accept_data, keep, help;
  bool must_keep; /* --keep is given; no flags, from here on */
  bool quiet;     /* for other subcommands */
  const char *keep_in;
} evaluate_flags;

#define AT(member) offsetof(evaluate_flags, member)
static const lw_option table[] = {
    {"data", LW_OPTION_TEXT, AT(data), "", 0, LW_TEXT_MAX - 1, NULL,
     "data set; if empty the one that the checkpoint was trained on"},
    {"split", LW_OPTION_CHOICE, AT(split), "test", 0, 0, lw_split_names, "which samples"},
    {"limit", LW_OPTION_INT, AT(limit), "0", 0, 1e12, NULL,
     "use only N samples of the split, drawn at random, the same ones each time; 0: all"},
    {"batch_size", LW_OPTION_INT, AT(batch_size), "0", 0, 1e9, NULL,
     "samples at a time, over all ranks; 0: as many as a piece of training's batch"},
    {"threads", LW_OPTION_INT, AT(threads), "0", 0, 4096, NULL,
     "threads per rank; 0: the cores of the machine, shared by its ranks"},
    {"sequence", LW_OPTION_AUTO, AT(sequence), "auto", 1, 1 << 20, NULL,
     "ranks that share the tokens of a sample, a divisor of all ranks; auto: the smallest "
     "number that gives every rank work"},
    {"logits", LW_OPTION_TEXT, AT(logits), "", 0, LW_TEXT_MAX - 1, NULL,
     "write logits [samples, classes] and labels to this HDF5 file, and with --limit the numbers "
     "of the samples in their split; not of the next token"},
    {"gradients", LW_OPTION_TEXT, AT(gradients), "", 0, LW_TEXT_MAX - 1, NULL,
     "write the gradient of the mean loss, one array for each parameter, to this HDF5 file"},
    {"keep", LW_OPTION_BOOL, AT(keep), "true", 0, 0, NULL,
     "keep the result in the run folder for longwave table and report, which then do not test "
     "again. Without this flag only of the checkpoint that they show, the best, on all samples of "
     "the run's own data, and where the folder may be written; --keep: of any checkpoint, or fail"},
    {"unverified", LW_OPTION_BOOL, AT(unverified), "false", 0, 0, NULL,
     "do not compare arrays with their checksums: for a checkpoint that was changed on purpose"},
    {"accept_data", LW_OPTION_BOOL, AT(accept_data), "false", 0, 0, NULL,
     "accept data whose names or scale are not those of the training; only warn"},
    {"help", LW_OPTION_BOOL, AT(help), "false", 0, 0, NULL, "this text"},
    {0}};

static const char usage[] =
    "usage: longwave evaluate CHECKPOINT [flags]\n"
    "       longwave evaluate RUN [flags]          the best checkpoint of a run folder\n\n"
    "Loss, accuracy with its 95 % interval and, of up to 32 classes, the confusion table of a\n"
    "checkpoint on a data set; of a model of the next token perplexity and bits per token.\n\n"
    "flags:";

/* Whether a limit leaves some of the split's samples only. */
static bool is_drawn(const lw_evaluation *evaluation, const lw_dataset *dataset)
{
  return lw_evaluation_samples(evaluation, dataset) <
         lw_dataset_describe(dataset)->count[evaluation->split];
}

/* Rows of this rank of an array that every rank holds whole. */
static lw_status put_share(lw_h5_writer *writer, const lw_world *world, const char *name,
                           int64_t rows, int64_t row_bytes, const void *data)
{
  int64_t first = lw_layout_first(rows, world->size, world->rank);
  return lw_h5_writer_put(writer, name, first, lw_layout_count(rows, world->size, world->rank),
                          (const char *)data + first * row_bytes);
}

/* Files are begun before the evaluation: a missing folder or a full disk shows before the work. */
static lw_status begin_logits(const char *path, const lw_world *world, int64_t samples,
                              int64_t classes, bool drawn, lw_h5_writer **writer)
{
  int64_t dims[] = {samples, classes};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, lw_h5_writer_create(world, path, writer));
  LW_TRY_TOGETHER(world, lw_h5_writer_text(*writer, "/", "format", "longwave-logits"));
  LW_TRY_TOGETHER(world, lw_h5_writer_array(*writer, "/logits", LW_H5_F32, 2, dims));
  LW_TRY_TOGETHER(world, lw_h5_writer_array(*writer, "/labels", LW_H5_I32, 1, dims));
  if (drawn) LW_TRY_TOGETHER(world, lw_h5_writer_array(*writer, "/samples", LW_H5_I64, 1, dims));
  LW_TRY(lw_h5_writer_start(*writer));
done:
  return status;
}

static lw_status end_file(lw_h5_writer *writer)
{
  lw_status status = lw_h5_writer_finish(writer);
  return status == LW_OK ? lw_h5_writer_publish(writer) : status;
}

static lw_status end_logits(lw_h5_writer *writer, const lw_world *world, const lw_dataset *dataset,
                            const lw_evaluation *evaluation, int64_t classes)
{
  int32_t *labels = NULL;
  int64_t N = evaluation->samples, *list = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(&labels, N));
  LW_TRY_TOGETHER(world, LW_TAKE(&list, N));
  LW_TRY_TOGETHER(world, lw_evaluation_list(evaluation, dataset, list));
  for (int64_t i = 0; i < N; i++) labels[i] = lw_dataset_label(dataset, evaluation->split, list[i]);
  LW_TRY(
      put_share(writer, world, "/logits", N, classes * (int64_t)sizeof(float), evaluation->logits));
  LW_TRY(put_share(writer, world, "/labels", N, sizeof(int32_t), labels));
  if (is_drawn(evaluation, dataset))
    LW_TRY(put_share(writer, world, "/samples", N, sizeof(int64_t), list));
  LW_TRY(end_file(writer));
done:
  lw_mem_give(labels);
  lw_mem_give(list);
  return status;
}

/* Each array stands under its parameter's name, and under /parameters/NAME too, so that the path
   which reads a value from the checkpoint reads its gradient here. */
static lw_status define_gradients(lw_h5_writer *writer, const lw_params *params)
{
  char name[LW_H5_NAME_MAX], alias[LW_H5_NAME_MAX];
  lw_status status = LW_OK;
  LW_TRY(lw_h5_writer_text(writer, "/", "format", "longwave-gradients"));
  for (int64_t i = 0; i < params->count; i++) {
    const lw_param *param = &params->table[i];
    snprintf(name, sizeof name, "/%s", param->name);
    snprintf(alias, sizeof alias, "/parameters/%s", param->name);
    LW_TRY(lw_h5_writer_array(writer, name, LW_H5_F32, param->rank, param->dims));
    LW_TRY(lw_h5_writer_link(writer, name, alias));
  }
done:
  return status;
}

static lw_status begin_gradients(const char *path, const lw_model *model, lw_h5_writer **writer)
{
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(model->world, lw_h5_writer_create(model->world, path, writer));
  LW_TRY_TOGETHER(model->world, define_gradients(*writer, &model->params));
  LW_TRY(lw_h5_writer_start(*writer));
done:
  return status;
}

static lw_status end_gradients(lw_h5_writer *writer, const lw_model *model)
{
  const lw_params *params = &model->params;
  char name[LW_H5_NAME_MAX];
  lw_status status = LW_OK;
  for (int64_t i = 0; i < params->count; i++) {
    const lw_param *param = &params->table[i];
    snprintf(name, sizeof name, "/%s", param->name);
    LW_TRY(put_share(writer, model->world, name, param->dims[0],
                     param->dims[1] * (int64_t)sizeof(float), lw_param_gradient(params, i)));
  }
  LW_TRY(end_file(writer));
done:
  return status;
}

/* A table of many classes is worth its memory only where it goes to a file. */
enum { WIDEST = 32, NAME_WIDTH = 11 };
static bool wants_table(const lw_model_data *data, bool kept)
{
  const int64_t most = kept ? LW_KEPT_CLASSES : WIDEST;
  return data->target == LW_TARGET_CLASS && data->classes <= most;
}

static void print_confusion(const lw_dataset *dataset, const int64_t *confusion, int64_t classes)
{
  if (classes > WIDEST) return;
  puts("\nconfusion table (rows: label, columns: guess)");
  printf("%-14s", "");
  for (int64_t k = 0; k < classes; k++) printf(" %6lld", (long long)k);
  puts("   right");
  for (int64_t label = 0; label < classes; label++) {
    const char *name = lw_dataset_class_name(dataset, label);
    int bytes;
    const int width = lw_columns(name, NAME_WIDTH, &bytes);
    int64_t row = 0;
    printf("%2lld %.*s%*s", (long long)label, bytes, name, NAME_WIDTH - width, "");
    for (int64_t k = 0; k < classes; k++) {
      row += confusion[label * classes + k];
      printf(" %6lld", (long long)confusion[label * classes + k]);
    }
    if (row > 0)
      printf("  %5.1f %%", 100.0 * (double)confusion[label * classes + label] / (double)row);
    putchar('\n');
  }
}

static void print_result(const char *checkpoint, const lw_dataset *dataset,
                         const lw_evaluation *evaluation, const lw_model_data *data)
{
  char text[LW_LOSS_TEXT], drawn[64] = "";
  double low, high;
  lw_wilson(evaluation->accuracy, evaluation->answers, &low, &high);
  if (is_drawn(evaluation, dataset))
    snprintf(drawn, sizeof drawn, " drawn from %lld",
             (long long)lw_dataset_describe(dataset)->count[evaluation->split]);
  printf("%s on the %s split of %s\n", checkpoint, lw_split_name(evaluation->split),
         lw_dataset_path(dataset));
  printf("samples %lld%s, loss %.6f%s, accuracy %.2f %% (95 %% interval %.2f to %.2f), %.0f "
         "tokens/s\n",
         (long long)evaluation->samples, drawn, evaluation->loss,
         lw_loss_text(evaluation->loss, data, text), 100.0 * evaluation->accuracy, 100.0 * low,
         100.0 * high, (double)evaluation->tokens / evaluation->seconds);
  if (evaluation->confusion) print_confusion(dataset, evaluation->confusion, data->classes);
}

/* Without --data the file is found by its path, and may have been made anew since the training:
   figures of it are none of the run's. */
static lw_status check_same_data(const lw_dataset *dataset, const lw_checkpoint_info *info,
                                 bool must_keep, bool *same)
{
  uint32_t found = lw_dataset_describe(dataset)->checksum;
  *same = found == info->data_checksum;
  if (*same) return LW_OK;
  if (must_keep)
    return lw_fail(LW_ERROR_INPUT,
                   "--keep: %s has checksum %08x; the checkpoint was trained on %08x, so that its "
                   "result cannot be kept for the run; remove --keep",
                   lw_dataset_path(dataset), found, info->data_checksum);
  lw_log_root(LW_LOG_WARN, "%s has checksum %08x; the checkpoint was trained on %08x",
              lw_dataset_path(dataset), found, info->data_checksum);
  return LW_OK;
}

static lw_status arrange(lw_world *world, int64_t sequence, const lw_dataset *dataset,
                         const lw_evaluation *evaluation)
{
  const int64_t samples = lw_evaluation_samples(evaluation, dataset);
  int64_t longest = lw_dataset_describe(dataset)->longest[evaluation->split];
  if (samples == 0) return LW_OK; /* lw_evaluate refuses */
  if (evaluation->max_length > 0 && longest > evaluation->max_length)
    longest = evaluation->max_length;
  return lw_parallel_arrange(
      world, &(lw_parallel_request){
                 .option = "--sequence",
                 .sequence = sequence,
                 .samples = samples < evaluation->batch_size ? samples : evaluation->batch_size,
                 .longest = longest});
}

/* ---- keeping ---- */

/* "runs/mine/checkpoints/best.h5" to "runs/mine", "checkpoints/best.h5" to "."; false: the path has
   no such form. folder [LW_TEXT_MAX] out */
static bool cut_run_folder(const char *checkpoint, char *folder)
{
  static const char inside[] = "checkpoints/";
  const char *place = strstr(checkpoint, "/checkpoints/");
  for (const char *next = place; next; next = strstr(next + 1, "/checkpoints/")) place = next;
  if (!strncmp(checkpoint, inside, strlen(inside)) && !strchr(checkpoint + strlen(inside), '/')) {
    snprintf(folder, LW_TEXT_MAX, ".");
    return true;
  }
  if (!place || strchr(place + strlen("/checkpoints/"), '/')) return false;
  snprintf(folder, LW_TEXT_MAX, "%.*s", (int)(place - checkpoint), checkpoint);
  return true;
}

static lw_status run_folder(const char *checkpoint, char *folder)
{
  if (cut_run_folder(checkpoint, folder)) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "--keep: %s is not in the folder 'checkpoints' of a run folder; remove --keep",
                 checkpoint);
}

/* Whether this is the checkpoint of a run that tables and reports show. Its figures must not make
   way for those of another one. folder [LW_TEXT_MAX] out */
static bool stands_for_run(const char *path, const lw_checkpoint_info *info, char *folder)
{
  char *real = realpath(path, NULL), shown[LW_TEXT_MAX] = "";
  lw_checkpoint_info *other = NULL;
  const bool inside = cut_run_folder(path, folder) || (real && cut_run_folder(real, folder));
  free(real);
  lw_status status = inside ? LW_TAKE(&other, 1) : LW_ERROR_INPUT;
  if (status == LW_OK) status = lw_run_checkpoint(folder, other, shown);
  if (status == LW_OK && *shown) status = lw_checkpoint_read_info(shown, other);
  const bool same = status == LW_OK && *shown && other->checksum == info->checksum;
  lw_mem_give(other);
  return same;
}

/* Where the result will be kept. folder [LW_TEXT_MAX] out, on the root; *kept: false: nowhere. */
static lw_status choose_folder(const lw_world *world, const char *path,
                               const lw_checkpoint_info *info, const evaluate_flags *flags,
                               char *folder, bool *kept)
{
  const bool whole =
      !*flags->data && flags->limit == 0 && !flags->accept_data && !flags->unverified;
  lw_status status = LW_OK;
  if (flags->must_keep && flags->keep_in && *flags->keep_in)
    snprintf(folder, LW_TEXT_MAX, "%s", flags->keep_in);
  else if (flags->must_keep)
    LW_TRY(run_folder(path, folder));
  *kept = flags->must_keep;
  if (!flags->must_keep && flags->keep && whole && world->rank == 0)
    *kept = stands_for_run(path, info, folder);
  lw_broadcast(world, kept, (int64_t)sizeof *kept);
done:
  return status;
}

static lw_status keep(const char *folder, const lw_checkpoint_info *info, const lw_dataset *dataset,
                      const lw_evaluation *evaluation, const evaluate_flags *flags)
{
  lw_status status =
      lw_kept_write(folder, evaluation, dataset, info->checksum, info->progress.step);
  if (status == LW_OK && !flags->quiet)
    lw_log_root(LW_LOG_INFO, "kept in %s for longwave table and report", folder);
  if (status == LW_OK || flags->must_keep) return status;
  lw_log_root(LW_LOG_INFO, "the result is not kept: %s", lw_fail_message());
  return LW_OK;
}

static lw_status check_kind(const lw_model *model, const evaluate_flags *flags, const char *path)
{
  if (model->data.target == LW_TARGET_CLASS || !*flags->logits) return LW_OK;
  return lw_fail(
      LW_ERROR_INPUT,
      "--logits writes one row for each sample, but %s has logits at each token; remove it", path);
}

/* Room for the results, if there is enough for all that the evaluation takes. They are summed over
   ranks, for which MPI takes as much again. */
static lw_status take_results(const lw_model *model, const lw_dataset *dataset, bool logits,
                              bool kept, lw_evaluation *evaluation)
{
  const lw_world *world = model->world;
  const int64_t K = model->data.classes;
  const int64_t cells = wants_table(&model->data, kept) ? K * K : 0;
  const int64_t floats = logits ? lw_evaluation_samples(evaluation, dataset) * K : 0;
  const int64_t bytes = 2 * (floats * (int64_t)sizeof(float) + cells * (int64_t)sizeof(int64_t));
  lw_status status = LW_OK;
  LW_TRY(lw_memory_check_evaluation(model, dataset, evaluation, bytes, world));
  if (cells) LW_TRY_TOGETHER(world, LW_TAKE(&evaluation->confusion, cells));
  if (floats) LW_TRY_TOGETHER(world, LW_TAKE(&evaluation->logits, floats));
done:
  return status;
}

static lw_status evaluate(lw_world *world, const char *path, const evaluate_flags *flags)
{
  static lw_job job;
  lw_checkpoint_info *info = NULL;
  lw_model *model = NULL;
  lw_dataset *dataset = NULL;
  lw_h5_writer *logits = NULL, *gradients = NULL;
  lw_evaluation evaluation = {.split = (lw_split)flags->split, .limit = flags->limit};
  char folder[LW_TEXT_MAX] = "";
  bool kept = false, same = true;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(&info, 1));
  LW_TRY_TOGETHER(world, lw_checkpoint_read_info(path, info));
  LW_TRY_TOGETHER(world, lw_job_from_text(&job, info->job, path));
  LW_TRY_TOGETHER(world, lw_job_open_data_or(&job, flags->data, &dataset));
  evaluation.batch_size = flags->batch_size ? flags->batch_size : lw_job_piece(&job);
  evaluation.max_length = job.data.max_length;
  LW_TRY(arrange(world, flags->sequence, dataset, &evaluation));
  LW_TRY(lw_checkpoint_model(path, world, flags->unverified, info, &job, &model));
  LW_TRY_TOGETHER(world, lw_checkpoint_check_data(path, info, dataset, flags->accept_data));
  if (!*flags->data) LW_TRY(check_same_data(dataset, info, flags->must_keep, &same));
  if (same) LW_TRY(choose_folder(world, path, info, flags, folder, &kept));

  int64_t K = model->data.classes, N = lw_evaluation_samples(&evaluation, dataset);
  evaluation.gradient = *flags->gradients != 0;
  LW_TRY(check_kind(model, flags, path));
  LW_TRY(take_results(model, dataset, *flags->logits, kept, &evaluation));
  if (*flags->logits)
    LW_TRY(begin_logits(flags->logits, world, N, K, is_drawn(&evaluation, dataset), &logits));
  if (*flags->gradients) LW_TRY(begin_gradients(flags->gradients, model, &gradients));
  LW_TRY(lw_evaluate(model, dataset, &evaluation));
  if (world->rank == 0 && !flags->quiet) print_result(path, dataset, &evaluation, &model->data);
  if (kept)
    LW_TRY_TOGETHER(world, world->rank ? LW_OK : keep(folder, info, dataset, &evaluation, flags));
  if (logits) LW_TRY(end_logits(logits, world, dataset, &evaluation, K));
  if (gradients) LW_TRY(end_gradients(gradients, model));
done:
  lw_h5_writer_destroy(&logits);
  lw_h5_writer_destroy(&gradients);
  lw_mem_give(evaluation.confusion);
  lw_mem_give(evaluation.logits);
  lw_dataset_close(&dataset);
  lw_model_destroy(&model);
  lw_mem_give(info);
  return status;
}

static lw_status check_flags(const evaluate_flags *flags, const char *path)
{
  char folder[LW_TEXT_MAX];
  if (*flags->logits && !strcmp(flags->logits, flags->gradients))
    return lw_fail(LW_ERROR_INPUT, "--logits and --gradients must be two files");
  if (flags->must_keep && (flags->limit > 0 || *flags->data))
    return lw_fail(
        LW_ERROR_INPUT,
        "--keep is for the whole split of the run's own data: leave out --limit and --data");
  return flags->must_keep ? run_folder(path, folder) : LW_OK;
}

lw_status lw_command_evaluate(lw_world *world, int argc, char **argv)
{
  evaluate_flags flags = {.quiet = false};
  lw_option_section section = {.name = "", .sentence = usage, .options = table, .values = &flags};
  const char *word = NULL;
  char path[LW_TEXT_MAX];
  lw_arguments arguments = {.words = &word, .word_room = 1};
  lw_status status = LW_OK;
  LW_TRY(lw_command_arguments(world, &section, &flags.help, argc, argv, &arguments));
  if (flags.help) return LW_OK;
  if (arguments.word_count == 0)
    return lw_fail(LW_ERROR_INPUT,
                   "no checkpoint given: longwave evaluate CHECKPOINT.h5, or a run folder");
  flags.must_keep = flags.keep && lw_task_given(&section, "keep");
  LW_TRY(lw_place_checkpoint(world, word, LW_PLACE_BEST, path));
  LW_TRY(check_flags(&flags, path));
  lw_threads_start(flags.threads, world);
  LW_TRY(evaluate(world, path, &flags));
done:
  return status;
}

lw_status lw_command_keep(lw_world *world, const char *checkpoint, lw_split split,
                          const char *folder)
{
  evaluate_flags flags = {.quiet = true};
  lw_option_section section = {.name = "", .options = table, .values = &flags};
  lw_option_defaults(&section, 1);
  flags.split = (int)split;
  flags.must_keep = true;
  flags.keep_in = folder;
  return evaluate(world, checkpoint, &flags);
}
