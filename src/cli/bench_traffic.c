#include "bench_traffic.h"
#include "longwave/base/columns.h"
#include "longwave/comm/reduce.h"
#include <math.h>

void bench_traffic_add(bench_traffic *traffic, const lw_trainer *trainer)
{
  const double layers = (double)trainer->model->options.layers;
  lw_volume volume[LW_TRAFFIC_KINDS];
  lw_volume_step(trainer->model, &trainer->batch.packing, trainer->job.train.accumulation, volume);
  for (int kind = 0; kind < LW_TRAFFIC_KINDS; kind++) {
    const double outside = (double)lw_traffic_bytes((lw_traffic_kind)kind, -1);
    const double total = (double)lw_traffic_bytes((lw_traffic_kind)kind, -2);
    bench_bytes *counted = &traffic->counted[kind], *formula = &traffic->formula[kind];
    counted->block += (total - outside) / layers;
    counted->outside += outside;
    counted->total += total;
    formula->block += volume[kind].block;
    formula->outside += volume[kind].outside;
    formula->total += layers * volume[kind].block + volume[kind].outside;
  }
}

void bench_traffic_finish(bench_traffic *traffic, const lw_world *world, int64_t steps)
{
  double *figures = (double *)traffic;
  const int64_t count = (int64_t)(sizeof *traffic / sizeof *figures);
  lw_reduce_max_doubles(world, figures, count);
  for (int64_t n = 0; n < count; n++) figures[n] /= (double)steps;
}

static const lw_column columns[] = {{"", 2, -12, NULL, false},
                                    {"a block", 0, 14, "%.0f", false},
                                    {"outside", 0, 14, "%.0f", false},
                                    {"all", 0, 14, "%.0f", false},
                                    {"formula", 0, 14, "%.0f", true},
                                    {"ratio", 0, 8, "%.3f", true},
                                    {0}};

void bench_traffic_print(const bench_traffic *traffic, FILE *out)
{
  double all = 0.0;
  for (int kind = 0; kind < LW_TRAFFIC_KINDS; kind++) all += traffic->counted[kind].total;
  if (all == 0.0) return;
  fputs("\nbytes sent a step, the most of any rank\n", out);
  lw_columns_print(out, columns, NULL, NULL);
  for (int kind = 0; kind < LW_TRAFFIC_KINDS; kind++) {
    const bench_bytes *counted = &traffic->counted[kind], *formula = &traffic->formula[kind];
    if (counted->total == 0.0 && !(formula->total > 0.0)) continue;
    lw_columns_print(out, columns, (const char *[]){lw_traffic_name((lw_traffic_kind)kind)},
                     (double[]){counted->block, counted->outside, counted->total, formula->total,
                                counted->total / formula->total});
  }
}

static void add_bytes(lw_json in, const char *key, const bench_bytes *bytes)
{
  const lw_json object = lw_json_object(in, key);
  lw_json_printed(object, "block", "%.1f", bytes->block);
  lw_json_printed(object, "outside", "%.1f", bytes->outside);
  lw_json_printed(object, "total", "%.1f", bytes->total);
}

void bench_traffic_add_to(lw_json in, const bench_traffic *traffic)
{
  for (int kind = 0; kind < LW_TRAFFIC_KINDS; kind++) {
    const lw_json object = lw_json_object(in, lw_traffic_name((lw_traffic_kind)kind));
    add_bytes(object, "counted", &traffic->counted[kind]);
    if (!isnan(traffic->formula[kind].total)) add_bytes(object, "formula", &traffic->formula[kind]);
  }
}
