/* The training state shared out over ranks: every number has one owner, sums and updates are those
   of one rank, and a rank keeps the less the more ranks there are. */
#include "approx.h"
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/comm/reduce.h"
#include "longwave/train/gradient.h"
#include "longwave/train/optimizer.h"
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
    lw_param_shape shape = {.rank = 2,
                            .dims = {shapes[i][0], shapes[i][1]},
                            .start = LW_START_NORMAL,
                            .deviation = 0.5,
                            .decayed = i % 2 == 0};
    FINE(lw_params_add(params, shape, &index, "entry.%d", i));
  }
  FINE(lw_params_allocate(params, 3, true));
}

/* A gradient of this rank and step. */
static void set_gradient(lw_params *params, int rank, int step)
{
  lw_rng rng = {
      .seed = 5, .stream = LW_RNG_TEST, .first = (uint32_t)rank, .second = (uint32_t)step};
  for (int64_t i = 0; i < params->count; i++)
    for (int64_t k = 0; k < params->table[i].count; k++)
      lw_param_gradient(params, i)[k] =
          (float)lw_rng_uniform(rng, (uint64_t)(params->table[i].first + k)) - 0.5f;
}

MPI_TEST_1234(every_float_has_one_owner)
{
  lw_params params;
  lw_shard shard;
  table_init(&params);
  FINE(lw_shard_init(&shard, &params, world));
  int64_t sums[2] = {shard.floats};
  for (int64_t i = 0; i < params.count; i++) {
    const lw_shard_part *part = &shard.parts[i];
    sums[1] += part->rows;
    CHECK(part->first == params.table[i].first + part->row * params.table[i].dims[1], "place");
    CHECK(part->place + part->count <= shard.floats, "entry %lld reaches beyond", (long long)i);
  }
  lw_reduce_sum_integers(world, sums, 2);
  CHECK(sums[0] == params.floats, "%lld of %lld floats", (long long)sums[0],
        (long long)params.floats);
  CHECK(sums[1] == 1 + 2 + 17 + 1 + 5 + 3 + 1151 + 2, "%lld rows", (long long)sums[1]);
  CHECK(shard.floats <= params.floats / world->size + 4 * 1024, "%lld floats of %lld",
        (long long)shard.floats, (long long)params.floats);
  lw_shard_done(&shard);
  lw_params_done(&params);
}

/* Numbers whose sums are exact. */
MPI_TEST_1234(owners_get_the_sum_and_give_it_to_all)
{
  lw_params params;
  lw_shard shard;
  float *own = NULL;
  int64_t wrong = 0;
  const float factor = (float)(world->size * (world->size + 1)) / 2.0f;
  table_init(&params);
  FINE(lw_shard_init(&shard, &params, world));
  FINE(LW_TAKE(&own, shard.floats));
  for (int64_t k = 0; k < params.floats; k++)
    params.gradient[k] = (float)(world->rank + 1) * (float)(k % 1000);
  lw_shard_sum(&shard, params.gradient, own);
  for (int64_t i = 0; i < params.count; i++)
    for (int64_t k = 0; k < shard.parts[i].count; k++) {
      int64_t flat = shard.parts[i].first + k;
      wrong += own[shard.parts[i].place + k] != factor * (float)(flat % 1000);
      params.value[flat] = own[shard.parts[i].place + k];
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

/* One step of a shared optimizer and of one that has everything, on the same gradients. */
static void check_step(lw_optimizer *shared, lw_params *params, lw_optimizer *alone,
                       lw_params *whole, int step)
{
  const lw_world *world = shared->shard.world;
  const lw_optimizer_options options = {
      .beta1 = 0.9, .beta2 = 0.98, .epsilon = 1e-8, .weight_decay = 0.1};
  set_gradient(params, world->rank, step);
  memcpy(whole->gradient, params->gradient, (size_t)params->floats * sizeof *params->gradient);
  lw_gradient_sum(whole, world);
  lw_optimizer_sum(shared, params);
  lw_optimizer_sum(alone, whole);
  double norm = lw_gradient_norm(&shared->shard, shared->gradient);
  double wanted = lw_gradient_norm(&alone->shard, alone->gradient);
  CHECK(fabs(norm - wanted) <= 1e-6 * wanted, "norm %.9g for %.9g", norm, wanted);
  lw_optimizer_update(shared, &options, params, step, 0.01, 1.0 / norm);
  lw_optimizer_update(alone, &options, whole, step, 0.01, 1.0 / norm);
  double error = approx_error_floats(params->value, whole->value, params->floats);
  CHECK(world->size > 2 ? error <= 1e-6 : error == 0.0, "step %d: values differ by %g", step,
        error);
  float *first = NULL;
  int64_t bytes = params->floats * (int64_t)sizeof *first;
  FINE(LW_TAKE(&first, params->floats));
  memcpy(first, params->value, (size_t)bytes);
  lw_broadcast(world, first, bytes);
  CHECK(!memcmp(first, params->value, (size_t)bytes), "step %d: ranks differ", step);
  lw_mem_give(first);
}

MPI_TEST_1234(a_shared_update_is_the_whole_one)
{
  lw_world *self = NULL;
  lw_params params, whole;
  lw_optimizer shared, alone;
  FINE(lw_world_create(MPI_COMM_SELF, &self));
  table_init(&params);
  table_init(&whole);
  FINE(lw_optimizer_init(&shared, &params, world));
  FINE(lw_optimizer_init(&alone, &whole, self));
  for (int step = 1; step <= 3; step++) check_step(&shared, &params, &alone, &whole, step);
  lw_optimizer_done(&shared);
  lw_optimizer_done(&alone);
  lw_params_done(&params);
  lw_params_done(&whole);
  lw_world_destroy(&self);
}

/* Numbers that are none, on the last rank alone, are in everybody's table. */
MPI_TEST_1234(the_table_of_norms_counts_on_all_ranks)
{
  char text[2000];
  lw_params params;
  lw_optimizer optimizer;
  table_init(&params);
  FINE(lw_optimizer_init(&optimizer, &params, world));
  lw_gradient_zero(&params);
  if (world->rank == world->size - 1) lw_param_gradient(&params, 2)[16 * 13] = NAN;
  lw_param_gradient(&params, 4)[0] = 3.0f;
  for (int64_t k = 0; k < 50; k++) lw_param_value(&params, 5)[k] = INFINITY;
  lw_optimizer_sum(&optimizer, &params);
  CHECK(isnan(lw_gradient_norm(&optimizer.shard, optimizer.gradient)), "norm");
  lw_gradient_table(&optimizer.shard, optimizer.gradient, text, sizeof text);
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
  lw_optimizer_done(&optimizer);
  lw_params_done(&params);
}
