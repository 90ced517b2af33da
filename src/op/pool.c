#include "longwave/op/pool.h"
#include "isa.h"
#include "norm_operands.h"
#include "share.h"
#include <assert.h>
#include <string.h>

static void pool_mean(const float *x, int64_t count, int64_t C, float *out)
{
  memset(out, 0, (size_t)C * sizeof *out);
  lw_share_columns(lw_isa_now()->column_sum_slice, &(lw_norm_operands){.x = x, .C = C}, count, C,
                   (lw_share_target){.added = out}, (lw_share_target){0});
  for (int64_t c = 0; c < C; c++) out[c] /= (float)count;
}

static void pool_max(const float *x, int64_t count, int64_t C, float *restrict out,
                     int32_t *restrict place)
{
  memcpy(out, x, (size_t)C * sizeof *out);
  memset(place, 0, (size_t)C * sizeof *place);
  for (int64_t t = 1; t < count; t++) {
    const float *restrict row = x + t * C;
    for (int64_t c = 0; c < C; c++) {
      place[c] = row[c] > out[c] ? (int32_t)t : place[c];
      out[c] = row[c] > out[c] ? row[c] : out[c];
    }
  }
}

void lw_pool_forward(lw_pooling pooling, const float *x, int64_t count, int64_t C, float *out,
                     int32_t *place)
{
  assert(count >= 1);
  switch (pooling) {
  case LW_POOLING_MEAN:
    pool_mean(x, count, C, out);
    break;
  case LW_POOLING_LAST:
    memcpy(out, x + (count - 1) * C, (size_t)C * sizeof *out);
    break;
  case LW_POOLING_MAX:
    pool_max(x, count, C, out, place);
    break;
  }
}

void lw_pool_backward(lw_pooling pooling, const float *dout, int64_t count, int64_t C,
                      const int32_t *place, float *dx)
{
  assert(count >= 1);
  if (pooling == LW_POOLING_MEAN) {
    for (int64_t c = 0; c < C; c++) dx[c] = dout[c] / (float)count;
    for (int64_t t = 1; t < count; t++) memcpy(dx + t * C, dx, (size_t)C * sizeof *dx);
    return;
  }
  memset(dx, 0, (size_t)(count * C) * sizeof *dx);
  for (int64_t c = 0; c < C; c++)
    dx[(pooling == LW_POOLING_MAX ? place[c] : count - 1) * C + c] = dout[c];
}
