#include "rehearsal.h"
#include "longwave/base/bar.h"
#include "longwave/base/log.h"
#include "longwave/comm/reduce.h"
#include "longwave/run/banner.h"
#include "longwave/run/newest.h"
#include <sys/stat.h>

/* The first steps also take memory, wake threads and warm caches, and are up to ten times slower:
   they count only if there is no time for others. */
enum { STEPS = 20, WARM_UP = 3, BATCHES = 2 };
static const double enough_seconds = 10.0;

typedef struct figures {
  int64_t first, left;   /* steps done before, and to be done */
  double step, tokens;   /* seconds and tokens of a step, mean */
  int64_t steps;         /* that were timed */
  double evaluation;     /* seconds of a whole one, estimated */
  int64_t evaluations;   /* to be done */
  int64_t samples, some; /* of an evaluation; how many of them were timed */
} figures;

static double slowest(const lw_world *world, double seconds)
{
  lw_reduce_max_doubles(world, &seconds, 1);
  return seconds;
}

static lw_status time_steps(lw_run_state *run, figures *f, bool *stopped)
{
  double spent = 0.0, seconds = 0.0, tokens = 0.0;
  lw_step_result result;
  lw_status status = LW_OK;
  for (int i = 0; i < STEPS && i < f->left && spent < enough_seconds; i++) {
    const lw_step_wishes wishes = {.stop = *run->request->stop != 0};
    LW_TRY(lw_step(run->trainer, wishes, &result));
    *stopped = result.stop;
    if (*stopped) break;
    const double last = slowest(run->world, result.seconds);
    if (i <= WARM_UP) seconds = tokens = 0.0, f->steps = 0;
    spent += last;
    seconds += last;
    tokens += (double)result.tokens;
    f->steps++;
  }
  if (f->steps > 0) f->step = seconds / (double)f->steps, f->tokens = tokens / (double)f->steps;
done:
  return status;
}

/* Some samples stand for all. */
static lw_status time_evaluation(lw_run_state *run, figures *f)
{
  lw_trainer *trainer = run->trainer;
  lw_evaluation evaluation = lw_trainer_evaluation(trainer);
  lw_status status = LW_OK;
  if (lw_dataset_describe(trainer->dataset)->count[LW_SPLIT_VALIDATION] == 0) return LW_OK;
  f->samples = lw_evaluation_samples(&evaluation, trainer->dataset);
  f->some = BATCHES * evaluation.batch_size;
  if (f->some < f->samples)
    evaluation.limit = f->some;
  else
    f->some = f->samples;
  LW_TRY(lw_evaluate(trainer->model, trainer->dataset, &evaluation));
  f->evaluation = slowest(run->world, evaluation.seconds) * (double)f->samples / (double)f->some;
done:
  return status;
}

/* How often a thing of every `every` steps comes in steps (first, last], the last one included. */
static int64_t times(int64_t every, int64_t first, int64_t last)
{
  if (every == 0) return 1;
  return last / every - first / every + (last % every != 0);
}

static void say_what(const lw_run_state *run, const figures *f)
{
  const char *folder = run->request->folder;
  struct stat about;
  const char *kind = lw_newest_any(folder)       ? "which has checkpoints"
                     : stat(folder, &about) == 0 ? "a folder that is there"
                                                 : "a new folder";
  lw_log_root(LW_LOG_INFO, "dry run: would train steps %lld to %lld in %s, %s",
              (long long)f->first + 1, (long long)(f->first + f->left), folder, kind);
}

static void say_memory(const lw_run_state *run)
{
  const double mib = 1048576.0;
  const lw_trainer *trainer = run->trainer;
  const lw_params *params = &trainer->model->params;
  const int64_t state = params->numbers * (int64_t)sizeof(float) +
                        lw_optimizer_state_bytes(trainer->optimizer.kind, params, 1);
  lw_log_root(LW_LOG_INFO,
              "memory: a rank needs up to %.1f MiB and may take %.1f MiB (%s); a checkpoint is "
              "about %.1f MiB",
              (double)trainer->memory.all / mib, trainer->limit.bytes / mib, trainer->limit.whose,
              (double)state / mib);
}

static void say_time(const figures *f)
{
  char steps[32], evaluations[32], all[32];
  const double training = f->step * (double)f->left;
  const double testing = f->evaluation * (double)f->evaluations;
  lw_clock_text(training, steps, sizeof steps);
  lw_clock_text(testing, evaluations, sizeof evaluations);
  lw_clock_text(training + testing, all, sizeof all);
  lw_log_root(LW_LOG_INFO, "a step: %.3g s (mean of %lld), %.0f tokens/s", f->step,
              (long long)f->steps, f->tokens / f->step);
  if (f->samples > 0)
    lw_log_root(LW_LOG_INFO, "an evaluation of %lld samples: about %.3g s (from %lld of them)",
                (long long)f->samples, f->evaluation, (long long)f->some);
  lw_log_root(LW_LOG_INFO,
              "estimated time: %s (%lld steps %s, %lld evaluations %s), without checkpoints", all,
              (long long)f->left, steps, (long long)f->evaluations, evaluations);
}

lw_status lw_rehearse(lw_run_state *run, lw_run_end *end)
{
  const lw_trainer *trainer = run->trainer;
  const lw_train_options *train = &trainer->job.train;
  figures f = {.first = trainer->progress.step, .left = train->steps - trainer->progress.step};
  bool stopped = false;
  lw_status status = LW_OK;
  if (run->idle) goto told;
  lw_log_run(trainer);
  LW_TRY(time_steps(run, &f, &stopped));
  if (!stopped) LW_TRY(time_evaluation(run, &f));
  if (f.samples > 0) f.evaluations = times(train->evaluate_every, f.first, train->steps);
  say_what(run, &f);
  say_memory(run);
  if (stopped)
    *end = LW_RUN_STOPPED;
  else
    say_time(&f);
told:
  lw_log_root(LW_LOG_INFO, "dry run: nothing was written");
done:
  return status;
}
