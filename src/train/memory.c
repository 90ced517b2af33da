#include "longwave/train/memory.h"
#include "longwave/array/layout.h"
#include "longwave/base/available.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/train/optimizer.h"
#include <stdio.h>
#include <string.h>

/* The work memory of layers grows with the tokens of a pass, slower than the pass itself; the rest
   of the buffers hardly grows at all. */
static const double MIB = 1048576.0;
enum { PASS_PARTS = 16, BUFFERS = 16 << 20, MOST_ADVISED = 1025 };

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
  const int strips = lw_strips_count(lw_packing_strips(&rule));
  const int64_t T = at->longest, unit = rule.chunk > 0 && rule.chunk < T ? rule.chunk : T;
  if (at->sequence == 1 || unit < lw_strips_least(lw_packing_strips(&rule)))
    return share(documents * share(T, unit), at->sequence) * unit;
  const int64_t strip = share(share(unit, LW_STRIP_BLOCK), strips) * LW_STRIP_BLOCK;
  return documents * share(T, unit) * strip * (strips / at->sequence);
}

lw_memory_case lw_memory_case_of(const lw_job *job, int64_t longest, const lw_world *world)
{
  int64_t cut = job->data.max_length;
  return (lw_memory_case){.samples = lw_job_piece(job),
                          .longest = cut > 0 && longest > cut ? cut : longest,
                          .ranks = world->size,
                          .sequence = world->sequence ? world->sequence->size : 1,
                          .recompute = job->execution.recompute,
                          .optimizer = job->optimizer.kind};
}

/* ---- loads ---- */

lw_status lw_memory_data_init(lw_memory_data *data, const lw_job *job, const lw_dataset *dataset)
{
  const int64_t *count = lw_dataset_describe(dataset)->count;
  const int64_t N = count[LW_SPLIT_TRAIN];
  const lw_evaluation evaluation = {.split = LW_SPLIT_VALIDATION,
                                    .limit = job->train.evaluate_limit};
  const lw_load_rule rule = {
      .dataset = dataset, .split = LW_SPLIT_TRAIN, .max_length = job->data.max_length};
  lw_status status = LW_OK;
  *data = (lw_memory_data){.job = job, .dataset = dataset, .held = lw_mem_live()};
  data->evaluations =
      count[LW_SPLIT_VALIDATION] > 0 ? lw_evaluation_samples(&evaluation, dataset) : 0;
  LW_TRY(LW_TAKE(&data->order, N));
  LW_TRY(lw_load_longest(&rule, data->order));
  if (data->evaluations > 0) {
    LW_TRY(LW_TAKE(&data->evaluated, data->evaluations));
    LW_TRY(lw_evaluation_list(&evaluation, dataset, data->evaluated));
  }
  data->later = (N + 2 * job->train.batch_size + data->evaluations) * (int64_t)sizeof(int64_t);
done:
  return status;
}

void lw_memory_data_done(lw_memory_data *data)
{
  lw_mem_give(data->order);
  lw_mem_give(data->evaluated);
  *data = (lw_memory_data){0};
}

static lw_load_rule rule_of(const lw_model *model, const lw_memory_case *at, lw_split split)
{
  lw_load_rule rule = {.dataset = at->data->dataset,
                       .split = split,
                       .max_length = at->data->job->data.max_length,
                       .data = at->ranks / at->sequence,
                       .packing = lw_model_rule(model)};
  rule.packing.ranks = at->sequence;
  return rule;
}

/* How often a sample can stand in a micro-batch: once an epoch, and the end of one epoch can meet
   the beginning of the next one unless steps end with epochs. */
static int64_t most_times(const lw_memory_case *at)
{
  const int64_t N = lw_dataset_describe(at->data->dataset)->count[LW_SPLIT_TRAIN];
  if (N % at->data->job->train.batch_size == 0) return 1;
  return (at->samples + N - 2) / N + 1;
}

lw_status lw_memory_load(const lw_model *model, lw_memory_case *at)
{
  const lw_memory_data *data = at->data;
  const lw_load_rule train = rule_of(model, at, LW_SPLIT_TRAIN);
  const lw_load_rule validation = rule_of(model, at, LW_SPLIT_VALIDATION);
  lw_status status = LW_OK;
  at->train = at->evaluated = (lw_load){0};
  LW_TRY(lw_load_worst(&train, data->order, at->samples, most_times(at), &at->train));
  if (data->evaluations > 0)
    LW_TRY(lw_load_batches(&validation, data->evaluated, data->evaluations, at->samples,
                           &at->evaluated));
done:
  return status;
}

/* What the steps of this run draw, each rank a part of them. */
static lw_status walk(const lw_model *model, lw_memory_case *at, const lw_world *world)
{
  const lw_train_options *train = &at->data->job->train;
  const lw_load_rule rule = rule_of(model, at, LW_SPLIT_TRAIN);
  const lw_load_steps_rule steps = {
      .seed = (uint64_t)train->seed,
      .batch = train->batch_size,
      .pieces = train->accumulation,
      .first = lw_layout_first(train->steps, world->size, world->rank),
      .count = lw_layout_count(train->steps, world->size, world->rank)};
  lw_load load = {0};
  lw_status status = lw_agree(world, lw_load_steps(&rule, &steps, &load));
  if (status != LW_OK) return status;
  double most[] = {(double)load.rows, (double)load.samples, (double)load.longest};
  lw_reduce_max_doubles(world, most, 3);
  at->train = (lw_load){(int64_t)most[0], (int64_t)most[1], (int64_t)most[2]};
  return LW_OK;
}

static lw_load full_length(const lw_model *model, const lw_memory_case *at)
{
  const int64_t samples = share(at->samples, at->ranks / at->sequence);
  return (lw_load){.rows = tokens_of(model, at, samples * model->data.objective->documents),
                   .samples = samples,
                   .longest = at->longest};
}

/* ---- bytes ---- */

static int64_t larger(int64_t a, int64_t b)
{
  return a > b ? a : b;
}

static int64_t pass_of(const lw_model *model, const lw_memory_case *at, const lw_load *load,
                       lw_mode mode)
{
  lw_model copy = *model;
  copy.execution.recompute = at->recompute;
  return lw_model_pass_bytes(&copy, load->rows, load->samples, mode);
}

/* Beside a pass: work memory, tables, the batch with its tokens or values and its labels. */
static int64_t beside(const lw_model *model, const lw_memory_case *at, const lw_load *load,
                      int64_t pass)
{
  return pass / PASS_PARTS + lw_model_beside_bytes(model, load, at->sequence > 1) +
         load->rows * (int64_t)(sizeof(float) + sizeof(int32_t));
}

lw_memory lw_memory_estimate(const lw_model *model, const lw_memory_case *at)
{
  const int64_t flat = model->params.floats * (int64_t)sizeof(float); /* as held */
  const lw_load train = at->train.rows > 0 ? at->train : full_length(model, at);
  const int64_t passes[] = {
      pass_of(model, at, &train, LW_MODE_TRAIN),
      at->evaluated.rows > 0 ? pass_of(model, at, &at->evaluated, LW_MODE_EVALUATE) : 0};
  const bool evaluation = passes[1] > passes[0];
  lw_memory m = {.tokens = evaluation ? at->evaluated.rows : train.rows,
                 .evaluation = evaluation,
                 .parameters = flat,
                 .gradients = flat,
                 .optimizer = lw_optimizer_bytes(lw_optimizers[at->optimizer], &model->params,
                                               at->ranks),
                 .pass = passes[evaluation]};
  m.buffers =
      BUFFERS + lw_shard_travel_bytes(at->ranks) +
      larger(beside(model, at, &train, passes[0]), beside(model, at, &at->evaluated, passes[1]));
  if (at->data)
    m.buffers += at->data->later + (at->data->job->execution.memory > 0 ? at->data->held : 0);
  m.all = m.parameters + m.gradients + m.optimizer + m.pass + m.buffers;
  return m;
}

/* ---- what there is ---- */

static double available(const lw_world *world)
{
  double node = (double)lw_available_node("") / world->node_size;
  double process = (double)lw_available_process();
  double least = -(node < process ? node : process);
  lw_reduce_max_doubles(world, &least, 1);
  return -least;
}

lw_memory_limit lw_memory_limit_of(const lw_job *job, const lw_world *world)
{
  if (job->execution.memory > 0)
    return (lw_memory_limit){(double)job->execution.memory * MIB, "parallel.memory"};
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
    const int64_t samples = share(job->train.batch_size, pieces);
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
  const int64_t longest = larger(at.longest, larger(at.train.longest, at.evaluated.longest));
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
  again.recompute = true;
  *text = 0;
  bool enough = fits(model, again, limit);
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
  if (!*text)
    snprintf(text, room, "a smaller model or batch%s, or ranks with more memory",
             lw_memory_estimate(model, at).evaluation
                 ? ", data.max_length to cut long validation samples"
                 : "");
}

static lw_status refuse(const lw_model *model, const lw_job *job, const lw_memory_case *at,
                        const lw_memory_limit *limit)
{
  char text[512];
  const lw_memory m = lw_memory_estimate(model, at);
  advise(model, job, at, limit->bytes, text, sizeof text);
  return lw_fail(
      LW_ERROR_MEMORY,
      "a rank needs up to %.1f MiB (parameters and gradients %.1f, optimizer %.1f, a "
      "pass over %lld tokens%s %.1f, buffers %.1f), but has %.1f MiB (%s); this would fit: %s",
      (double)m.all / MIB, (double)(m.parameters + m.gradients) / MIB, (double)m.optimizer / MIB,
      (long long)m.tokens, m.evaluation ? " of the validation split" : "", (double)m.pass / MIB,
      (double)m.buffers / MIB, limit->bytes / MIB, limit->whose, text);
}

lw_status lw_memory_check(const lw_model *model, const lw_job *job, lw_memory_case *at,
                          const lw_world *world)
{
  const lw_memory_limit limit = lw_memory_limit_of(job, world);
  return lw_memory_check_limit(model, job, at, &limit, world);
}

lw_status lw_memory_check_limit(const lw_model *model, const lw_job *job, lw_memory_case *at,
                                const lw_memory_limit *limit, const lw_world *world)
{
  lw_status status = LW_OK;
  if (at->data) LW_TRY_TOGETHER(world, lw_memory_load(model, at));
  if ((double)lw_memory_estimate(model, at).all <= limit->bytes) goto done;
  if (at->data) LW_TRY(walk(model, at, world));
  if ((double)lw_memory_estimate(model, at).all > limit->bytes)
    status = refuse(model, job, at, limit);
done:
  return status;
}

/* ---- evaluation alone ---- */

/* An evaluation that is asked about; list: its samples. */
typedef struct question {
  const lw_model *model;
  const lw_evaluation *evaluation;
  lw_load_rule rule;
  int64_t *list, count, extra;
  double limit;
} question;

static lw_status evaluation_need(const question *of, int64_t each, lw_memory *need)
{
  const lw_mode mode = of->evaluation->gradient ? LW_MODE_GRADIENT : LW_MODE_EVALUATE;
  const lw_memory_case at = {.sequence = of->rule.packing.ranks,
                             .recompute = of->model->execution.recompute};
  lw_load load = {0};
  lw_status status = lw_load_batches(&of->rule, of->list, of->count, each, &load);
  *need = (lw_memory){.tokens = load.rows, .pass = pass_of(of->model, &at, &load, mode)};
  need->buffers = BUFFERS + beside(of->model, &at, &load, need->pass);
  need->all = need->pass + need->buffers + of->extra;
  return status;
}

/* Fewer samples at a time, as long as that helps, or more ranks a sample. */
static lw_status refuse_evaluation(const question *of, const lw_memory *need, const lw_world *world)
{
  char advice[64] = "ranks with more memory";
  int64_t each = of->evaluation->batch_size;
  lw_memory other = *need;
  while (each > 1 && (double)other.all > of->limit) {
    each = (each + 1) / 2;
    lw_status status = evaluation_need(of, each, &other);
    if (status != LW_OK) return status;
  }
  if ((double)other.all <= of->limit)
    snprintf(advice, sizeof advice, "--batch_size %lld", (long long)each);
  else if (world->sequence->size < world->size)
    snprintf(advice, sizeof advice, "--sequence %d, or ranks with more memory", world->size);
  return lw_fail(LW_ERROR_MEMORY,
                 "evaluation needs up to %.1f MiB per rank besides the model (a pass over %lld "
                 "tokens of the %s split %.1f, buffers %.1f, results %.1f), but has %.1f MiB; "
                 "try %s",
                 (double)need->all / MIB, (long long)need->tokens, lw_split_name(of->rule.split),
                 (double)need->pass / MIB, (double)need->buffers / MIB, (double)of->extra / MIB,
                 of->limit / MIB, advice);
}

lw_status lw_memory_check_evaluation(const lw_model *model, const lw_dataset *dataset,
                                     const lw_evaluation *evaluation, int64_t extra,
                                     const lw_world *world)
{
  question of = {.model = model,
                 .evaluation = evaluation,
                 .rule = {.dataset = dataset,
                          .split = evaluation->split,
                          .max_length = evaluation->max_length,
                          .data = world->data->size,
                          .packing = lw_model_rule(model)},
                 .count = lw_evaluation_samples(evaluation, dataset),
                 .extra = extra,
                 .limit = available(world)};
  lw_memory need = {0};
  lw_status status = LW_OK;
  if (of.count == 0) return LW_OK; /* lw_evaluate refuses */
  of.rule.packing.ranks = world->sequence->size;
  LW_TRY_TOGETHER(world, LW_TAKE(&of.list, of.count));
  LW_TRY_TOGETHER(world, lw_evaluation_list(evaluation, dataset, of.list));
  LW_TRY_TOGETHER(world, evaluation_need(&of, evaluation->batch_size, &need));
  if ((double)need.all > of.limit) LW_TRY_TOGETHER(world, refuse_evaluation(&of, &need, world));
done:
  lw_mem_give(of.list);
  return status;
}
