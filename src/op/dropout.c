#include "longwave/op/dropout.h"
#include "isa.h"
#include "share.h"
#include <assert.h>

/* Bits of a counter that name its place in the row, and the row; the rest names the sample. */
enum { PLACE_BITS = 14, ROW_BITS = 26 };

void lw_dropout(float *x, int64_t first, int64_t count, int64_t C, double rate, lw_rng rng,
                int64_t row_key)
{
  if (rate <= 0.0) return;
  assert(rate < 1.0 && (C + 3) / 4 <= 1 << PLACE_BITS && first + count <= 1 << ROW_BITS);
  const lw_isa *isa = lw_isa_now();
  const uint32_t least = (uint32_t)(rate * 0x1p32);
  const float scale = (float)(1.0 / (1.0 - rate));
  const uint32_t key[2] = {(uint32_t)rng.seed,
                           (uint32_t)(rng.seed >> 32) ^ (rng.stream * 0x85EBCA6Bu)};
#pragma omp parallel for schedule(static) if (count * C >= LW_SHARE_LEAST)
  for (int64_t t = 0; t < count; t++) {
    uint64_t index = ((uint64_t)row_key << ROW_BITS | (uint64_t)(first + t)) << PLACE_BITS;
    uint32_t counter[4] = {(uint32_t)index, (uint32_t)(index >> 32), rng.first, rng.second};
    isa->dropout_row(counter, key, least, scale, C, x + t * C);
  }
}
