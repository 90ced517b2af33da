#include "longwave/model/norm.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/comm/traffic.h"
#include "longwave/op/norm.h"
#include <math.h>

static const double momentum = 0.1;

lw_status lw_norm_init(lw_norm *norm, lw_norm_kind kind, int64_t C, lw_params *params,
                       lw_params *statistics, const char *name)
{
  lw_status status = LW_OK;
  lw_param_shape one = {.rank = 1, .dims = {C, 1}, .start = LW_START_ONE};
  lw_param_shape zero = {.rank = 1, .dims = {C, 1}, .start = LW_START_ZERO};
  *norm = (lw_norm){.kind = kind, .C = C};
  LW_TRY(lw_params_add(params, one, &norm->gain, "%s.gain", name));
  LW_TRY(lw_params_add(params, zero, &norm->bias, "%s.bias", name));
  if (kind == LW_NORM_BATCH) {
    LW_TRY(lw_params_add(statistics, zero, &norm->mean, "%s.mean", name));
    LW_TRY(lw_params_add(statistics, one, &norm->variance, "%s.variance", name));
  }
done:
  return status;
}

/* mean, then variance about it, each a sum over the rows of all ranks. sums [C + 1] scratch. */
static void batch_statistics(const lw_norm *norm, const lw_pass *pass, const float *x, double *sums,
                             double *middle, float *mean, float *rstd)
{
  int64_t C = norm->C, rows = pass->batch->rows;
  float *running_mean = lw_param_value(pass->statistics, norm->mean);
  float *running_variance = lw_param_value(pass->statistics, norm->variance);

  lw_column_sum(x, rows, C, sums);
  sums[C] = (double)rows;
  lw_reduce_sum_doubles(pass->world, sums, C + 1);
  double n = sums[C];
  for (int64_t c = 0; c < C; c++) middle[c] = sums[c] / n;

  lw_column_square(x, middle, rows, C, sums);
  lw_reduce_sum_doubles(pass->world, sums, C);
  for (int64_t c = 0; c < C; c++) {
    double variance = sums[c] / n, unbiased = sums[c] / (n > 1.0 ? n - 1.0 : 1.0);
    mean[c] = (float)middle[c];
    rstd[c] = (float)(1.0 / sqrt(variance + LW_NORM_EPSILON));
    if (pass->again) continue;
    running_mean[c] = (float)((1.0 - momentum) * running_mean[c] + momentum * middle[c]);
    running_variance[c] = (float)((1.0 - momentum) * running_variance[c] + momentum * unbiased);
  }
}

static lw_status batch_forward(const lw_norm *norm, const lw_pass *pass, const float *x, float *y,
                               float *mean, float *rstd)
{
  int64_t C = norm->C;
  double *sums = NULL;
  lw_status status = LW_OK;
  if (pass->training) {
    LW_TRY_TOGETHER(pass->world, LW_TAKE(&sums, 2 * C + 1));
    batch_statistics(norm, pass, x, sums, sums + C + 1, mean, rstd);
  } else {
    const float *running = lw_param_value(pass->statistics, norm->mean);
    const float *variance = lw_param_value(pass->statistics, norm->variance);
    for (int64_t c = 0; c < C; c++) {
      mean[c] = running[c];
      rstd[c] = (float)(1.0 / sqrt((double)variance[c] + LW_NORM_EPSILON));
    }
  }
  lw_batch_norm_forward(x, lw_param_value(pass->params, norm->gain),
                        lw_param_value(pass->params, norm->bias), mean, rstd, pass->batch->rows, C,
                        y);
done:
  lw_mem_give(sums);
  return status;
}

lw_status lw_norm_forward(const lw_norm *norm, const lw_pass *pass, const float *x, float *y,
                          float *mean, float *rstd)
{
  lw_status status = LW_OK;
  lw_profile_begin(LW_PROFILE_NORM);
  lw_traffic_begin(LW_TRAFFIC_STATISTICS);
  if (norm->kind == LW_NORM_LAYER)
    lw_layer_norm_forward(x, lw_param_value(pass->params, norm->gain),
                          lw_param_value(pass->params, norm->bias), pass->batch->rows, norm->C, y,
                          mean, rstd);
  else
    status = batch_forward(norm, pass, x, y, mean, rstd);
  lw_traffic_end();
  lw_profile_end();
  return status;
}

/* The gradients of gain and bias are this rank's share of the two sums (summed over ranks with all
   gradients); dx needs their means over all ranks. */
static lw_status batch_backward(const lw_norm *norm, const lw_pass *pass, const float *dy,
                                const float *x, const float *mean, const float *rstd, float *dx)
{
  int64_t C = norm->C, rows = pass->batch->rows;
  double *sums = NULL;
  float *means = NULL;
  lw_status status = LW_TAKE(&sums, 2 * C + 1);
  if (status == LW_OK) status = LW_TAKE(&means, 2 * C);
  if (pass->training) status = lw_agree(pass->world, status);
  if (status != LW_OK) goto done;

  lw_batch_norm_sums(dy, x, mean, rstd, rows, C, sums, sums + C);
  float *dbias = lw_param_gradient(pass->params, norm->bias);
  float *dgain = lw_param_gradient(pass->params, norm->gain);
  for (int64_t c = 0; c < C; c++) {
    dbias[c] += (float)sums[c];
    dgain[c] += (float)sums[C + c];
  }
  if (pass->training) {
    sums[2 * C] = (double)rows;
    lw_reduce_sum_doubles(pass->world, sums, 2 * C + 1);
    for (int64_t c = 0; c < 2 * C; c++) means[c] = (float)(sums[c] / sums[2 * C]);
  }
  lw_batch_norm_backward(dy, x, lw_param_value(pass->params, norm->gain), mean, rstd, means,
                         means + C, rows, C, dx);
done:
  lw_mem_give(sums);
  lw_mem_give(means);
  return status;
}

lw_status lw_norm_backward(const lw_norm *norm, const lw_pass *pass, const float *dy,
                           const float *x, const float *mean, const float *rstd, float *dx)
{
  lw_status status = LW_OK;
  lw_profile_begin(LW_PROFILE_NORM);
  lw_traffic_begin(LW_TRAFFIC_STATISTICS);
  if (norm->kind == LW_NORM_LAYER)
    lw_layer_norm_backward(
        dy, x, lw_param_value(pass->params, norm->gain), mean, rstd, pass->batch->rows, norm->C, dx,
        lw_param_gradient(pass->params, norm->gain), lw_param_gradient(pass->params, norm->bias));
  else
    status = batch_backward(norm, pass, dy, x, mean, rstd, dx);
  lw_traffic_end();
  lw_profile_end();
  return status;
}
