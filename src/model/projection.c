#include "longwave/model/projection.h"
#include "longwave/base/profile.h"
#include "longwave/op/linear.h"
#include <math.h>
#include <stddef.h>

lw_status lw_projection_init(lw_projection *projection, int64_t in, int64_t out, double gain,
                             lw_params *params, const char *name)
{
  lw_status status = LW_OK;
  lw_param_shape weight = {.rank = 2,
                           .dims = {out, in},
                           .start = LW_START_NORMAL,
                           .deviation = gain / sqrt(3.0 * (double)in),
                           .decayed = true};
  lw_param_shape bias = {.rank = 1, .dims = {out, 1}, .start = LW_START_ZERO};
  *projection = (lw_projection){.in = in, .out = out};
  LW_TRY(lw_params_add(params, weight, &projection->weight, "%s.weight", name));
  LW_TRY(lw_params_add(params, bias, &projection->bias, "%s.bias", name));
done:
  return status;
}

void lw_projection_forward(const lw_projection *projection, const lw_params *params, const float *x,
                           int64_t rows, float *y)
{
  lw_profile_begin(LW_PROFILE_LINEAR);
  lw_linear_forward(x, lw_param_value(params, projection->weight),
                    lw_param_value(params, projection->bias), rows, projection->in, projection->out,
                    y);
  lw_profile_end();
}

void lw_projection_backward(const lw_projection *projection, const lw_params *params,
                            const float *dy, const float *x, int64_t rows, float *dx)
{
  lw_profile_begin(LW_PROFILE_LINEAR);
  lw_linear_backward(dy, x, lw_param_value(params, projection->weight), rows, projection->in,
                     projection->out, dx, lw_param_gradient(params, projection->weight),
                     lw_param_gradient(params, projection->bias));
  lw_profile_end();
}

void lw_projection_backward_input(const lw_projection *projection, const lw_params *params,
                                  const float *dy, int64_t rows, float *dx)
{
  lw_profile_begin(LW_PROFILE_LINEAR);
  lw_linear_backward(dy, NULL, lw_param_value(params, projection->weight), rows, projection->in,
                     projection->out, dx, NULL, NULL);
  lw_profile_end();
}
