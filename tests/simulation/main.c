/* longwave-simulation JOB.yaml [--tokens T] [--steps N] [--cores X] [--set section.key=value ...]:
   training steps of a job on a simulated cluster. The root prints one line:
     ranks,samples,tokens,seconds,busy_least,busy_mean,busy_most,waiting_mean,sent_most
   seconds: of a step, mean, slowest rank; busy and waiting: of a step; sent_most: bytes of a step,
   the most of any rank. */
#include "simulate.h"
#include "longwave/base/option.h"
#include "longwave/base/profile.h"
#include "longwave/comm/reduce.h"
#include "longwave/comm/traffic.h"
#include "longwave/train/trainer.h"
#include <stddef.h>
#include <stdio.h>

enum { SETS = 64 };

typedef struct settings {
  int64_t tokens, steps;
  double cores;
} settings;

#define AT(member) LW_AT(settings, member)
static const lw_option table[] = {
    LW_INT_ROW("tokens", FLAG, AT(tokens), "16384", 1, 1 << 28, "of each sample"),
    LW_INT_ROW("steps", FLAG, AT(steps), "1", 1, 1000, "one says all: nothing is left to chance"),
    LW_REAL_ROW("cores", FLAG, AT(cores), "13.6", 0.1, 1000,
                "of a rank, times the share of them that its threads make use of"),
    {0}};

static double bytes_sent(void)
{
  double all = 0.0;
  for (int kind = 0; kind < LW_TRAFFIC_KINDS; kind++)
    all += (double)lw_traffic_bytes((lw_traffic_kind)kind, -2);
  return all;
}

static lw_status measure(lw_trainer *trainer, int64_t steps, lw_spread figures[4])
{
  lw_step_result result;
  lw_status status = LW_OK;
  lw_traffic_reset();
  for (int64_t step = 0; step < steps; step++) {
    LW_TRY(lw_step(trainer, (lw_step_wishes){0}, &result));
    const double of_step[] = {result.seconds, result.seconds - result.waiting, result.waiting};
    for (int i = 0; i < 3; i++) figures[i].mean += of_step[i] / (double)steps;
  }
  figures[3].mean = bytes_sent() / (double)steps;
  lw_reduce_spread(trainer->world, figures, 4);
done:
  return status;
}

static lw_status run(lw_world *world, int argc, char **argv)
{
  static lw_job job;
  settings set;
  lw_option_section flags = {.name = "", .options = table, .values = &set};
  const char *path = NULL, *sets[SETS];
  lw_arguments arguments = {.words = &path, .word_room = 1, .sets = sets, .set_room = SETS};
  lw_trainer *trainer = NULL;
  lw_spread f[4] = {{0}};
  lw_status status = LW_OK;
  lw_option_defaults(&flags, 1);
  LW_TRY(lw_option_arguments(&flags, argc, argv, &arguments));
  if (!path) LW_TRY(lw_fail(LW_ERROR_INPUT, "no job file given"));
  simulate_cores(set.cores);
  simulate_tokens(set.tokens);
  LW_TRY(lw_job_read(&job, world, path, sets, arguments.set_count));
  LW_TRY(lw_trainer_create(&job, world, &trainer));
  LW_TRY(measure(trainer, set.steps, f));
  if (world->rank == 0)
    printf("%d,%lld,%lld,%.6f,%.6f,%.6f,%.6f,%.6f,%.0f\n", world->size,
           (long long)job.train.batch_size, (long long)set.tokens, f[0].greatest, f[1].least,
           f[1].mean, f[1].greatest, f[2].mean, f[3].greatest);
done:
  lw_trainer_destroy(&trainer);
  return status;
}

int main(int argc, char **argv)
{
  lw_world *world = NULL;
  MPI_Init(&argc, &argv);
  lw_status status = lw_world_create(MPI_COMM_WORLD, &world);
  if (status == LW_OK) status = run(world, argc, argv);
  if (status != LW_OK && world->rank == 0) fprintf(stderr, "%s\n", lw_fail_message());
  lw_world_destroy(&world);
  MPI_Finalize();
  return lw_status_exit_code(status);
}
