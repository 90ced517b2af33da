/* Every optimizer of a table with a toy in it (support/toy_optimizers.c): the same bits on any ranks,
   whoever owns what, and from the checkpoints of other ranks. */
#include "longwave/base/mem.h"
#include "longwave/train/checkpoint.h"
#include "mpi_folder.h"
#include "tiny_model.h"
#include <math.h>
#include <stdio.h>

/* A model in training; the same one on any world. */
typedef struct training {
  lw_job job;
  lw_model *model;
  lw_optimizer optimizer;
  lw_gradient gradient;
} training;

static void begin_training(training *t, const lw_world *world, int kind, uint64_t seed)
{
  const lw_model_data data = tiny_data(&lw_input_tokens, 1);
  *t = (training){0};
  FINE(tiny_job("model.positions=learned model.ffn=7 optimizer.weight_decay=0.25", &t->job));
  t->job.optimizer.kind = kind;
  lw_model_design design = lw_job_design(&t->job, &data);
  design.seed = seed;
  FINE(lw_model_create(&design, &t->job.execution, world, &t->model));
  FINE(lw_optimizer_init(&t->optimizer, lw_optimizers[kind], &t->model->params, world));
  FINE(lw_gradient_init(&t->gradient, &t->optimizer.shard));
}

static void end_training(training *t)
{
  lw_gradient_done(&t->gradient);
  lw_optimizer_done(&t->optimizer);
  lw_model_destroy(&t->model);
}

/* The gradient of a rank at a step: eighths, whose sums over ranks are exact in any order. */
static float eighths(int rank, int step, int64_t place)
{
  lw_rng rng = {
      .seed = 5, .stream = LW_RNG_TEST, .first = (uint32_t)rank, .second = (uint32_t)step};
  return (float)((int)lw_rng_below(rng, (uint64_t)place, 65) - 32) / 8.0f;
}

/* A step from the gradients of ranks [first, last) on this one. Returns the norm of all. */
static double take_step(training *t, int step, int first, int last)
{
  lw_params *params = &t->model->params;
  lw_gradient_zero(params);
  for (int64_t i = 0; i < params->count; i++)
    for (int64_t k = 0; k < params->table[i].count; k++)
      for (int rank = first; rank < last; rank++)
        lw_param_gradient(params, i)[k] += eighths(rank, step, params->table[i].first + k);
  lw_gradient_sum(&t->gradient);
  lw_optimizer_update(
      &t->optimizer, &t->job.optimizer, &t->gradient,
      (lw_optimizer_step){.number = step, .rate = 0.01, .share = 0.5, .scale = 0.5});
  return lw_gradient_norm(&t->gradient);
}

/* The values, and of the states the rows that a rank has of those that one alone has. */
static bool same(const training *shared, const training *alone)
{
  const lw_params *params = &shared->model->params;
  if (memcmp(params->value, alone->model->params.value,
             (size_t)params->floats * sizeof *params->value))
    return false;
  for (int64_t i = 0; i < params->count; i++)
    for (int s = 0; s < LW_OPTIMIZER_STATES; s++) {
      const lw_shard_part *part = &shared->optimizer.shard.parts[i];
      const float *own = lw_optimizer_state_of(&shared->optimizer, i, s);
      const float *all = lw_optimizer_state_of(&alone->optimizer, i, s);
      if (!own != !all) return false;
      if (own && memcmp(own, all + part->row * params->table[i].dims[1],
                        (size_t)part->count * sizeof *own))
        return false;
    }
  return true;
}

static void check_finite(const training *t)
{
  const lw_params *params = &t->model->params;
  for (int64_t k = 0; k < params->floats; k++)
    CHECK(isfinite(params->value[k]), "a value is %g", (double)params->value[k]);
}

static void save(training *t, const char *path, const lw_world *world)
{
  static lw_checkpoint_info info;
  lw_checkpoint_saved saved;
  const lw_checkpoint_state state = {.model = t->model, .optimizer = &t->optimizer};
  info = (lw_checkpoint_info){.data = t->model->data, .task = "a test"};
  lw_job_text(&t->job, info.job);
  FINE(lw_checkpoint_save(path, world, &info, &state, &saved));
}

static void load(training *t, const char *path)
{
  const lw_checkpoint_state state = {.model = t->model, .optimizer = &t->optimizer};
  FINE(lw_checkpoint_load(path, &state));
}

/* What a rank takes, against what it was said to take; gaps left out. */
static void check_bytes(const training *t, const char *name)
{
  const lw_params *params = &t->model->params;
  int64_t numbers = 0, gaps = 0;
  for (int64_t i = 0; i < params->count; i++) {
    const int64_t count = t->optimizer.shard.parts[i].count;
    if (t->optimizer.shard.world->size > 1) numbers += count;
    for (int s = 0; s < LW_OPTIMIZER_STATES; s++)
      if (lw_optimizer_state_of(&t->optimizer, i, s)) {
        numbers += count;
        gaps += 16;
      }
  }
  const int64_t told =
      lw_optimizer_bytes(t->optimizer.kind, params, t->optimizer.shard.world->size) / 4;
  CHECK(numbers <= told + gaps, "%s: %lld numbers, told %lld", name, (long long)numbers,
        (long long)told);
  CHECK(told <= 3 * params->floats + 1024, "%s: told %lld", name, (long long)told);
}

/* Two steps together and alone; a checkpoint of either goes on as the other. */
static void check_kind(const lw_world *world, lw_world *self, int kind, const char *name)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM], own_path[PATH_ROOM];
  training shared, alone, resumed, resumed_alone;
  int step = 1;
  begin(world, folder, path, "state.h5");
  snprintf(own_path, sizeof own_path, "%s/alone-%d.h5", folder, world->rank);
  begin_training(&shared, world, kind, 1);
  begin_training(&alone, self, kind, 1);
  begin_training(&resumed, world, kind, 2);
  begin_training(&resumed_alone, self, kind, 3);
  for (; step <= 2; step++) {
    const double norm = take_step(&shared, step, world->rank, world->rank + 1);
    const double wanted = take_step(&alone, step, 0, world->size);
    CHECK(norm == wanted && norm > 0.0, "%s: norm %.17g, alone %.17g", name, norm, wanted);
    CHECK(same(&shared, &alone), "%s: step %d: other bits than alone", name, step);
  }
  check_finite(&shared);
  check_bytes(&shared, name);
  save(&shared, path, world);
  save(&alone, own_path, self);
  load(&resumed, own_path);
  load(&resumed_alone, path);
  CHECK(same(&resumed, &alone) && same(&shared, &resumed_alone), "%s: not as saved", name);
  take_step(&resumed, step, world->rank, world->rank + 1);
  take_step(&resumed_alone, step, 0, world->size);
  take_step(&alone, step, 0, world->size);
  CHECK(same(&resumed, &alone), "%s: other bits after the file of one", name);
  CHECK(same(&resumed, &resumed_alone), "%s: other bits after the file of all", name);
  end_training(&shared);
  end_training(&alone);
  end_training(&resumed);
  end_training(&resumed_alone);
  end(world, folder);
}

MPI_TEST_1234(every_optimizer_gives_the_same_bits_on_any_ranks)
{
  lw_world *self = NULL;
  FINE(lw_world_create(MPI_COMM_SELF, &self));
  for (int kind = 0; lw_optimizers[kind]; kind++)
    check_kind(world, self, kind, lw_optimizer_names[kind]);
  lw_world_destroy(&self);
}

MPI_TESTS_1234
