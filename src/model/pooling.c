#include "longwave/model/pooling.h"
#include "longwave/comm/traffic.h"
#include <math.h>
#include <omp.h>

lw_status lw_pooler_init(lw_pooler *pooler, lw_pooling pooling, int64_t C, lw_params *params)
{
  const lw_param_shape query = {.kind = LW_PARAM_VECTOR, .dims = {C, 1}, .start = LW_START_ZERO};
  *pooler = (lw_pooler){.pooling = pooling, .C = C};
  if (pooling != LW_POOLING_ATTENTION) return LW_OK;
  return lw_params_add(params, query, &pooler->query, "head.query");
}

static bool attends(const lw_pooler *pooler)
{
  return pooler->pooling == LW_POOLING_ATTENTION;
}

void lw_pooler_carve(const lw_pooler *pooler, int64_t rows, int64_t documents, lw_carver *carver,
                     lw_pooler_kept *kept)
{
  const int64_t count = documents * pooler->C;
  const bool attention = attends(pooler);
  /* The sums of weights stand behind the sums of rows: one message. */
  kept->pooled = lw_carve(carver, count + (attention ? documents : 0));
  kept->total = attention && carver->base ? kept->pooled + count : NULL;
  kept->argmax = (int32_t *)lw_carve(carver, count);
  kept->peaks = (lw_peak *)lw_carve(carver, pooler->pooling == LW_POOLING_MAX ? 2 * count : 0);
  kept->dpooled = lw_carve(carver, count);
  kept->weight = lw_carve(carver, attention ? rows : 0);
  kept->slope = lw_carve(carver, attention ? rows : 0);
  kept->greatest = lw_carve(carver, attention ? documents : 0);
}

static lw_pool_stretch pooled_part(const lw_packing *packing, const lw_stretch *stretch)
{
  return (lw_pool_stretch){stretch->position, stretch->tokens, packing->length[stretch->sample]};
}

/* ---- mean, last, max, cls ---- */

/* What this rank's rows give to each document. Few long ones are shared inside lw_pool_add. */
static void pool_rows(const lw_pooler *pooler, const lw_packing *packing, const float *x,
                      const lw_pooler_kept *kept)
{
  const int64_t C = pooler->C;
#pragma omp parallel for schedule(dynamic) if (packing->samples >= omp_get_max_threads())
  for (int64_t b = 0; b < packing->samples; b++) {
    float *pooled = kept->pooled + b * C;
    int32_t *argmax = kept->argmax + b * C;
    lw_pool_begin(pooler->pooling, C, pooled, argmax);
    for (int64_t s = packing->stretch_first[b]; s < packing->stretch_first[b + 1]; s++) {
      const lw_stretch *stretch = &packing->stretches[s];
      lw_pool_add(pooler->pooling, x + stretch->row * C, pooled_part(packing, stretch), C, pooled,
                  argmax);
    }
  }
}

static void find_peaks(const lw_world *axis, int64_t count, const lw_pooler_kept *kept)
{
  for (int64_t n = 0; n < count; n++) kept->peaks[n] = (lw_peak){kept->pooled[n], kept->argmax[n]};
  lw_reduce_max_peaks(axis, kept->peaks, count);
  for (int64_t n = 0; n < count; n++) {
    kept->pooled[n] = kept->peaks[n].value;
    kept->argmax[n] = kept->peaks[n].index;
  }
}

static void pool(const lw_pooler *pooler, const lw_pass *pass, const float *x,
                 const lw_pooler_kept *kept)
{
  const lw_packing *packing = &pass->batch->packing;
  const lw_world *axis = pass->world->sequence;
  const int64_t C = pooler->C, count = packing->samples * C;
  pool_rows(pooler, packing, x, kept);
  if (axis->size > 1 && pooler->pooling == LW_POOLING_MAX)
    find_peaks(axis, count, kept);
  else if (axis->size > 1)
    lw_reduce_sum_floats(axis, kept->pooled, count);
  for (int64_t b = 0; b < packing->samples; b++)
    lw_pool_end(pooler->pooling, packing->length[b], C, kept->pooled + b * C);
}

/* ---- attention ---- */

static void find_greatest(const lw_packing *packing, const lw_pooler_kept *kept)
{
  for (int64_t b = 0; b < packing->samples; b++) {
    float greatest = -INFINITY;
    for (int64_t s = packing->stretch_first[b]; s < packing->stretch_first[b + 1]; s++) {
      const lw_stretch *stretch = &packing->stretches[s];
      for (int64_t t = 0; t < stretch->tokens; t++)
        greatest = fmaxf(greatest, kept->weight[stretch->row + t]);
    }
    kept->greatest[b] = greatest;
  }
}

/* Scores to weights, and what this rank's rows give to each document. */
static void add_weighted_rows(const lw_pooler *pooler, const lw_packing *packing, const float *x,
                              const lw_pooler_kept *kept)
{
  const int64_t C = pooler->C;
#pragma omp parallel for schedule(dynamic) if (packing->samples >= omp_get_max_threads())
  for (int64_t b = 0; b < packing->samples; b++) {
    double total = 0.0;
    memset(kept->pooled + b * C, 0, (size_t)C * sizeof *kept->pooled);
    for (int64_t s = packing->stretch_first[b]; s < packing->stretch_first[b + 1]; s++) {
      const lw_stretch *stretch = &packing->stretches[s];
      float *weight = kept->weight + stretch->row;
      total += lw_pool_weigh(weight, stretch->tokens, kept->greatest[b]);
      lw_pool_add_weighted(x + stretch->row * C, weight, stretch->tokens, C, kept->pooled + b * C);
    }
    kept->total[b] = (float)total;
  }
}

static void attend(const lw_pooler *pooler, const lw_pass *pass, const float *x,
                   const lw_pooler_kept *kept)
{
  const lw_packing *packing = &pass->batch->packing;
  const lw_world *axis = pass->world->sequence;
  const int64_t C = pooler->C, documents = packing->samples;
  lw_pool_scores(x, lw_param_value(pass->params, pooler->query), packing->rows, C, kept->weight);
  find_greatest(packing, kept);
  if (axis->size > 1) lw_reduce_max_floats(axis, kept->greatest, documents);
  add_weighted_rows(pooler, packing, x, kept);
  if (axis->size > 1) lw_reduce_sum_floats(axis, kept->pooled, documents * (C + 1));
  for (int64_t n = 0; n < documents * C; n++) kept->pooled[n] /= kept->total[n / C];
}

static void attend_backward(const lw_pooler *pooler, const lw_pass *pass, const float *x,
                            const lw_pooler_kept *kept, float *dx)
{
  const lw_packing *packing = &pass->batch->packing;
  const int64_t C = pooler->C;
#pragma omp parallel for schedule(dynamic)
  for (int64_t s = 0; s < packing->stretch_count; s++) {
    const lw_stretch *stretch = &packing->stretches[s];
    const int64_t row = stretch->row, b = stretch->sample;
    const lw_pool_weighted of = {.x = x + row * C,
                                 .weight = kept->weight + row,
                                 .query = lw_param_value(pass->params, pooler->query),
                                 .out = kept->pooled + b * C,
                                 .dout = kept->dpooled + b * C,
                                 .total = kept->total[b]};
    lw_pool_weighted_backward(&of, stretch->tokens, C, kept->slope + row, dx + row * C);
  }
  lw_pool_add_weighted(x, kept->slope, packing->rows, C,
                       lw_param_gradient(pass->params, pooler->query));
}

/* ---- all ---- */

void lw_pooler_forward(const lw_pooler *pooler, const lw_pass *pass, const float *x,
                       const lw_pooler_kept *kept)
{
  lw_traffic_begin(LW_TRAFFIC_STATISTICS);
  if (attends(pooler))
    attend(pooler, pass, x, kept);
  else
    pool(pooler, pass, x, kept);
  lw_traffic_end();
}

void lw_pooler_backward(const lw_pooler *pooler, const lw_pass *pass, const float *x,
                        const lw_pooler_kept *kept, float *dx)
{
  const lw_packing *packing = &pass->batch->packing;
  const int64_t C = pooler->C;
  if (attends(pooler)) {
    attend_backward(pooler, pass, x, kept, dx);
    return;
  }
#pragma omp parallel for schedule(dynamic)
  for (int64_t s = 0; s < packing->stretch_count; s++) {
    const lw_stretch *stretch = &packing->stretches[s];
    lw_pool_backward(pooler->pooling, kept->dpooled + stretch->sample * C,
                     pooled_part(packing, stretch), C, kept->argmax + stretch->sample * C,
                     dx + stretch->row * C);
  }
}

double lw_pooler_sent(const lw_pooler *pooler, const lw_packing *packing, const lw_world *world)
{
  const double p = world->sequence->size, documents = (double)packing->samples;
  const double numbers = (double)pooler->C + (attends(pooler) ? 2.0 : 0.0);
  return documents * numbers * sizeof(float) * 2.0 * (p - 1.0) / p;
}
