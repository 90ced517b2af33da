/* What there is of memory, and a training that does not fit. */
#include "memory_inside.h"
#include "longwave/base/available.h"
#include "longwave/base/text.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include <stdio.h>

static const double MIB = 1048576.0;
enum { MOST_ADVISED = 1025 };

/* ---- what there is ---- */

static double available(const lw_world *world)
{
  double node = (double)lw_available_node("") / world->node_size;
  double process = (double)lw_available_process();
  double least = -(node < process ? node : process);
  lw_reduce_max_doubles(world, &least, 1);
  return -least;
}

lw_memory_limit lw_memory_limit_of(const lw_execution *execution, const lw_world *world)
{
  if (execution->memory > 0)
    return (lw_memory_limit){(double)execution->memory * MIB, "parallel.memory"};
  return (lw_memory_limit){available(world), "its share of the node's memory"};
}

static bool fits(const lw_model *model, lw_memory_case at, double limit)
{
  if (at.data && lw_memory_load(model, &at) != LW_OK) return false;
  return (double)lw_memory_estimate(model, &at).all <= limit;
}

/* ---- advice ---- */

/* The least accumulation that fits; 0: none. */
static int64_t least_accumulation(const lw_model *model, const lw_job *job, lw_memory_case at,
                                  double limit)
{
  for (int64_t pieces = job->train.accumulation + 1; pieces <= job->train.batch_size; pieces++) {
    const int64_t samples = (job->train.batch_size + pieces - 1) / pieces;
    if (samples == at.samples) continue; /* as before */
    at.samples = samples;
    if (fits(model, at, limit)) return pieces;
  }
  return 0;
}

/* The least sequence axis that fits on these ranks: it takes them from the data axis. 0: none. */
static int64_t least_sequence(const lw_model *model, const lw_job *job, lw_memory_case at,
                              double limit)
{
  (void)job;
  for (int S = at.sequence + 1; S <= at.ranks; S++) {
    at.sequence = S;
    if (at.ranks % S == 0 && fits(model, at, limit)) return S;
  }
  return 0;
}

/* The same with as many ranks more as it needs. */
static int64_t least_ranks(const lw_model *model, const lw_job *job, lw_memory_case at,
                           double limit)
{
  (void)job;
  int data = at.ranks / at.sequence;
  const int64_t lengths[] = {at.longest, at.train.longest, at.evaluated.longest};
  int64_t longest = 0;
  for (int i = 0; i < 3; i++)
    if (lengths[i] > longest) longest = lengths[i];
  for (int S = at.sequence + 1; S < MOST_ADVISED && (int64_t)(S - 1) * LW_STRIP_BLOCK < longest;
       S++) {
    at.sequence = S;
    at.ranks = data * S;
    if (fits(model, at, limit)) return S;
  }
  return 0;
}

enum { ACCUMULATION, SEQUENCE, RANKS, WAYS };
static const struct {
  int64_t (*least)(const lw_model *, const lw_job *, lw_memory_case, double);
  const char *text;
} ways[WAYS] = {
    [ACCUMULATION] = {least_accumulation, "train.accumulation: %lld"},
    [SEQUENCE] = {least_sequence, "parallel.sequence: %lld"},
    [RANKS] = {least_ranks, "parallel.sequence: %lld on more ranks, with the same data axis"},
};

/* Whatever would do, each by itself if it can, else with computing again. text [room] out */
static void advise(const lw_model *model, const lw_job *job, const lw_memory_case *at, double limit,
                   char *text, size_t room)
{
  lw_memory_case again = *at;
  lw_text list = lw_text_in(text, room);
  again.recompute = true;
  const bool enough = fits(model, again, limit);
  if (enough) lw_text_add(&list, "parallel.recompute: true");
  /* Of pieces batch norm makes another training. */
  const int first = job->model.norm == LW_NORM_BATCH ? ACCUMULATION + 1 : ACCUMULATION;
  for (int w = first; w < WAYS; w++) {
    int64_t number = ways[w].least(model, job, *at, limit);
    const char *more = "";
    if (!number && !enough && (number = ways[w].least(model, job, again, limit)) > 0)
      more = at->recompute ? "" : " with parallel.recompute: true";
    if (!number) continue;
    lw_text_item(&list, ", or ", ways[w].text, (long long)number);
    lw_text_add(&list, "%s", more);
    if (w == SEQUENCE) break; /* no need of more ranks */
  }
  if (!*text)
    lw_text_add(&list, "a smaller model or batch%s, or ranks with more memory",
                lw_memory_estimate(model, at).evaluation
                    ? ", data.max_length to cut long validation samples"
                    : "");
}

lw_status lw_memory_refuse(const lw_memory *need, const char *split, const lw_memory_limit *limit,
                           const char *advice)
{
  char optimizer[64] = "", pass[96] = "", results[64] = "";
  if (need->optimizer > 0)
    snprintf(optimizer, sizeof optimizer, "optimizer %.1f, ", (double)need->optimizer / MIB);
  if (need->tokens > 0)
    snprintf(pass, sizeof pass, "a pass over %lld tokens%s %.1f, ", (long long)need->tokens, split,
             (double)need->pass / MIB);
  if (need->results > 0)
    snprintf(results, sizeof results, ", results %.1f", (double)need->results / MIB);
  return lw_fail(LW_ERROR_MEMORY,
                 "a rank needs up to %.1f MiB (parameters and gradients %.1f, %s%sbuffers %.1f%s), "
                 "but has %.1f MiB (%s); this would fit: %s",
                 (double)need->all / MIB, (double)(need->parameters + need->gradients) / MIB,
                 optimizer, pass, (double)need->buffers / MIB, results, limit->bytes / MIB,
                 limit->whose, advice);
}

static lw_status refuse(const lw_model *model, const lw_job *job, const lw_memory_case *at,
                        const lw_memory_limit *limit)
{
  char text[512];
  const lw_memory need = lw_memory_estimate(model, at);
  advise(model, job, at, limit->bytes, text, sizeof text);
  return lw_memory_refuse(&need, need.evaluation ? " of the validation split" : "", limit, text);
}

lw_status lw_memory_check(const lw_model *model, const lw_job *job, lw_memory_case *at,
                          const lw_world *world)
{
  const lw_memory_limit limit = lw_memory_limit_of(&job->execution, world);
  return lw_memory_check_limit(model, job, at, &limit, world);
}

lw_status lw_memory_check_limit(const lw_model *model, const lw_job *job, lw_memory_case *at,
                                const lw_memory_limit *limit, const lw_world *world)
{
  lw_status status = LW_OK;
  if (at->data) LW_TRY_TOGETHER(world, lw_memory_load(model, at));
  if ((double)lw_memory_estimate(model, at).all <= limit->bytes) goto done;
  if (at->data) LW_TRY(lw_memory_load_drawn(model, at, world));
  if ((double)lw_memory_estimate(model, at).all > limit->bytes)
    status = refuse(model, job, at, limit);
done:
  return status;
}
