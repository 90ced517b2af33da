/* longwave sweep STUDY [--launch WORDS] [--list] [--only N]: a study (study/sweep.h). */
#include "command.h"
#include "longwave/base/child.h"
#include "longwave/study/study.h"
#include "longwave/study/sweep.h"
#include <stddef.h>

typedef struct sweep_flags {
  lw_sweep_request request;
  bool help;
} sweep_flags;

#define AT(member) LW_AT(sweep_flags, member)
static const lw_option table[] = {
    LW_TEXT_ROW(
        "launch", FLAG, AT(request.launch), "", 0, LW_TEXT_MAX - 1,
        "words before longwave, such as 'sh jobs/launch.sh 2' or 'srun'; if empty the study's"),
    LW_BOOL_ROW("list", FLAG, AT(request.list), "false",
                "start nothing; print the command of each run, one per line"),
    LW_INT_ROW("only", FLAG, AT(request.only), "0", 0, LW_STUDY_RUNS,
               "only this run, counted from 1, as for a task of a SLURM array; 0: all"),
    LW_BOOL_ROW("help", FLAG, AT(help), "false", "this text"),
    {0}};

static const char usage[] =
    "usage: longwave sweep STUDY.yaml [flags]\n\n"
    "Trains and tests every combination of a study's settings and seeds, one run after another, "
    "and\nprints their table. To be started without mpirun: it starts the runs itself. The same "
    "command\nagain continues where it was stopped: finished runs are skipped, interrupted ones "
    "resumed.\n\n"
    "A study:\n\n"
    "    job: jobs/demo.yaml          # what all runs have in common; paths from this folder\n"
    "    runs: runs/methods           # their folders go there\n"
    "    launch: sh jobs/launch.sh 2  # one rank without it\n"
    "    seeds: [1, 2, 3]\n"
    "    set: {train.steps: 500}      # changes to the job, for all runs\n"
    "    grid:\n"
    "      method:                    # named groups of settings\n"
    "        plain: {attention.bound: 0, attention.window: 1}\n"
    "        las: {attention.locality: scale}\n"
    "      optimizer.learning_rate: [1e-3, 3e-3]\n"
    "    tune:                        # as grid: all with the first seed, the best with all seeds\n"
    "      optimizer.warmup: [100, 300]\n\n"
    "flags:";

lw_status lw_command_sweep(lw_world *world, int argc, char **argv)
{
  sweep_flags flags = {.request = {.out = stdout}};
  lw_option_section section = {.name = "", .sentence = usage, .options = table, .values = &flags};
  const char *word = NULL;
  lw_arguments arguments = {.words = &word, .word_room = 1};
  lw_status status = lw_command_arguments(world, &section, &flags.help, argc, argv, &arguments);
  if (status != LW_OK || flags.help) return status;
  if (arguments.word_count == 0)
    return lw_fail(LW_ERROR_INPUT, "no study given: longwave sweep STUDY.yaml");
  if (world->size > 1 || lw_child_environment("OMPI_COMM_WORLD_SIZE"))
    return lw_fail(LW_ERROR_INPUT, "start sweep without mpirun or srun: it starts the runs itself, "
                                   "by --launch 'sh jobs/launch.sh 2'");
  return lw_sweep_run(world, word, &flags.request);
}
