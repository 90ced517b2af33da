/** The subcommands of the program. Each has its own file and one line in the table of main.c.
 *  Only this folder prints failures and sets exit codes (main.c does both, once). */
#ifndef LONGWAVE_CLI_COMMAND_H
#define LONGWAVE_CLI_COMMAND_H

#include "longwave/comm/world.h"
#include "longwave/data/dataset.h"
#include "longwave/model/model.h"

typedef struct lw_command {
  const char *name, *sentence;
  /** argv[0] is the subcommand's name. Collective over all: every rank gets the same arguments and
   *  must return the same status (comm/agree.h). `--help` is the subcommand's own business: the
   *  root prints it to stdout. */
  lw_status (*run)(lw_world *world, int argc, char **argv);
} lw_command;

/** Whether the data set speaks the model's language. Local. Errors: LW_ERROR_INPUT. */
LW_MUST_USE lw_status lw_command_check_data(const lw_model *model, const lw_dataset *dataset);

lw_status lw_command_prepare(lw_world *world, int argc, char **argv);
lw_status lw_command_train(lw_world *world, int argc, char **argv);
lw_status lw_command_evaluate(lw_world *world, int argc, char **argv);
lw_status lw_command_inspect(lw_world *world, int argc, char **argv);
lw_status lw_command_doctor(lw_world *world, int argc, char **argv);
lw_status lw_command_bench(lw_world *world, int argc, char **argv);

#endif
