#include "longwave/model/head.h"
#include "longwave/comm/traffic.h"
#include <omp.h>

lw_status lw_head_init(lw_head *head, const lw_head_shape *shape, lw_params *params,
                       lw_params *statistics)
{
  lw_status status = LW_OK;
  *head = (lw_head){.C = shape->C,
                    .classes = shape->classes,
                    .normed = !shape->post,
                    .readout = shape->readout,
                    .pooled = shape->readout != LW_READOUT_ROW,
                    .pooling = shape->pooling};
  if (head->normed)
    LW_TRY(lw_norm_init(&head->norm, shape->norm, shape->C, params, statistics, "head.norm"));
  if (head->readout == LW_READOUT_PAIR) {
    lw_pair_head_shape pair = {shape->pair_head, shape->C, shape->F, shape->classes};
    LW_TRY(lw_pair_head_init(&head->pair, &pair, params));
  } else {
    LW_TRY(lw_projection_init(&head->projection,
                              &(lw_projection_shape){shape->C, shape->classes, 1.0, NULL}, params,
                              "head"));
    params->table[head->projection.weight].kind = LW_PARAM_READOUT;
  }
done:
  return status;
}

void lw_head_carve(const lw_head *head, int64_t rows, int64_t samples, lw_carver *carver,
                   lw_head_kept *kept)
{
  const int64_t C = head->C;
  const int64_t vectors = head->readout == LW_READOUT_PAIR ? 2 * samples : samples;
  kept->x = lw_carve_rows(carver, rows, C);
  kept->normed = head->normed ? lw_carve(carver, rows * C) : kept->x;
  if (head->normed) kept->norm = lw_norm_carve(&head->norm, rows, carver);
  if (!head->pooled) return;
  kept->pooled = lw_carve(carver, vectors * C);
  kept->argmax = (int32_t *)lw_carve(carver, vectors * C);
  kept->peaks = (lw_peak *)lw_carve(carver, head->pooling == LW_POOLING_MAX ? vectors * C * 2 : 0);
  kept->dpooled = lw_carve(carver, vectors * C);
  if (head->readout == LW_READOUT_PAIR)
    lw_pair_head_carve(&head->pair, samples, carver, &kept->pair);
}

static lw_pool_stretch pooled_part(const lw_packing *packing, const lw_stretch *stretch)
{
  return (lw_pool_stretch){stretch->position, stretch->tokens, packing->length[stretch->sample]};
}

/* What this rank's rows give to each sample. Few long samples are shared inside lw_pool_add. */
static void pool_rows(const lw_head *head, const lw_packing *packing, const lw_head_kept *kept)
{
  const int64_t C = head->C;
#pragma omp parallel for schedule(dynamic) if (packing->samples >= omp_get_max_threads())
  for (int64_t b = 0; b < packing->samples; b++) {
    float *pooled = kept->pooled + b * C;
    int32_t *argmax = kept->argmax + b * C;
    lw_pool_begin(head->pooling, C, pooled, argmax);
    for (int64_t s = packing->stretch_first[b]; s < packing->stretch_first[b + 1]; s++) {
      const lw_stretch *stretch = &packing->stretches[s];
      lw_pool_add(head->pooling, kept->normed + stretch->row * C, pooled_part(packing, stretch), C,
                  pooled, argmax);
    }
  }
}

static void find_peaks(const lw_world *axis, int64_t count, const lw_head_kept *kept)
{
  for (int64_t n = 0; n < count; n++) kept->peaks[n] = (lw_peak){kept->pooled[n], kept->argmax[n]};
  lw_reduce_max_peaks(axis, kept->peaks, count);
  for (int64_t n = 0; n < count; n++) {
    kept->pooled[n] = kept->peaks[n].value;
    kept->argmax[n] = kept->peaks[n].index;
  }
}

/* One message for all samples. */
static void pool_over_axis(const lw_head *head, const lw_world *axis, int64_t samples,
                           const lw_head_kept *kept)
{
  const int64_t count = samples * head->C;
  if (axis->size == 1) return;
  lw_traffic_begin(LW_TRAFFIC_STATISTICS);
  if (head->pooling == LW_POOLING_MAX)
    find_peaks(axis, count, kept);
  else
    lw_reduce_sum_floats(axis, kept->pooled, count);
  lw_traffic_end();
}

/* kept->pooled from kept->normed. */
static void pool(const lw_head *head, const lw_pass *pass, const lw_head_kept *kept)
{
  const lw_packing *packing = &pass->batch->packing;
  const int64_t C = head->C, samples = packing->samples;
  pool_rows(head, packing, kept);
  lw_traffic_begin(LW_TRAFFIC_STATISTICS);
  pool_over_axis(head, pass->world->sequence, samples, kept);
  lw_traffic_end();
  for (int64_t b = 0; b < samples; b++)
    lw_pool_end(head->pooling, packing->length[b], C, kept->pooled + b * C);
}

lw_status lw_head_forward(const lw_head *head, const lw_pass *pass, const lw_head_kept *kept,
                          float *logits)
{
  lw_status status = LW_OK;
  if (head->normed) LW_TRY(lw_norm_forward(&head->norm, pass, kept->x, kept->normed, kept->norm));
  if (head->pooled) pool(head, pass, kept);
  if (head->readout == LW_READOUT_PAIR)
    lw_pair_head_forward(
        &head->pair,
        &(lw_pair_head_call){pass->params, &kept->pair, kept->pooled, pass->batch->samples, false},
        logits);
  else
    lw_projection_forward(&head->projection, pass->params,
                          head->pooled ? kept->pooled : kept->normed, pass->batch->answers, logits);
done:
  return status;
}

/* dx [rows, C] from kept->dpooled. */
static void pool_backward(const lw_head *head, const lw_packing *packing, const lw_head_kept *kept,
                          float *dx)
{
  const int64_t C = head->C;
#pragma omp parallel for schedule(dynamic)
  for (int64_t s = 0; s < packing->stretch_count; s++) {
    const lw_stretch *stretch = &packing->stretches[s];
    lw_pool_backward(head->pooling, kept->dpooled + stretch->sample * C,
                     pooled_part(packing, stretch), C, kept->argmax + stretch->sample * C,
                     dx + stretch->row * C);
  }
}

lw_status lw_head_backward(const lw_head *head, const lw_pass *pass, const lw_head_kept *kept,
                           const float *dlogits, float *dx)
{
  const lw_batch *batch = pass->batch;
  const float *x = head->pooled ? kept->pooled : kept->normed;
  float *to = head->pooled ? kept->dpooled : dx;
  if (head->readout == LW_READOUT_PAIR)
    lw_pair_head_backward(
        &head->pair,
        &(lw_pair_head_call){pass->params, &kept->pair, x, batch->samples, batch->counted}, dlogits,
        to);
  else if (batch->counted)
    lw_projection_backward(&head->projection, pass->params, dlogits, x, batch->answers, to);
  else
    lw_projection_backward_input(&head->projection, pass->params, dlogits, batch->answers, to);
  if (head->pooled) pool_backward(head, &batch->packing, kept, dx);
  if (!head->normed) return LW_OK;
  return lw_norm_backward(&head->norm, pass, dx, kept->x, kept->norm, dx);
}

double lw_head_sent(const lw_head *head, const lw_packing *packing, const lw_world *world)
{
  const double p = world->sequence->size, vectors = head->pooled ? (double)packing->samples : 0.0;
  const double pooled = vectors * (double)head->C * sizeof(float) * 2.0 * (p - 1.0) / p;
  return pooled + (head->normed ? lw_norm_sent(&head->norm, world) : 0.0);
}
