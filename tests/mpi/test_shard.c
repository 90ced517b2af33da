/* The training state shared out over ranks: every number has one owner, who gets the sum, and a rank
   keeps the less the more ranks there are; by rows, or by whole matrices. */
#include "longwave/base/mem.h"
#include "longwave/comm/reduce.h"
#include "longwave/train/gradient.h"
#include "mpi_case.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Fewer rows than ranks, sizes that nothing divides, and one that needs several buckets. */
static const int64_t shapes[][2] = {{1, 1}, {2, 3},  {17, 13},     {1, 33},
                                    {5, 1}, {3, 50}, {1151, 1021}, {2, 1}};
enum { ENTRIES = sizeof shapes / sizeof *shapes };

static void table_init(lw_params *params)
{
  *params = (lw_params){0};
  for (int i = 0; i < ENTRIES; i++) {
    int64_t index;
    lw_param_shape shape = {.kind = i % 4 == 3 ? LW_PARAM_EMBEDDING : LW_PARAM_MATRIX,
                            .dims = {shapes[i][0], shapes[i][1]},
                            .start = LW_START_NORMAL,
                            .deviation = 0.5,
                            .decayed = i % 2 == 0};
    FINE(lw_params_add(params, shape, &index, "entry.%d", i));
  }
  FINE(lw_params_allocate(params, 3, true));
}

static void check_owners(const lw_world *world, bool whole)
{
  lw_params params;
  lw_shard shard;
  int64_t owned = 0;
  table_init(&params);
  FINE(lw_shard_init(&shard, &params, world, whole));
  int64_t sums[2] = {shard.floats};
  for (int64_t i = 0; i < params.count; i++) {
    const lw_shard_part *part = &shard.parts[i];
    sums[1] += part->rows;
    CHECK(part->first == params.table[i].first + part->row * params.table[i].dims[1], "place");
    CHECK(part->offset + part->count <= shard.floats, "entry %lld reaches beyond", (long long)i);
    const bool all = lw_shard_whole(&params.table[i], whole);
    CHECK(!all || part->rows == 0 || part->rows == shapes[i][0], "a part of matrix %lld",
          (long long)i);
    owned += part->count;
  }
  lw_reduce_sum_integers(world, sums, 2);
  CHECK(sums[0] == params.floats, "%lld of %lld floats", (long long)sums[0],
        (long long)params.floats);
  CHECK(sums[1] == 1 + 2 + 17 + 1 + 5 + 3 + 1151 + 2, "%lld rows", (long long)sums[1]);
  CHECK(whole || shard.floats <= params.floats / world->size + 4 * 1024, "%lld floats of %lld",
        (long long)shard.floats, (long long)params.floats);
  const int64_t told = lw_shard_bytes(&params, LW_PARAM_ALL, whole, world->size);
  CHECK(owned * 4 <= told + 4 * 4 * 1024, "%lld numbers, told %lld bytes", (long long)owned,
        (long long)told);
  lw_shard_done(&shard);
  lw_params_done(&params);
}

MPI_TEST_1234(every_float_has_one_owner)
{
  check_owners(world, false);
  check_owners(world, true);
}

/* Numbers whose sums are exact. */
static void check_travel(const lw_world *world, bool whole)
{
  lw_params params;
  lw_shard shard;
  float *own = NULL;
  int64_t wrong = 0;
  const float factor = (float)(world->size * (world->size + 1)) / 2.0f;
  table_init(&params);
  FINE(lw_shard_init(&shard, &params, world, whole));
  FINE(LW_TAKE(&own, shard.floats));
  for (int64_t k = 0; k < params.floats; k++)
    params.gradient[k] = (float)(world->rank + 1) * (float)(k % 1000);
  lw_shard_sum(&shard, params.gradient, own);
  for (int64_t i = 0; i < params.count; i++)
    for (int64_t k = 0; k < shard.parts[i].count; k++) {
      int64_t flat = shard.parts[i].first + k;
      wrong += own[shard.parts[i].offset + k] != factor * (float)(flat % 1000);
      params.value[flat] = own[shard.parts[i].offset + k];
    }
  CHECK(wrong == 0, "%lld sums are wrong", (long long)wrong);
  lw_shard_gather(&shard, params.value);
  for (int64_t i = 0; i < params.count; i++)
    for (int64_t k = 0; k < params.table[i].count; k++) {
      int64_t flat = params.table[i].first + k;
      wrong += params.value[flat] != factor * (float)(flat % 1000);
    }
  CHECK(wrong == 0, "%lld values are wrong", (long long)wrong);
  lw_mem_give(own);
  lw_shard_done(&shard);
  lw_params_done(&params);
}

MPI_TEST_1234(owners_get_the_sum_and_give_it_to_all)
{
  check_travel(world, false);
  check_travel(world, true);
}

/* Numbers that are none, on the last rank alone, are in everybody's table. */
MPI_TEST_1234(the_table_of_norms_counts_on_all_ranks)
{
  char text[2000];
  lw_params params;
  lw_shard shard;
  lw_gradient sum;
  table_init(&params);
  FINE(lw_shard_init(&shard, &params, world, false));
  FINE(lw_gradient_init(&sum, &shard));
  lw_gradient_zero(&params);
  if (world->rank == world->size - 1) lw_param_gradient(&params, 2)[16 * 13] = NAN;
  lw_param_gradient(&params, 4)[0] = 3.0f;
  for (int64_t k = 0; k < 50; k++) lw_param_value(&params, 5)[k] = INFINITY;
  lw_gradient_sum(&sum);
  CHECK(isnan(lw_gradient_norm(&sum)), "norm");
  lw_gradient_table(&sum, text, sizeof text);
  const struct {
    int entry, bad_values, bad_gradients;
    double gradient;
  } lines[] = {{2, 0, 1, NAN}, {4, 0, 0, 3.0 * world->size}, {5, 50, 0, 0.0}};
  for (int i = 0; i < 3; i++) {
    char name[16], value[16];
    int bad_values = -1, bad_gradients = -1;
    double gradient = -1.0;
    snprintf(name, sizeof name, "entry.%d", lines[i].entry);
    const char *line = strstr(text, name);
    int read =
        !line ? 0
              : sscanf(line, "%*s %15s %d %lf %d", value, &bad_values, &gradient, &bad_gradients);
    CHECK(read == 4 && bad_values == lines[i].bad_values &&
              bad_gradients == lines[i].bad_gradients &&
              (isnan(lines[i].gradient) ? isnan(gradient) : gradient == lines[i].gradient),
          "%s in:\n%s", name, text);
  }
  lw_gradient_done(&sum);
  lw_shard_done(&shard);
  lw_params_done(&params);
}

MPI_TESTS_1234
