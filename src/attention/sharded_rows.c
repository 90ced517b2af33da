#include "sharded_rows.h"
#include "head_shape.h"
#include <string.h>

/* A reading is a double in the place of two floats; rows begin at a multiple of 8 bytes. */
enum { READING_FLOATS = sizeof(double) / sizeof(float) };

int64_t lw_head_row_floats(const lw_attention *attention)
{
  return 2 * attention->head_size + (attention->moving ? READING_FLOATS : 0);
}

lw_fused_readings lw_head_row_readings(const lw_attention *attention, int64_t head,
                                       const float *rows)
{
  const void *at = attention->clocked[head] ? rows + 2 * attention->head_size : NULL;
  return (lw_fused_readings){at, lw_head_row_floats(attention) / READING_FLOATS};
}

float *lw_head_row_dreading(const lw_attention *attention, const lw_attention_call *call,
                            float *rows)
{
  return call->dreading ? rows + 2 * attention->head_size : NULL;
}

void lw_head_rows_take(const lw_attention *attention, const lw_attention_call *call,
                       lw_head_rows rows, float *to)
{
  const int64_t d = attention->head_size, C = attention->heads * d;
  const int64_t width = lw_head_row_floats(attention);
  const float *k = call->qkv + rows.row * 3 * C + C + rows.head * d;
  const float *v = call->smooth + rows.row * C + rows.head * d;
  const double *reading = lw_head_readings(attention, call, rows.head, rows.row).at;
  for (int64_t t = 0; t < rows.tokens; t++) {
    memcpy(to + t * width, k + t * 3 * C, (size_t)d * sizeof *to);
    memcpy(to + t * width + d, v + t * C, (size_t)d * sizeof *to);
    if (reading) memcpy(to + t * width + 2 * d, reading + t, sizeof *reading);
  }
}

void lw_head_rows_give(const lw_attention *attention, const lw_attention_call *call,
                       lw_head_rows rows, const float *from, bool added)
{
  const int64_t d = attention->head_size, C = attention->heads * d;
  const int64_t width = lw_head_row_floats(attention);
  float *dk = call->dqkv + rows.row * 3 * C + C + rows.head * d;
  float *dv = call->dsmooth + rows.row * C + rows.head * d;
  float *dreading = lw_head_dreading(attention, call, LW_FUSED_KEYS, rows.head, rows.row);
  for (int64_t t = 0; t < rows.tokens; t++) {
    const float *row = from + t * width;
    for (int64_t c = 0; c < d; c++) {
      dk[t * 3 * C + c] = row[c] + (added ? dk[t * 3 * C + c] : 0);
      dv[t * C + c] = row[d + c] + (added ? dv[t * C + c] : 0);
    }
    if (dreading) dreading[t] = row[2 * d] + (added ? dreading[t] : 0);
  }
}
