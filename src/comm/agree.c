#include "longwave/comm/agree.h"
#include "longwave/base/log.h"
#include "longwave/comm/reduce.h"
#include "longwave/comm/traffic.h"
#include <stdio.h>
#include <unistd.h>

/* The lowest failing rank; the number of ranks if none fails. */
static int lowest_failing(const lw_world *world, lw_status own)
{
  double negative = own == LW_OK ? -world->size : -world->rank;
  lw_reduce_max_doubles(world, &negative, 1);
  return (int)-negative;
}

lw_status lw_agree(const lw_world *world, lw_status own)
{
  if (world->size == 1) return own;
  lw_traffic_begin(LW_TRAFFIC_OTHER); /* not what the step around it sends */
  int first = lowest_failing(world, own);
  lw_traffic_end();
  if (first == world->size) return LW_OK;

  struct {
    int status;
    char sentence[LW_MESSAGE_MAX];
  } failure = {.status = (int)own};
  snprintf(failure.sentence, sizeof failure.sentence, "%s", lw_fail_message());
  MPI_Bcast(&failure, (int)sizeof failure, MPI_BYTE, first, world->all);
  return lw_fail((lw_status)failure.status, "%s", failure.sentence);
}

_Noreturn void lw_abort(const lw_world *world, lw_status status)
{
  lw_log_rank(LW_LOG_ERROR, "%s", lw_fail_message());
  MPI_Abort(world->all, lw_status_exit_code(status));
  for (;;) {
  } /* MPI_Abort does not return, but is not declared so */
}

_Noreturn void lw_leave(lw_status status)
{
  lw_log_rank(LW_LOG_ERROR, "%s", lw_fail_message());
  _exit(lw_status_exit_code(status));
}
