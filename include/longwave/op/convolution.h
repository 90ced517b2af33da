/** Depthwise convolution over a few neighbours with a residual: each channel of a token takes part
 *  of the same channel of the tokens beside it.
 *
 *    y[t,c] = x[t,c] + sum_k weight[c,k] x[t - before + k, c],   k = 0 .. K-1
 *
 *  Rows beyond the ends of a sequence are zeros. `before` K - 1: causal, the last tap is the token
 *  itself; (K - 1) / 2: centred. Both directions run over pieces of sequences, whose neighbours
 *  stand beside them in memory. Local. No allocation; results have the same bits for any number of
 *  threads. Not here: where pieces and neighbours come from (src/model/layer_convolution.c). */
#ifndef LONGWAVE_OP_CONVOLUTION_H
#define LONGWAVE_OP_CONVOLUTION_H

#include <stdint.h>

/** Most taps; tokens of a piece that one thread takes at once, at most. */
enum { LW_CONVOLUTION_TAPS = 64, LW_CONVOLUTION_ROWS = 128 };

typedef struct lw_convolution {
  const float *weight;    /* [C, K] */
  int64_t channels, taps; /* C, K */
  int64_t before;         /* rows that a token sees before itself: 0 .. K - 1 */
} lw_convolution;

/** Consecutive rows of one sequence. */
typedef struct lw_convolution_piece {
  const float *from;     /* [rows, C] its first row */
  int64_t rows;          /* 1 .. LW_CONVOLUTION_ROWS */
  int64_t before, after; /* rows of its sequence that stand in front of `from`, and behind it */
  const float *other;    /* [rows, C] for backward */
  float *to;             /* [rows, C] */
} lw_convolution_piece;

/** Of each piece: x = from, y = to. */
void lw_convolution_forward(const lw_convolution *convolution, const lw_convolution_piece *pieces,
                            int64_t count);

/** Floats of `scratch` below. */
int64_t lw_convolution_scratch(int64_t channels, int64_t taps);
/** Of each piece: dy = from, with the neighbours mirrored (a row gives to those `before` it what it
 *  took from them: before' = K - 1 - before); x = other; dx = to:
 *    dx[t,c] = dy[t,c] + sum_k weight[c,k] dy[t + before - k, c]
 *    dweight[c,k] += sum_t x[t,c] dy[t + before - k, c]
 *  A sum over the rows of all ranks is that of forward's formula. dweight [C, K] in/out; scratch
 *  [lw_convolution_scratch] */
void lw_convolution_backward(const lw_convolution *convolution, const lw_convolution_piece *pieces,
                             int64_t count, float *dweight, float *scratch);

#endif
