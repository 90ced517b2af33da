#include "longwave/model/qkv.h"
#include "longwave/model/model.h"
#include "longwave/op/add.h"

lw_status lw_qkv_create(const lw_layer_site *site, lw_qkv *qkv)
{
  const int64_t C = site->options->width;
  lw_status status = LW_OK;
  LW_TRY(lw_layer_projection(site, "qkv", C, 3 * C, 1.0, &qkv->projection));
  site->params->table[qkv->projection.weight].parts = 3;
  if (site->options->moving_average > 0)
    LW_TRY(lw_inner_create(site, &lw_layer_average, "average", C, &qkv->average));
done:
  return status;
}

void lw_qkv_done(lw_qkv *qkv)
{
  lw_inner_done(&qkv->average);
}

static lw_projection_part queries_and_keys(const lw_qkv *qkv)
{
  return (lw_projection_part){&qkv->projection, 0, 2 * qkv->projection.in};
}

static lw_projection_part values(const lw_qkv *qkv)
{
  return (lw_projection_part){&qkv->projection, 2 * qkv->projection.in, qkv->projection.in};
}

lw_status lw_qkv_forward(const lw_qkv *qkv, const lw_pass *pass, const float *x, float *kept,
                         float *y)
{
  const lw_projection *projection = &qkv->projection;
  const int64_t rows = pass->batch->rows;
  const float *averaged = x;
  lw_status status = LW_OK;
  if (!qkv->average.kind) {
    lw_projection_forward(projection, pass->params, x, rows, y);
    return LW_OK;
  }
  LW_TRY(lw_inner_forward(&qkv->average, pass, (lw_inner_arrays){.kept = kept}, &averaged));
  lw_projection_part_forward(queries_and_keys(qkv), pass->params, averaged, rows, y);
  lw_projection_part_forward(values(qkv), pass->params, x, rows, y);
done:
  return status;
}

lw_status lw_qkv_backward(const lw_qkv *qkv, const lw_pass *pass, const float *dy,
                          const lw_qkv_arrays *arrays)
{
  const lw_projection *projection = &qkv->projection;
  const lw_inner *average = &qkv->average;
  const lw_inner_arrays inner = {.kept = arrays->kept, .scratch = arrays->scratch};
  const int64_t rows = pass->batch->rows;
  lw_status status = LW_OK;
  if (!average->kind) {
    lw_projection_backward(projection, pass->params, dy, arrays->x, rows, arrays->dx);
    return LW_OK;
  }
  lw_projection_part_backward(queries_and_keys(qkv), pass->params, dy,
                              lw_inner_result(average, inner.kept, arrays->x), rows,
                              lw_inner_room(average, inner.scratch, arrays->dx));
  lw_projection_part_backward(values(qkv), pass->params, dy, arrays->x, rows, arrays->room);
  lw_projection_bias_backward(projection, pass->params, dy, rows);
  LW_TRY(lw_inner_backward(average, pass, inner, arrays->x, arrays->dx));
  lw_add(arrays->dx, arrays->room, rows * projection->in);
done:
  return status;
}
