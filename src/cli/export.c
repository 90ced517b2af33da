/* longwave export CHECKPOINT --safetensors FILE, RUN --tensorboard FOLDER: what leaves a run for
   other programs. */
#include "command.h"
#include "longwave/comm/agree.h"
#include "longwave/run/named.h"
#include "longwave/study/export.h"

typedef struct export_flags {
  char safetensors[LW_TEXT_MAX], torch[LW_TEXT_MAX], tensorboard[LW_TEXT_MAX];
  bool help;
} export_flags;

#define AT(member) LW_AT(export_flags, member)
static const lw_option table[] = {
    LW_TEXT_ROW("safetensors", FLAG, AT(safetensors), "", 0, LW_TEXT_MAX - 1,
                "write the weights to this file of safetensors, which PyTorch and others read, and "
                "train.start_from"),
    LW_TEXT_ROW("torch", FLAG, AT(torch), "", 0, LW_TEXT_MAX - 1,
                "write the model in plain PyTorch to this file of Python, NAME.py, and its weights "
                "to NAME.safetensors beside it"),
    LW_TEXT_ROW("tensorboard", FLAG, AT(tensorboard), "", 0, LW_TEXT_MAX - 1,
                "write the numbers of metrics.csv of a run as an event file of TensorBoard into "
                "this folder"),
    LW_BOOL_ROW("help", FLAG, AT(help), "false", "this text"),
    {0}};

static const char usage[] =
    "usage: longwave export CHECKPOINT --safetensors FILE\n"
    "       longwave export RUN --safetensors FILE      the best checkpoint of a run\n"
    "       longwave export RUN --torch NAME.py\n"
    "       longwave export RUN --tensorboard FOLDER\n\n"
    "Writes what other programs can read. Weights have the names of docs/pytorch.md.\n\nflags:";

static lw_status export_model(const lw_world *world, const char *word, const export_flags *flags)
{
  char path[LW_TEXT_MAX];
  lw_status status = LW_OK;
  LW_TRY(lw_named_checkpoint(world, word, LW_NAMED_BEST, path));
  if (*flags->safetensors)
    LW_TRY_ON_ROOT(world, lw_export_weights(path, flags->safetensors, stdout));
  if (*flags->torch) LW_TRY_ON_ROOT(world, lw_export_torch(path, flags->torch, stdout));
done:
  return status;
}

/* Root. */
static lw_status export_events(const char *word, const char *folder)
{
  lw_named named;
  lw_status status = lw_named_find(word, &named);
  if (status == LW_OK && named.kind != LW_NAMED_RUN && named.kind != LW_NAMED_CHECKPOINT)
    status = lw_named_refuse(&named);
  return status == LW_OK ? lw_export_events(named.folder, folder, stdout) : status;
}

static lw_status export_all(const lw_world *world, const char *word, const export_flags *flags)
{
  lw_status status = LW_OK;
  if (*flags->safetensors || *flags->torch) LW_TRY(export_model(world, word, flags));
  if (*flags->tensorboard) LW_TRY_ON_ROOT(world, export_events(word, flags->tensorboard));
done:
  return status;
}

lw_status lw_command_export(lw_world *world, int argc, char **argv)
{
  export_flags flags = {.help = false};
  lw_option_section section = {.name = "", .sentence = usage, .options = table, .values = &flags};
  const char *word = NULL;
  lw_arguments arguments = {.words = &word, .word_room = 1};
  lw_status status = lw_command_arguments(world, &section, &flags.help, argc, argv, &arguments);
  if (status != LW_OK || flags.help) return status;
  if (arguments.word_count == 0)
    return lw_fail(LW_ERROR_INPUT, "nothing to export: name a checkpoint or a run folder, as in "
                                   "longwave export runs/NAME --safetensors weights.safetensors");
  if (!*flags.safetensors && !*flags.torch && !*flags.tensorboard)
    return lw_fail(
        LW_ERROR_INPUT,
        "nothing to write: give --safetensors FILE, --torch NAME.py or --tensorboard FOLDER");
  return export_all(world, word, &flags);
}
