#include "longwave/comm/agree.h"
#include "longwave/base/log.h"
#include <stdio.h>
#include <stdlib.h>

lw_status lw_agree(const lw_world *world, lw_status own)
{
  int first = own == LW_OK ? world->size : world->rank;
  MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, world->all);
  if (first == world->size) return LW_OK;

  struct {
    int status;
    char sentence[8192];
  } failure = {.status = (int)own};
  snprintf(failure.sentence, sizeof failure.sentence, "%s", lw_fail_message());
  MPI_Bcast(&failure, (int)sizeof failure, MPI_BYTE, first, world->all);
  return lw_fail((lw_status)failure.status, "%s", failure.sentence);
}

_Noreturn void lw_abort(const lw_world *world, lw_status status)
{
  lw_log_rank(LW_LOG_ERROR, "%s", lw_fail_message());
  MPI_Abort(world->all, (int)status);
  abort(); /* MPI_Abort does not return, but is not declared so */
}
