/* Time: what kernels cost is saved up and spent in one piece. The platform file gives every
   processor 1 GFLOP/s, so that a FLOP is a nanosecond. */
#include "simulate.h"
#include <smpi/smpi.h>

static double owed, speed = 1.0;

void simulate_cores(double cores)
{
  speed = cores;
}

void simulate_work(double nanoseconds)
{
  owed += nanoseconds / speed;
}

void simulate_settle(void)
{
  const double now = owed;
  owed = 0.0;
  if (now > 0.0) smpi_execute_flops(now);
}

int simulate_clock(clockid_t clock, struct timespec *now)
{
  simulate_settle();
  return smpi_clock_gettime(clock, now);
}

/* The cores of a rank stand for its threads. */
int omp_get_max_threads(void);
int omp_get_max_threads(void)
{
  return 1;
}

int omp_get_thread_num(void);
int omp_get_thread_num(void)
{
  return 0;
}
