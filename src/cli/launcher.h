/** Who started this process, as the environment tells: nobody, or mpirun or srun as one of several
 *  tasks. One task is as good as nobody: in the shell of `srun --pty` or of an interactive job,
 *  each command would else take itself for that one task, which MPI can be only once. */
#ifndef LONGWAVE_CLI_LAUNCHER_H
#define LONGWAVE_CLI_LAUNCHER_H

#include "longwave/base/status.h"
#include "longwave/comm/world.h"
#include <stdbool.h>

/** Whether this process is one of several, or may be. To be called before the others. */
bool lw_launcher_has_others(void);

/** Before MPI_Init. Errors: LW_ERROR_INPUT when there are others, but nothing by which MPI could
 *  find them: each would do the whole work, in the same files. */
LW_MUST_USE lw_status lw_launcher_check(void);
/** Right before MPI_Init of one of several: a warning when MPI may not understand the launcher. */
void lw_launcher_begin(void);
/** After MPI_Init: the same error when it has found none of the others. Else the first of the tasks
 *  that a launcher has started writes a word into the file LONGWAVE_STARTED, if there is one, which
 *  tells slurm/train.sbatch that all of them are there. */
LW_MUST_USE lw_status lw_launcher_end(const lw_world *world);

#endif
