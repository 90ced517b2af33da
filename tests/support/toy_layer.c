/* A layer as a new one would be written, a gate: y = s x, s = sigmoid(weight x + bias), channel by
   channel. Parameters: weight [C], bias [C]. Tests that are linked with this file have the table at
   its end in place of the program's. */
#include "longwave/base/mem.h"
#include "longwave/model/model.h"
#include <math.h>

typedef struct gate {
  int64_t C;
  int64_t weight, bias; /* indices of parameters */
} gate;

enum { OPEN };  /* kept: [rows, C] s */
enum { DOPEN }; /* scratch: [rows, C] gradient of weight x + bias */

static lw_status create(const lw_layer_site *site, void **layer)
{
  const int64_t C = site->options->width;
  const lw_param_shape weight = {.kind = LW_PARAM_VECTOR,
                                 .dims = {C, 1},
                                 .start = LW_START_NORMAL,
                                 .deviation = 0.1,
                                 .decayed = true};
  const lw_param_shape bias = {.kind = LW_PARAM_VECTOR, .dims = {C, 1}, .start = LW_START_ZERO};
  gate *self = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&self, 1));
  self->C = C;
  *layer = self;
  LW_TRY(lw_params_add(site->params, weight, &self->weight, "%s.weight", site->name));
  LW_TRY(lw_params_add(site->params, bias, &self->bias, "%s.bias", site->name));
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
  kept[OPEN] = lw_carve_rows(carver, rows, ((const gate *)layer)->C);
}

static void scratch(const void *layer, int64_t rows, lw_carver *carver,
                    float *arrays[LW_LAYER_ARRAYS])
{
  arrays[DOPEN] = lw_carve_rows(carver, rows, ((const gate *)layer)->C);
}

static lw_status forward(const void *layer, const lw_pass *pass, const lw_layer_call *call)
{
  const gate *self = layer;
  const float *weight = lw_param_value(pass->params, self->weight);
  const float *bias = lw_param_value(pass->params, self->bias);
  float *s = call->kept[OPEN];
  for (int64_t i = 0; i < pass->batch->rows * self->C; i++) {
    s[i] = 1.0f / (1.0f + expf(-weight[i % self->C] * call->x[i] - bias[i % self->C]));
    if (call->y) call->y[i] = s[i] * call->x[i];
  }
  return LW_OK;
}

static lw_status backward(const void *layer, const lw_pass *pass, const lw_layer_call *call)
{
  const gate *self = layer;
  const float *weight = lw_param_value(pass->params, self->weight);
  float *dweight = lw_param_gradient(pass->params, self->weight);
  float *dbias = lw_param_gradient(pass->params, self->bias);
  const float *s = call->kept[OPEN], *x = call->x, *dy = call->dy;
  float *ds = call->scratch[DOPEN];
  for (int64_t i = 0; i < pass->batch->rows * self->C; i++) {
    ds[i] = dy[i] * x[i] * s[i] * (1.0f - s[i]);
    call->dx[i] = dy[i] * s[i] + ds[i] * weight[i % self->C];
    dweight[i % self->C] += ds[i] * x[i];
    dbias[i % self->C] += ds[i];
  }
  return LW_OK;
}

static lw_layer_figures figures(const void *layer)
{
  return (lw_layer_figures){.token_products = 2.0 * (double)((const gate *)layer)->C};
}

static const lw_layer_kind lw_layer_gate = {.name = "gate",
                                            .create = create,
                                            .destroy = destroy,
                                            .keep = keep,
                                            .scratch = scratch,
                                            .forward = forward,
                                            .backward = backward,
                                            .figures = figures};

const lw_layer_kind *const lw_layer_table[] = {&lw_layer_attention, &lw_layer_gate,
                                               &lw_layer_feed_forward, NULL};
