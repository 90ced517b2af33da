/* longwave bench step JOB [--steps 10] [--json F] [--set section.key=value ...]: whole training
   steps of a job, without checkpoints and evaluations, beside the matrix product of the same
   cores in the same run. */
#include "bench.h"
#include "bench_traffic.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/run/banner.h"
#include "longwave/train/trainer.h"
#include <math.h>
#include <omp.h>
#include <stddef.h>

enum { STEPS_MOST = 1000 };

typedef struct step_settings {
  int64_t steps, warmup;
  char json[LW_TEXT_MAX];
  bool product, help;
} step_settings;

#define AT(member) LW_AT(step_settings, member)
static const lw_option table[] = {
    LW_INT_ROW("steps", FLAG, AT(steps), "10", 1, STEPS_MOST, "measured steps"),
    LW_INT_ROW("warmup", FLAG, AT(warmup), "2", 0, STEPS_MOST, "steps before them"),
    LW_BOOL_ROW("product", FLAG, AT(product), "true",
                "false: without the matrix product before each step, which the speed is held "
                "against"),
    LW_TEXT_ROW("json", FLAG, AT(json), "", 0, LW_TEXT_MAX - 1, "also write the figures here"),
    LW_BOOL_ROW("help", FLAG, AT(help), "false", "this text"),
    {0}};

static const char usage[] =
    "usage: longwave bench step JOB [flags] [--set section.key=value ...]\n\n"
    "Training steps of a job, without checkpoints and evaluations: their speed beside that of a\n"
    "matrix product on the same cores, where the time goes, what is sent.\n\nflags:";

typedef struct step_bench {
  lw_trainer *trainer;
  lw_bench_peak product;
  int64_t count;                                               /* measured steps */
  double step[STEPS_MOST], peak[STEPS_MOST], work[STEPS_MOST]; /* seconds, seconds, FLOP */
  double kind[LW_PROFILE_KINDS]; /* seconds of all measured steps, mean over ranks */
  double tokens;
  lw_spread busy, waiting; /* seconds of all measured steps */
  bench_traffic traffic;
} step_bench;

/* Useful work of the step that was just done. */
static double useful_work(const lw_trainer *trainer)
{
  const lw_job *job = &trainer->job;
  const int64_t each = trainer->model->data.objective->documents;
  double work = 0.0;
  for (int64_t n = 0; n < job->train.batch_size * each; n++)
    work += lw_model_work(trainer->model, lw_dataset_truncated(trainer->dataset, LW_SPLIT_TRAIN,
                                                               trainer->list[n / each], n % each,
                                                               job->data.max_length));
  return work;
}

/* The same product on all cores at once; seconds of the slowest rank. */
static double peak_seconds(const step_bench *bench)
{
  double start = lw_clock();
  lw_bench_peak_run(&bench->product);
  double seconds = lw_clock() - start;
  lw_reduce_max_doubles(bench->trainer->world, &seconds, 1);
  return seconds;
}

/* From this rank's sums over the steps to figures of one step over all ranks. */
static void gather(step_bench *bench, int64_t steps)
{
  const lw_world *world = bench->trainer->world;
  lw_spread *spreads[] = {&bench->busy, &bench->waiting};
  lw_reduce_sum_doubles(world, bench->kind, LW_PROFILE_KINDS);
  bench_traffic_finish(&bench->traffic, world, steps);
  for (int i = 0; i < 2; i++) {
    spreads[i]->mean /= (double)steps;
    lw_reduce_spread(world, spreads[i], 1);
  }
}

static lw_status measure(step_bench *bench, const step_settings *set)
{
  const lw_world *world = bench->trainer->world;
  lw_status status = LW_OK;
  lw_step_result result;
  lw_work shown = {0};
  lw_work_begin(&shown, "measuring", "steps", set->warmup + set->steps);
  for (int64_t i = -set->warmup; i < set->steps; lw_work_show(&shown, ++i + set->warmup)) {
    const double peak = set->product ? peak_seconds(bench) : NAN;
    lw_profile_reset();
    lw_traffic_reset();
    LW_TRY(lw_step(bench->trainer, (lw_step_wishes){0}, &result));
    if (i >= 0) bench_traffic_add(&bench->traffic, bench->trainer);
    double slowest = result.seconds;
    lw_reduce_max_doubles(world, &slowest, 1);
    double work = useful_work(bench->trainer);
    if (i < 0) continue;
    bench->peak[i] = peak;
    bench->step[i] = slowest;
    bench->work[i] = work;
    bench->tokens += (double)result.tokens / (double)set->steps;
    bench->busy.mean += result.seconds - result.waiting;
    bench->waiting.mean += result.waiting;
    for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
      bench->kind[kind] += lw_profile_seconds((lw_profile_kind)kind) / world->size;
  }
  bench->count = set->steps;
  gather(bench, set->steps);
done:
  lw_work_end(&shown);
  return status;
}

typedef struct step_figures {
  double seconds, tokens_per_second, gflops, peak, share;
  double kind[LW_PROFILE_KINDS]; /* share of the step */
} step_figures;

static step_figures evaluate(step_bench *bench)
{
  step_figures f = {.seconds = lw_bench_median(bench->step, bench->count)};
  double ranks = bench->trainer->world->size, all = 0.0;
  f.peak = LW_BENCH_PEAK_GFLOP * ranks / lw_bench_median(bench->peak, bench->count);
  f.tokens_per_second = bench->tokens / f.seconds;
  f.gflops = 1e-9 * lw_bench_median(bench->work, bench->count) / f.seconds;
  f.share = f.gflops / f.peak;
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++) all += bench->kind[kind];
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++) f.kind[kind] = bench->kind[kind] / all;
  return f;
}

static void print_spread(const char *name, const lw_spread *spread)
{
  printf("%-26s%12.4f least, %.4f mean, %.4f most\n", name, spread->least, spread->mean,
         spread->greatest);
}

static void print_figures(const step_bench *bench, const step_figures *f)
{
  const lw_trainer *trainer = bench->trainer;
  printf("step: %d rank%s x %d thread%s, longest sample %s%lld tokens, %lld parameters\n",
         trainer->world->size, trainer->world->size > 1 ? "s" : "", omp_get_max_threads(),
         omp_get_max_threads() > 1 ? "s" : "",
         trainer->model->data.objective->documents > 1 ? "2 x " : "",
         (long long)lw_dataset_describe(trainer->dataset)->longest[LW_SPLIT_TRAIN],
         (long long)trainer->model->params.numbers);
  printf("seconds a step (median)   %12.4f\ntokens/s                  %12.0f\n", f->seconds,
         f->tokens_per_second);
  printf("useful GFLOP/s            %12.1f\n", f->gflops);
  if (!isnan(f->peak))
    printf("%-26s%12.1f GFLOP/s\nshare of it               %12.3f\n", LW_BENCH_PEAK_NAME, f->peak,
           f->share);
  print_spread("seconds busy, over ranks", &bench->busy);
  print_spread("seconds waiting", &bench->waiting);
  puts("\ntime split, mean over ranks");
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
    if (f->kind[kind] > 0.0)
      printf("  %-12s %8.1f %%\n", lw_profile_name((lw_profile_kind)kind), 100.0 * f->kind[kind]);
  bench_traffic_print(&bench->traffic, stdout);
  printf("\npeak memory of rank 0 %.1f MiB\n", (double)lw_mem_peak() / 1048576.0);
}

static void add_spread(lw_json in, const char *key, const lw_spread *spread)
{
  const lw_json object = lw_json_object(in, key);
  lw_json_printed(object, "least", "%.6f", spread->least);
  lw_json_printed(object, "mean", "%.6f", spread->mean);
  lw_json_printed(object, "greatest", "%.6f", spread->greatest);
}

static lw_status write_json(const char *path, const step_bench *bench, const step_figures *f)
{
  lw_json root = {0};
  lw_status status = lw_json_init(&root);
  if (status != LW_OK) return status;
  lw_json_whole(root, "ranks", bench->trainer->world->size);
  lw_json_whole(root, "threads", omp_get_max_threads());
  lw_json_printed(root, "seconds", "%.6f", f->seconds);
  lw_json_printed(root, "tokens_per_second", "%.1f", f->tokens_per_second);
  lw_json_printed(root, "gflops", "%.2f", f->gflops);
  lw_json_printed(root, "peak_gflops", "%.2f", f->peak);
  lw_json_printed(root, "share_of_peak", "%.4f", f->share);
  lw_json_whole(root, "memory_bytes", lw_mem_peak());
  add_spread(root, "busy", &bench->busy);
  add_spread(root, "waiting", &bench->waiting);
  const lw_json time = lw_json_object(root, "time");
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
    lw_json_printed(time, lw_profile_name((lw_profile_kind)kind), "%.4f", f->kind[kind]);
  bench_traffic_add_to(lw_json_object(root, "traffic"), &bench->traffic);
  return lw_bench_file_write(path, &root);
}

static lw_status run(lw_world *world, const lw_job *job, const step_settings *set)
{
  step_bench bench = {0};
  lw_status status = LW_OK;
  lw_threads_start(job->execution.threads, world);
  LW_TRY_TOGETHER(world, lw_bench_peak_take(&bench.product));
  LW_TRY(lw_trainer_create(job, world, &bench.trainer));
  if (*set->json) LW_TRY_ON_ROOT(world, lw_bench_file_check(set->json));
  LW_TRY(measure(&bench, set));
  step_figures f = evaluate(&bench);
  if (world->rank == 0) print_figures(&bench, &f);
  if (*set->json) LW_TRY_ON_ROOT(world, write_json(set->json, &bench, &f));
done:
  lw_trainer_destroy(&bench.trainer);
  lw_bench_peak_done(&bench.product);
  return status;
}

lw_status lw_bench_step(lw_world *world, int argc, char **argv)
{
  lw_job job;
  step_settings set = {.help = false};
  lw_option_section flags = {.name = "", .sentence = usage, .options = table, .values = &set};
  lw_status status = lw_bench_job(world, &flags, &set.help, argc, argv, &job);
  return status != LW_OK || set.help ? status : run(world, &job, &set);
}
