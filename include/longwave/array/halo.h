/** The rows on both sides of every strip of the sharded sequences (the "halo"), for layers in
 *  which a token takes part of a fixed number of neighbours: a short convolution, a moving
 *  average, the smoothing of values. After a fetch each strip stands with what lies beside it in
 *  one piece of memory, as if the sequence were whole there; at the ends of a sequence there are
 *  fewer rows, or none, and the layer decides what takes their place (zeros, for example). Strips
 *  may be shorter than the halo: rows then come from strips further off.
 *
 *    LW_TRY(lw_halo_set(&halo, &sharded, C, before, after));  again for each batch; lw_agree
 *    lw_halo_fetch(&halo, x, stride);
 *    for all sequences q, own strips j: y = f(*lw_halo_strip_at(&halo, q, j))
 *
 *  Backward of a layer y[t] = f(x[t - before .. t + after]) that is linear in x fetches dy with the
 *  halo mirrored: (after, before). Near keys of attention, whose reach differs from head to head,
 *  and gradients that must go back to their rows: array/row_exchange.h. */
#ifndef LONGWAVE_ARRAY_HALO_H
#define LONGWAVE_ARRAY_HALO_H

#include "longwave/array/row_exchange.h"

/** A strip and what lies beside it. */
typedef struct lw_halo_strip {
  const float *rows; /* its first row; `before` rows stand in front, `after` behind the last */
  int64_t tokens, before, after;
} lw_halo_strip;

typedef struct lw_halo {
  const lw_sharded *sharded; /* borrowed */
  int64_t width, before, after;
  lw_row_exchange exchange;
  lw_halo_strip *strips; /* [sequences, own] */
  float *rows;           /* [rows of all of them, width] */
  int64_t strip_room, row_room;
} lw_halo;

/** For rows of `width` floats, `before` of them in front of a strip and `after` behind it. Local;
 *  the same on all ranks. Zero-initialise before the first use. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_halo_set(lw_halo *halo, const lw_sharded *sharded, int64_t width,
                                  int64_t before, int64_t after);
/** x: the packed rows, `stride` floats apart. Collective over the axis; cannot fail. What is sent
 *  is counted as the traffic kind that is in force (comm/traffic.h). */
void lw_halo_fetch(lw_halo *halo, const float *x, int64_t stride);
/** Own strip `own` of a sequence, as the last fetch left it; rows `width` floats apart. */
const lw_halo_strip *lw_halo_strip_at(const lw_halo *halo, int64_t sequence, int own);
void lw_halo_done(lw_halo *halo);

#endif
