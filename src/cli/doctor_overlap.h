/** How much of a split of a text stands in an earlier split, wherever the text was cut: the share
 *  of its stretches of 64 tokens that are met there. Of all stretches those are taken whose hash is
 *  small, about a million at most, so the same stretch is taken in every split. Local. */
#ifndef LONGWAVE_CLI_DOCTOR_OVERLAP_H
#define LONGWAVE_CLI_DOCTOR_OVERLAP_H

#include "longwave/data/dataset.h"

enum { LW_OVERLAP_TOKENS = 64 };

typedef struct lw_doctor_overlap {
  int64_t taken[LW_SPLITS];             /* stretches of the split */
  int64_t met[LW_SPLITS][LW_SPLITS];    /* of these, in an earlier split: met[split][earlier] */
} lw_doctor_overlap;

/** Stretches while they are collected. */
typedef struct lw_overlap_work {
  uint64_t limit; /* greatest hash that is taken */
  uint64_t *hash[LW_SPLITS];
  int64_t count[LW_SPLITS], room[LW_SPLITS];
  /* of the sample in hand */
  int32_t last[LW_OVERLAP_TOKENS]; /* its latest tokens, round and round */
  int64_t seen;
  uint64_t rolling, leaving; /* leaving: what a token's factor is when it goes */
} lw_overlap_work;

/** items: tokens of all splits. */
void lw_overlap_init(lw_overlap_work *work, int64_t items);
void lw_overlap_done(lw_overlap_work *work);
void lw_overlap_begin_sample(lw_overlap_work *work);
/** The next tokens [count] of the sample in hand. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_overlap_add(lw_overlap_work *work, lw_split split, const int32_t *tokens,
                                     int64_t count);
void lw_overlap_count(lw_overlap_work *work, lw_doctor_overlap *overlap);

#endif
