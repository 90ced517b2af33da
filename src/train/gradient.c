#include "longwave/train/gradient.h"
#include "longwave/base/profile.h"
#include "longwave/comm/reduce.h"
#include "longwave/comm/traffic.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

void lw_gradient_zero(lw_params *params)
{
  memset(params->gradient, 0, (size_t)params->floats * sizeof *params->gradient);
}

void lw_gradient_sum(lw_params *params, const lw_world *world)
{
  lw_profile_begin(LW_PROFILE_REDUCE);
  lw_traffic_begin(LW_TRAFFIC_GRADIENT);
  lw_reduce_sum_floats(world, params->gradient, params->floats);
  lw_traffic_end();
  lw_profile_end();
}

/* Four running sums, so that one addition need not wait for the last. */
static double square_sum(const float *x, int64_t count)
{
  double sum[4] = {0};
  int64_t i = 0;
  for (; i + 4 <= count; i += 4)
    for (int k = 0; k < 4; k++) sum[k] += (double)x[i + k] * x[i + k];
  for (; i < count; i++) sum[0] += (double)x[i] * x[i];
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

double lw_gradient_norm(const lw_shard *shard, const float *own)
{
  double sum = square_sum(own, shard->floats);
  lw_reduce_sum_doubles(shard->world, &sum, 1);
  return sqrt(sum);
}

double lw_gradient_clip(double norm, double clip)
{
  return clip > 0.0 && norm > clip ? clip / norm : 1.0;
}

static double count_bad(const float *x, int64_t count)
{
  double bad = 0.0;
  for (int64_t i = 0; i < count; i++) bad += !isfinite(x[i]);
  return bad;
}

void lw_gradient_table(const lw_shard *shard, const float *own, char *text, int64_t room)
{
  const lw_params *params = shard->params;
  int64_t used = snprintf(text, (size_t)room, "%-40s %12s %12s %12s %12s", "parameter", "norm",
                          "not finite", "gradient", "not finite");
  for (int64_t i = 0; i < params->count && used < room; i++) {
    const lw_shard_part *part = &shard->parts[i];
    const float *value = params->value + part->first, *gradient = own + part->place;
    double sums[] = {square_sum(value, part->count), count_bad(value, part->count),
                     square_sum(gradient, part->count), count_bad(gradient, part->count)};
    lw_reduce_sum_doubles(shard->world, sums, 4);
    used += snprintf(text + used, (size_t)(room - used), "\n%-40s %12.4g %12.0f %12.4g %12.0f",
                     params->table[i].name, sqrt(sums[0]), sums[1], sqrt(sums[2]), sums[3]);
  }
}
