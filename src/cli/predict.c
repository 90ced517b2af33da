/* longwave predict CHECKPOINT [DATA.h5] --out P.csv|P.h5 */
#include "command.h"
#include "longwave/run/banner.h"
#include "longwave/run/named.h"
#include "longwave/run/predict.h"

typedef struct predict_flags {
  char out[LW_TEXT_MAX];
  lw_split split;
  int64_t batch_size, threads, sequence, top;
  bool all_steps, accept_data, help;
} predict_flags;

#define AT(member) LW_AT(predict_flags, member)
static const lw_option table[] = {
    LW_TEXT_ROW("out", FLAG, AT(out), NULL, 1, LW_TEXT_MAX - 1,
                "the predictions: a table if it ends in .csv, else HDF5"),
    LW_CHOICE_ROW("split", FLAG, AT(split), LW_SPLIT_CHOICES, "test", "which samples"),
    LW_INT_ROW("top", FLAG, AT(top), "1", 1, 1000,
               "of a class: how many of the most probable classes a table names"),
    LW_BOOL_ROW("all_steps", FLAG, AT(all_steps), "false",
                "a table has every step, not only those that the data set asks for"),
    LW_INT_ROW("batch_size", FLAG, AT(batch_size), "0", 0, 1e9,
               "samples at a time, over all ranks; 0: as many as a piece of training's batch"),
    LW_INT_ROW("threads", FLAG, AT(threads), "0", 0, 4096,
               "threads per rank; 0: the cores of the machine, shared by its ranks"),
    LW_AUTO_ROW(
        "sequence", FLAG, AT(sequence), "auto", 1, 1 << 20,
        "ranks that share the tokens of a sample, a divisor of all ranks; auto: the smallest "
        "number that gives every rank work"),
    LW_BOOL_ROW("accept_data", FLAG, AT(accept_data), "false",
                "accept data whose names or scales are not those of the training; only warn"),
    LW_BOOL_ROW("help", FLAG, AT(help), "false", "this text"),
    {0}};

static const char usage[] =
    "usage: longwave predict CHECKPOINT [DATA.h5] --out FILE [flags]\n"
    "       longwave predict RUN [DATA.h5] --out FILE [flags]     the best checkpoint of a run\n\n"
    "What a model says about each sample of a data set, which may have answers or not: classes\n"
    "with their probabilities, numbers in their own unit, the same at each step with its time.\n"
    "Without DATA.h5: of the data set of the training.\n\n"
    "flags:";

lw_status lw_command_predict(lw_world *world, int argc, char **argv)
{
  predict_flags flags = {.help = false};
  lw_option_section section = {.name = "", .sentence = usage, .options = table, .values = &flags};
  const char *words[2] = {NULL, ""};
  char path[LW_TEXT_MAX];
  lw_arguments arguments = {.words = words, .word_room = 2};
  lw_status status = LW_OK;
  LW_TRY(lw_command_arguments(world, &section, &flags.help, argc, argv, &arguments));
  if (flags.help) return LW_OK;
  if (arguments.word_count == 0)
    return lw_fail(LW_ERROR_INPUT,
                   "no checkpoint given: longwave predict CHECKPOINT.h5 DATA.h5 --out FILE.csv");
  LW_TRY(lw_option_check_required(&section, 1, "longwave predict"));
  LW_TRY(lw_named_checkpoint(world, words[0], LW_NAMED_BEST, path));
  lw_threads_start(flags.threads, world);
  LW_TRY(lw_predict(world, &(lw_prediction_request){.checkpoint = path,
                                                    .data = words[1],
                                                    .out = flags.out,
                                                    .split = flags.split,
                                                    .batch_size = flags.batch_size,
                                                    .sequence = flags.sequence,
                                                    .top = flags.top,
                                                    .all_steps = flags.all_steps,
                                                    .accept_data = flags.accept_data}));
done:
  return status;
}
