#include "longwave/model/norm.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/comm/traffic.h"
#include "longwave/op/norm.h"
#include <assert.h>
#include <math.h>

static const double momentum = 0.1;

/* ---- layer norm ---- */

static lw_status layer_forward(const lw_norm *norm, const lw_pass *pass, const float *x, float *y,
                               lw_norm_kept kept)
{
  lw_layer_norm_forward(x, lw_param_value(pass->params, norm->gain),
                        lw_param_value(pass->params, norm->bias), pass->batch->rows, norm->C, y,
                        kept.mean, kept.rstd);
  return LW_OK;
}

static lw_status layer_backward(const lw_norm *norm, const lw_pass *pass, const float *dy,
                                const float *x, lw_norm_kept kept, float *dx)
{
  lw_layer_norm_backward(dy, x, lw_param_value(pass->params, norm->gain), kept.mean, kept.rstd,
                         pass->batch->rows, norm->C, dx,
                         lw_param_gradient(pass->params, norm->gain),
                         lw_param_gradient(pass->params, norm->bias));
  return LW_OK;
}

/* ---- batch norm ---- */

/* mean, then variance about it, each a sum over the rows of all ranks. sums [2 C + 1] scratch. */
static void batch_statistics(const lw_norm *norm, const lw_pass *pass, const float *x, double *sums,
                             lw_norm_kept kept)
{
  int64_t C = norm->C, rows = pass->batch->rows;
  double *middle = sums + C + 1;
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
    kept.mean[c] = (float)middle[c];
    kept.rstd[c] = (float)(1.0 / sqrt(variance + LW_NORM_EPSILON));
    if (pass->again) continue;
    running_mean[c] = (float)((1.0 - momentum) * running_mean[c] + momentum * middle[c]);
    running_variance[c] = (float)((1.0 - momentum) * running_variance[c] + momentum * unbiased);
  }
}

static lw_status batch_forward(const lw_norm *norm, const lw_pass *pass, const float *x, float *y,
                               lw_norm_kept kept)
{
  int64_t C = norm->C;
  double *sums = NULL;
  lw_status status = LW_OK;
  if (pass->training) {
    LW_TRY_TOGETHER(pass->world, LW_TAKE(&sums, 2 * C + 1));
    batch_statistics(norm, pass, x, sums, kept);
  } else {
    const float *running = lw_param_value(pass->statistics, norm->mean);
    const float *variance = lw_param_value(pass->statistics, norm->variance);
    for (int64_t c = 0; c < C; c++) {
      kept.mean[c] = running[c];
      kept.rstd[c] = (float)(1.0 / sqrt((double)variance[c] + LW_NORM_EPSILON));
    }
  }
  lw_batch_norm_forward(x, lw_param_value(pass->params, norm->gain),
                        lw_param_value(pass->params, norm->bias), kept.mean, kept.rstd,
                        pass->batch->rows, C, y);
done:
  lw_mem_give(sums);
  return status;
}

/* The gradients of gain and bias are this rank's share of the two sums (summed over ranks with all
   gradients); dx needs their means over all ranks. */
static lw_status batch_backward(const lw_norm *norm, const lw_pass *pass, const float *dy,
                                const float *x, lw_norm_kept kept, float *dx)
{
  int64_t C = norm->C, rows = pass->batch->rows;
  double *sums = NULL;
  float *means = NULL;
  lw_status status = LW_TAKE(&sums, 2 * C + 1);
  if (status == LW_OK) status = LW_TAKE(&means, 2 * C);
  if (pass->training) status = lw_agree(pass->world, status);
  if (status != LW_OK) goto done;
  assert(sums && means);

  lw_batch_norm_sums(dy, x, kept.mean, kept.rstd, rows, C, sums, sums + C);
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
  lw_batch_norm_backward(dy, x, lw_param_value(pass->params, norm->gain), kept.mean, kept.rstd,
                         means, means + C, rows, C, dx);
done:
  lw_mem_give(sums);
  lw_mem_give(means);
  return status;
}

/* Sums, in double: C + 1 and C of them forward, 2 C + 1 backward. */
static double batch_sent(double C, double ranks)
{
  return (4.0 * C + 2.0) * sizeof(double) * 2.0 * (ranks - 1.0) / ranks;
}

/* ---- the interface ---- */

static const struct {
  bool running; /* has statistics beside its parameters */
  bool of_rows; /* keeps a mean for each row, else for each column */
  lw_status (*forward)(const lw_norm *, const lw_pass *, const float *, float *, lw_norm_kept);
  lw_status (*backward)(const lw_norm *, const lw_pass *, const float *, const float *,
                        lw_norm_kept, float *);
  double (*sent)(double C, double ranks); /* NULL: nothing */
} kinds[] = {
    [LW_NORM_LAYER] = {.of_rows = true, .forward = layer_forward, .backward = layer_backward},
    [LW_NORM_BATCH] = {.running = true,
                       .forward = batch_forward,
                       .backward = batch_backward,
                       .sent = batch_sent},
};

lw_status lw_norm_init(lw_norm *norm, lw_norm_kind kind, int64_t C, lw_params *params,
                       lw_params *statistics, const char *name)
{
  lw_status status = LW_OK;
  lw_param_shape one = {.kind = LW_PARAM_VECTOR, .dims = {C, 1}, .start = LW_START_ONE};
  lw_param_shape zero = {.kind = LW_PARAM_VECTOR, .dims = {C, 1}, .start = LW_START_ZERO};
  *norm = (lw_norm){.kind = kind, .C = C};
  LW_TRY(lw_params_add(params, one, &norm->gain, "%s.gain", name));
  LW_TRY(lw_params_add(params, zero, &norm->bias, "%s.bias", name));
  if (kinds[kind].running) {
    LW_TRY(lw_params_add(statistics, zero, &norm->mean, "%s.mean", name));
    LW_TRY(lw_params_add(statistics, one, &norm->variance, "%s.variance", name));
  }
done:
  return status;
}

lw_norm_kept lw_norm_carve(const lw_norm *norm, int64_t rows, lw_carver *carver)
{
  const int64_t count = kinds[norm->kind].of_rows ? rows : norm->C;
  float *mean = lw_carve(carver, count);
  return (lw_norm_kept){mean, lw_carve(carver, count)};
}

lw_status lw_norm_forward(const lw_norm *norm, const lw_pass *pass, const float *x, float *y,
                          lw_norm_kept kept)
{
  lw_profile_begin(LW_PROFILE_NORM);
  lw_traffic_begin(LW_TRAFFIC_STATISTICS);
  lw_status status = kinds[norm->kind].forward(norm, pass, x, y, kept);
  lw_traffic_end();
  lw_profile_end();
  return status;
}

lw_status lw_norm_backward(const lw_norm *norm, const lw_pass *pass, const float *dy,
                           const float *x, lw_norm_kept kept, float *dx)
{
  lw_profile_begin(LW_PROFILE_NORM);
  lw_traffic_begin(LW_TRAFFIC_STATISTICS);
  lw_status status = kinds[norm->kind].backward(norm, pass, dy, x, kept, dx);
  lw_traffic_end();
  lw_profile_end();
  return status;
}

double lw_norm_sent(const lw_norm *norm, const lw_world *world)
{
  return kinds[norm->kind].sent ? kinds[norm->kind].sent((double)norm->C, world->size) : 0.0;
}
