/* Inside of a layer: y = x sigmoid(W b + bias), element by element, b what its host got (the
   `beside` of a call). Parameters: weight [width, C], bias [width]. */
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/model/model.h"
#include "longwave/op/gate.h"

typedef struct output_gate {
  lw_projection of;
} output_gate;

enum { OPEN };  /* kept: [rows, width] the sigmoid */
enum { DOPEN }; /* scratch: [rows, width] gradient of its argument */

static lw_status create(const lw_layer_site *site, void **layer)
{
  const lw_projection_shape shape = {site->options->width, site->width, 1.0, site->matmul};
  output_gate *self = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&self, 1));
  *layer = self;
  LW_TRY(lw_projection_init(&self->of, &shape, site->params, site->name));
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
  kept[OPEN] = lw_carve_rows(carver, rows, ((const output_gate *)layer)->of.out);
}

static void scratch(const void *layer, int64_t rows, lw_carver *carver,
                    float *arrays[LW_LAYER_ARRAYS])
{
  arrays[DOPEN] = lw_carve_rows(carver, rows, ((const output_gate *)layer)->of.out);
}

static lw_status forward(const void *layer, const lw_pass *pass, const lw_layer_call *call)
{
  const output_gate *self = layer;
  const int64_t rows = pass->batch->rows;
  lw_projection_forward(&self->of, pass->params, call->beside, rows, call->kept[OPEN]);
  lw_profile_begin(LW_PROFILE_ACTIVATION);
  lw_gate_forward(call->x, rows * self->of.out, call->kept[OPEN], call->y);
  lw_profile_end();
  return LW_OK;
}

static lw_status backward(const void *layer, const lw_pass *pass, const lw_layer_call *call)
{
  const output_gate *self = layer;
  const int64_t rows = pass->batch->rows;
  float *dopen = call->scratch[DOPEN];
  lw_profile_begin(LW_PROFILE_ACTIVATION);
  lw_gate_backward(call->dy, call->x, call->kept[OPEN], rows * self->of.out, call->dx, dopen);
  lw_profile_end();
  lw_projection_backward(&self->of, pass->params, dopen, call->beside, rows, call->dbeside);
  return LW_OK;
}

static lw_layer_figures figures(const void *layer)
{
  const output_gate *self = layer;
  return (lw_layer_figures){.token_products = (double)(self->of.in * self->of.out)};
}

const lw_layer_kind lw_layer_output_gate = {.name = "gate",
                                            .create = create,
                                            .destroy = destroy,
                                            .keep = keep,
                                            .scratch = scratch,
                                            .forward = forward,
                                            .backward = backward,
                                            .figures = figures};
