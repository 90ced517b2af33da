#include "memory_inside.h"
#include "longwave/array/layout.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"

/* The work memory of layers grows with the tokens of a pass, slower than the pass itself; the rest
   of the buffers hardly grows at all. */
enum { PASS_PARTS = 16, BUFFERS = 16 << 20 };

static int64_t share(int64_t count, int64_t parts)
{
  return (count + parts - 1) / parts;
}

/* Tokens that a rank holds of documents of the greatest length: divided into strips of whole
   blocks, or as they are. */
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
  int64_t most = job->data.max_length;
  return (lw_memory_case){.samples = lw_job_piece(job),
                          .longest = most > 0 && longest > most ? most : longest,
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
  if (data->evaluations > 0 && lw_objective_of(lw_dataset_describe(dataset)))
    data->later += 2 * lw_evaluation_tally_size(dataset) * (int64_t)sizeof(double);
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

lw_status lw_memory_load_drawn(const lw_model *model, lw_memory_case *at, const lw_world *world)
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

/* Of a row of a batch: its token or values, its label or numbers that are wanted. */
static int64_t row_bytes(const lw_model_data *data)
{
  const lw_target *target = data->objective->target;
  const bool wide = target->by_row && target->kind != LW_ANSWER_CLASS;
  return data->inputs * (int64_t)sizeof(float) +
         (wide ? data->outputs : 1) * (int64_t)sizeof(float) + target->masks +
         (data->step_outputs > 0 ? (int64_t)sizeof(int32_t) : 0);
}

/* Beside a pass: work memory, tables, the batch. */
static int64_t beside(const lw_model *model, const lw_memory_case *at, const lw_load *load,
                      int64_t pass)
{
  return pass / PASS_PARTS + lw_model_beside_bytes(model, load, at->sequence > 1) +
         load->rows * row_bytes(&model->data);
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
                 .optimizer =
                     lw_optimizer_bytes(lw_optimizers[at->optimizer], &model->params, at->ranks),
                 .pass = passes[evaluation]};
  m.buffers =
      BUFFERS + lw_shard_travel_bytes(at->ranks) +
      larger(beside(model, at, &train, passes[0]), beside(model, at, &at->evaluated, passes[1]));
  if (at->data)
    m.buffers += at->data->later + (at->data->job->execution.memory > 0 ? at->data->held : 0);
  m.all = m.parameters + m.gradients + m.optimizer + m.pass + m.buffers;
  return m;
}

lw_memory lw_memory_of_pass(const lw_model *model, const lw_memory_case *at, const lw_load *load,
                            lw_mode mode)
{
  const int64_t flat = model->params.floats * (int64_t)sizeof(float); /* as held */
  const int64_t pass = load->rows > 0 ? pass_of(model, at, load, mode) : 0;
  return (lw_memory){.tokens = load->rows,
                     .parameters = flat,
                     .gradients = flat,
                     .pass = pass,
                     .buffers = BUFFERS + beside(model, at, load, pass)};
}
