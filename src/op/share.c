#include "share.h"
#include <string.h>

/* Partial sums of SLICES x WIDTH columns stand on the stack: 64 KiB for both sums. */
enum { SLICES = 32, WIDTH = 128 };

static void deliver(double (*partial)[WIDTH], int64_t column, int64_t width, lw_share_target target)
{
  if (!target.written && !target.added) return;
  for (int slice = 1; slice < SLICES; slice++)
    for (int64_t c = 0; c < width; c++) partial[0][c] += partial[slice][c];
  for (int64_t c = 0; c < width; c++) {
    if (target.written) target.written[column + c] = partial[0][c];
    if (target.added) target.added[column + c] += (float)partial[0][c];
  }
}

void lw_share_columns(lw_share_slice *slice, const void *operands, int64_t T, int64_t C,
                      lw_share_target first, lw_share_target second)
{
  double partial[2][SLICES][WIDTH];
  for (int64_t column = 0; column < C; column += WIDTH) {
    int64_t width = C - column < WIDTH ? C - column : WIDTH;
#pragma omp parallel for schedule(static) if (T * C >= LW_SHARE_LEAST)
    for (int i = 0; i < SLICES; i++) {
      memset(partial[0][i], 0, sizeof partial[0][i]);
      memset(partial[1][i], 0, sizeof partial[1][i]);
      slice(operands, T * i / SLICES, T * (i + 1) / SLICES, column, width, partial[0][i],
            partial[1][i]);
    }
    deliver(partial[0], column, width, first);
    deliver(partial[1], column, width, second);
  }
}
