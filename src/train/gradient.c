#include "longwave/train/gradient.h"
#include "longwave/base/columns.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/comm/reduce.h"
#include "longwave/comm/traffic.h"
#include <math.h>
#include <string.h>

lw_status lw_gradient_init(lw_gradient *gradient, lw_shard *shard)
{
  lw_status status = LW_OK;
  *gradient = (lw_gradient){.shard = shard, .own = shard->params->gradient};
  if (shard->world->size == 1) goto done;
  LW_TRY(LW_TAKE(&gradient->summed, shard->floats));
  gradient->own = gradient->summed;
done:
  return status;
}

void lw_gradient_done(lw_gradient *gradient)
{
  lw_mem_give(gradient->summed);
  *gradient = (lw_gradient){0};
}

void lw_gradient_zero(lw_params *params)
{
  memset(params->gradient, 0, (size_t)params->floats * sizeof *params->gradient);
}

void lw_gradient_sum(lw_gradient *gradient)
{
  lw_profile_begin(LW_PROFILE_REDUCE);
  lw_shard_sum(gradient->shard, gradient->shard->params->gradient, gradient->own);
  lw_profile_end();
}

/* Entries are summed in runs of their kind: whole ones over all ranks, shards over those of the
   data axis, which hold the same. */
static void sum_runs(lw_params *params, const lw_world *world)
{
  for (int64_t i = 0, next; i < params->count; i = next) {
    const bool sharded = params->table[i].shards > 1;
    for (next = i + 1; next < params->count; next++)
      if ((params->table[next].shards > 1) != sharded) break;
    const int64_t first = params->table[i].first;
    const int64_t last = next < params->count ? params->table[next].first : params->floats;
    lw_reduce_sum_floats(sharded ? world->data : world, params->gradient + first, last - first);
  }
}

void lw_gradient_sum_all(lw_params *params, const lw_world *world)
{
  lw_profile_begin(LW_PROFILE_REDUCE);
  lw_traffic_begin(LW_TRAFFIC_GRADIENT);
  sum_runs(params, world);
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

double lw_gradient_norm(const lw_gradient *gradient)
{
  double sum = square_sum(gradient->own, gradient->shard->floats);
  lw_reduce_sum_doubles(gradient->shard->world, &sum, 1);
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

static const lw_column columns[] = {
    {"parameter", 0, -40, NULL, false},   {"norm", 1, 12, "%.4g", false},
    {"not finite", 1, 12, "%.0f", false}, {"gradient", 1, 12, "%.4g", false},
    {"not finite", 1, 12, "%.0f", false}, {0}};

void lw_gradient_table(const lw_gradient *gradient, char *text, int64_t room)
{
  const lw_shard *shard = gradient->shard;
  const lw_params *params = shard->params;
  lw_text table = lw_text_in(text, (size_t)room);
  lw_columns_add(&table, columns, NULL, NULL);
  for (int64_t i = 0; i < params->count && !table.truncated; i++) {
    const lw_shard_part *part = &shard->parts[i];
    const float *value = params->value + part->first, *own = gradient->own + part->offset;
    double sums[] = {square_sum(value, part->count), count_bad(value, part->count),
                     square_sum(own, part->count), count_bad(own, part->count)};
    lw_reduce_sum_doubles(shard->world, sums, 4);
    lw_text_add(&table, "\n");
    lw_columns_add(&table, columns, (const char *[]){params->table[i].name},
                   (double[]){sqrt(sums[0]), sums[1], sqrt(sums[2]), sums[3]});
  }
}
