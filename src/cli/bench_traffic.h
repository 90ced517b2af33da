/** The table of `longwave bench step` of what is sent: counted beside what the formulas say. */
#ifndef LONGWAVE_CLI_BENCH_TRAFFIC_H
#define LONGWAVE_CLI_BENCH_TRAFFIC_H

#include "longwave/base/json.h"
#include "longwave/train/trainer.h"
#include "longwave/train/volume.h"
#include <stdio.h>

/** Bytes by kind; `block` is the mean over blocks. */
typedef struct bench_bytes {
  double block, outside, total;
} bench_bytes;

/** Zero-initialise. */
typedef struct bench_traffic {
  bench_bytes counted[LW_TRAFFIC_KINDS], formula[LW_TRAFFIC_KINDS];
} bench_traffic;

/** Add the step that was just done; the counters were reset before it. Local. */
void bench_traffic_add(bench_traffic *traffic, const lw_trainer *trainer);
/** From sums over steps to one step, the greatest over ranks. Collective over all. */
void bench_traffic_finish(bench_traffic *traffic, const lw_world *world, int64_t steps);
void bench_traffic_print(const bench_traffic *traffic, FILE *out);
/** `in`: an object of a JSON document. */
void bench_traffic_add_to(lw_json in, const bench_traffic *traffic);

#endif
