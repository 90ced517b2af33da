#include "longwave/op/smooth.h"
#include "share.h"
#include <assert.h>

typedef struct rows {
  const float *from;
  int64_t from_stride;
  float *to;
  int64_t to_stride, width;
  lw_smooth_part part;
} rows;

enum { PIECE = 32 }; /* columns whose sums stay in registers */

/* to[:] = factor * sum of the rows first .. last of from[:], over a piece of the columns */
static void average(const float *restrict from, int64_t stride, int64_t first, int64_t last,
                    int64_t width, float factor, float *restrict to)
{
  float sum[PIECE] = {0};
  for (int64_t r = first; r <= last; r++)
    for (int64_t c = 0; c < width; c++) sum[c] += from[r * stride + c];
  for (int64_t c = 0; c < width; c++) to[c] = factor * sum[c];
}

/* to[j, :] = factor * sum of from[j - before .. j + after, :] within the sequence. Summed anew for
   each row: a sum that slides along would carry its rounding from one end of the sequence to the
   other. */
static void pool(rows x, int64_t before, int64_t after, float factor)
{
  const int64_t least = -x.part.before, most = x.part.tokens + x.part.after - 1;
#pragma omp parallel for schedule(static) if (x.part.tokens * x.width >= LW_SHARE_LEAST)
  for (int64_t j = 0; j < x.part.tokens; j++) {
    const int64_t first = j - before < least ? least : j - before;
    const int64_t last = j + after > most ? most : j + after;
    float *to = x.to + j * x.to_stride;
    int64_t c = 0;
    for (; c + PIECE <= x.width; c += PIECE)
      average(x.from + c, x.from_stride, first, last, PIECE, factor, to + c);
    if (c < x.width) average(x.from + c, x.from_stride, first, last, x.width - c, factor, to + c);
  }
}

/* u runs from -left to right. */
static int64_t left_of(int64_t window, lw_alignment alignment)
{
  assert(window >= 1 && window % 2 == 1);
  return alignment == LW_ALIGNMENT_CENTRED ? (window - 1) / 2 : 0;
}

/* j - u for u = -left .. right */
void lw_smooth_forward_part(const float *v, int64_t v_stride, lw_smooth_part part, int64_t width,
                            int64_t window, lw_alignment alignment, float *smooth,
                            int64_t smooth_stride)
{
  const int64_t left = left_of(window, alignment);
  pool((rows){v, v_stride, smooth, smooth_stride, width, part}, window - 1 - left, left,
       1.0f / (float)window);
}

/* j + u for the same u */
void lw_smooth_backward_part(const float *dsmooth, int64_t dsmooth_stride, lw_smooth_part part,
                             int64_t width, int64_t window, lw_alignment alignment, float *dv,
                             int64_t dv_stride)
{
  const int64_t left = left_of(window, alignment);
  pool((rows){dsmooth, dsmooth_stride, dv, dv_stride, width, part}, left, window - 1 - left,
       1.0f / (float)window);
}

void lw_smooth_forward(const float *v, int64_t v_stride, int64_t tokens, int64_t width,
                       int64_t window, lw_alignment alignment, float *smooth, int64_t smooth_stride)
{
  lw_smooth_forward_part(v, v_stride, (lw_smooth_part){.tokens = tokens}, width, window, alignment,
                         smooth, smooth_stride);
}

void lw_smooth_backward(const float *dsmooth, int64_t dsmooth_stride, int64_t tokens, int64_t width,
                        int64_t window, lw_alignment alignment, float *dv, int64_t dv_stride)
{
  lw_smooth_backward_part(dsmooth, dsmooth_stride, (lw_smooth_part){.tokens = tokens}, width,
                          window, alignment, dv, dv_stride);
}
