/* Feed-forward: y = down(gelu(up(x))), F columns between. Parameters: up.weight [F, C], up.bias
   [F], down.weight [C, F], down.bias [C]. */
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/model/model.h"
#include "longwave/op/gelu.h"

typedef struct feed_forward {
  lw_projection up, down;
} feed_forward;

enum { HIDDEN, ACTIVE }; /* kept: [rows, F] before and after GELU */
enum { DHIDDEN };        /* scratch: [rows, F] */

static lw_status create(const lw_layer_site *site, void **layer)
{
  const int64_t C = site->options->width, F = site->options->ffn;
  feed_forward *self = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&self, 1));
  *layer = self;
  LW_TRY(lw_layer_projection(site, "up", C, F, 1.0, &self->up));
  LW_TRY(lw_layer_projection(site, "down", F, C, site->last_gain, &self->down));
done:
  return status;
}

static void destroy(void **layer)
{
  lw_mem_give(*layer);
  *layer = NULL;
}

static void keep(const void *layer, int64_t rows, lw_carver *carver, float *kept[LW_LAYER_ARRAYS])
{
  const feed_forward *self = layer;
  kept[HIDDEN] = lw_carve_rows(carver, rows, self->up.out);
  kept[ACTIVE] = lw_carve_rows(carver, rows, self->up.out);
}

static void scratch(const void *layer, int64_t rows, lw_carver *carver,
                    float *arrays[LW_LAYER_ARRAYS])
{
  const feed_forward *self = layer;
  arrays[DHIDDEN] = lw_carve_rows(carver, rows, self->up.out);
}

static lw_status forward(const void *layer, const lw_pass *pass, const lw_layer_call *call)
{
  const feed_forward *self = layer;
  const int64_t rows = pass->batch->rows;
  lw_projection_forward(&self->up, pass->params, call->x, rows, call->kept[HIDDEN]);
  lw_profile_begin(LW_PROFILE_ACTIVATION);
  lw_gelu_forward(call->kept[HIDDEN], rows * self->up.out, call->kept[ACTIVE]);
  lw_profile_end();
  if (call->y) lw_projection_forward(&self->down, pass->params, call->kept[ACTIVE], rows, call->y);
  return LW_OK;
}

static lw_status backward(const void *layer, const lw_pass *pass, const lw_layer_call *call)
{
  const feed_forward *self = layer;
  const int64_t rows = pass->batch->rows;
  float *dhidden = call->scratch[DHIDDEN];
  lw_projection_backward(&self->down, pass->params, call->dy, call->kept[ACTIVE], rows, dhidden);
  lw_profile_begin(LW_PROFILE_ACTIVATION);
  lw_gelu_backward(dhidden, call->kept[HIDDEN], rows * self->up.out, dhidden);
  lw_profile_end();
  lw_projection_backward(&self->up, pass->params, dhidden, call->x, rows, call->dx);
  return LW_OK;
}

static lw_layer_figures figures(const void *layer)
{
  const feed_forward *self = layer;
  return (lw_layer_figures){.token_products = 2.0 * (double)self->up.in * (double)self->up.out};
}

const lw_layer_kind lw_layer_feed_forward = {.name = "ffn",
                                             .create = create,
                                             .destroy = destroy,
                                             .keep = keep,
                                             .scratch = scratch,
                                             .forward = forward,
                                             .backward = backward,
                                             .figures = figures};
