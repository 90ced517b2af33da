#include "longwave/run/plan.h"
#include "longwave/attention/volume.h"
#include "longwave/base/mem.h"
#include "longwave/run/foresee.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- the job ---- */

/* Samples that stand for all of a large split. */
enum { LOOKED_AT = 10000 };

/* Mean over samples, in *plan: their tokens and, for now of one sample, their work. */
static void add_work(lw_plan_job *plan, const lw_job *job, const lw_model *model,
                     const lw_dataset *dataset)
{
  const int64_t N = plan->samples, documents = plan->documents;
  const int64_t every = (N + LOOKED_AT - 1) / LOOKED_AT;
  const double products = 6.0 * (double)plan->blocks * lw_model_rule(model).cost.token_cost;
  int64_t looked = 0;
  double tokens = 0.0, work = 0.0;
  for (int64_t n = 0; n < N; n += every, looked++)
    for (int64_t d = 0; d < documents; d++) {
      const int64_t T = lw_dataset_truncated(dataset, LW_SPLIT_TRAIN, n, d, job->data.max_length);
      tokens += (double)T;
      work += lw_model_work(model, T);
    }
  const double batch = (double)plan->batch;
  plan->tokens = tokens / (double)looked;
  plan->products = products * plan->tokens * batch;
  plan->attention = fmax(0.0, work / (double)looked * batch - plan->products);
  plan->rows = plan->tokens * batch * (double)(plan->blocks * plan->width);
}

static void count_evaluations(lw_plan_job *plan, const lw_job *job, const lw_dataset *dataset)
{
  const lw_evaluation evaluation = {.split = LW_SPLIT_VALIDATION,
                                    .limit = job->train.evaluate_limit};
  const int64_t every = job->train.evaluate_every;
  if (lw_dataset_describe(dataset)->count[LW_SPLIT_VALIDATION] == 0) return;
  plan->evaluated = lw_evaluation_samples(&evaluation, dataset);
  plan->evaluations = every == 0 ? 1 : (plan->steps + every - 1) / every;
}

lw_status lw_plan_job_init(lw_plan_job *out, const lw_job *job, const lw_dataset *dataset)
{
  const lw_model_data data = lw_job_model_data(job, dataset);
  const int64_t samples = lw_dataset_describe(dataset)->count[LW_SPLIT_TRAIN];
  lw_model *model = NULL;
  lw_status status = lw_foresee_outline(job, &data, &model);
  if (status != LW_OK) return status;
  const lw_optimizer_kind *optimizer = lw_optimizers[job->optimizer.kind];
  *out = (lw_plan_job){
      .steps = lw_job_steps(job, samples, 0, 0),
      .samples = samples,
      .batch = job->train.batch_size,
      .piece = lw_job_piece(job),
      .parameters = model->params.numbers,
      .checkpoint = model->params.numbers * (int64_t)sizeof(float) +
                    lw_optimizer_state_bytes(optimizer, &model->params, 1),
      .blocks = model->options.layers,
      .width = model->options.width,
      .documents = data.objective->documents,
      .causal = job->attention.causal,
      .window = job->attention.window,
      .chunk = job->attention.chunk,
  };
  add_work(out, job, model, dataset);
  count_evaluations(out, job, dataset);
  lw_model_destroy(&model);
  return LW_OK;
}

/* ---- bytes ---- */

/* On the data axis. */
static double places(const lw_plan_grid *grid)
{
  const int count = grid->ranks / grid->sequence;
  return count;
}

/* As if every token needed the keys and values of all others, which is the most that is sent: how
   much less a far field needs is known when it is trained. Of the rank that sends most. */
static double attention_bytes(const lw_plan_job *job, const lw_plan_grid *grid)
{
  const lw_attention_reach reach = {.ring = 1.0};
  const double data = places(grid);
  double most = 0.0;
  if (grid->sequence == 1) return 0.0;
  for (int rank = 0; rank < grid->sequence; rank++) {
    /* One head as wide as all, since all travel alike. */
    const lw_attention_volume_shape shape = {.sequence = grid->sequence,
                                             .rank = rank,
                                             .paired = job->causal,
                                             .causal = job->causal,
                                             .width = job->width,
                                             .heads = 1,
                                             .window = job->window,
                                             .reach = &reach};
    double numbers[LW_TRAFFIC_KINDS] = {0}, all = 0.0;
    lw_attention_volume(&shape, (int64_t)(job->tokens / (double)job->documents), numbers);
    for (int kind = 0; kind < LW_TRAFFIC_KINDS; kind++) all += numbers[kind];
    most = fmax(most, all);
  }
  return 4.0 * most * (double)(job->blocks * job->documents) * ceil((double)job->batch / data);
}

/* The gradient is summed, each rank getting its share, and the updated shares go to all. */
static double parameter_bytes(const lw_plan_job *job, const lw_plan_grid *grid)
{
  return 2.0 * 4.0 * (double)job->parameters * (grid->ranks - 1.0) / grid->ranks;
}

/* ---- time ---- */

lw_plan_grid lw_plan_grid_of(const lw_machine *machine, int ranks)
{
  const int64_t hold =
      machine->cores / machine->threads > 0 ? machine->cores / machine->threads : 1;
  int64_t nodes = (ranks + hold - 1) / hold;
  if (machine->nodes > 0 && nodes > machine->nodes) nodes = machine->nodes;
  return (lw_plan_grid){.ranks = ranks,
                        .sequence = 1,
                        .threads = machine->threads,
                        .per_node = (ranks + nodes - 1) / nodes};
}

/* Messages that a rank waits for, one after another: of the sums over all ranks, and of the ring of
   each block, forward and backward. */
static double messages(const lw_plan_job *job, const lw_plan_grid *grid)
{
  return 2.0 * (grid->ranks - 1.0) + 4.0 * (double)job->blocks * (grid->sequence - 1.0);
}

lw_plan_time lw_plan_time_of(const lw_plan_job *job, const lw_rates *rates,
                             const lw_plan_grid *grid)
{
  const lw_step_rates *step = &rates->step;
  const double cores = (double)rates->machine.cores;
  const double wanted = (double)(grid->per_node * grid->threads), busy = fmin(wanted, cores);
  const double crowd = cores > 1.0 ? (busy - 1.0) / (cores - 1.0) : 0.0;
  /* Of one thread of the rates, with others beside it, and with turns. */
  const double slower = (1.0 + (step->crowding - 1.0) * crowd) * fmax(1.0, wanted / cores) *
                        (double)rates->machine.threads / (double)grid->threads;
  const double data = places(grid), piece = (double)job->piece;
  const double share = ceil(piece / data) / piece / grid->sequence;
  const double whole = 1e-9 * (job->products / step->products + job->attention / step->attention +
                               job->rows * step->rest);
  lw_plan_time time = {.pass = whole * share * slower,
                       .update =
                           1e-9 * (double)job->parameters * step->update / grid->ranks * slower,
                       .bytes = parameter_bytes(job, grid) + attention_bytes(job, grid)};
  time.travel =
      1e-6 * (time.bytes / rates->machine.bandwidth + messages(job, grid) * rates->machine.latency);
  time.step = time.pass + time.update + time.travel;
  time.training = time.step * (double)job->steps;
  /* Forward is a third of a pass. */
  time.evaluation =
      time.pass / 3.0 * (double)(job->evaluated * job->evaluations) / (double)job->batch;
  const double nodes = ceil((double)grid->ranks / (double)grid->per_node);
  time.core_hours = (time.training + time.evaluation) / 3600.0 *
                    fmin((double)(grid->ranks * grid->threads), nodes * cores);
  return time;
}

/* ---- rows ---- */

/* Bytes that a rank has resident beside what the estimate counts: the program and its libraries,
   and with others beside it what MPI takes for messages. As measured on Debian 12 with Open MPI
   4.1. */
static double resident(int ranks)
{
  return (ranks > 1 ? 15.0 : 10.0) * 1048576.0;
}

lw_status lw_plan_row_fill(lw_plan_row *row, const lw_plan_job *plan, const lw_rates *rates,
                           const lw_memory_limit *limit, const lw_job *job,
                           const lw_dataset *dataset)
{
  const lw_memory_limit none = {.bytes = 1e30, .whose = ""};
  lw_foresight foresight = {0};
  lw_status status = lw_foresee(job, dataset, row->grid.ranks, limit, &foresight);
  row->fits = status == LW_OK;
  if (status != LW_OK) snprintf(row->refusal, sizeof row->refusal, "%s", lw_fail_message());
  if (status == LW_ERROR_MEMORY)
    status = lw_foresee(job, dataset, row->grid.ranks, &none, &foresight);
  if (status == LW_ERROR_MEMORY) return status;
  row->memory = foresight.memory > 0 ? (double)foresight.memory + resident(row->grid.ranks) : 0.0;
  if (!row->fits) return LW_OK;
  row->grid.sequence = foresight.sequence;
  row->time = lw_plan_time_of(plan, rates, &row->grid);
  return LW_OK;
}

static double seconds(const lw_plan_row *row)
{
  return row->time.training + row->time.evaluation;
}

lw_plan_choice lw_plan_choose(lw_plan_row *rows, int count)
{
  lw_plan_choice choice = {-1, -1, -1};
  for (int i = 0; i < count; i++) {
    if (!rows[i].fits) continue;
    if (choice.cheapest < 0 || rows[i].time.core_hours < rows[choice.cheapest].time.core_hours)
      choice.cheapest = i;
    if (choice.fastest < 0 || seconds(&rows[i]) < seconds(&rows[choice.fastest]))
      choice.fastest = i;
  }
  for (int i = 0; i < count; i++) {
    if (!rows[i].fits) continue;
    rows[i].efficiency = rows[choice.cheapest].time.core_hours / rows[i].time.core_hours;
    if (rows[i].efficiency < LW_PLAN_EFFICIENT) continue;
    if (choice.chosen < 0 || seconds(&rows[i]) < seconds(&rows[choice.chosen])) choice.chosen = i;
  }
  return choice;
}
