#include "longwave/run/banner.h"
#include "longwave/base/mem.h"
#include "longwave/base/log.h"
#include "longwave/base/version.h"
#include "longwave/comm/reduce.h"
#include "longwave/data/moments.h"
#include "longwave/data/target.h"
#include "longwave/io/h5.h"
#include "longwave/op/instruction_set.h"
#include "longwave/op/linear.h"
#include "longwave/train/advice.h"
#include "longwave/run/known.h"
#include "longwave/train/memory.h"
#include <omp.h>
#include <stdlib.h>

int lw_threads_start(int64_t option, const lw_world *world)
{
  int threads = (int)option;
  if (threads == 0 && getenv("OMP_NUM_THREADS")) threads = omp_get_max_threads();
  if (threads == 0) threads = world->node_cores / world->node_size;
  if (threads < 1) threads = 1;
  omp_set_num_threads(threads);
  return threads;
}

static lw_memory_case case_of(const lw_trainer *trainer)
{
  const int64_t longest = lw_dataset_describe(trainer->dataset)->longest[LW_SPLIT_TRAIN];
  return lw_memory_case_of(&trainer->job, longest, trainer->world);
}

/* Whether the sequences of the longest sample are long enough to be sharded. */
static bool shards(const lw_trainer *trainer, int64_t *longest, int64_t *least)
{
  lw_packing_rule rule = lw_model_rule(trainer->model);
  rule.ranks = trainer->world->sequence->size;
  *longest = case_of(trainer).longest;
  if (rule.chunk > 0 && *longest > rule.chunk) *longest = rule.chunk;
  *least = lw_strips_least(lw_packing_strips(&rule));
  return *longest >= *least;
}

static void log_memory(const lw_trainer *trainer)
{
  const double mib = 1048576.0;
  const lw_memory m = trainer->memory;
  lw_log_root(
      LW_LOG_INFO,
      "memory per rank, at most: %.1f MiB (parameters and gradients %.1f, optimizer %.1f, a "
      "pass over %lld tokens%s %.1f, buffers %.1f)",
      (double)m.all / mib, (double)(m.parameters + m.gradients) / mib, (double)m.optimizer / mib,
      (long long)m.tokens, m.evaluation ? " of the validation split" : "", (double)m.pass / mib,
      (double)m.buffers / mib);
}

static void log_grid(const lw_trainer *trainer)
{
  const lw_world *world = trainer->world;
  int64_t longest, least;
  if (world->size == 1) return;
  lw_log_root(LW_LOG_INFO, "%d ranks: %d data x %d sequence", world->size, world->data->size,
              world->sequence->size);
  if (world->sequence->size > 1 && !shards(trainer, &longest, &least))
    lw_log_root(LW_LOG_WARN,
                "each sequence is computed by one rank: to divide it over %d ranks it needs %lld "
                "tokens, but the longest has %lld",
                world->sequence->size, (long long)least, (long long)longest);
}

static void warn_of_waiting(const lw_world *world, int threads)
{
  const char *more = threads > 1 ? "s" : "";
  char each[32] = "";
  if (threads > 1) snprintf(each, sizeof each, " x %d threads", threads);
  if (world->quota && threads * world->node_size > world->node_cores)
    lw_log_root(
        LW_LOG_WARN,
        "too few cores: %d rank%s x %d thread%s share the %d core%s that the control group (of "
        "a container, for example) allows; training will be slow; use fewer ranks or set "
        "parallel.threads",
        world->node_size, world->node_size > 1 ? "s" : "", threads, more, world->node_cores,
        world->node_cores > 1 ? "s" : "");
  else if (threads > world->cores)
    lw_log_root(
        LW_LOG_WARN,
        "too few cores: %d threads of each rank share %d core%s; training will be slow; set "
        "parallel.threads, or let mpirun bind ranks to more cores (--map-by slot:PE=%d)",
        threads, world->cores, world->cores > 1 ? "s" : "", threads);
  else if (threads * world->node_size > world->node_cores)
    lw_log_root(
        LW_LOG_WARN,
        "too few cores: %d ranks%s share %d core%s; training will be slow; use fewer ranks%s",
        world->node_size, each, world->node_cores, world->node_cores > 1 ? "s" : "",
        threads > 1 ? " or set parallel.threads" : "");
}

static void log_machine(const lw_world *world)
{
  char library[LW_WORLD_LIBRARY_MAX], fault[512], bound[64] = "";
  const char *io = getenv("OMPI_MCA_io");
  int major, minor, release, threads = omp_get_max_threads();
  lw_world_library(library);
  lw_h5_version(&major, &minor, &release);
  if (world->cores < world->node_cores)
    snprintf(bound, sizeof bound, ", of which rank 0 may use %d", world->cores);
  lw_log_root(LW_LOG_INFO, "longwave %s: %d rank%s x %d thread%s; this node has %d core%s%s",
              LW_VERSION, world->size, world->size > 1 ? "s" : "", threads, threads > 1 ? "s" : "",
              world->node_cores, world->node_cores > 1 ? "s" : "", bound);
  lw_log_root(LW_LOG_INFO, "BLAS %s (%s), %s (MPI-IO: %s), HDF5 %d.%d.%d, attention kernels %s",
              lw_linear_config(), lw_linear_core(), library, io ? io : "default", major, minor,
              release, lw_instruction_set());
  lw_known_fault(library, io, fault, sizeof fault);
  if (*fault) lw_log_root(LW_LOG_WARN, "%s", fault);
  warn_of_waiting(world, threads);
}

/* Of channel `c`, "" where there is one. */
static void warn_of_channel(const lw_dataset *dataset, int64_t c, const lw_moments *stored)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  char text[LW_MOMENTS_TEXT], channel[96] = "";
  if (!*lw_moments_advice(stored, info, c, text)) return;
  if (info->channels > 1)
    snprintf(channel, sizeof channel, " in channel %lld %.60s", (long long)c,
             info->channel[c].name);
  lw_log_root(LW_LOG_WARN,
              "the values of the train split%s, judged by up to 64 samples, have %s; 'longwave "
              "doctor %s' gives details",
              channel, text, lw_dataset_path(dataset));
}

/* A few samples suffice; if they cannot be read, training will say so. Root. */
static void warn_of_values(const lw_trainer *trainer)
{
  enum { WARNED = 4 }; /* channels */
  const lw_dataset *dataset = trainer->dataset;
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  lw_moments *stored = NULL; /* [channels] */
  if (trainer->world->rank || info->input->ids) return;
  lw_status status = LW_TAKE(&stored, info->channels);
  if (status == LW_OK)
    status = lw_moments_sample(dataset, LW_SPLIT_TRAIN, (uint64_t)trainer->job.train.seed, stored);
  for (int64_t c = 0; status == LW_OK && c < info->channels && c < WARNED; c++)
    warn_of_channel(dataset, c, &stored[c]);
  lw_mem_give(stored);
}

void lw_log_run(const lw_trainer *trainer)
{
  const lw_dataset_info *data = lw_dataset_describe(trainer->dataset);
  const lw_job *job = &trainer->job;
  char asked[LW_ASKED_TEXT], epochs[64] = "";
  data->target->summarise(data, asked);
  if (job->train.epochs > 0)
    snprintf(epochs, sizeof epochs, " (%lld epoch%s)", (long long)job->train.epochs,
             job->train.epochs > 1 ? "s" : "");
  log_machine(trainer->world);
  log_grid(trainer);
  lw_log_root(LW_LOG_INFO,
              "data %s: %s, %lld training, %lld validation and %lld test samples of at most %s%lld "
              "tokens, %s",
              lw_dataset_path(trainer->dataset), data->task, (long long)data->count[LW_SPLIT_TRAIN],
              (long long)data->count[LW_SPLIT_VALIDATION], (long long)data->count[LW_SPLIT_TEST],
              data->documents > 1 ? "2 x " : "", (long long)data->longest[LW_SPLIT_TRAIN], asked);
  lw_log_root(
      LW_LOG_INFO,
      "model: %lld parameters, %lld blocks of width %lld, %lld heads; batch of %lld in %lld "
      "piece%s, %lld steps%s",
      (long long)trainer->model->params.numbers, (long long)job->model.layers,
      (long long)job->model.width, (long long)job->model.heads, (long long)job->train.batch_size,
      (long long)job->train.accumulation, job->train.accumulation > 1 ? "s" : "",
      (long long)job->train.steps, epochs);
  log_memory(trainer);
  lw_advice_log(job, trainer->dataset);
  warn_of_values(trainer);
}
