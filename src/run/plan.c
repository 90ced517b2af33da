#include "longwave/run/plan.h"
#include <math.h>

/* Further than so many samples the mean hardly moves. */
enum { SAMPLES_MOST = 100000 };
static const double computed_again = 4.0 / 3.0; /* forward twice: 4 products in place of 3 */

static void add_samples(const lw_model *model, const lw_job *job, const lw_dataset *dataset,
                        lw_plan_work *work)
{
  const int64_t N = lw_dataset_describe(dataset)->count[LW_SPLIT_TRAIN];
  const int64_t count = N < SAMPLES_MOST ? N : SAMPLES_MOST;
  const int64_t documents = model->data.objective->documents;
  const double token = 6.0 * (double)model->options.layers * lw_model_rule(model).cost.token_cost;
  const double share = (double)job->train.batch_size / (double)count;
  for (int64_t n = 0; n < count * documents; n++) {
    const int64_t T = lw_dataset_truncated(dataset, LW_SPLIT_TRAIN, n / documents, n % documents,
                                           job->data.max_length);
    const double linear = token * (double)T;
    work->tokens += share * (double)T;
    work->linear += share * linear;
    work->attention += share * (lw_model_work(model, T) - linear);
    if (T > work->longest) work->longest = T;
  }
  work->rows = work->tokens * (double)(model->options.layers * model->options.width);
}

lw_status lw_plan_work_of(const lw_job *job, const lw_dataset *dataset, lw_plan_work *work)
{
  const lw_model_data data = lw_job_model_data(job, dataset);
  const int64_t N = lw_dataset_describe(dataset)->count[LW_SPLIT_TRAIN];
  lw_execution execution = job->execution;
  lw_attention_options attention = job->attention;
  lw_model *model = NULL;
  lw_status status = LW_OK;
  execution.matmul = LW_MATMUL_LOCAL;
  attention.engine = 0; /* work is the same on any */
  lw_model_design design = lw_job_design(job, &data);
  design.attention = &attention;
  LW_TRY(lw_model_outline(&design, &execution, lw_world_lone(), &model));
  *work = (lw_plan_work){.parameters = model->params.numbers,
                         .samples = lw_job_piece(job),
                         .pieces = job->train.accumulation,
                         .steps = lw_job_steps(job, N, 0, 0),
                         .layers = job->model.layers,
                         .width = job->model.width,
                         .recompute = job->execution.recompute};
  work->checkpoint =
      work->parameters * (int64_t)sizeof(float) +
      lw_optimizer_state_bytes(lw_optimizers[job->optimizer.kind], &model->params, 1);
  work->epochs = (double)(work->steps * job->train.batch_size) / (double)N;
  add_samples(model, job, dataset, work);
done:
  lw_model_destroy(&model);
  return status;
}

/* Gradients are summed and parameters handed out again; keys and values of a shared sequence, and
   their gradients, go round once each way. */
static double bytes_sent(const lw_plan_work *work, const lw_plan_row *row)
{
  const double P = row->ranks, S = row->sequence;
  const double shared = 2.0 * (double)work->parameters * (P - 1.0) / P;
  const double ring = 6.0 * work->rows / (P / S) * (S - 1.0) / S;
  return (double)sizeof(float) * (shared + ring);
}

/* How much longer a rank takes because others compute beside it: cores that share caches, memory
   or the units of a processor are slower together, and more threads than cores take turns. */
static double slowness(const lw_rates *rates, bool cluster, const lw_plan_row *row)
{
  const double wanted = (double)row->ranks * row->threads, cores = (double)rates->cores;
  const double beside = fmin(wanted, cores) - row->threads, room = cores - row->threads;
  const double busy = room > 0.0 ? fmax(0.0, beside) / room : 0.0;
  const double turns = !cluster && wanted > cores ? wanted / cores : 1.0;
  return turns * (1.0 + busy * (1.0 / rates->crowded - 1.0));
}

void lw_plan_time(const lw_plan_work *work, const lw_rates *rates, bool cluster, lw_plan_row *row)
{
  const double P = row->ranks, S = row->sequence, D = P / S, samples = (double)work->samples;
  const double share = ceil(samples / D) / samples / S; /* of the rank that has most */
  const double again = work->recompute ? computed_again : 1.0;
  const double wanted = P * row->threads, cores = (double)rates->cores;
  const double scale = (double)rates->threads / row->threads;
  const double computed =
      again * (1e-9 * work->linear / rates->linear + 1e-9 * work->attention / rates->attention +
               1e-6 * work->rows / rates->rows);
  const double updated = 1e-6 * (double)work->parameters / rates->optimizer / P;
  const double messages = P > 1.0 ? 2.0 * ceil(log2(P)) : 0.0;
  const double passed = S > 1.0 ? 3.0 * (S - 1.0) * (double)(work->layers * work->pieces) : 0.0;
  row->sent = bytes_sent(work, row);
  row->seconds = (share * computed + updated) * slowness(rates, cluster, row) * scale +
                 1e-9 * row->sent / rates->bandwidth + 1e-6 * (messages + passed) * rates->latency;
  row->hours = row->seconds * (double)work->steps / 3600.0;
  row->core_hours = row->hours * (cluster ? wanted : fmin(wanted, cores));
}
