/** Which samples and documents of a data set are equal, by 64-bit hashes of what is stored: 32
 *  bytes a sample, however long it is. Local. For 'longwave doctor' and 'longwave prepare'. */
#ifndef LONGWAVE_DATA_EQUALS_H
#define LONGWAVE_DATA_EQUALS_H

#include "longwave/data/dataset.h"

/** A sample: the hashes of its documents, the second 0 where there is one document. */
typedef struct lw_print {
  uint64_t document[2];
  int64_t sample;
  int32_t split, label;
} lw_print;

/** Counts of a split s, and of an earlier split e <= s: "again[s][e]". */
typedef struct lw_equals {
  /* samples of s that have an equal one earlier in the file, the first of its kind in e */
  int64_t again[LW_SPLITS][LW_SPLITS];
  int64_t contradictions; /* of these, with another label than the first */
  /* pairs of s whose two documents stand the other way round earlier, first in e */
  int64_t swapped[LW_SPLITS][LW_SPLITS];
  int64_t swapped_contradictions;
  int64_t alike[LW_SPLITS];             /* pairs of a document and itself */
  int64_t documents[LW_SPLITS];         /* different documents in the pairs of s */
  int64_t shared[LW_SPLITS][LW_SPLITS]; /* of these, those that stand in pairs of e, e < s */
} lw_equals;

/** A hash that grows item by item; begin with the length. */
static inline uint64_t lw_print_begin(int64_t length)
{
  return 0x9E3779B97F4A7C15u ^ (uint64_t)length;
}
static inline uint64_t lw_print_add(uint64_t hash, uint64_t item)
{
  hash = (hash ^ item) * 0xFF51AFD7ED558CCDu;
  return hash ^ hash >> 32;
}

/** prints [count] in, reordered. Without `pairs` what is said of pairs and documents stays 0.
 *  Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_equals_count(lw_print *prints, int64_t count, bool pairs,
                                      lw_equals *equals);

/** The same of samples in memory, samples [LW_SPLITS]; a pair is its two documents. */
LW_MUST_USE lw_status lw_equals_samples(const lw_samples *samples, bool pairs, lw_equals *equals);

#endif
