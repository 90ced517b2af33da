#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/op/smooth.h"
#include <criterion/criterion.h>
#include <math.h>

enum { ROOM = 4096 };
static const lw_alignment alignments[] = {LW_ALIGNMENT_CENTRED, LW_ALIGNMENT_CAUSAL};
static const int64_t windows[] = {1, 3, 5, 9, 21}, lengths[] = {1, 2, 3, 8, 20, 67};

static void fill(float *x, int64_t count, uint32_t which)
{
  for (int64_t n = 0; n < count; n++)
    x[n] = (float)lw_rng_normal((lw_rng){7, LW_RNG_TEST, which, 0}, (uint64_t)n);
}

Test(smooth, ones_are_averaged_with_the_full_divisor)
{
  const float ones[5] = {1, 1, 1, 1, 1};
  const float centred[5] = {2, 3, 3, 3, 2}, causal[5] = {1, 2, 3, 3, 3};
  float y[5];
  lw_smooth_forward(ones, 1, 5, 1, 3, LW_ALIGNMENT_CENTRED, y, 1);
  for (int j = 0; j < 5; j++) cr_assert_float_eq(y[j], centred[j] / 3, 1e-7);
  lw_smooth_forward(ones, 1, 5, 1, 3, LW_ALIGNMENT_CAUSAL, y, 1);
  for (int j = 0; j < 5; j++) cr_assert_float_eq(y[j], causal[j] / 3, 1e-7);
}

/* v~[j] = 1/P sum_u v[j-u] written out, with strides wider than the rows. */
static void check_forward(int64_t T, int64_t P, lw_alignment alignment)
{
  enum { WIDTH = 3, IN = 5, OUT = 4 };
  static float v[ROOM], y[ROOM];
  fill(v, T * IN, 1);
  for (int64_t n = 0; n < T * OUT; n++) y[n] = 99;
  lw_smooth_forward(v, IN, T, WIDTH, P, alignment, y, OUT);
  const int64_t left = alignment == LW_ALIGNMENT_CENTRED ? (P - 1) / 2 : 0;
  for (int64_t j = 0; j < T; j++) {
    for (int64_t c = 0; c < WIDTH; c++) {
      double sum = 0;
      for (int64_t u = -left; u < P - left; u++)
        if (j - u >= 0 && j - u < T) sum += (double)v[(j - u) * IN + c];
      cr_assert_float_eq(y[j * OUT + c], sum / (double)P, 2e-6);
    }
    cr_assert_eq(y[j * OUT + WIDTH], 99.0f, "wrote beyond the row");
  }
}

Test(smooth, forward_is_the_average_over_the_window)
{
  for (size_t t = 0; t < 6; t++)
    for (size_t w = 0; w < 5; w++)
      for (size_t a = 0; a < 2; a++) check_forward(lengths[t], windows[w], alignments[a]);
  cr_assert_eq(lw_mem_live(), 0);
}

/* <M v, w> = <v, M^T w> */
static void check_transposed(int64_t T, int64_t P, lw_alignment alignment)
{
  enum { WIDTH = 4 };
  static float v[ROOM], w[ROOM], forward[ROOM], backward[ROOM];
  fill(v, T * WIDTH, 2);
  fill(w, T * WIDTH, 3);
  lw_smooth_forward(v, WIDTH, T, WIDTH, P, alignment, forward, WIDTH);
  lw_smooth_backward(w, WIDTH, T, WIDTH, P, alignment, backward, WIDTH);
  double left = 0, right = 0, size = 0;
  for (int64_t n = 0; n < T * WIDTH; n++) {
    left += (double)forward[n] * (double)w[n];
    right += (double)v[n] * (double)backward[n];
    size += fabs((double)forward[n] * (double)w[n]);
  }
  cr_assert_float_eq(left, right, 1e-6 * size, "T %d, P %d, alignment %d: %g and %g", (int)T,
                     (int)P, (int)alignment, left, right);
}

Test(smooth, backward_is_the_transposed_map)
{
  for (size_t t = 0; t < 6; t++)
    for (size_t w = 0; w < 5; w++)
      for (size_t a = 0; a < 2; a++) check_transposed(lengths[t], windows[w], alignments[a]);
  cr_assert_eq(lw_mem_live(), 0);
}
