#include "longwave/model/head.h"

lw_status lw_head_init(lw_head *head, const lw_head_shape *shape, lw_params *params,
                       lw_params *statistics)
{
  lw_status status = LW_OK;
  *head = (lw_head){.C = shape->C,
                    .classes = shape->classes,
                    .normed = !shape->post,
                    .readout = shape->readout,
                    .pooled = shape->readout != LW_READOUT_ROW};
  if (head->normed)
    LW_TRY(lw_norm_init(&head->norm, shape->norm, shape->C, params, statistics, "head.norm"));
  if (head->pooled) LW_TRY(lw_pooler_init(&head->pooler, shape->pooling, shape->C, params));
  if (head->readout == LW_READOUT_PAIR) {
    lw_pair_head_shape pair = {shape->pair_head, shape->C, shape->F, shape->classes};
    LW_TRY(lw_pair_head_init(&head->pair, &pair, params));
  } else {
    LW_TRY(lw_projection_init(&head->projection,
                              &(lw_projection_shape){shape->C, shape->classes, 1.0, NULL}, params,
                              "head"));
    params->table[head->projection.weight].kind = LW_PARAM_READOUT;
  }
  LW_TRY(lw_step_head_init(&head->steps, shape->C, shape->step_classes, params));
done:
  return status;
}

void lw_head_carve(const lw_head *head, int64_t rows, int64_t samples, bool training,
                   lw_carver *carver, lw_head_kept *kept)
{
  const int64_t C = head->C;
  const int64_t vectors = head->readout == LW_READOUT_PAIR ? 2 * samples : samples;
  kept->x = lw_carve_rows(carver, rows, C);
  kept->normed = head->normed ? lw_carve(carver, rows * C) : kept->x;
  if (head->normed) kept->norm = lw_norm_carve(&head->norm, rows, carver);
  lw_step_head_carve(&head->steps, rows, training, carver, &kept->steps);
  if (!head->pooled) return;
  lw_pooler_carve(&head->pooler, rows, vectors, carver, &kept->pool);
  if (head->readout == LW_READOUT_PAIR)
    lw_pair_head_carve(&head->pair, samples, carver, &kept->pair);
}

lw_status lw_head_forward(const lw_head *head, const lw_pass *pass, const lw_head_kept *kept,
                          float *logits)
{
  lw_status status = LW_OK;
  if (head->normed) LW_TRY(lw_norm_forward(&head->norm, pass, kept->x, kept->normed, kept->norm));
  if (lw_step_head_asked(&head->steps, pass))
    lw_step_head_forward(&head->steps, pass, kept->normed, &kept->steps);
  if (head->pooled) lw_pooler_forward(&head->pooler, pass, kept->normed, &kept->pool);
  if (head->readout == LW_READOUT_PAIR)
    lw_pair_head_forward(&head->pair,
                         &(lw_pair_head_call){pass->params, &kept->pair, kept->pool.pooled,
                                              pass->batch->samples, false},
                         logits);
  else
    lw_projection_forward(&head->projection, pass->params,
                          head->pooled ? kept->pool.pooled : kept->normed, pass->batch->answers,
                          logits);
done:
  return status;
}

lw_status lw_head_backward(const lw_head *head, const lw_pass *pass, const lw_head_kept *kept,
                           const float *dlogits, float *dx)
{
  const lw_batch *batch = pass->batch;
  const float *x = head->pooled ? kept->pool.pooled : kept->normed;
  float *to = head->pooled ? kept->pool.dpooled : dx;
  if (head->readout == LW_READOUT_PAIR)
    lw_pair_head_backward(
        &head->pair,
        &(lw_pair_head_call){pass->params, &kept->pair, x, batch->samples, batch->counted}, dlogits,
        to);
  else if (batch->counted)
    lw_projection_backward(&head->projection, pass->params, dlogits, x, batch->answers, to);
  else
    lw_projection_backward_input(&head->projection, pass->params, dlogits, batch->answers, to);
  if (head->pooled) lw_pooler_backward(&head->pooler, pass, kept->normed, &kept->pool, dx);
  if (lw_step_head_asked(&head->steps, pass))
    lw_step_head_backward(&head->steps, pass, kept->normed, &kept->steps, dx);
  if (!head->normed) return LW_OK;
  return lw_norm_backward(&head->norm, pass, dx, kept->x, kept->norm, dx);
}

double lw_head_sent(const lw_head *head, const lw_packing *packing, const lw_world *world)
{
  const double pooled = head->pooled ? lw_pooler_sent(&head->pooler, packing, world) : 0.0;
  return pooled + (head->normed ? lw_norm_sent(&head->norm, world) : 0.0);
}
