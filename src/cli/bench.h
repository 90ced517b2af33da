/** The parts of `longwave bench`. Collective over all; argv[0] is the part's name. */
#ifndef LONGWAVE_CLI_BENCH_H
#define LONGWAVE_CLI_BENCH_H

#include "longwave/comm/world.h"

lw_status lw_bench_save(lw_world *world, int argc, char **argv);
lw_status lw_bench_step(lw_world *world, int argc, char **argv);
lw_status lw_bench_scores(const lw_world *world, int argc, char **argv);

#endif
