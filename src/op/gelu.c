#include "longwave/op/gelu.h"
#include "isa.h"
#include "share.h"

/* Numbers a thread takes at once; a multiple of all vector widths, so that where one ends and the
   next begins changes no bit. */
enum { BLOCK = 4096 };

static int64_t block_at(int64_t first, int64_t count)
{
  return count - first < BLOCK ? count - first : BLOCK;
}

void lw_gelu_forward(const float *x, int64_t count, float *y)
{
  const lw_isa *isa = lw_isa_now();
#pragma omp parallel for schedule(static) if (count >= LW_SHARE_LEAST)
  for (int64_t i = 0; i < count; i += BLOCK) isa->gelu_forward(x + i, block_at(i, count), y + i);
}

void lw_gelu_backward(const float *dy, const float *x, int64_t count, float *dx)
{
  const lw_isa *isa = lw_isa_now();
#pragma omp parallel for schedule(static) if (count >= LW_SHARE_LEAST)
  for (int64_t i = 0; i < count; i += BLOCK)
    isa->gelu_backward(dy + i, x + i, block_at(i, count), dx + i);
}
