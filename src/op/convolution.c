#include "longwave/op/convolution.h"
#include "isa.h"
#include "share.h"
#include <string.h>

/* Parts of the list of pieces, of which each has sums of its own for the weight. */
enum { SLICES = 16, DOUBLE = sizeof(double) / sizeof(float) };

static bool is_worth_threads(const lw_convolution *convolution, const lw_convolution_piece *pieces,
                             int64_t count)
{
  int64_t rows = 0;
  for (int64_t p = 0; p < count; p++) rows += pieces[p].rows;
  return rows * convolution->channels >= LW_SHARE_LEAST;
}

void lw_convolution_forward(const lw_convolution *convolution, const lw_convolution_piece *pieces,
                            int64_t count)
{
  const lw_isa *isa = lw_isa_now();
#pragma omp parallel for schedule(static) if (is_worth_threads(convolution, pieces, count))
  for (int64_t p = 0; p < count; p++) isa->convolution_forward(convolution, &pieces[p]);
}

int64_t lw_convolution_scratch(int64_t channels, int64_t taps)
{
  return SLICES * DOUBLE * channels * taps;
}

/* From [SLICES, K, C] to [C, K]. */
static void deliver(const lw_convolution *convolution, const double *sums, float *dweight)
{
  const int64_t C = convolution->channels, K = convolution->taps;
  for (int64_t k = 0; k < K; k++)
    for (int64_t c = 0; c < C; c++) {
      double sum = 0.0;
      for (int64_t slice = 0; slice < SLICES; slice++) sum += sums[(slice * K + k) * C + c];
      dweight[c * K + k] += (float)sum;
    }
}

void lw_convolution_backward(const lw_convolution *convolution, const lw_convolution_piece *pieces,
                             int64_t count, float *dweight, float *scratch)
{
  const lw_isa *isa = lw_isa_now();
  const int64_t each = convolution->channels * convolution->taps;
  double *sums = (double *)(void *)scratch;
  memset(sums, 0, (size_t)(SLICES * each) * sizeof *sums);
#pragma omp parallel for schedule(static) if (is_worth_threads(convolution, pieces, count))
  for (int slice = 0; slice < SLICES; slice++)
    for (int64_t p = count * slice / SLICES; p < count * (slice + 1) / SLICES; p++)
      isa->convolution_backward(convolution, &pieces[p], sums + slice * each);
  deliver(convolution, sums, dweight);
}
