/** The subcommands of the program. Each has its own file and one line in the table of main.c.
 *  Only this folder prints failures and sets exit codes (main.c does both, once). */
#ifndef LONGWAVE_CLI_COMMAND_H
#define LONGWAVE_CLI_COMMAND_H

#include "longwave/base/option.h"
#include "longwave/comm/world.h"
#include "longwave/data/dataset.h"
#include "longwave/model/model.h"
#include <stdbool.h>

typedef struct lw_command {
  const char *name, *sentence;
  bool alone; /* has no ranks: runs before MPI begins, with a NULL world */
  /** argv[0] is the subcommand's name. Collective over all: every rank gets the same arguments and
   *  must return the same status (comm/agree.h). A command that is `alone` gets a world only when
   *  mpirun or srun started it, to help or to refuse. `--help` is the subcommand's own business:
   *  the root prints it to stdout; without mpirun or srun there is then no world (NULL). */
  lw_status (*run)(lw_world *world, int argc, char **argv);
  bool saves; /* at a signal that asks to leave: held back until `run` calls lw_signals_release */
} lw_command;

/** Words of the field for what flags are called here otherwise. */
extern const lw_synonym lw_command_words[];

/** Flags of commands that let a model see samples: how many at a time, on which threads and ranks.
 *  The members of the struct are int64_t batch_size, threads and sequence. */
#define LW_COMMAND_PASS_OPTIONS(flags)                                                             \
  LW_INT_ROW("batch_size", FLAG, LW_AT(flags, batch_size), "0", 0, 1e9,                            \
             "samples at a time, over all ranks; 0: as many as a piece of training's batch"),      \
      LW_INT_ROW("threads", FLAG, LW_AT(flags, threads), "0", 0, 4096,                             \
                 "threads per rank; 0: the cores of the machine, shared by its ranks"),            \
      LW_AUTO_ROW(                                                                                 \
          "sequence", FLAG, LW_AT(flags, sequence), "auto", 1, 1 << 20,                            \
          "ranks that share the tokens of a sample, a divisor of all ranks; auto: the smallest "   \
          "number that gives every rank work")

/** How a subcommand begins: its flags, words and --set are taken from argv. When that sets *help, a
 *  flag of the section, the root prints section->sentence (usage, and what the command does) with
 *  the flags to stdout, and the command is done. world: NULL without ranks. Local. Errors:
 *  LW_ERROR_INPUT. */
LW_MUST_USE lw_status lw_command_arguments(const lw_world *world, lw_option_section *section,
                                           const bool *help, int argc, char **argv,
                                           lw_arguments *arguments);

/** The page of help: sections->sentence, the flags of all sections, what every command takes. */
void lw_command_help(const lw_option_section *sections, int count);

lw_status lw_command_prepare(lw_world *world, int argc, char **argv);
lw_status lw_command_train(lw_world *world, int argc, char **argv);
lw_status lw_command_evaluate(lw_world *world, int argc, char **argv);
lw_status lw_command_predict(lw_world *world, int argc, char **argv);
lw_status lw_command_export(lw_world *world, int argc, char **argv);
lw_status lw_command_inspect(lw_world *world, int argc, char **argv);
lw_status lw_command_table(lw_world *world, int argc, char **argv);
lw_status lw_command_sweep(lw_world *world, int argc, char **argv);
lw_status lw_command_report(lw_world *world, int argc, char **argv);
lw_status lw_command_doctor(lw_world *world, int argc, char **argv);
lw_status lw_command_bench(lw_world *world, int argc, char **argv);
lw_status lw_command_plan(lw_world *world, int argc, char **argv);
lw_status lw_command_submit(lw_world *world, int argc, char **argv);
lw_status lw_command_status(lw_world *world, int argc, char **argv);
lw_status lw_command_cancel(lw_world *world, int argc, char **argv);

#endif
