#include "longwave/model/inner.h"
#include <assert.h>
#include <stdio.h>

static void *shared_of(const lw_layers *layers, const lw_layer_kind *kind)
{
  for (int n = layers->count; n < layers->count + layers->inner; n++)
    if (layers->kind[n] == kind) return layers->shared[n];
  assert(false && "a row of lw_inner_table");
  return NULL;
}

lw_status lw_inner_create(const lw_layer_site *site, const lw_layer_kind *kind, const char *name,
                          int64_t width, lw_inner *inner)
{
  lw_layer_site at = *site;
  char whole[LW_PARAM_NAME_MAX];
  snprintf(whole, sizeof whole, "%s.%s", site->name, name);
  at.name = whole;
  at.width = width;
  at.shared = shared_of(site->layers, kind);
  *inner = (lw_inner){.kind = kind, .width = width, .matmul = site->matmul};
  return kind->create(&at, &inner->layer);
}

void lw_inner_done(lw_inner *inner)
{
  if (inner->layer) inner->kind->destroy(&inner->layer);
  *inner = (lw_inner){0};
}

/* Its result first; room [rows, width] returned. */
static float *carve_kept(const lw_inner *inner, int64_t rows, lw_carver *carver,
                         float *kept[LW_LAYER_ARRAYS])
{
  float *result = lw_carve_rows(carver, rows, inner->width);
  if (inner->kind->keep) inner->kind->keep(inner->layer, rows, carver, kept);
  return result;
}

/* The gradient of its result first. */
static float *carve_scratch(const lw_inner *inner, int64_t rows, lw_carver *carver,
                            float *scratch[LW_LAYER_ARRAYS])
{
  float *dresult = lw_carve_rows(carver, rows, inner->width);
  if (inner->kind->scratch) inner->kind->scratch(inner->layer, rows, carver, scratch);
  return dresult;
}

float *lw_inner_keep(const lw_inner *inner, int64_t rows, lw_carver *carver)
{
  float *kept[LW_LAYER_ARRAYS];
  lw_carver measure = {.room = carver->room};
  if (!inner->kind) return NULL;
  (void)carve_kept(inner, rows, &measure, kept);
  return lw_carve(carver, measure.used);
}

float *lw_inner_scratch(const lw_inner *inner, int64_t rows, lw_carver *carver)
{
  float *scratch[LW_LAYER_ARRAYS];
  lw_carver measure = {.room = carver->room};
  if (!inner->kind) return NULL;
  (void)carve_scratch(inner, rows, &measure, scratch);
  return lw_carve(carver, measure.used);
}

static lw_carver carver_of(const lw_inner *inner, float *base)
{
  return (lw_carver){.base = base, .room = inner->matmul ? lw_matmul_room(inner->matmul) : 0};
}

lw_status lw_inner_forward(const lw_inner *inner, const lw_pass *pass, lw_inner_arrays arrays,
                           const float **x)
{
  float *kept[LW_LAYER_ARRAYS];
  if (!inner->kind) return LW_OK;
  lw_carver carver = carver_of(inner, arrays.kept);
  float *result = carve_kept(inner, pass->batch->rows, &carver, kept);
  const lw_layer_call call = {.x = *x, .y = result, .kept = kept, .beside = arrays.beside};
  *x = result;
  return inner->kind->forward(inner->layer, pass, &call);
}

const float *lw_inner_result(const lw_inner *inner, float *kept, const float *x)
{
  return inner->kind ? kept : x;
}

float *lw_inner_room(const lw_inner *inner, float *scratch, float *dx)
{
  return inner->kind ? scratch : dx;
}

lw_status lw_inner_backward(const lw_inner *inner, const lw_pass *pass, lw_inner_arrays arrays,
                            const float *x, float *dx)
{
  const int64_t rows = pass->batch->rows;
  float *kept[LW_LAYER_ARRAYS], *scratch[LW_LAYER_ARRAYS];
  if (!inner->kind) return LW_OK;
  lw_carver keeps = carver_of(inner, arrays.kept), uses = carver_of(inner, arrays.scratch);
  (void)carve_kept(inner, rows, &keeps, kept);
  const float *dy = carve_scratch(inner, rows, &uses, scratch);
  const lw_layer_call call = {.x = x,
                              .dy = dy,
                              .dx = dx,
                              .kept = kept,
                              .scratch = scratch,
                              .beside = arrays.beside,
                              .dbeside = arrays.dbeside};
  return inner->kind->backward(inner->layer, pass, &call);
}

void lw_inner_add_figures(const lw_inner *inner, lw_layer_figures *figures)
{
  if (!inner->kind) return;
  const lw_layer_figures more = inner->kind->figures(inner->layer);
  figures->token_products += more.token_products;
  figures->sharded_bytes += more.sharded_bytes;
}

void lw_inner_add_sent(const lw_inner *inner, const lw_packing *packing,
                       double bytes[LW_TRAFFIC_KINDS])
{
  if (inner->kind && inner->kind->sent) inner->kind->sent(inner->layer, packing, bytes);
}
