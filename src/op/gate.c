#include "longwave/op/gate.h"
#include "isa.h"
#include "longwave/base/whole.h"
#include "share.h"

/* Numbers a thread takes at once; a multiple of all vector widths. */
enum { BLOCK = 4096 };

void lw_gate_forward(const float *x, int64_t count, float *s, float *y)
{
  const lw_isa *isa = lw_isa_now();
#pragma omp parallel for schedule(static) if (count >= LW_SHARE_LEAST)
  for (int64_t i = 0; i < count; i += BLOCK)
    isa->gate_forward(x + i, lw_smaller(BLOCK, count - i), s + i, y + i);
}

void lw_gate_backward(const float *dy, const float *x, const float *s, int64_t count, float *dx,
                      float *dz)
{
  const lw_isa *isa = lw_isa_now();
#pragma omp parallel for schedule(static) if (count >= LW_SHARE_LEAST)
  for (int64_t i = 0; i < count; i += BLOCK)
    isa->gate_backward(dy + i, x + i, s + i, lw_smaller(BLOCK, count - i), dx + i, dz + i);
}
