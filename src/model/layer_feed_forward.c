/* Feed-forward: y = down(gelu(up(x))), F columns between. Parameters: up.weight [F, C], up.bias
   [F], down.weight [C, F], down.bias [C]; of a convolution on the hidden units convolution.weight
   [F, K]. */
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/model/inner.h"
#include "longwave/model/model.h"
#include "longwave/op/gelu.h"

typedef struct feed_forward {
  lw_projection up, down;
  lw_inner mixed; /* a convolution before GELU */
} feed_forward;

enum { HIDDEN, ACTIVE, MIXED }; /* kept: [rows, F] of up and after GELU; of the convolution */
enum { DHIDDEN, DMIXED };       /* scratch: [rows, F]; of the convolution */

static lw_status create(const lw_layer_site *site, void **layer)
{
  const int64_t C = site->options->width, F = site->options->ffn;
  feed_forward *self = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&self, 1));
  *layer = self;
  LW_TRY(lw_layer_projection(site, "up", C, F, 1.0, &self->up));
  LW_TRY(lw_layer_projection(site, "down", F, C, site->last_gain, &self->down));
  if (lw_choices_have(site->options->convolution, LW_PLACE_FEED_FORWARD))
    LW_TRY(lw_inner_create(site, &lw_layer_convolution, "convolution", F, &self->mixed));
done:
  return status;
}

static void destroy(void **layer)
{
  lw_inner_done(&((feed_forward *)*layer)->mixed);
  lw_mem_give(*layer);
  *layer = NULL;
}

static void keep(const void *layer, int64_t rows, lw_carver *carver, float *kept[LW_LAYER_ARRAYS])
{
  const feed_forward *self = layer;
  kept[HIDDEN] = lw_carve_rows(carver, rows, self->up.out);
  kept[ACTIVE] = lw_carve_rows(carver, rows, self->up.out);
  kept[MIXED] = lw_inner_keep(&self->mixed, rows, carver);
}

static void scratch(const void *layer, int64_t rows, lw_carver *carver,
                    float *arrays[LW_LAYER_ARRAYS])
{
  const feed_forward *self = layer;
  arrays[DHIDDEN] = lw_carve_rows(carver, rows, self->up.out);
  arrays[DMIXED] = lw_inner_scratch(&self->mixed, rows, carver);
}

static lw_status forward(const void *layer, const lw_pass *pass, const lw_layer_call *call)
{
  const feed_forward *self = layer;
  const int64_t rows = pass->batch->rows;
  const float *hidden = call->kept[HIDDEN];
  lw_status status = LW_OK;
  lw_projection_forward(&self->up, pass->params, call->x, rows, call->kept[HIDDEN]);
  LW_TRY(
      lw_inner_forward(&self->mixed, pass, (lw_inner_arrays){.kept = call->kept[MIXED]}, &hidden));
  lw_profile_begin(LW_PROFILE_ACTIVATION);
  lw_gelu_forward(hidden, rows * self->up.out, call->kept[ACTIVE]);
  lw_profile_end();
  if (call->y) lw_projection_forward(&self->down, pass->params, call->kept[ACTIVE], rows, call->y);
done:
  return status;
}

static lw_status backward(const void *layer, const lw_pass *pass, const lw_layer_call *call)
{
  const feed_forward *self = layer;
  const int64_t rows = pass->batch->rows;
  float *const *kept = call->kept, *dhidden = call->scratch[DHIDDEN];
  const lw_inner_arrays arrays = {.kept = kept[MIXED], .scratch = call->scratch[DMIXED]};
  float *dmixed = lw_inner_room(&self->mixed, arrays.scratch, dhidden);
  lw_status status = LW_OK;
  lw_projection_backward(&self->down, pass->params, call->dy, kept[ACTIVE], rows, dmixed);
  lw_profile_begin(LW_PROFILE_ACTIVATION);
  lw_gelu_backward(dmixed, lw_inner_result(&self->mixed, arrays.kept, kept[HIDDEN]),
                   rows * self->up.out, dmixed);
  lw_profile_end();
  LW_TRY(lw_inner_backward(&self->mixed, pass, arrays, kept[HIDDEN], dhidden));
  lw_projection_backward(&self->up, pass->params, dhidden, call->x, rows, call->dx);
done:
  return status;
}

static lw_layer_figures figures(const void *layer)
{
  const feed_forward *self = layer;
  lw_layer_figures sum = {.token_products = 2.0 * (double)self->up.in * (double)self->up.out};
  lw_inner_add_figures(&self->mixed, &sum);
  return sum;
}

static void sent(const void *layer, const lw_packing *packing, double bytes[LW_TRAFFIC_KINDS])
{
  lw_inner_add_sent(&((const feed_forward *)layer)->mixed, packing, bytes);
}

const lw_layer_kind lw_layer_feed_forward = {.name = "ffn",
                                             .create = create,
                                             .destroy = destroy,
                                             .keep = keep,
                                             .scratch = scratch,
                                             .forward = forward,
                                             .backward = backward,
                                             .figures = figures,
                                             .sent = sent};
