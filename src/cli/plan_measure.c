#define _POSIX_C_SOURCE 200809L
#include "plan_measure.h"
#include "bench.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/run/banner.h"
#include "longwave/op/linear.h"
#include "longwave/train/trainer.h"
#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>

enum { BUSY_MOST = 1024, BUSY = 128, TOKENS = 16384, STEPS = 60, WARM_UP = 3 };
static const double enough_seconds = 2.0;

typedef struct sums {
  double linear, attention, rows, parameters; /* work: FLOP, FLOP, numbers, parameters */
  double seconds[LW_PROFILE_KINDS], all;
} sums;

/* A step that says as much and is over soon: one piece, of as many samples as TOKENS hold. */
static void shorten(lw_job *job, int64_t longest)
{
  const int64_t room = TOKENS / longest, piece = lw_job_piece(job);
  job->train.batch_size = room < 1 ? 1 : room < piece ? room : piece;
  job->train.accumulation = 1;
  job->train.epochs = 0;
  job->train.steps = 2 * (STEPS + WARM_UP);
  job->train.start_from[0] = job->data.before[0] = 0;
  job->data.length_warmup = 0;
  job->execution.sequence = 1;
  job->execution.matmul = LW_MATMUL_LOCAL;
}

static void add_work(const lw_trainer *trainer, sums *s)
{
  const lw_model *model = trainer->model;
  const int64_t documents = model->data.objective->documents, L = model->options.layers;
  for (int64_t n = 0; n < trainer->job.train.batch_size * documents; n++) {
    const int64_t T =
        lw_dataset_truncated(trainer->dataset, LW_SPLIT_TRAIN, trainer->list[n / documents],
                             n % documents, trainer->job.data.max_length);
    const double linear = 6.0 * (double)(L * T) * lw_model_rule(model).cost.token_cost;
    s->linear += linear;
    s->attention += lw_model_work(model, T) - linear;
    s->rows += (double)(T * L * model->options.width);
  }
  s->parameters += (double)model->params.numbers;
}

static lw_status time_steps(lw_trainer *trainer, sums *s)
{
  lw_step_result result;
  lw_status status = LW_OK;
  for (int i = 0; i < STEPS + WARM_UP && (i <= WARM_UP || s->all < enough_seconds); i++) {
    lw_profile_reset();
    LW_TRY(lw_step(trainer, (lw_step_wishes){0}, &result));
    if (i < WARM_UP) continue;
    s->all += result.seconds;
    for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
      s->seconds[kind] += lw_profile_seconds((lw_profile_kind)kind);
    add_work(trainer, s);
  }
done:
  return status;
}

/* ---- other cores at work ---- */

typedef struct crowd {
  pthread_t thread[BUSY_MOST];
  float *factor; /* [BUSY, BUSY], read by all */
  float *room;   /* [BUSY_MOST, BUSY, BUSY] */
  int count;
  atomic_int begun;
  atomic_bool over;
} crowd;

static void *keep_busy(void *context)
{
  crowd *c = context;
  float *product = c->room + (int64_t)atomic_fetch_add(&c->begun, 1) * BUSY * BUSY;
  omp_set_num_threads(1);
  while (!atomic_load(&c->over))
    lw_linear_forward(c->factor, c->factor, NULL, BUSY, BUSY, BUSY, product);
  return NULL;
}

static void end_crowd(crowd *c)
{
  atomic_store(&c->over, true);
  for (int i = 0; i < c->count; i++) pthread_join(c->thread[i], NULL);
  lw_mem_give(c->factor);
  lw_mem_give(c->room);
}

/* A product of matrices on each core that the rank leaves. */
static lw_status begin_crowd(crowd *c, int64_t cores)
{
  const int64_t each = (int64_t)BUSY * BUSY;
  lw_status status = LW_OK;
  if (cores > BUSY_MOST) cores = BUSY_MOST;
  LW_TRY(LW_TAKE(&c->factor, each));
  LW_TRY(LW_TAKE(&c->room, cores * each));
  lw_bench_fill(c->factor, each, 0);
  while (c->count < cores && !pthread_create(&c->thread[c->count], NULL, keep_busy, c)) c->count++;
  if (c->count < cores) status = lw_fail(LW_ERROR_MEMORY, "cannot start a thread for each core");
done:
  return status;
}

static lw_status time_crowded(lw_trainer *trainer, const sums *alone, lw_rates *rates)
{
  sums s = {0};
  crowd *c = NULL;
  lw_status status = LW_OK;
  rates->crowded = 1.0;
  if (rates->cores <= rates->threads) return LW_OK;
  LW_TRY(LW_TAKE(&c, 1));
  LW_TRY(begin_crowd(c, rates->cores - rates->threads));
  LW_TRY(time_steps(trainer, &s));
  const double share = alone->all / alone->rows * s.rows / s.all;
  rates->crowded = share < 1.0 ? share : 1.0;
done:
  if (c) end_crowd(c);
  lw_mem_give(c);
  return status;
}

/* Work that takes no time to speak of must not divide by nothing. */
static double rate(double work, double seconds, double unit)
{
  return work > 0.0 ? unit * work / (seconds > 1e-9 ? seconds : 1e-9) : 1e6;
}

lw_status lw_plan_measure(const lw_job *job, lw_world *world, lw_rates *rates)
{
  lw_job copy = *job;
  sums s = {0};
  lw_trainer *trainer = NULL;
  lw_status status = LW_OK;
  shorten(&copy, rates->longest);
  lw_threads_start(rates->threads, world);
  LW_TRY(lw_trainer_create(&copy, world, &trainer));
  LW_TRY(time_steps(trainer, &s));
  LW_TRY(time_crowded(trainer, &s, rates));
  const double update = s.seconds[LW_PROFILE_OPTIMIZER] + s.seconds[LW_PROFILE_REDUCE];
  const double products = s.seconds[LW_PROFILE_LINEAR], pairs = s.seconds[LW_PROFILE_ATTENTION];
  /* What is computed again counts in a plan by itself (run/plan.c). */
  const double again = copy.execution.recompute ? 4.0 / 3.0 : 1.0;
  rates->linear = rate(again * s.linear, products, 1e-9);
  rates->attention = rate(again * s.attention, pairs, 1e-9);
  rates->rows = rate(again * s.rows, s.all - update - products - pairs, 1e-6);
  rates->optimizer = rate(s.parameters, update, 1e-6);
done:
  lw_trainer_destroy(&trainer);
  return status;
}
