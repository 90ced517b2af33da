#include "sharded_rows.h"
#include <string.h>

void lw_head_rows_take(const lw_attention *attention, const lw_attention_call *call,
                       lw_head_rows rows, float *to)
{
  const int64_t d = attention->head_size, C = attention->heads * d;
  const float *k = call->qkv + rows.row * 3 * C + C + rows.head * d;
  const float *v = call->smooth + rows.row * C + rows.head * d;
  for (int64_t t = 0; t < rows.tokens; t++) {
    memcpy(to + t * 2 * d, k + t * 3 * C, (size_t)d * sizeof *to);
    memcpy(to + t * 2 * d + d, v + t * C, (size_t)d * sizeof *to);
  }
}

void lw_head_rows_give(const lw_attention *attention, const lw_attention_call *call,
                       lw_head_rows rows, const float *from, bool added)
{
  const int64_t d = attention->head_size, C = attention->heads * d;
  float *dk = call->dqkv + rows.row * 3 * C + C + rows.head * d;
  float *dv = call->dsmooth + rows.row * C + rows.head * d;
  for (int64_t t = 0; t < rows.tokens; t++)
    for (int64_t c = 0; c < d; c++) {
      dk[t * 3 * C + c] = from[t * 2 * d + c] + (added ? dk[t * 3 * C + c] : 0);
      dv[t * C + c] = from[t * 2 * d + d + c] + (added ? dv[t * C + c] : 0);
    }
}
