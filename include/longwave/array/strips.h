/** How a sharded sequence is distributed over the ranks of an axis: in strips of whole blocks of
 *  LW_STRIP_BLOCK tokens, of which the last block may be short.
 *
 *    contiguous   p strips, strip s on rank s
 *    paired       2p strips, strips r and 2p-1-r on rank r: under a causal mask, where later
 *                 tokens see more, all ranks then have the same work
 *
 *  Pure arithmetic, no communication. Not here: which sequences are sharded (data/packing.h), where
 *  their rows stand on a rank (array/sharded.h). */
#ifndef LONGWAVE_ARRAY_STRIPS_H
#define LONGWAVE_ARRAY_STRIPS_H

#include <stdbool.h>
#include <stdint.h>

/** Tokens of a block; most strips of a sequence on a rank. */
enum { LW_STRIP_BLOCK = 64, LW_STRIPS_EACH = 2 };

typedef struct lw_strips {
  int ranks;
  bool paired;
} lw_strips;

/** Strips of a sequence; those of them that each rank has. */
int lw_strips_count(lw_strips strips);
int lw_strips_each(lw_strips strips);
/** Tokens that a sequence must have, so that every strip has a block; INT64_MAX on one rank. */
int64_t lw_strips_least(lw_strips strips);
/** First token of a strip of a sequence of `tokens`; of strip lw_strips_count: `tokens`. */
int64_t lw_strips_first(lw_strips strips, int64_t tokens, int strip);
/** The rank of a strip; the n-th strip of a rank, n < lw_strips_each, in order of tokens. */
int lw_strips_rank(lw_strips strips, int strip);
int lw_strips_of(lw_strips strips, int rank, int n);
/** Ends of the strips of a rank at which a strip of another rank begins: 0 to 4. */
int lw_strips_edges(lw_strips strips, int rank);

#endif
