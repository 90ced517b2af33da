#include "longwave/base/rng.h"
#include <math.h>

static void philox_round(uint32_t c[4], const uint32_t k[2])
{
  uint64_t a = (uint64_t)0xD2511F53u * c[0], b = (uint64_t)0xCD9E8D57u * c[2];
  uint32_t high_a = (uint32_t)(a >> 32), high_b = (uint32_t)(b >> 32);
  c[0] = high_b ^ c[1] ^ k[0];
  c[2] = high_a ^ c[3] ^ k[1];
  c[1] = (uint32_t)b;
  c[3] = (uint32_t)a;
}

void lw_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
  uint32_t k[2] = {key[0], key[1]};
  for (int i = 0; i < 4; i++) out[i] = counter[i];
  for (int round = 0; round < 10; round++) {
    philox_round(out, k);
    k[0] += 0x9E3779B9u;
    k[1] += 0xBB67AE85u;
  }
}

/* counter = (index, first, second); the stream joins the seed in the key. */
static void words(lw_rng rng, uint64_t index, uint32_t out[4])
{
  uint32_t counter[4] = {(uint32_t)index, (uint32_t)(index >> 32), rng.first, rng.second};
  uint32_t key[2] = {(uint32_t)rng.seed,
                     (uint32_t)(rng.seed >> 32) ^ (rng.stream * 0x85EBCA6Bu)};
  lw_philox(counter, key, out);
}

uint64_t lw_rng_bits(lw_rng rng, uint64_t index)
{
  uint32_t w[4];
  words(rng, index, w);
  return (uint64_t)w[1] << 32 | w[0];
}

double lw_rng_uniform(lw_rng rng, uint64_t index)
{
  return (double)(lw_rng_bits(rng, index) >> 11) * 0x1p-53;
}

double lw_rng_normal(lw_rng rng, uint64_t index)
{
  uint32_t w[4];
  words(rng, index, w);
  /* u in (0, 1], so that its logarithm is finite */
  double u = ((double)(((uint64_t)w[1] << 32 | w[0]) >> 11) + 1.0) * 0x1p-53;
  double v = (double)(((uint64_t)w[3] << 32 | w[2]) >> 11) * 0x1p-53;
  return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

uint64_t lw_rng_below(lw_rng rng, uint64_t index, uint64_t bound)
{
  return lw_rng_scaled(lw_rng_bits(rng, index), bound);
}

void lw_rng_permutation(lw_rng rng, int64_t count, int64_t *order)
{
  for (int64_t i = 0; i < count; i++) order[i] = i;
  for (int64_t i = count - 1; i > 0; i--) {
    int64_t j = (int64_t)lw_rng_below(rng, (uint64_t)i, (uint64_t)i + 1);
    int64_t kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
}
