/* longwave evaluate CHECKPOINT [--data D.h5] [--split test] [--limit N] [--logits L.h5]
   [--gradients G.h5] [--sequence S] [--keep] */
#include "command.h"
#include "longwave/run/named.h"
#include "longwave/base/columns.h"
#include "longwave/base/log.h"
#include "longwave/run/banner.h"
#include "longwave/run/breakdown.h"
#include "longwave/run/checkpoint_test.h"
#include "longwave/task/task.h"
#include "longwave/train/loss.h"
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef struct evaluate_flags {
  char data[LW_TEXT_MAX], logits[LW_TEXT_MAX], gradients[LW_TEXT_MAX];
  lw_split split;
  int64_t limit, batch_size, threads, sequence;
  bool unverified, accept_data, keep, help;
} evaluate_flags;

#define AT(member) LW_AT(evaluate_flags, member)
static const lw_option table[] = {
    LW_TEXT_ROW("data", FLAG, AT(data), "", 0, LW_TEXT_MAX - 1,
                "data set; if empty the one that the checkpoint was trained on"),
    LW_CHOICE_ROW("split", FLAG, AT(split), LW_SPLIT_CHOICES, "test", "which samples"),
    LW_INT_ROW("limit", FLAG, AT(limit), "0", 0, 1e12,
               "use only N samples of the split, drawn at random, the same ones each time; 0: all"),
    LW_COMMAND_PASS_OPTIONS(evaluate_flags),
    LW_TEXT_ROW("logits", FLAG, AT(logits), "", 0, LW_TEXT_MAX - 1,
                "write logits [samples, outputs] and labels (of several classes and of numbers "
                "what is wanted, as a model learns it) to this HDF5 file, and with --limit the "
                "numbers of the samples in their split; not of answers at each step"),
    LW_TEXT_ROW(
        "gradients", FLAG, AT(gradients), "", 0, LW_TEXT_MAX - 1,
        "write the gradient of the mean loss, one array for each parameter, to this HDF5 file"),
    LW_BOOL_ROW(
        "keep", FLAG, AT(keep), "true",
        "keep the result in the run folder for longwave table and report, which then do not test "
        "again. Without this flag only of the checkpoint that they show, the best, on all samples "
        "of "
        "the run's own data, and where the folder may be written; --keep: of any checkpoint, or "
        "fail"),
    LW_BOOL_ROW(
        "unverified", FLAG, AT(unverified), "false",
        "do not compare arrays with their checksums: for a checkpoint that was changed on purpose"),
    LW_BOOL_ROW("accept_data", FLAG, AT(accept_data), "false",
                "accept data whose names or scale are not those of the training; only warn"),
    LW_BOOL_ROW("help", FLAG, AT(help), "false", "this text"),
    {0}};

static const char usage[] =
    "usage: longwave evaluate CHECKPOINT [flags]\n"
    "       longwave evaluate RUN [flags]          the best checkpoint of a run folder\n\n"
    "Loss, accuracy with its 95 % interval and, of up to 32 classes, the confusion table of a\n"
    "checkpoint on a data set; of a model of the next token perplexity and bits per token; of\n"
    "several classes and of numbers their figures, also by class, number and step ahead.\n\n"
    "flags:";

enum { NAME_WIDTH = 11 };

static void print_confusion(const lw_dataset *dataset, const int64_t *confusion, int64_t classes)
{
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

static void print_result(const lw_checkpoint_test *test)
{
  const lw_evaluation *evaluation = &test->evaluation;
  const lw_model_data *data = &test->subject->model->data;
  char text[LW_SCORE_TEXT], drawn[64] = "";
  const lw_score *score = &evaluation->score;
  if (lw_checkpoint_test_drawn(test))
    snprintf(drawn, sizeof drawn, " drawn from %lld",
             (long long)lw_dataset_describe(test->subject->dataset)->count[evaluation->split]);
  printf("%s on the %s split of %s\n", test->request.checkpoint, lw_split_name(evaluation->split),
         lw_dataset_path(test->subject->dataset));
  printf("samples %lld%s, loss %.6f%s", (long long)evaluation->samples, drawn, score->value[0],
         lw_score_part(data, score, "95 % interval", evaluation->answers, false, text));
  printf("%s, %.0f tokens/s\n", lw_score_part(data, score, NULL, evaluation->answers, true, text),
         (double)evaluation->tokens / evaluation->seconds);
  const bool confusion = evaluation->confusion && data->outputs <= LW_CHECKPOINT_TEST_CLASSES;
  if (confusion) print_confusion(test->subject->dataset, evaluation->confusion, data->outputs);
  const lw_tally *tally = data->objective->tally;
  for (int i = 0; tally && tally->breakdowns[i] && !confusion; i++)
    lw_breakdown_print(tally->breakdowns[i], test->subject->dataset, evaluation->tally, stdout);
}

static lw_status evaluate(lw_world *world, const lw_checkpoint_test_request *request)
{
  lw_checkpoint_test test = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_checkpoint_test_run(world, request, &test));
  if (world->rank == 0) print_result(&test);
  LW_TRY(lw_checkpoint_test_keep(&test));
  if (test.kept) lw_log_root(LW_LOG_INFO, "kept in %s for longwave table and report", test.folder);
  LW_TRY(lw_checkpoint_test_write(&test));
done:
  lw_checkpoint_test_done(&test);
  return status;
}

/* given: whether --keep stands on the command line. */
static lw_test_keep how_to_keep(const evaluate_flags *flags, bool given)
{
  if (!flags->keep) return LW_TEST_KEEP_NEVER;
  return given ? LW_TEST_KEEP_ALWAYS : LW_TEST_KEEP_SHOWN;
}

lw_status lw_command_evaluate(lw_world *world, int argc, char **argv)
{
  evaluate_flags flags = {.help = false};
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
  LW_TRY(lw_named_checkpoint(world, word, LW_NAMED_BEST, path));
  lw_threads_start(flags.threads, world);
  LW_TRY(evaluate(world, &(lw_checkpoint_test_request){
                             .checkpoint = path,
                             .data = flags.data,
                             .split = flags.split,
                             .limit = flags.limit,
                             .batch_size = flags.batch_size,
                             .sequence = flags.sequence,
                             .unverified = flags.unverified,
                             .accept_data = flags.accept_data,
                             .keep = how_to_keep(&flags, lw_task_given(&section, "keep")),
                             .keep_in = "",
                             .logits = flags.logits,
                             .gradients = flags.gradients}));
done:
  return status;
}
