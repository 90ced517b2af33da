/** --follow: a command that shows runs shows them again and again while one of them is running. */
#ifndef LONGWAVE_CLI_FOLLOW_H
#define LONGWAVE_CLI_FOLLOW_H

#include "longwave/comm/world.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct lw_follow {
  bool on;       /* --follow */
  int64_t every; /* --every: seconds */
  bool begun;    /* it was asked before */
  int idle;      /* times in a row that no run was running */
} lw_follow;

/** Whether to look again, after waiting: while a run is running, and a little longer once one was,
 *  because the next run of a study begins when the one before it has been tested. Collective over
 *  all; world NULL: one process. running: of the root. */
bool lw_follow_again(const lw_world *world, lw_follow *follow, bool running);

#endif
