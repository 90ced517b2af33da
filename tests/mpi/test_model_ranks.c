/* The model as a whole shared out: samples over ranks, sequences cut anywhere, weights shared,
   against one rank that has all. */
#include "approx.h"
#include "longwave/comm/reduce.h"
#include "longwave/train/gradient.h"
#include "model_case.h"
#include <math.h>
#include <omp.h>

/* ---- any rank count ---- */

/* Each entry by itself; one that is small beside the whole has the rounding of the whole. */
static void check_entries(const lw_params *got, const lw_params *want, const char *settings)
{
  double whole = 0.0;
  for (int64_t k = 0; k < want->floats; k++) whole += pow(want->gradient[k], 2.0);
  for (int64_t i = 0; i < want->count; i++) {
    const float *a = lw_param_gradient(got, i), *b = lw_param_gradient(want, i);
    double distance = 0.0, size = 0.0;
    for (int64_t k = 0; k < want->table[i].count; k++) {
      distance += pow((double)a[k] - b[k], 2.0);
      size += pow(b[k], 2.0);
    }
    CHECK(sqrt(distance) <= 1e-5 * fmax(sqrt(size), 0.05 * sqrt(whole)),
          "%s: the gradient of %s differs by %g of %g", settings, want->table[i].name,
          sqrt(distance), sqrt(size));
  }
}

/* All samples in one place, by one rank that tells the others. */
typedef struct alone {
  lw_model *model; /* of which only rank 0 has more than parameters, gradient and statistics */
  lw_batch batch;
  float *logits; /* [answers, outputs] */
  double loss;
} alone;

static alone alone_of(const configuration *c, const lw_world *world, const lw_world *self)
{
  alone a = {.model = model_of(c, self)};
  const int64_t count = answers_of(c) * a.model->data.outputs;
  a.batch = batch_of(c, a.model, NULL, 0);
  FINE(LW_TAKE(&a.logits, count));
  if (!world->rank) {
    a.loss = loss_of(a.model, &a.batch, LW_MODE_TRAIN, true);
    memcpy(a.logits, a.model->logits, (size_t)count * sizeof *a.logits);
  }
  const lw_params *params = &a.model->params, *statistics = &a.model->statistics;
  lw_broadcast(world, &a.loss, sizeof a.loss);
  lw_broadcast(world, a.logits, count * (int64_t)sizeof *a.logits);
  lw_broadcast(world, params->gradient, params->floats * (int64_t)sizeof *params->gradient);
  lw_broadcast(world, statistics->value, statistics->floats * (int64_t)sizeof *statistics->value);
  return a;
}

static void alone_done(alone *a)
{
  lw_batch_done(&a->batch);
  lw_model_destroy(&a->model);
  lw_mem_give(a->logits);
}

/* Next tokens stand row by row: strips of a sample against the same rows of the whole. */
static void check_rows(const lw_model *shared, const lw_batch *part, const alone *want,
                       const char *settings)
{
  const int64_t K = shared->data.outputs;
  for (int64_t s = 0; s < part->packing.stretch_count; s++) {
    const lw_stretch *stretch = &part->packing.stretches[s];
    const lw_packing *whole = &want->batch.packing;
    const int64_t b = part->index[stretch->sample], first = whole->stretch_first[b];
    const int64_t row = whole->stretches[first].row + stretch->position;
    double error = approx_error_floats(shared->logits + stretch->row * K, want->logits + row * K,
                                       stretch->tokens * K);
    CHECK(error <= 1e-5, "%s: logits of sample %lld from %lld on differ by %g", settings,
          (long long)b, (long long)stretch->position, error);
  }
}

static void check_samples(const lw_model *shared, const lw_batch *part, const alone *want,
                          const char *settings)
{
  const int64_t K = shared->data.outputs;
  for (int64_t b = 0; b < part->samples; b++) {
    double error =
        approx_error_floats(shared->logits + b * K, want->logits + part->index[b] * K, K);
    CHECK(error <= 1e-5, "%s: logits of sample %lld differ by %g", settings,
          (long long)part->index[b], error);
  }
}

/* All ranks of the axis go on from the same bits. */
static void check_same_bits(const lw_world *axis, const lw_model *model, const lw_batch *batch,
                            const char *settings)
{
  float logits[TINY_SAMPLES * TINY_CLASSES];
  const size_t bytes = (size_t)batch->samples * TINY_CLASSES * sizeof *logits;
  memcpy(logits, model->logits, bytes);
  lw_broadcast(axis, logits, (int64_t)bytes);
  CHECK(!memcmp(logits, model->logits, bytes), "%s: logits have other bits", settings);
}

/* Samples shared out over ranks against all of them alone. */
static void check_shared(const lw_world *world, const configuration *c, const alone *want,
                         const int *owner)
{
  lw_model *shared = model_of(c, world);
  lw_batch part = batch_of(c, shared, owner, world->data->rank);
  double loss = loss_of(shared, &part, LW_MODE_TRAIN, true);
  lw_reduce_sum_doubles(world, &loss, 1);
  lw_gradient_sum_all(&shared->params, world);
  CHECK(fabs(loss - want->loss) <= 1e-6 * want->loss, "%s: loss %.9g for %.9g", c->settings, loss,
        want->loss);
  if (asks_next(c)) {
    check_rows(shared, &part, want, c->settings);
  } else {
    check_samples(shared, &part, want, c->settings);
    check_same_bits(world->sequence, shared, &part, c->settings);
  }
  double gradients = flat_error(&shared->params, &want->model->params, true);
  CHECK(gradients <= 1e-5, "%s: gradients differ by %g", c->settings, gradients);
  check_entries(&shared->params, &want->model->params, c->settings);
  double statistics = flat_error(&shared->statistics, &want->model->statistics, false);
  CHECK(statistics <= 1e-6, "%s: statistics differ by %g", c->settings, statistics);
  lw_batch_done(&part);
  lw_model_destroy(&shared);
}

/* The samples dealt in turn to the places of the data axis; then, where there are several, all of
   them to the last place, so that the others get nothing. */
static void check_both_ways(const lw_world *world, const lw_world *self, const configuration *c)
{
  const int places = world->data->size;
  int dealt[TINY_SAMPLES], last[TINY_SAMPLES];
  for (int b = 0; b < TINY_SAMPLES; b++) {
    dealt[b] = b % places;
    last[b] = places - 1;
  }
  alone want = alone_of(c, world, self);
  check_shared(world, c, &want, dealt);
  if (places > 1) check_shared(world, c, &want, last);
  alone_done(&want);
}

MPI_TEST_1234(ranks_do_not_matter)
{
  lw_world *self = NULL;
  FINE(lw_world_create(MPI_COMM_SELF, &self));
  for (int c = 0; c < CONFIGURATIONS; c++) check_both_ways(world, self, &configurations[c]);
  lw_world_destroy(&self);
}

/* ---- any cut of the sequences ---- */

/* Samples of 360, 1, 660, 180, 480, 120 and 300 tokens: of most rank counts some are cut and some
   are whole; those of the line without a stretch are all whole. */
static const configuration sharded_configurations[] = {
    {KIND_TOKENS, 60, "model.positions=learned model.layers=1"},
    {KIND_VALUES, 60,
     "model.positions=sinusoidal attention.locality=bias "
     "attention.causal=false model.pooling=max"},
    {KIND_TOKENS, 60,
     "model.positions=rotary attention.locality=both attention.window=5 "
     "model.pooling=last"},
    {KIND_TOKENS, 60,
     "model.norm=batch model.norm_position=post model.pooling=max "
     "attention.alignment=causal"},
    {KIND_VALUES, 60,
     "model.norm=batch model.dropout=0.3 model.positions=rotary "
     "attention.causal=false attention.window=65 model.pooling=cls"},
    {KIND_TOKENS, 60,
     "model.dropout=0.3 model.pooling=max model.positions=sinusoidal "
     "attention.alignment=causal attention.window=7"},
    {KIND_TOKENS, 60, "attention.chunk=50 model.positions=rotary model.dropout=0.2"},
    {KIND_TOKENS, 60,
     "attention.chunk=300 attention.causal=false model.positions=learned "
     "attention.locality=both"},
    {KIND_VALUES, 60,
     "attention.chunk=512 attention.window=1 model.pooling=last "
     "model.norm_position=post"},
    {KIND_TOKENS, 60,
     "model.width=9 model.heads=3 attention.decay=linear attention.bound=0.4 "
     "attention.causal=false attention.alignment=causal"},
    {KIND_TOKENS, 0, "model.positions=learned model.pooling=max model.norm=batch"},
    {KIND_TOKENS, 60,
     "model.pair_head=s4 model.pooling=attention model.dropout=0.3 model.positions=learned "
     "model.layers=1"},
    {KIND_TOKENS, 60,
     "model.pair_head=lra-nli model.pooling=last model.norm=batch "
     "model.layers=1 attention.causal=false attention.chunk=300"},
    {KIND_VALUES, 60,
     "model.positions=learned,rotary model.rotary_share=0.5 attention.layer_spread=100 "
     "attention.bound=0.3 model.pooling=attention model.start=mimetic"},
    {KIND_TOKENS, 60, "model.moving_average=2 model.positions=learned model.dropout=0.2"},
    {KIND_VALUES, 60,
     "model.moving_average=3 attention.chunk=512 attention.causal=false model.norm_position=post"},
    {KIND_NEXT, 60, "model.positions=rotary attention.alignment=causal model.layers=1"},
    {KIND_NEXT, 60, "attention.locality=bias attention.window=1 model.dropout=0.3"},
    {KIND_NEXT, 60,
     "attention.chunk=300 attention.window=5 attention.alignment=causal "
     "model.positions=learned model.norm_position=post"},
};
static const char *const sharded_engines[] = {"attention.engine=scalapack",
                                              "attention.engine=fused",
                                              "attention.engine=fused attention.tolerance=0"};

/* On a grid with so many ranks on the sequence axis, of which each engine leaves out every third
   configuration, other ones on 2, 3 and 4. */
static void check_sharded(const lw_world *world, const lw_world *self, int sequence)
{
  lw_world *grid = NULL;
  FINE(lw_world_create(world->all, &grid));
  FINE(lw_world_arrange(grid, sequence));
  for (size_t e = 0; e < sizeof sharded_engines / sizeof *sharded_engines; e++)
    for (size_t i = 0; i < sizeof sharded_configurations / sizeof *sharded_configurations; i++) {
      char settings[TINY_TEXT_MAX];
      configuration c = sharded_configurations[i];
      if (sequence > 1 && (e + i + (size_t)sequence) % 3 == 0) continue;
      snprintf(settings, sizeof settings, "%s %s", c.settings, sharded_engines[e]);
      c.settings = settings;
      check_both_ways(grid, self, &c);
    }
  lw_world_destroy(&grid);
}

MPI_TEST_1234(sequence_ranks_do_not_matter)
{
  lw_world *self = NULL;
  omp_set_num_threads(1);
  FINE(lw_world_create(MPI_COMM_SELF, &self));
  check_sharded(world, self, world->size);
  if (world->size == 4) check_sharded(world, self, 2);
  lw_world_destroy(&self);
}

/* ---- shared weights ---- */

static double norm_of(const float *x, const float *minus, int64_t count)
{
  double sum = 0.0;
  for (int64_t k = 0; k < count; k++) sum += pow((double)x[k] - (minus ? minus[k] : 0.0f), 2.0);
  return sqrt(sum);
}

/* Rows held of each gradient against the same rows of the whole one; of entries that all hold, sums
   over ranks, of the others over the data axis. */
static void check_held_gradients(const configuration *c, lw_model *shared, const lw_model *whole,
                                 const lw_world *grid)
{
  const double all = norm_of(whole->params.gradient, NULL, whole->params.floats);
  int64_t held = 0;
  for (int64_t i = 0; i < whole->params.count; i++) {
    const lw_param *param = &shared->params.table[i];
    float *got = lw_param_gradient(&shared->params, i);
    lw_reduce_sum_floats(param->shards == 1 ? grid : grid->data, got, param->count);
    const float *want = lw_param_gradient(&whole->params, i) + param->held.row * param->dims[1];
    double error = norm_of(got, want, param->count), size = norm_of(want, NULL, param->count);
    /* Biases before a batch norm have no gradient but rounding. */
    CHECK(error <= 1e-5 * size + 1e-6 * all, "%s: gradient of %s differs by %g of %g", c->settings,
          param->name, error, size);
    held += param->shards > 1;
  }
  int64_t projections = 4 * shared->options.layers;
  CHECK(held == (grid->sequence->size > 1 ? projections : 0), "%lld shared weights",
        (long long)held);
}

static void check_shared_weights(const lw_world *grid, const configuration *c, bool recompute)
{
  int dealt[TINY_SAMPLES];
  for (int b = 0; b < TINY_SAMPLES; b++) dealt[b] = b % grid->data->size;
  lw_model *shared = model_with(c, grid, LW_MATMUL_SCALAPACK), *whole = model_of(c, grid);
  lw_batch batch = batch_of(c, whole, dealt, grid->data->rank);
  double losses[2] = {0.0, 0.0};
  shared->execution.recompute = recompute;
  for (int time = 0; time < 2; time++) { /* with what the first pass left in memory */
    lw_gradient_zero(&shared->params);
    lw_gradient_zero(&whole->params);
    losses[0] = loss_of(shared, &batch, LW_MODE_TRAIN, true);
    losses[1] = loss_of(whole, &batch, LW_MODE_TRAIN, true);
  }
  lw_reduce_sum_doubles(grid, losses, 2);
  CHECK(fabs(losses[0] - losses[1]) <= 1e-6 * losses[1], "%s: loss %.9g for %.9g", c->settings,
        losses[0], losses[1]);
  lw_gradient_sum_all(&whole->params, grid);
  check_held_gradients(c, shared, whole, grid);
  CHECK(shared->params.numbers == whole->params.numbers, "another number of parameters");
  lw_batch_done(&batch);
  lw_model_destroy(&shared);
  lw_model_destroy(&whole);
}

static void check_all_shared_weights(const lw_world *world, int sequence)
{
  lw_world *grid = NULL;
  FINE(lw_world_create(world->all, &grid));
  FINE(lw_world_arrange(grid, sequence));
  for (int i = 0; i < CONFIGURATIONS; i++) check_shared_weights(grid, &configurations[i], i % 2);
  for (size_t i = 0; i < sizeof sharded_configurations / sizeof *sharded_configurations; i++)
    check_shared_weights(grid, &sharded_configurations[i], i % 2);
  lw_world_destroy(&grid);
}

MPI_TEST_1234(shared_weights_give_what_whole_ones_give)
{
  check_all_shared_weights(world, world->size);
  if (world->size == 4) check_all_shared_weights(world, 2);
}

/* Only one rank has the sample that is too long; all are told. */
MPI_TEST_1234(too_long_a_sample_for_learned_positions_is_refused_on_all_ranks)
{
  configuration c = {KIND_TOKENS, 1, "model.positions=learned"};
  configuration longer = {KIND_TOKENS, 2, ""};
  int owner[TINY_SAMPLES] = {0};
  lw_model *model = model_of(&c, world);
  lw_batch batch = batch_of(&longer, model, owner, world->rank);
  lw_status status = lw_model_forward(model, &batch, LW_MODE_TRAIN, 0);
  CHECK(status == LW_ERROR_INPUT, "status %d", status);
  CHECK(strstr(lw_fail_message(), "22 tokens"), "%s", lw_fail_message());
  lw_batch_done(&batch);
  lw_model_destroy(&model);
}

MPI_TESTS_1234
