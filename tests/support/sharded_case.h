/** Sharded sequences made by hand for tests of what works on their strips: several, of uneven
 *  lengths, one of them with strips of a single block and a last one of a single token. */
#ifndef TESTS_SUPPORT_SHARDED_CASE_H
#define TESTS_SUPPORT_SHARDED_CASE_H

#include "longwave/array/sharded.h"
#include "mpi_case.h"

enum { SEQUENCES = 3 };

/** Rows of this rank in front of each sequence belong to something else. Returns all rows. */
static inline int64_t sharded_make(const lw_world *axis, bool paired, lw_sharded *sharded)
{
  int64_t row = 0;
  FINE(lw_sharded_set(sharded, axis, paired, SEQUENCES));
  const int64_t least = (int64_t)LW_STRIP_BLOCK * (sharded->count - 1) + 1;
  const int64_t tokens[SEQUENCES] = {1111, least, 577};
  for (int q = 0; q < SEQUENCES; q++) {
    sharded->sequences[q].tokens = tokens[q];
    for (int j = 0; j < sharded->own; j++) {
      sharded->sequences[q].row[j] = row += 3;
      row += lw_sharded_tokens(sharded, q, sharded->strip[j]);
    }
  }
  return row;
}

/** Whole numbers, exact in float: token t of sequence q. */
static inline float sharded_number(int64_t q, int64_t t)
{
  return (float)((t * 7 + q * 13) % 32 - 11);
}

#endif
