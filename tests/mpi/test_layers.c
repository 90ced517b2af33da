/* Every row of the table of layers, with one more that stands in support/toy_layer.c alone: gradients
   against differences, memory as measured, the same on any number of ranks; and a training with
   it. */
#include "approx.h"
#include "hand_made.h"
#include "longwave/comm/reduce.h"
#include "longwave/train/trainer.h"
#include "model_case.h"
#include "mpi_folder.h"
#include <math.h>

enum { GUARD = 64 };
static const float untouched = -7.25f;

static const configuration cases[] = {
    {.settings = "model.positions=rotary"},
    {.settings = "model.norm_position=post model.width=10 model.ffn=7 attention.causal=false"},
    {.settings = "model.heads=4 attention.chunk=4 attention.locality=both model.norm=batch"},
    {.stretch = 60, .settings = "attention.window=5 model.layers=1"},
    {.stretch = 60, .settings = "attention.clock=content attention.bound=0.5 model.layers=1"},
    {.settings = "attention.clock=content attention.locality=bias attention.causal=false "
                 "attention.bound=0.5"},
    {.stretch = 60,
     .settings = "attention.clock=learned attention.locality=both attention.causal=false "
                 "attention.bound=0.5 model.layers=1"},
    {.settings = "attention.clock=content attention.chunk=4 attention.locality=both "
                 "attention.engine=scalapack attention.bound=0.5"},
    {.settings = "model.qk_norm=true model.positions=rotary attention.relative_bias=2"},
    {.stretch = 60,
     .settings = "attention.relative_bias=9 attention.locality=bias attention.causal=false "
                 "model.qk_norm=true model.layers=1 attention.bound=0.5"},
    {.settings = "attention.relative_bias=3 attention.clock=content attention.causal=false "
                 "attention.bound=0.5"},
    {.settings = "attention.relative_bias=2 attention.locality=both attention.chunk=4 "
                 "attention.engine=scalapack"},
    {.settings = "model.convolution=attention"},
    {.settings = "model.attention_gate=true model.norm_position=post attention.causal=false"},
    {.stretch = 60,
     .settings = "model.attention_gate=true model.convolution=[attention,attended] "
                 "attention.clock=content attention.bound=0.5 model.layers=1"},
    {.stretch = 60,
     .settings = "model.convolution=[feed_forward,attention,attended] model.convolution_taps=7 "
                 "attention.causal=false model.layers=1"},
    {.settings = "model.convolution=[attended,feed_forward] model.convolution_taps=3 "
                 "model.norm_position=post model.width=10 model.ffn=7 attention.chunk=4"},
    {.stretch = 60,
     .settings = "model.convolution=[attention,attended] model.convolution_taps=64 "
                 "model.norm=batch attention.clock=content attention.bound=0.5 model.layers=1"},
    {.settings = "model.moving_average=1"},
    {.settings = "model.moving_average=3 model.norm_position=post model.width=10 model.ffn=7 "
                 "attention.chunk=4 attention.causal=false model.layers=1"},
    {.stretch = 60,
     .settings = "model.moving_average=2 model.convolution=attention model.attention_gate=true "
                 "attention.clock=content attention.bound=0.5 model.layers=1"},
    {.stretch = 60,
     .settings = "model.moving_average=16 attention.causal=false model.qk_norm=true "
                 "model.positions=rotary model.layers=1"},
    {.stretch = 60,
     .settings = "model.moving_average=2 attention.engine=scalapack attention.window=5"},
    {.stretch = 60,
     .settings = "attention.layer_spread=50 attention.bound=0.2 model.positions=sinusoidal,rotary "
                 "model.rotary_share=0.5"},
    {.stretch = 60,
     .settings = "attention.clock=learned attention.layer_spread=5 attention.bound=0.2 "
                 "attention.locality=bias model.layers=2"},
    {.settings = "attention.clock=content attention.layer_spread=9 attention.bound=0.5"},
};
enum { CASES = sizeof cases / sizeof *cases };

/* ---- one layer by itself ---- */

typedef struct bench {
  lw_model *model;
  const lw_block_part *part; /* of the first block */
  int64_t count;             /* rows C */
  lw_layer_call call;
  float *x, *dy, *memory; /* owned, with those of the call */
  int64_t used;           /* floats of memory, then a guard */
  float *kept[LW_LAYER_ARRAYS], *scratch[LW_LAYER_ARRAYS];
} bench;

static void carve(bench *b, float *base)
{
  const int64_t rows = b->model->pass.batch->rows;
  lw_carver carver = {.base = base};
  b->part->kind->keep(b->part->layer, rows, &carver, b->kept);
  if (b->part->kind->scratch) b->part->kind->scratch(b->part->layer, rows, &carver, b->scratch);
  b->used = carver.used;
}

static void bench_init(bench *b, lw_model *model, int n)
{
  const lw_rng rng = {.seed = 9, .stream = LW_RNG_TEST, .first = (uint32_t)n};
  *b = (bench){.model = model,
               .part = &model->blocks[0].part[n],
               .count = model->pass.batch->rows * model->options.width};
  carve(b, NULL);
  FINE(LW_TAKE(&b->memory, b->used + GUARD));
  FINE(LW_TAKE(&b->x, b->count));
  FINE(LW_TAKE(&b->dy, b->count));
  FINE(LW_TAKE(&b->call.y, b->count));
  FINE(LW_TAKE(&b->call.dx, b->count));
  for (int i = 0; i < GUARD; i++) b->memory[b->used + i] = untouched;
  carve(b, b->memory);
  for (int64_t i = 0; i < b->count; i++) {
    b->x[i] = (float)lw_rng_normal(rng, (uint64_t)i);
    b->dy[i] = (float)lw_rng_normal(rng, (uint64_t)(b->count + i));
  }
  b->call.x = b->x;
  b->call.dy = b->dy;
  b->call.kept = b->kept;
  b->call.scratch = b->scratch;
}

static void bench_done(bench *b)
{
  for (int i = 0; i < GUARD; i++)
    CHECK(b->memory[b->used + i] == untouched, "%s: writes beyond what it measured",
          b->part->kind->name);
  void *const arrays[] = {b->memory, b->x, b->dy, b->call.y, b->call.dx};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) lw_mem_give(arrays[i]);
}

/* dy . f(x) at value + step along. value, along [count] */
static double moved(bench *b, float *value, const double *along, int64_t count, double step)
{
  float *start = NULL;
  double sum = 0.0;
  FINE(LW_TAKE(&start, count));
  memcpy(start, value, (size_t)count * sizeof *start);
  for (int64_t k = 0; k < count; k++) value[k] = start[k] + (float)(step * along[k]);
  FINE(b->part->kind->forward(b->part->layer, &b->model->pass, &b->call));
  for (int64_t i = 0; i < b->count; i++) sum += (double)b->dy[i] * b->call.y[i];
  memcpy(value, start, (size_t)count * sizeof *start);
  lw_mem_give(start);
  return sum;
}

/* Faint gradients, and those of few numbers, change little beside rounding; steep functions bend.
   size: of the gradient, squared. */
static double step_of(double size, int64_t count)
{
  if (size > 100.0) return 5e-3;
  return size < 1e-2 ? 0.1 : count < 16 ? 5e-2 : 2e-2;
}

/* Central differences of two steps, their errors of second order cancelled, along the gradient and
   a random direction together. */
static void check_slope(bench *b, float *value, const float *gradient, int64_t count,
                        const char *what)
{
  const lw_rng rng = {.seed = 10, .stream = LW_RNG_TEST};
  double *along = NULL, size = 0.0, length = 0.0, want = 0.0;
  FINE(LW_TAKE(&along, count));
  for (int64_t k = 0; k < count; k++) size += (double)gradient[k] * gradient[k];
  const double step = step_of(size, count);
  for (int64_t k = 0; k < count; k++)
    along[k] = lw_rng_normal(rng, (uint64_t)k) / sqrt((double)count) + gradient[k] / sqrt(size);
  for (int64_t k = 0; k < count; k++) length += along[k] * along[k];
  for (int64_t k = 0; k < count; k++) along[k] /= sqrt(length);
  for (int64_t k = 0; k < count; k++) want += gradient[k] * along[k];
  const double near = (moved(b, value, along, count, step) - moved(b, value, along, count, -step));
  const double far =
      (moved(b, value, along, count, 2 * step) - moved(b, value, along, count, -2 * step));
  const double got = (4.0 * near / (2.0 * step) - far / (4.0 * step)) / 3.0;
  CHECK(fabs(got - want) <= 1e-3 * sqrt(size), "%s of %s: slope %g, gradient %g of length %g", what,
        b->part->kind->name, got, want, sqrt(size));
  lw_mem_give(along);
}

static void check_gradients(bench *b)
{
  lw_params *params = &b->model->params;
  char prefix[LW_PARAM_NAME_MAX];
  snprintf(prefix, sizeof prefix, "blocks.0.%s.", b->part->kind->name);
  memset(params->gradient, 0, (size_t)params->floats * sizeof *params->gradient);
  FINE(b->part->kind->forward(b->part->layer, &b->model->pass, &b->call));
  FINE(b->part->kind->backward(b->part->layer, &b->model->pass, &b->call));
  check_slope(b, b->x, b->call.dx, b->count, "x");
  for (int64_t i = 0; i < params->count; i++)
    if (!strncmp(params->table[i].name, prefix, strlen(prefix)))
      check_slope(b, lw_param_value(params, i), lw_param_gradient(params, i),
                  params->table[i].count, params->table[i].name);
}

/* Without y forward keeps the same bits. */
static void check_again(bench *b)
{
  lw_layer_call again = b->call;
  const size_t bytes = (size_t)b->used * sizeof(float);
  float *first = NULL;
  FINE(LW_TAKE(&first, b->used));
  FINE(b->part->kind->forward(b->part->layer, &b->model->pass, &b->call));
  memcpy(first, b->memory, bytes);
  again.y = NULL;
  FINE(b->part->kind->forward(b->part->layer, &b->model->pass, &again));
  CHECK(!memcmp(first, b->memory, bytes), "%s keeps something else", b->part->kind->name);
  lw_mem_give(first);
}

MPI_TEST(each_layer_has_the_gradient_of_its_forward, 1)
{
  for (int c = 0; c < CASES; c++) {
    lw_model *model = model_of(&cases[c], world);
    lw_batch batch = batch_of(&cases[c], model, NULL, 0);
    CHECK(model->blocks[0].count == 3, "%d layers", model->blocks[0].count);
    (void)loss_of(model, &batch, LW_MODE_GRADIENT, false);
    for (int n = 0; n < model->blocks[0].count; n++) {
      bench b;
      bench_init(&b, model, n);
      check_gradients(&b);
      check_again(&b);
      bench_done(&b);
    }
    lw_batch_done(&batch);
    lw_model_destroy(&model);
  }
}

/* ---- the model that has them ---- */

static void check_memory(const lw_model *model, const lw_batch *batch, lw_mode mode)
{
  const int64_t told = lw_model_pass_bytes(model, batch->rows, batch->samples, mode);
  const int64_t taken = model->memory_room * (int64_t)sizeof(float);
  CHECK(told == taken, "%lld bytes told, %lld taken", (long long)told, (long long)taken);
}

/* Sequences over all ranks against one rank that has everything. */
static void check_ranks(const lw_world *grid, const lw_world *self, const configuration *c)
{
  lw_model *shared = model_of(c, grid), *alone = model_of(c, self);
  lw_batch part = batch_of(c, shared, NULL, 0), whole = batch_of(c, alone, NULL, 0);
  double loss = loss_of(shared, &part, LW_MODE_TRAIN, true);
  const double wanted = loss_of(alone, &whole, LW_MODE_TRAIN, true);
  check_memory(shared, &part, LW_MODE_TRAIN);
  lw_reduce_sum_doubles(grid, &loss, 1);
  lw_reduce_sum_floats(grid, shared->params.gradient, shared->params.floats);
  CHECK(fabs(loss - wanted) <= 1e-6 * wanted, "%s: loss %.9g for %.9g", c->settings, loss, wanted);
  const double error = flat_error(&shared->params, &alone->params, true);
  CHECK(error <= 1e-5, "%s: gradients differ by %g", c->settings, error);
  lw_batch_done(&part);
  lw_batch_done(&whole);
  lw_model_destroy(&shared);
  lw_model_destroy(&alone);
}

MPI_TEST_1234(layers_do_not_know_how_many_ranks_there_are)
{
  lw_world *self = NULL, *grid = NULL;
  FINE(lw_world_create(MPI_COMM_SELF, &self));
  FINE(lw_world_create(world->all, &grid));
  FINE(lw_world_arrange(grid, grid->size));
  for (int c = 0; c < CASES; c++) check_ranks(grid, self, &cases[c]);
  lw_world_destroy(&grid);
  lw_world_destroy(&self);
}

/* Of the parameters of clocks, whose rows are heads, those of heads that learn alone. */
static void check_fixed(const lw_params *params, const char *settings)
{
  int seen = 0;
  for (int64_t i = 0; i < params->count; i++) {
    const lw_param *param = &params->table[i];
    const int64_t heads = param->dims[0], each = param->count / heads;
    if (!strstr(param->name, ".clock.")) continue;
    seen++;
    for (int64_t n = 0; n < param->count; n++) {
      const bool learns = n / each == 2 || n / each == 3; /* head 0 begins with 0 */
      CHECK((lw_param_gradient(params, i)[n] != 0.0f) == learns, "%s: %s, head %d", settings,
            param->name, (int)(n / each));
    }
  }
  CHECK(seen > 0, "%s: no clock", settings);
}

MPI_TEST(fixed_heads_do_not_learn, 1)
{
  static const configuration fixed[] = {
      {.settings = "attention.clock=content attention.fixed_heads=[1] model.heads=4"},
      {.settings = "attention.clock=learned attention.fixed_heads=[1,0] model.heads=4"}};
  for (int c = 0; c < 2; c++) {
    lw_model *model = model_of(&fixed[c], world);
    lw_batch batch = batch_of(&fixed[c], model, NULL, 0);
    (void)loss_of(model, &batch, LW_MODE_TRAIN, true);
    check_fixed(&model->params, fixed[c].settings);
    lw_batch_done(&batch);
    lw_model_destroy(&model);
  }
}

MPI_TEST(computing_again_works_on_every_layer, 1)
{
  const configuration c = {.settings = "model.dropout=0.3 model.layers=3"};
  lw_model *kept = model_of(&c, world), *again = model_of(&c, world);
  lw_batch batch = batch_of(&c, kept, NULL, 0);
  again->execution.recompute = true;
  const double wanted = loss_of(kept, &batch, LW_MODE_TRAIN, true);
  CHECK(loss_of(again, &batch, LW_MODE_TRAIN, true) == wanted, "another loss");
  CHECK(!memcmp(kept->params.gradient, again->params.gradient,
                (size_t)kept->params.floats * sizeof(float)),
        "another gradient");
  check_memory(kept, &batch, LW_MODE_TRAIN);
  check_memory(again, &batch, LW_MODE_TRAIN);
  lw_batch_done(&batch);
  lw_model_destroy(&kept);
  lw_model_destroy(&again);
}

/* ---- a training ---- */

enum { SAMPLES = 16, LENGTH = 12, STEPS = 25 };

/* Samples of class 1 have greater tokens. */
static void write_data(const char *path)
{
  double items[SAMPLES * LENGTH];
  for (int i = 0; i < SAMPLES * LENGTH; i++) items[i] = i / LENGTH % 2 ? 2 + i % 3 : i % 3;
  hand_made_write(path,
                  &(hand_made){.vocabulary = 5, .split = {{SAMPLES, NULL, LENGTH, items, NULL}}});
}

static lw_trainer *trainer_of(lw_world *grid, const char *data)
{
  static lw_job job;
  char settings[TINY_TEXT_MAX];
  lw_trainer *trainer = NULL;
  snprintf(settings, sizeof settings,
           "data.path=%s train.steps=1000 train.batch_size=8 optimizer.learning_rate=0.01 "
           "optimizer.warmup=0",
           data);
  FINE(tiny_job(settings, &job));
  FINE(lw_trainer_create(&job, grid, &trainer));
  return trainer;
}

static bool has_gate(const lw_params *params)
{
  for (int64_t i = 0; i < params->count; i++)
    if (!strcmp(params->table[i].name, "blocks.1.gate.weight")) return true;
  return false;
}

static double train(lw_trainer *trainer, int steps)
{
  lw_step_result result = {0};
  for (int step = 0; step < steps; step++) FINE(lw_step(trainer, (lw_step_wishes){0}, &result));
  return result.score.value[0];
}

MPI_TEST(a_new_layer_trains_and_is_saved, 2)
{
  char folder[TEMP_FOLDER_MAX], data[PATH_ROOM], path[PATH_ROOM];
  lw_world *grid = NULL;
  static lw_checkpoint_saved saved;
  static lw_resume resume;
  begin(world, folder, data, "set.h5");
  snprintf(path, sizeof path, "%s/state.h5", folder);
  if (!world->rank) write_data(data);
  MPI_Barrier(world->all);
  FINE(lw_world_create(world->all, &grid));
  lw_trainer *trainer = trainer_of(grid, data);
  CHECK(has_gate(&trainer->model->params), "no parameters of the new layer");
  const double first = train(trainer, 1), last = train(trainer, STEPS);
  CHECK(last < 0.5 * first, "loss %g after %g", last, first);
  CHECK(trainer->model->memory_room * (int64_t)sizeof(float) <= trainer->memory.pass,
        "%lld bytes told", (long long)trainer->memory.pass);
  FINE(lw_trainer_save(trainer, path, &saved));
  lw_trainer *other = trainer_of(grid, data);
  FINE(lw_trainer_restore(other, path, &resume));
  CHECK(train(trainer, 3) == train(other, 3), "another training");
  CHECK(!memcmp(trainer->model->params.value, other->model->params.value,
                (size_t)trainer->model->params.floats * sizeof(float)),
        "other parameters");
  lw_trainer_destroy(&other);
  lw_trainer_destroy(&trainer);
  lw_world_destroy(&grid);
  end(world, folder);
}

MPI_TESTS_1234
