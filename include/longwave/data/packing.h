/** How the tokens of some samples lie on the ranks of the sequence axis. Tokens that attend to one
 *  another, a sample or a chunk of one, are here called a sequence; of a pair each document counts
 *  as a sample. A sequence is held whole by one rank, or sharded over all ranks of the axis in
 *  strips (array/strips.h).
 *
 *  Only sequences with a block for each strip are sharded, so every rank then holds a part of each
 *  of them; the others are given, costly ones first, to the rank with the least work. The list of
 *  sequences is the same on all ranks of the axis; strips and stretches are those of this rank.
 *  Rows of a packed array follow the strips: nothing is padded. Pure arithmetic, no
 *  communication. */
#ifndef LONGWAVE_DATA_PACKING_H
#define LONGWAVE_DATA_PACKING_H

#include "longwave/array/sharded.h"

enum { LW_PACKING_SHARDED = -1 };

/** Work of T tokens that see each other = token_cost T + pair_cost T^2. */
typedef struct lw_batch_cost {
  double token_cost, pair_cost;
} lw_batch_cost;

typedef struct lw_packing_rule {
  int ranks, rank; /* of the sequence axis */
  bool paired;     /* how sharded sequences lie */
  int64_t chunk;   /* tokens of a chunk; 0: samples are sequences */
  lw_batch_cost cost;
} lw_packing_rule;

typedef struct lw_sequence {
  int64_t sample;   /* index in the batch */
  int64_t position; /* of its first token in the sample */
  int64_t tokens;   /* >= 1 */
  int rank;         /* that holds it whole, or LW_PACKING_SHARDED */
} lw_sequence;

/** Consecutive tokens of a sequence on this rank. */
typedef struct lw_strip {
  int64_t sequence; /* index in the packing's list */
  int64_t first;    /* its first token, in the sequence */
  int64_t tokens;   /* >= 1 */
  int64_t row;      /* of its first token in the packed arrays */
} lw_strip;

/** Consecutive tokens of a sample on this rank: strips that continue each other, as one. Work on
 *  single tokens is done stretch by stretch. */
typedef struct lw_stretch {
  int64_t sample;
  int64_t position; /* of its first token in the sample */
  int64_t tokens;   /* >= 1 */
  int64_t row;
} lw_stretch;

typedef struct lw_packing {
  lw_packing_rule rule;
  int64_t samples, rows; /* of the axis; tokens on this rank */
  int64_t *length;       /* [samples] tokens, on all ranks of the axis together */
  lw_sequence *sequences;
  int64_t sequence_count;
  lw_strip *strips; /* in order of sequences, then of tokens; rows in the same order */
  int64_t strip_count;
  lw_stretch *stretches; /* in the same order */
  int64_t stretch_count;
  int64_t *stretch_first; /* [samples + 1] number of stretches of the samples before */
  int64_t sample_room, sequence_room, strip_room, stretch_room;
} lw_packing;

/** Zero-initialise before the first use; later calls reuse its memory. length [samples] >= 1 each,
 *  in, copied. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_packing_make(lw_packing *packing, const lw_packing_rule *rule,
                                      const int64_t *length, int64_t samples);
void lw_packing_done(lw_packing *packing);

/** Position in its sample of a strip's first token. */
static inline int64_t lw_strip_position(const lw_packing *packing, const lw_strip *strip)
{
  return packing->sequences[strip->sequence].position + strip->first;
}

/** How sharded sequences lie on the ranks (array/strips.h). */
lw_strips lw_packing_strips(const lw_packing_rule *rule);
/** The sharded sequences of a packing, for what works on their strips (array/halo.h, array/scan.h):
 *  in order of its list, maybe none. axis: the sequence axis, borrowed. Local. Errors:
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_packing_sharded(const lw_packing *packing, const lw_world *axis,
                                         lw_sharded *out);

#endif
