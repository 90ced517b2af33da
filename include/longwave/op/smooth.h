/** Smoothness: averaging along the keys, done on V instead of on the scores:
 *    v~[j] = 1/P sum_u v[j-u],  zeros outside the sequence, divisor always P.
 *  with u over the window that lw_alignment names.
 *  Source: [Zimerman2024], and docs/notation.md for the identity (A M) V = A (M V). */
#ifndef LONGWAVE_OP_SMOOTH_H
#define LONGWAVE_OP_SMOOTH_H

#include "longwave/base/choice.h"
#include <stdint.h>

/** b_ij = 1/P sum_u a_i,j+u, u from -left to right, where left + right = P - 1. */
#define LW_ALIGNMENT_CHOICES(TYPE, ITEM)                                                           \
  TYPE(lw_alignment)                                                                               \
  ITEM(LW_ALIGNMENT_CENTRED, "centred") /* left = (P-1)/2 = right */                               \
  ITEM(LW_ALIGNMENT_CAUSAL, "causal")   /* left = 0, right = P-1: weight moves to earlier keys */
LW_CHOICE(LW_ALIGNMENT_CHOICES);

/** smooth[j,:] = 1/P sum over u of v[j-u,:], one sequence. Local.
 *  v, smooth [tokens, width] rows `v_stride`, `smooth_stride` floats apart; in, out; not the same
 *  memory. window P odd, >= 1 (1 copies). */
void lw_smooth_forward(const float *v, int64_t v_stride, int64_t tokens, int64_t width,
                       int64_t window, lw_alignment alignment, float *smooth,
                       int64_t smooth_stride);

/** dv[j,:] = 1/P sum over u of dsmooth[j+u,:]: the transposed map. Same shapes. Local. */
void lw_smooth_backward(const float *dsmooth, int64_t dsmooth_stride, int64_t tokens, int64_t width,
                        int64_t window, lw_alignment alignment, float *dv, int64_t dv_stride);

/** Rows of a sequence of which more lie beside them in memory: `tokens` to smooth, `before` and
 *  `after` that are only read. */
typedef struct lw_smooth_part {
  int64_t tokens, before, after;
} lw_smooth_part;

/** The same for a part; v and dsmooth point to its first row. Beyond before and after are zeros. */
void lw_smooth_forward_part(const float *v, int64_t v_stride, lw_smooth_part part, int64_t width,
                            int64_t window, lw_alignment alignment, float *smooth,
                            int64_t smooth_stride);
void lw_smooth_backward_part(const float *dsmooth, int64_t dsmooth_stride, lw_smooth_part part,
                             int64_t width, int64_t window, lw_alignment alignment, float *dv,
                             int64_t dv_stride);

#endif
