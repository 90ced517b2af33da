/* The heads of RMS norm on vectors, and the sum for its gain; compiled once per instruction set. */
#include "isa.h"
#include "isa_vector.h"
#include "rms_operands.h"
#include <math.h>
#include <string.h>

/* Halves are added to halves: a fixed order. */
LW_INLINE float sum_of(lw_vector x, float rest)
{
  float lane[LW_LANES];
  lw_store(lane, x);
  LW_UNROLL
  for (int half = LW_LANES / 2; half > 0; half /= 2) {
    LW_UNROLL
    for (int i = 0; i < half; i++) lane[i] += lane[i + half];
  }
  return lane[0] + rest;
}

LW_INLINE float root_of(const float *x, int64_t d)
{
  lw_vector sum = {0};
  float rest = 0;
  int64_t c = 0;
  for (; c + LW_LANES <= d; c += LW_LANES) sum += lw_load(x + c) * lw_load(x + c);
  for (; c < d; c++) rest += x[c] * x[c];
  return 1.0f / sqrtf(sum_of(sum, rest) / (float)d + (float)LW_RMS_EPSILON);
}

static void head_forward(const float *gain, int64_t d, float *x)
{
  const float root = root_of(x, d);
  int64_t c = 0;
  for (; c + LW_LANES <= d; c += LW_LANES)
    lw_store(x + c, lw_load(gain + c) * (lw_load(x + c) * root));
  for (; c < d; c++) x[c] = gain[c] * (x[c] * root);
}

/* dx in the place of dy */
static void head_backward(const float *gain, int64_t d, const float *was, float *dy)
{
  const float root = root_of(was, d);
  lw_vector sum = {0};
  float rest = 0;
  int64_t c = 0;
  for (; c + LW_LANES <= d; c += LW_LANES)
    sum += lw_load(gain + c) * lw_load(dy + c) * (lw_load(was + c) * root);
  for (; c < d; c++) rest += gain[c] * dy[c] * (was[c] * root);
  const float mean = sum_of(sum, rest) / (float)d;
  for (c = 0; c + LW_LANES <= d; c += LW_LANES)
    lw_store(dy + c, root * (lw_load(gain + c) * lw_load(dy + c) - lw_load(was + c) * root * mean));
  for (; c < d; c++) dy[c] = root * (gain[c] * dy[c] - was[c] * root * mean);
}

void LW_ISA_NAME(rms_norm_forward)(const lw_rms_norm *norm, int64_t first, int64_t last, float *x,
                                   float *was)
{
  const int64_t d = norm->d, width = norm->heads * d;
  for (int64_t t = first; t < last; t++) {
    memcpy(was + t * width, x + t * norm->stride, (size_t)width * sizeof *was);
    for (int64_t h = 0; h < norm->heads; h++)
      head_forward(norm->gain, d, x + t * norm->stride + h * d);
  }
}

void LW_ISA_NAME(rms_norm_backward)(const lw_rms_norm *norm, int64_t first, int64_t last,
                                    const float *was, float *dy)
{
  const int64_t d = norm->d;
  for (int64_t t = first; t < last; t++)
    for (int64_t h = 0; h < norm->heads; h++)
      head_backward(norm->gain, d, was + (t * norm->heads + h) * d, dy + t * norm->stride + h * d);
}

/* A row is one head of a row of the arrays. */
void LW_ISA_NAME(rms_norm_slice)(const void *operands, int64_t row_first, int64_t row_last,
                                 int64_t column, int64_t width, double *restrict sum,
                                 double *restrict unused)
{
  const lw_rms_operands *of = operands;
  const lw_rms_norm *norm = of->norm;
  (void)unused;
  for (int64_t n = row_first; n < row_last; n++) {
    const float *restrict was = of->was + n * norm->d;
    const float *restrict dy =
        of->dy + n / norm->heads * norm->stride + n % norm->heads * norm->d + column;
    const float root = root_of(was, norm->d);
    was += column;
    for (int64_t c = 0; c < width; c++) sum[c] += (double)(dy[c] * (was[c] * root));
  }
}
