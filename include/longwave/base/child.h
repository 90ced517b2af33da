/** Other programs, started without a shell. */
#ifndef LONGWAVE_BASE_CHILD_H
#define LONGWAVE_BASE_CHILD_H

#include "longwave/base/status.h"
#include <stdbool.h>

/** Remember the environment as it is before lw_world_stay_alone and MPI add to it: an mpirun that
 *  inherits what they add could not reach other ranks, or would believe that it is a part of this
 *  program's job. Called once by main. */
LW_MUST_USE lw_status lw_child_environment_keep(void);
/** A variable of that environment, or NULL. */
const char *lw_child_environment(const char *name);

typedef struct lw_child {
  const char *const *argv; /* NULL-ended; argv[0] is looked up in PATH */
  const char *folder;      /* to work in; NULL: this one */
  const char *input;       /* a file for its standard input; NULL: nothing to read */
  bool silent;             /* its output is thrown away */
} lw_child;

/** Start it and wait for its end; *code: its exit code, 128 + the signal that ended it. Meanwhile
 *  signals that ask this program to end (signals.h) are passed on to the child instead: the first
 *  as USR1 (training, also below mpirun, then saves and ends), the next as TERM; *stopped tells
 *  that there was one. Errors: LW_ERROR_FILE when it cannot be started. */
LW_MUST_USE lw_status lw_child_run(const lw_child *child, int *code, bool *stopped);
enum { LW_CHILDREN_MOST = 256 };
/** The same of several at once, at most LW_CHILDREN_MOST, until all have ended; *code: the greatest
 *  of their exit codes. children [count] */
LW_MUST_USE lw_status lw_child_run_all(const lw_child *children, int count, int *code,
                                       bool *stopped);

#endif
