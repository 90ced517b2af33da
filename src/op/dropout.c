#include "longwave/op/dropout.h"
#include "share.h"
#include <assert.h>

/* Bits of a counter that name the group of four channels and the row; the rest names the sample. */
enum { GROUP_BITS = 14, ROW_BITS = 26 };

void lw_dropout(float *x, int64_t count, int64_t C, double rate, lw_rng rng, int64_t row_key)
{
  if (rate <= 0.0) return;
  assert(rate < 1.0 && (C + 3) / 4 <= 1 << GROUP_BITS && count <= 1 << ROW_BITS);
  const uint32_t least = (uint32_t)(rate * 0x1p32);
  const float scale = (float)(1.0 / (1.0 - rate));
  const uint32_t key[2] = {(uint32_t)rng.seed,
                           (uint32_t)(rng.seed >> 32) ^ (rng.stream * 0x85EBCA6Bu)};
#pragma omp parallel for schedule(static) if (count * C >= LW_SHARE_LEAST / 8)
  for (int64_t row = 0; row < count; row++) {
    uint64_t base = ((uint64_t)row_key << ROW_BITS | (uint64_t)row) << GROUP_BITS;
    for (int64_t c = 0; c < C; c += 4) {
      uint64_t index = base | (uint64_t)c / 4;
      uint32_t counter[4] = {(uint32_t)index, (uint32_t)(index >> 32), rng.first, rng.second};
      uint32_t word[4];
      lw_philox(counter, key, word);
      int64_t wide = C - c < 4 ? C - c : 4;
      float *four = x + row * C + c;
      for (int64_t i = 0; i < wide; i++) four[i] = word[i] >= least ? four[i] * scale : 0.0f;
    }
  }
}
