/** Start a program, alone or on ranks under mpirun, from within a test, and judge how it ended. */
#ifndef TESTS_SUPPORT_RUN_H
#define TESTS_SUPPORT_RUN_H

#include <stddef.h>

enum {
  RUN_TIMED_OUT = 124, /* the codes of the shell's timeout and of its "not found" */
  RUN_NOT_STARTED = 127,
  RUN_OUTPUT_MAX = 1 << 16,
};

/** argv [NULL-ended]  in: argv[0] is looked up in PATH unless it has a slash
 *  ranks              in: 0: the program itself; else `mpirun -n ranks` of it, also more ranks than
 *                     cores
 *  limit              in: seconds, then the program is ended: RUN_TIMED_OUT
 *  output [room]      out: what it wrote to standard output and standard error; the middle of too
 *                     much is lost
 *  Returns the exit code; 128 + the signal when a signal ended it. Standard input is empty. */
int run_program(const char *const argv[], int ranks, double limit, char *output, size_t room);

/** In a child that becomes the program: the environment that run_program gives it. */
void run_environment(void);

/** The program under test: $LONGWAVE_PROGRAM, set by meson. */
const char *run_longwave(void);

#endif
