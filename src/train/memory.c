#include "longwave/train/memory.h"
#include "longwave/base/available.h"
#include "longwave/comm/reduce.h"
#include "longwave/train/shard.h"
#include <stdio.h>
#include <string.h>

/* Cut sequences: keys and values of windows or of the ring, twice, their gradients, and rows for
   smoothing, each about as much as the rank's own tokens. The work memory of attention grows with
   the tokens of a pass, slower than the pass itself; the rest of the buffers hardly grows at
   all. */
static const double MIB = 1048576.0;
enum { CUT_ARRAYS = 6, PASS_PARTS = 16, BUFFERS = 16 << 20 };

static int64_t share(int64_t count, int64_t parts)
{
  return (count + parts - 1) / parts;
}

/* Tokens that a rank holds of documents of the greatest length: cut into strips of whole blocks, or
   as they are. */
static int64_t tokens_of(const lw_model *model, const lw_memory_case *at, int64_t documents)
{
  lw_packing_rule rule = lw_model_rule(model);
  rule.ranks = at->sequence;
  const int strips = lw_cut_strips(&rule);
  const int64_t T = at->longest, unit = rule.chunk > 0 && rule.chunk < T ? rule.chunk : T;
  if (at->sequence == 1 || unit < lw_cut_least(&rule))
    return share(documents * share(T, unit), at->sequence) * unit;
  const int64_t strip = share(share(unit, LW_PACKING_BLOCK), strips) * LW_PACKING_BLOCK;
  return documents * share(T, unit) * strip * (strips / at->sequence);
}

lw_memory_case lw_memory_case_of(const lw_job *job, int64_t longest, const lw_world *world)
{
  int64_t cut = job->data.max_length;
  return (lw_memory_case){.samples = lw_job_piece(job),
                          .longest = cut > 0 && longest > cut ? cut : longest,
                          .ranks = world->size,
                          .sequence = world->sequence ? world->sequence->size : 1,
                          .recompute = job->parallel.recompute};
}

lw_memory lw_memory_estimate(const lw_model *model, const lw_memory_case *at)
{
  const int64_t flat = model->params.floats * (int64_t)sizeof(float); /* as held */
  const int64_t all = model->params.numbers * (int64_t)sizeof(float);
  lw_model copy = *model;
  copy.recompute = at->recompute;
  int64_t samples = share(at->samples, at->ranks / at->sequence);
  lw_memory m = {.tokens = tokens_of(model, at, samples * lw_documents(model->data.pairs)),
                 .parameters = flat,
                 .gradients = flat,
                 .optimizer = (at->ranks > 1 ? 3 : 2) * share(all, at->ranks)};
  m.pass = lw_model_pass_bytes(&copy, m.tokens, samples, LW_MODE_TRAIN);
  m.buffers = BUFFERS + m.pass / PASS_PARTS + lw_shard_travel_bytes(at->ranks);
  if (at->sequence > 1)
    m.buffers += CUT_ARRAYS * m.tokens * model->options.width * (int64_t)sizeof(float);
  m.all = m.parameters + m.gradients + m.optimizer + m.pass + m.buffers;
  return m;
}

/* What the rank with least may take. */
static double available(const lw_job *job, const lw_world *world)
{
  if (job->parallel.memory > 0) return (double)job->parallel.memory * MIB;
  double node = (double)lw_available_node("") / world->node_size;
  double process = (double)lw_available_process();
  double least = -(node < process ? node : process);
  lw_reduce_max_doubles(world, &least, 1);
  return -least;
}

static bool fits(const lw_model *model, const lw_memory_case *at, double limit)
{
  return (double)lw_memory_estimate(model, at).all <= limit;
}

/* The least accumulation that fits; 0: none. */
static int64_t least_accumulation(const lw_model *model, const lw_job *job, lw_memory_case at,
                                  double limit)
{
  for (int64_t pieces = job->train.accumulation + 1; pieces <= job->train.batch_size; pieces++) {
    at.samples = share(job->train.batch_size, pieces);
    if (fits(model, &at, limit)) return pieces;
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
    if (at.ranks % S == 0 && fits(model, &at, limit)) return S;
  }
  return 0;
}

/* The same with as many ranks more as it needs. */
static int64_t least_ranks(const lw_model *model, const lw_job *job, lw_memory_case at,
                           double limit)
{
  (void)job;
  int data = at.ranks / at.sequence;
  for (int S = at.sequence + 1; (int64_t)(S - 1) * LW_PACKING_BLOCK < at.longest; S++) {
    at.sequence = S;
    at.ranks = data * S;
    if (fits(model, &at, limit)) return S;
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
    [RANKS] = {least_ranks, "parallel.sequence: %lld on more ranks, the data axis as it is"},
};

/* Whatever would do, each by itself if it can, else with computing again. text [room] out */
static void advise(const lw_model *model, const lw_job *job, const lw_memory_case *at, double limit,
                   char *text, size_t room)
{
  lw_memory_case again = *at;
  again.recompute = true;
  *text = 0;
  bool enough = fits(model, &again, limit);
  if (enough) snprintf(text, room, "parallel.recompute: true");
  /* Of pieces batch norm makes another training. */
  const int first = job->model.norm == LW_NORM_BATCH ? ACCUMULATION + 1 : ACCUMULATION;
  for (int w = first; w < WAYS; w++) {
    int64_t number = ways[w].least(model, job, *at, limit);
    const char *more = "";
    if (!number && !enough && (number = ways[w].least(model, job, again, limit)) > 0)
      more = at->recompute ? "" : " with parallel.recompute: true";
    if (!number) continue;
    size_t used = strlen(text);
    used += (size_t)snprintf(text + used, room - used, "%s", used ? ", or " : "");
    used += (size_t)snprintf(text + used, room - used, ways[w].text, (long long)number);
    snprintf(text + used, room - used, "%s", more);
    if (w == SEQUENCE) break; /* no need of more ranks */
  }
  if (!*text) snprintf(text, room, "a smaller model or batch, or ranks with more memory");
}

lw_status lw_memory_check(const lw_model *model, const lw_job *job, const lw_memory_case *at,
                          const lw_world *world)
{
  char text[512];
  lw_memory m = lw_memory_estimate(model, at);
  double limit = available(job, world);
  if ((double)m.all <= limit) return LW_OK;
  advise(model, job, at, limit, text, sizeof text);
  return lw_fail(
      LW_ERROR_MEMORY,
      "a rank needs up to %.1f MiB (parameters and gradients %.1f, optimizer %.1f, a "
      "pass over %lld tokens %.1f, buffers %.1f), but has %.1f MiB (%s); this would do: "
      "%s",
      (double)m.all / MIB, (double)(m.parameters + m.gradients) / MIB, (double)m.optimizer / MIB,
      (long long)m.tokens, (double)m.pass / MIB, (double)m.buffers / MIB, limit / MIB,
      job->parallel.memory > 0 ? "parallel.memory" : "its part of what its node has", text);
}
