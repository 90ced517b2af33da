#include "longwave/op/rms_norm.h"
#include "isa.h"
#include "rms_operands.h"
#include "share.h"

/* Rows a thread takes at once. */
enum { ROWS = 32 };

static int64_t end_of(const lw_rms_norm *norm, int64_t first)
{
  return norm->T - first < ROWS ? norm->T : first + ROWS;
}

void lw_rms_norm_forward(const lw_rms_norm *norm, float *x, float *was)
{
  const lw_isa *isa = lw_isa_now();
#pragma omp parallel for schedule(static) if (norm->T * norm->heads * norm->d >= LW_SHARE_LEAST)
  for (int64_t t = 0; t < norm->T; t += ROWS)
    isa->rms_norm_forward(norm, t, end_of(norm, t), x, was);
}

void lw_rms_norm_backward(const lw_rms_norm *norm, const float *was, float *dy, float *dgain)
{
  const lw_isa *isa = lw_isa_now();
  const lw_rms_operands operands = {.norm = norm, .was = was, .dy = dy};
  /* first, because dy is overwritten */
  lw_share_columns(isa->rms_norm_slice, &operands, norm->T * norm->heads, norm->d,
                   (lw_share_target){.added = dgain}, (lw_share_target){0});
#pragma omp parallel for schedule(static) if (norm->T * norm->heads * norm->d >= LW_SHARE_LEAST)
  for (int64_t t = 0; t < norm->T; t += ROWS)
    isa->rms_norm_backward(norm, t, end_of(norm, t), was, dy);
}
