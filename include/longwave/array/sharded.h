/** The sharded sequences of a packed array: on each rank of an axis the rows of some sequences,
 *  every rank having all of its strips (array/strips.h) of each of them. What moves rows between
 *  ranks (array/halo.h, array/row_exchange.h) and what adds up along a sequence (array/scan.h)
 *  work on it, for any array whose rows are tokens; they know nothing of layers.
 *
 *  Not here: which sequences are sharded (data/packing.h fills this). */
#ifndef LONGWAVE_ARRAY_SHARDED_H
#define LONGWAVE_ARRAY_SHARDED_H

#include "longwave/array/strips.h"
#include "longwave/comm/world.h"

typedef struct lw_sharded_sequence {
  int64_t tokens;
  int64_t row[LW_STRIPS_EACH]; /* of the first token of this rank's strips, in the packed arrays */
} lw_sharded_sequence;

typedef struct lw_sharded {
  const lw_world *axis; /* borrowed */
  lw_strips strips;
  int count, own, strip[LW_STRIPS_EACH]; /* strips of a sequence; those of them on this rank */
  lw_sharded_sequence *sequences;
  int64_t sequence_count, sequence_room;
} lw_sharded;

/** Room for so many sequences, to be filled in by the caller. Zero-initialise before the first use;
 *  later calls reuse its memory. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_sharded_set(lw_sharded *sharded, const lw_world *axis, bool paired,
                                     int64_t sequences);
void lw_sharded_done(lw_sharded *sharded);

/** First token of a strip of a sequence, in the sequence; its tokens. */
static inline int64_t lw_sharded_first(const lw_sharded *sharded, int64_t sequence, int strip)
{
  return lw_strips_first(sharded->strips, sharded->sequences[sequence].tokens, strip);
}

static inline int64_t lw_sharded_tokens(const lw_sharded *sharded, int64_t sequence, int strip)
{
  return lw_sharded_first(sharded, sequence, strip + 1) -
         lw_sharded_first(sharded, sequence, strip);
}

/** The number of a strip among this rank's, or -1. */
static inline int lw_sharded_own(const lw_sharded *sharded, int strip)
{
  for (int j = 0; j < sharded->own; j++)
    if (sharded->strip[j] == strip) return j;
  return -1;
}

static inline int lw_sharded_rank(const lw_sharded *sharded, int strip)
{
  return lw_strips_rank(sharded->strips, strip);
}

#endif
