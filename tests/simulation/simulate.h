/* Included before every source of the simulated program: work is not done but counted in
 * nanoseconds, and spent on the simulated processor before the clock is read or a message starts. */
#ifndef TESTS_SIMULATION_SIMULATE_H
#define TESTS_SIMULATION_SIMULATE_H

#include <mpi.h>
#undef SEED /* of its, which is a role of options here */
#include <stdint.h>
#include <time.h>

/* So many nanoseconds of one core. */
void simulate_work(double nanoseconds);
/* Spend what was counted since the last time. */
void simulate_settle(void);
int simulate_clock(clockid_t clock, struct timespec *now);

/* Cores that share the work of a rank, times how well they do. */
void simulate_cores(double cores);
/* Samples of the data set that is made up: all of this length. */
void simulate_tokens(int64_t tokens);

#undef clock_gettime
#define clock_gettime(clock, now) simulate_clock(clock, now)
/* Collectives and waits are timed, so the clock is read before them; these are not. */
#define MPI_Isend(...) (simulate_settle(), MPI_Isend(__VA_ARGS__))
#define MPI_Irecv(...) (simulate_settle(), MPI_Irecv(__VA_ARGS__))
#define MPI_Testall(...) (simulate_settle(), MPI_Testall(__VA_ARGS__))

#endif
