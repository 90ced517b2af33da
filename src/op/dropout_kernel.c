/* Masks by sixteen Philox counters at once (base/rng.c holds the readable one); compiled once per
 * instruction set. */
#include "isa.h"
#include "isa_vector.h"

enum { COUNTERS = 16, CHANNELS = 4 * COUNTERS };

/* word: first words of all counters, then all second words, and so on */
LW_INLINE void philox_round(uint32_t word[CHANNELS], uint32_t key0, uint32_t key1)
{
  uint32_t *first = word, *second = first + COUNTERS, *third = second + COUNTERS;
  uint32_t *fourth = third + COUNTERS;
  for (int i = 0; i < COUNTERS; i++) {
    uint64_t a = (uint64_t)0xD2511F53u * first[i], b = (uint64_t)0xCD9E8D57u * third[i];
    first[i] = (uint32_t)(b >> 32) ^ second[i] ^ key0;
    third[i] = (uint32_t)(a >> 32) ^ fourth[i] ^ key1;
    second[i] = (uint32_t)b;
    fourth[i] = (uint32_t)a;
  }
}

/* counter: of channel 0 of the row; the mapping of channels to words stands in dropout.h. */
void LW_ISA_NAME(dropout_row)(const uint32_t counter[4], const uint32_t key[2], uint32_t least,
                              float scale, int64_t C, float *x)
{
  for (int64_t c = 0; c < C; c += CHANNELS) {
    uint32_t word[CHANNELS];
    for (int i = 0; i < COUNTERS; i++) word[i] = counter[0] + (uint32_t)(c / 4 + i);
    for (int i = COUNTERS; i < CHANNELS; i++) word[i] = counter[i / COUNTERS];
    for (uint32_t round = 0; round < 10; round++)
      philox_round(word, key[0] + round * 0x9E3779B9u, key[1] + round * 0xBB67AE85u);
    int64_t width = C - c < CHANNELS ? C - c : CHANNELS;
    for (int64_t i = 0; i < width; i++) x[c + i] = word[i] >= least ? x[c + i] * scale : 0.0f;
  }
}
