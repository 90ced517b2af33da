#include "longwave/op/score.h"
#include "isa.h"

void lw_score_local(float *x, int64_t count, const float *decay, const float *bias, float *most)
{
  lw_isa_now()->score_local(x, count, decay, bias, most);
}

void lw_score_weights(float *x, int64_t count, float most, float *total)
{
  lw_isa_now()->score_weights(x, count, most, total);
}

void lw_score_scale(float *x, int64_t count, float factor)
{
  lw_isa_now()->score_scale(x, count, factor);
}

void lw_score_dot(const float *a, const float *b, int64_t count, float *sum)
{
  lw_isa_now()->score_dot(a, b, count, sum);
}

void lw_score_gradient(float *dx, const float *a, int64_t count, const float *decay, float sum)
{
  lw_isa_now()->score_gradient(dx, a, count, decay, sum);
}

void lw_score_pool(float *x, int64_t count, int64_t window, float *pooled)
{
  lw_isa_now()->score_pool(x, count, window, pooled);
}
