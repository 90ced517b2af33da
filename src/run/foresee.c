#include "longwave/run/foresee.h"
#include "longwave/train/parallel.h"

/* On a grid that grows along the sequence axis, where that is left to us, until the model fits. */
static lw_status find_grid(const lw_model *model, lw_memory_case *at, int ranks,
                           const lw_memory_limit *limit, lw_foresight *out)
{
  const lw_job *job = at->data->job;
  lw_parallel_request request = {.option = "parallel.sequence",
                                 .sequence = job->execution.sequence,
                                 .samples = lw_job_piece(job),
                                 .longest = model->data.most_positions};
  lw_status status = LW_OK;
  do {
    LW_TRY(lw_parallel_choose(ranks, &request, &at->sequence));
    if (at->sequence < request.least) return LW_ERROR_MEMORY; /* told in the turn before */
    at->ranks = ranks;
    out->sequence = at->sequence;
    status = lw_memory_check_limit(model, job, at, limit, lw_world_lone());
    request.least = at->sequence + 1;
  } while (status == LW_ERROR_MEMORY && request.sequence == 0);
  if (status == LW_OK) out->memory = lw_memory_estimate(model, at).all;
done:
  return status;
}

lw_status lw_foresee_outline(const lw_job *job, const lw_model_data *data, lw_model **out)
{
  lw_execution execution = job->execution;
  lw_attention_options attention = job->attention;
  execution.matmul = LW_MATMUL_LOCAL;
  attention.engine = 0; /* the first one needs no grid */
  lw_model_design design = lw_job_design(job, data);
  design.attention = &attention;
  return lw_model_outline(&design, &execution, lw_world_lone(), out);
}

lw_status lw_foresee(const lw_job *job, const lw_dataset *dataset, int ranks,
                     const lw_memory_limit *limit, lw_foresight *out)
{
  const lw_model_data data = lw_job_model_data(job, dataset);
  const int64_t longest = lw_dataset_describe(dataset)->longest[LW_SPLIT_TRAIN];
  lw_memory_data samples = {0};
  lw_model *model = NULL;
  lw_status status = LW_OK;
  const bool shared =
      !lw_attention_streams(&job->attention) || job->execution.matmul != LW_MATMUL_LOCAL;
  lw_memory_limit none = {.bytes = 1e30};
  LW_TRY(lw_memory_data_init(&samples, job, dataset));
  LW_TRY(lw_foresee_outline(job, &data, &model));
  lw_memory_case at = lw_memory_case_of(job, longest, lw_world_lone());
  at.data = &samples;
  LW_TRY(find_grid(model, &at, ranks, shared ? &none : limit, out));
  if (shared) out->memory = 0;
done:
  lw_model_destroy(&model);
  lw_memory_data_done(&samples);
  return status;
}
