/* The pieces of a depthwise convolution on vectors of channels; compiled once per instruction set.
   Rows at the ends of a sequence have fewer taps; the others have all of them, and for small
   numbers of taps the weights stay in registers. */
#include "isa.h"
#include "isa_vector.h"

enum { TAPS = LW_CONVOLUTION_TAPS };

/* Taps [first, end) of a row whose tap 0 stands `before` rows in front of it. */
typedef struct taps {
  int64_t first, end;
} taps;

LW_INLINE taps taps_of(const lw_convolution_piece *piece, int64_t before, int64_t K, int64_t t)
{
  const int64_t missing = before - t - piece->before;
  const int64_t there = piece->rows + piece->after - t + before;
  return (taps){missing > 0 ? missing : 0, there < K ? there : K};
}

/* Rows [first, end) of the piece that have all taps. */
LW_INLINE taps inner_rows(const lw_convolution_piece *piece, int64_t before, int64_t K)
{
  const int64_t first = before - piece->before, last = piece->rows + piece->after - (K - before);
  taps rows = {first > 0 ? first : 0, last + 1 < piece->rows ? last + 1 : piece->rows};
  if (rows.first > piece->rows) rows.first = piece->rows;
  if (rows.end < rows.first) rows.end = rows.first;
  return rows;
}

/* Tap k of LW_LANES channels, in turned order (the last one first) where `turned`. */
LW_INLINE void load_weights(const float *weight, int64_t K, bool turned, lw_vector *w)
{
  for (int64_t k = 0; k < K; k++) {
    float lane[LW_LANES];
    for (int n = 0; n < LW_LANES; n++) lane[n] = weight[n * K + (turned ? K - 1 - k : k)];
    w[k] = lw_load(lane);
  }
}

/* ---- forward ---- */

LW_INLINE lw_vector row_forward(const float *x, int64_t C, int64_t before, const lw_vector *w,
                                taps of)
{
  const float *at = x - before * C;
  lw_vector y = lw_load(x);
  for (int64_t k = of.first; k < of.end; k++) y += w[k] * lw_load(at + k * C);
  return y;
}

/* K is a constant where this is worth it. */
LW_INLINE void forward_rows(const lw_convolution_piece *piece, int64_t c, int64_t C, int64_t K,
                            int64_t before, const lw_vector *weights)
{
  const float *x = piece->from + c;
  float *y = piece->to + c;
  const taps rows = inner_rows(piece, before, K);
  lw_vector w[TAPS];
  for (int64_t k = 0; k < K; k++) w[k] = weights[k];
  for (int64_t t = 0; t < rows.first; t++)
    lw_store(y + t * C, row_forward(x + t * C, C, before, weights, taps_of(piece, before, K, t)));
  for (int64_t t = rows.first; t < rows.end; t++)
    lw_store(y + t * C, row_forward(x + t * C, C, before, w, (taps){0, K}));
  for (int64_t t = rows.end; t < piece->rows; t++)
    lw_store(y + t * C, row_forward(x + t * C, C, before, weights, taps_of(piece, before, K, t)));
}

/* The channels beyond the last whole vector. */
static void forward_rest(const lw_convolution *convolution, const lw_convolution_piece *piece,
                         int64_t first)
{
  const int64_t C = convolution->channels, K = convolution->taps, before = convolution->before;
  for (int64_t t = 0; t < piece->rows; t++) {
    const taps of = taps_of(piece, before, K, t);
    for (int64_t c = first; c < C; c++) {
      const float *x = piece->from + t * C + c;
      float y = *x;
      for (int64_t k = of.first; k < of.end; k++)
        y += convolution->weight[c * K + k] * x[(k - before) * C];
      piece->to[t * C + c] = y;
    }
  }
}

void LW_ISA_NAME(convolution_forward)(const lw_convolution *convolution,
                                      const lw_convolution_piece *piece)
{
  const int64_t C = convolution->channels, K = convolution->taps, before = convolution->before;
  int64_t c = 0;
  for (; c + LW_LANES <= C; c += LW_LANES) {
    lw_vector w[TAPS];
    load_weights(convolution->weight + c * K, K, false, w);
    if (K == 3)
      forward_rows(piece, c, C, 3, before, w);
    else if (K == 4)
      forward_rows(piece, c, C, 4, before, w);
    else
      forward_rows(piece, c, C, K, before, w);
  }
  if (c < C) forward_rest(convolution, piece, c);
}

/* ---- backward: dy is what is seen through the taps, which are turned ---- */

LW_INLINE lw_vector row_backward(const float *dy, lw_vector x, int64_t C, int64_t before,
                                 const lw_vector *w, lw_vector *dw, taps of)
{
  const float *at = dy - before * C;
  lw_vector dx = lw_load(dy);
  for (int64_t k = of.first; k < of.end; k++) {
    const lw_vector seen = lw_load(at + k * C);
    dx += w[k] * seen;
    dw[k] += x * seen;
  }
  return dx;
}

LW_INLINE void backward_rows(const lw_convolution_piece *piece, int64_t c, int64_t C, int64_t K,
                             int64_t before, const lw_vector *weights, lw_vector *sums)
{
  const float *dy = piece->from + c, *x = piece->other + c;
  float *dx = piece->to + c;
  const taps rows = inner_rows(piece, before, K);
  lw_vector w[TAPS], dw[TAPS];
  for (int64_t k = 0; k < K; k++) w[k] = weights[k], dw[k] = (lw_vector){0};
  for (int64_t t = rows.first; t < rows.end; t++)
    lw_store(dx + t * C,
             row_backward(dy + t * C, lw_load(x + t * C), C, before, w, dw, (taps){0, K}));
  for (int64_t k = 0; k < K; k++) sums[k] = dw[k];
  for (int64_t t = 0; t < piece->rows; t++) {
    if (t == rows.first) t = rows.end;
    if (t < piece->rows)
      lw_store(dx + t * C, row_backward(dy + t * C, lw_load(x + t * C), C, before, weights, sums,
                                        taps_of(piece, before, K, t)));
  }
}

static void backward_rest(const lw_convolution *convolution, const lw_convolution_piece *piece,
                          int64_t first, int64_t before, double *sums)
{
  const int64_t C = convolution->channels, K = convolution->taps;
  for (int64_t t = 0; t < piece->rows; t++) {
    const taps of = taps_of(piece, before, K, t);
    for (int64_t c = first; c < C; c++) {
      const float *dy = piece->from + t * C + c, x = piece->other[t * C + c];
      float dx = *dy;
      for (int64_t k = of.first; k < of.end; k++) {
        dx += convolution->weight[c * K + K - 1 - k] * dy[(k - before) * C];
        sums[(K - 1 - k) * C + c] += (double)(x * dy[(k - before) * C]);
      }
      piece->to[t * C + c] = dx;
    }
  }
}

LW_INLINE void add_lanes(const lw_vector *dw, int64_t K, int64_t C, double *sums)
{
  for (int64_t k = 0; k < K; k++) {
    float lane[LW_LANES];
    lw_store(lane, dw[K - 1 - k]);
    for (int n = 0; n < LW_LANES; n++) sums[k * C + n] += (double)lane[n];
  }
}

void LW_ISA_NAME(convolution_backward)(const lw_convolution *convolution,
                                       const lw_convolution_piece *piece, double *sums)
{
  const int64_t C = convolution->channels, K = convolution->taps;
  const int64_t before = K - 1 - convolution->before;
  int64_t c = 0;
  for (; c + LW_LANES <= C; c += LW_LANES) {
    lw_vector w[TAPS], dw[TAPS];
    load_weights(convolution->weight + c * K, K, true, w);
    if (K == 3)
      backward_rows(piece, c, C, 3, before, w, dw);
    else if (K == 4)
      backward_rows(piece, c, C, 4, before, w, dw);
    else
      backward_rows(piece, c, C, K, before, w, dw);
    add_lanes(dw, K, C, sums + c);
  }
  if (c < C) backward_rest(convolution, piece, c, before, sums);
}
