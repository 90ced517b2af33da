#include "longwave/model/head.h"

lw_status lw_head_init(lw_head *head, const lw_head_shape *shape, lw_params *params,
                       lw_params *statistics)
{
  lw_status status = LW_OK;
  *head = (lw_head){.C = shape->C,
                    .classes = shape->classes,
                    .normed = !shape->post,
                    .pooling = shape->pooling};
  if (head->normed)
    LW_TRY(lw_norm_init(&head->norm, shape->norm, shape->C, params, statistics, "head.norm"));
  LW_TRY(lw_projection_init(&head->projection, shape->C, shape->classes, 1.0, NULL, params,
                            "head"));
done:
  return status;
}

void lw_head_carve(const lw_head *head, int64_t rows, int64_t samples, lw_carver *carver,
                   lw_head_kept *kept)
{
  int64_t C = head->C, statistics = head->normed ? lw_norm_kept(&head->norm, rows) : 0;
  kept->x = lw_carve_rows(carver, rows, C);
  kept->normed = head->normed ? lw_carve(carver, rows * C) : kept->x;
  kept->mean = lw_carve(carver, statistics);
  kept->rstd = lw_carve(carver, statistics);
  kept->pooled = lw_carve(carver, samples * C);
  kept->place = (int32_t *)lw_carve(carver, samples * C);
  kept->dpooled = lw_carve(carver, samples * C);
}

lw_status lw_head_forward(const lw_head *head, const lw_pass *pass, const lw_head_kept *kept,
                          float *logits)
{
  const lw_batch *batch = pass->batch;
  int64_t C = head->C;
  lw_status status = LW_OK;
  if (head->normed)
    LW_TRY(lw_norm_forward(&head->norm, pass, kept->x, kept->normed, kept->mean, kept->rstd));
#pragma omp parallel for schedule(dynamic)
  for (int64_t b = 0; b < batch->samples; b++) {
    int64_t first = batch->row_first[b];
    lw_pool_forward(head->pooling, kept->normed + first * C, batch->row_first[b + 1] - first, C,
                    kept->pooled + b * C, kept->place + b * C);
  }
  lw_projection_forward(&head->projection, pass->params, kept->pooled, batch->samples, logits);
done:
  return status;
}

lw_status lw_head_backward(const lw_head *head, const lw_pass *pass, const lw_head_kept *kept,
                           const float *dlogits, float *dx)
{
  const lw_batch *batch = pass->batch;
  int64_t C = head->C;
  lw_projection_backward(&head->projection, pass->params, dlogits, kept->pooled, batch->samples,
                         kept->dpooled);
#pragma omp parallel for schedule(dynamic)
  for (int64_t b = 0; b < batch->samples; b++) {
    int64_t first = batch->row_first[b];
    lw_pool_backward(head->pooling, kept->dpooled + b * C, batch->row_first[b + 1] - first, C,
                     kept->place + b * C, dx + first * C);
  }
  if (!head->normed) return LW_OK;
  return lw_norm_backward(&head->norm, pass, dx, kept->x, kept->mean, kept->rstd, dx);
}
