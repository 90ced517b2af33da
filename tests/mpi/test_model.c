/* The model as a whole, for every option: gradients against differences, any share-out over ranks,
   pieces and threads against one rank, and a second implementation (golden/make_model.py). */
#include "../golden/model.h"
#include "approx.h"
#include "longwave/comm/reduce.h"
#include "longwave/train/gradient.h"
#include "longwave/train/loss.h"
#include "mpi_case.h"
#include "tiny_model.h"
#include <math.h>
#include <omp.h>

#define FINE(call) CHECK((call) == LW_OK, "%s", lw_fail_message())
enum { STEP = 3, SMOOTHING_PERCENT = 10 };

typedef struct configuration {
  lw_kind kind;
  int64_t stretch; /* of the samples; 0: 1 */
  const char *settings;
} configuration;

/* Every option of model and attention stands in at least one line. Lines that name a head for pairs
   have pairs of documents as samples. */
static const configuration configurations[] = {
    {LW_KIND_TOKENS, 0, ""},
    {LW_KIND_VALUES, 0, "model.positions=learned attention.locality=bias"},
    {LW_KIND_TOKENS, 0, "model.positions=sinusoidal attention.locality=both model.heads=4"},
    {LW_KIND_TOKENS, 0, "model.positions=rotary attention.causal=false model.pooling=last"},
    {LW_KIND_VALUES, 0, "model.positions=rotary model.width=10 attention.window=5"},
    {LW_KIND_TOKENS, 0, "model.norm_position=post model.positions=learned model.layers=3"},
    {LW_KIND_TOKENS, 0, "model.pooling=max attention.causal=false attention.window=1"},
    {LW_KIND_TOKENS, 0, "model.norm=batch attention.alignment=causal"},
    {LW_KIND_VALUES, 0, "model.norm=batch model.norm_position=post model.pooling=max"},
    {LW_KIND_TOKENS, 0, "model.dropout=0.3 model.positions=learned"},
    {LW_KIND_TOKENS, 0, "model.dropout=0.3 model.norm=batch model.layers=3 attention.causal=false"},
    {LW_KIND_TOKENS, 0, "model.heads=1 attention.bound=0.5 model.ffn=5"},
    {LW_KIND_TOKENS, 0, "model.heads=3 model.width=9 attention.decay=linear attention.bound=0.4"},
    {LW_KIND_TOKENS, 0, "attention.decay=list attention.alphas=[0.3,0.02] attention.locality=both"},
    {LW_KIND_TOKENS, 0, "attention.chunk=4 attention.window=3 model.layers=1"},
    {LW_KIND_VALUES, 0, "attention.chunk=5 attention.causal=false attention.alignment=causal "
                        "model.norm_position=post model.dropout=0.3"},
    {LW_KIND_TOKENS, 0, "model.heads=2 model.width=14 model.layers=4 model.pooling=last "
                        "model.norm_position=post attention.locality=bias"},
    {LW_KIND_TOKENS, 0, "attention.engine=scalapack attention.panel=1 attention.window=5"},
    {LW_KIND_VALUES, 0, "attention.engine=scalapack attention.chunk=4 attention.causal=false"},
    {LW_KIND_VALUES, 9, "model.positions=learned attention.locality=bias model.layers=1"},
    {LW_KIND_TOKENS, 9, "model.positions=rotary attention.causal=false model.layers=1"},
    {LW_KIND_TOKENS, 0, "model.pair_head=s4 model.positions=learned"},
    {LW_KIND_TOKENS, 0, "model.pair_head=nystrom model.dropout=0.3 model.norm_position=post"},
    {LW_KIND_TOKENS, 0, "model.pair_head=lra model.norm=batch model.ffn=7 model.pooling=last"},
    {LW_KIND_VALUES, 0, "model.pair_head=lra-nli attention.chunk=4 attention.causal=false"},
    {LW_KIND_VALUES, 0, "model.pair_head=s4 model.pooling=max model.layers=1"},
};
enum { CONFIGURATIONS = sizeof configurations / sizeof *configurations };

static int64_t stretch_of(const configuration *c)
{
  return c->stretch ? c->stretch : 1;
}

static bool pairs_of(const configuration *c)
{
  return strstr(c->settings, "pair_head") != NULL;
}

static lw_model *model_with(const configuration *c, const lw_world *world, lw_matmul_kind matmul)
{
  static lw_job job;
  lw_model *model = NULL;
  lw_model_data data = tiny_data(c->kind, stretch_of(c));
  data.pairs = pairs_of(c);
  FINE(tiny_job(c->settings, &job));
  job.model.matmul = (int)matmul;
  FINE(lw_model_create(&job.model, &job.attention, &data, 7, world, &model));
  if (model) tiny_stir(model, 0.2);
  return model;
}

static lw_model *model_of(const configuration *c, const lw_world *world)
{
  return model_with(c, world, LW_MATMUL_LOCAL);
}

/* This rank's rows of the samples with owner[b] == taken, as the model wants them. */
static lw_batch batch_of(const configuration *c, const lw_model *model, const int *owner, int taken)
{
  lw_batch batch;
  lw_packing_rule rule = lw_model_rule(model);
  rule.ranks = model->world->sequence->size;
  rule.rank = model->world->sequence->rank;
  FINE(tiny_batch(pairs_of(c), stretch_of(c), owner, taken, &rule, &batch));
  return batch;
}

/* This rank's part of the mean loss; its gradient is added to the model's when asked for. */
static double loss_of(lw_model *model, const lw_batch *batch, lw_mode mode, bool gradient)
{
  float dlogits[TINY_SAMPLES * TINY_CLASSES];
  lw_loss sums = {0};
  FINE(lw_model_forward(model, batch, mode, STEP));
  lw_loss_add(model->logits, TINY_CLASSES, batch, SMOOTHING_PERCENT / 100.0, dlogits, &sums);
  if (gradient) FINE(lw_model_backward(model, dlogits));
  return sums.loss / (double)batch->global_answers;
}

/* ---- gradients against differences ---- */

typedef struct slope {
  lw_model *model;
  const lw_batch *batch;
  lw_mode mode;
  int64_t entry;
  const float *start; /* [count] values of the entry */
  const double *along; /* [count] direction of length 1 */
} slope;

static double loss_at(const slope *s, double step)
{
  lw_params *params = &s->model->params;
  float *value = lw_param_value(params, s->entry);
  int64_t count = params->table[s->entry].count;
  for (int64_t k = 0; k < count; k++) value[k] = s->start[k] + (float)(step * s->along[k]);
  double loss = loss_of(s->model, s->batch, s->mode, false);
  memcpy(value, s->start, (size_t)count * sizeof *value);
  return loss;
}

/* Central differences of two steps, their errors of second order cancelled. */
static double slope_value(const slope *s, double step)
{
  double near = (loss_at(s, step) - loss_at(s, -step)) / (2.0 * step);
  double far = (loss_at(s, 2.0 * step) - loss_at(s, -2.0 * step)) / (4.0 * step);
  return (4.0 * near - far) / 3.0;
}

/* Half along the gradient, where the loss moves most, half at random, where a part that the
   gradient lacks shows. Returns the gradient's length. */
static double direction(const float *gradient, int64_t count, uint32_t seed, double *along)
{
  lw_rng rng = {.seed = 8, .stream = LW_RNG_TEST, .first = seed};
  double size = 0.0, random = 0.0, whole = 0.0;
  for (int64_t k = 0; k < count; k++) {
    along[k] = lw_rng_normal(rng, (uint64_t)k);
    random += along[k] * along[k];
    size += (double)gradient[k] * gradient[k];
  }
  size = sqrt(size);
  for (int64_t k = 0; k < count; k++) {
    along[k] = along[k] / sqrt(random) + (size > 0.0 ? gradient[k] / size : 0.0);
    whole += along[k] * along[k];
  }
  for (int64_t k = 0; k < count; k++) along[k] /= sqrt(whole);
  return size;
}

static void check_entry(lw_model *model, const lw_batch *batch, lw_mode mode, int64_t entry,
                        const char *settings)
{
  const lw_param *param = &model->params.table[entry];
  const float *gradient = lw_param_gradient(&model->params, entry);
  bool kinks = model->options.pooling == LW_POOLING_MAX ||
               (model->data.pairs && model->options.pair_head != LW_PAIR_HEAD_S4);
  float *start = NULL;
  double *along = NULL, want = 0.0;
  FINE(LW_TAKE(&start, param->count));
  FINE(LW_TAKE(&along, param->count));
  memcpy(start, lw_param_value(&model->params, entry), (size_t)param->count * sizeof *start);
  double size = direction(gradient, param->count, (uint32_t)entry, along);
  for (int64_t k = 0; k < param->count; k++) want += gradient[k] * along[k];
  slope s = {model, batch, mode, entry, start, along};
  double got = slope_value(&s, kinks ? 2e-3 : 2e-2);
  double allowed = kinks ? 2e-3 * size + 2e-4 : 1e-3 * size + 5e-6;
  CHECK(fabs(got - want) <= allowed, "%s, mode %d, %s: slope %g, gradient %g of length %g",
        settings, mode, param->name, got, want, size);
  lw_mem_give(start);
  lw_mem_give(along);
}

static void check_gradients(const lw_world *world, lw_mode mode)
{
  for (int c = 0; c < CONFIGURATIONS; c++) {
    lw_model *model = model_of(&configurations[c], world);
    lw_batch batch = batch_of(&configurations[c], model, NULL, 0);
    (void)loss_of(model, &batch, mode, true);
    for (int64_t entry = 0; entry < model->params.count; entry++)
      check_entry(model, &batch, mode, entry, configurations[c].settings);
    lw_batch_done(&batch);
    lw_model_destroy(&model);
  }
}

MPI_TEST(training_gradients_are_the_slopes_of_the_loss, 1)
{
  check_gradients(world, LW_MODE_TRAIN);
}

MPI_TEST(evaluation_gradients_are_the_slopes_of_the_loss, 1)
{
  check_gradients(world, LW_MODE_GRADIENT);
}

/* ---- any rank count ---- */

static double flat_error(const lw_params *got, const lw_params *want, bool gradient)
{
  return approx_error_floats(gradient ? got->gradient : got->value,
                             gradient ? want->gradient : want->value, got->floats);
}

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

/* Samples shared out over ranks against all of them on each rank alone. */
static void check_shared(const lw_world *world, const lw_world *self, const configuration *c,
                         const int *owner)
{
  lw_model *shared = model_of(c, world), *alone = model_of(c, self);
  lw_batch part = batch_of(c, shared, owner, world->data->rank);
  lw_batch whole = batch_of(c, alone, NULL, 0);
  double loss = loss_of(shared, &part, LW_MODE_TRAIN, true);
  double wanted = loss_of(alone, &whole, LW_MODE_TRAIN, true);
  lw_reduce_sum_doubles(world, &loss, 1);
  lw_gradient_sum(&shared->params, world);
  CHECK(fabs(loss - wanted) <= 1e-6 * wanted, "%s: loss %.9g for %.9g", c->settings, loss, wanted);
  for (int64_t b = 0; b < part.samples; b++) {
    double error = approx_error_floats(shared->logits + b * TINY_CLASSES,
                                       alone->logits + part.place[b] * TINY_CLASSES, TINY_CLASSES);
    CHECK(error <= 1e-5, "%s: logits of sample %lld differ by %g", c->settings,
          (long long)part.place[b], error);
  }
  check_same_bits(world->sequence, shared, &part, c->settings);
  double gradients = flat_error(&shared->params, &alone->params, true);
  CHECK(gradients <= 1e-5, "%s: gradients differ by %g", c->settings, gradients);
  check_entries(&shared->params, &alone->params, c->settings);
  double statistics = flat_error(&shared->statistics, &alone->statistics, false);
  CHECK(statistics <= 1e-6, "%s: statistics differ by %g", c->settings, statistics);
  lw_batch_done(&part);
  lw_batch_done(&whole);
  lw_model_destroy(&shared);
  lw_model_destroy(&alone);
}

MPI_TEST_1234(ranks_do_not_matter)
{
  lw_world *self = NULL;
  int dealt[TINY_SAMPLES], last[TINY_SAMPLES];
  for (int b = 0; b < TINY_SAMPLES; b++) {
    dealt[b] = b % world->size;
    last[b] = world->size - 1; /* all others get nothing */
  }
  FINE(lw_world_create(MPI_COMM_SELF, &self));
  for (int c = 0; c < CONFIGURATIONS; c++) {
    check_shared(world, self, &configurations[c], dealt);
    check_shared(world, self, &configurations[c], last);
  }
  lw_world_destroy(&self);
}

/* ---- any cut of the sequences ---- */

/* Samples of 360, 1, 660, 180, 480, 120 and 300 tokens: of most rank counts some are cut and some
   are whole; those of the line without a stretch are all whole. */
static const configuration cut_configurations[] = {
    {LW_KIND_TOKENS, 60, "model.positions=learned model.layers=1"},
    {LW_KIND_VALUES, 60, "model.positions=sinusoidal attention.locality=bias "
                         "attention.causal=false model.pooling=max"},
    {LW_KIND_TOKENS, 60, "model.positions=rotary attention.locality=both attention.window=5 "
                         "model.pooling=last"},
    {LW_KIND_TOKENS, 60, "model.norm=batch model.norm_position=post model.pooling=max "
                         "attention.alignment=causal"},
    {LW_KIND_VALUES, 60, "model.norm=batch model.dropout=0.3 model.positions=rotary "
                         "attention.causal=false attention.window=65"},
    {LW_KIND_TOKENS, 60, "model.dropout=0.3 model.pooling=max model.positions=sinusoidal "
                         "attention.alignment=causal attention.window=7"},
    {LW_KIND_TOKENS, 60, "attention.chunk=50 model.positions=rotary model.dropout=0.2"},
    {LW_KIND_TOKENS, 60, "attention.chunk=300 attention.causal=false model.positions=learned "
                         "attention.locality=both"},
    {LW_KIND_VALUES, 60, "attention.chunk=512 attention.window=1 model.pooling=last "
                         "model.norm_position=post"},
    {LW_KIND_TOKENS, 60, "model.width=9 model.heads=3 attention.decay=linear attention.bound=0.4 "
                         "attention.causal=false attention.alignment=causal"},
    {LW_KIND_TOKENS, 0, "model.positions=learned model.pooling=max model.norm=batch"},
    {LW_KIND_TOKENS, 60, "model.pair_head=s4 model.dropout=0.3 model.positions=learned "
                         "model.layers=1"},
    {LW_KIND_TOKENS, 60, "model.pair_head=lra-nli model.pooling=last model.norm=batch "
                         "model.layers=1 attention.causal=false attention.chunk=300"},
};
static const char *const cut_engines[] = {"attention.engine=scalapack", "attention.engine=fused",
                                          "attention.engine=fused attention.tolerance=0"};

/* On a grid with so many ranks on the sequence axis: the data axis has its samples dealt in turn,
   then all of them at its last place, so that other places have no rows. */
static void check_cut(const lw_world *world, const lw_world *self, int sequence)
{
  lw_world *grid = NULL;
  int dealt[TINY_SAMPLES], last[TINY_SAMPLES];
  FINE(lw_world_create(world->all, &grid));
  FINE(lw_world_arrange(grid, sequence));
  for (int b = 0; b < TINY_SAMPLES; b++) {
    dealt[b] = b % grid->data->size;
    last[b] = grid->data->size - 1;
  }
  for (size_t e = 0; e < sizeof cut_engines / sizeof *cut_engines; e++)
    for (size_t i = 0; i < sizeof cut_configurations / sizeof *cut_configurations; i++) {
      char settings[TINY_TEXT_MAX];
      configuration c = cut_configurations[i];
      snprintf(settings, sizeof settings, "%s %s", c.settings, cut_engines[e]);
      c.settings = settings;
      check_shared(grid, self, &c, dealt);
      if (grid->data->size > 1) check_shared(grid, self, &c, last);
    }
  lw_world_destroy(&grid);
}

MPI_TEST_1234(sequence_ranks_do_not_matter)
{
  lw_world *self = NULL;
  omp_set_num_threads(1);
  FINE(lw_world_create(MPI_COMM_SELF, &self));
  check_cut(world, self, world->size);
  if (world->size == 4) check_cut(world, self, 2);
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
  shared->recompute = recompute;
  for (int time = 0; time < 2; time++) { /* with what the first pass left in memory */
    lw_gradient_zero(&shared->params);
    lw_gradient_zero(&whole->params);
    losses[0] = loss_of(shared, &batch, LW_MODE_TRAIN, true);
    losses[1] = loss_of(whole, &batch, LW_MODE_TRAIN, true);
  }
  lw_reduce_sum_doubles(grid, losses, 2);
  CHECK(fabs(losses[0] - losses[1]) <= 1e-6 * losses[1], "%s: loss %.9g for %.9g", c->settings,
        losses[0], losses[1]);
  lw_gradient_sum(&whole->params, grid);
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
  for (int i = 0; i < CONFIGURATIONS; i++)
    check_shared_weights(grid, &configurations[i], i % 2);
  for (size_t i = 0; i < sizeof cut_configurations / sizeof *cut_configurations; i++)
    check_shared_weights(grid, &cut_configurations[i], i % 2);
  lw_world_destroy(&grid);
}

MPI_TEST_1234(shared_weights_give_what_whole_ones_give)
{
  check_all_shared_weights(world, world->size);
  if (world->size == 4) check_all_shared_weights(world, 2);
}

/* The first norm's running numbers after one pass, from its argument; the variance without bias. */
MPI_TEST(batch_norm_moves_its_running_statistics, 1)
{
  configuration c = {LW_KIND_TOKENS, 0, "model.norm=batch"};
  lw_model *before = model_of(&c, world), *model = model_of(&c, world);
  lw_batch batch = batch_of(&c, model, NULL, 0);
  FINE(lw_model_forward(model, &batch, LW_MODE_TRAIN, STEP));
  const lw_norm *norm = &model->blocks[0].norm[LW_BRANCH_ATTENTION];
  const float *x = model->kept[0].x[LW_BRANCH_ATTENTION];
  const double n = (double)batch.rows;
  for (int64_t k = 0; k < norm->C; k++) {
    double sum = 0.0, square = 0.0;
    for (int64_t t = 0; t < batch.rows; t++) sum += x[t * norm->C + k];
    for (int64_t t = 0; t < batch.rows; t++) square += pow(x[t * norm->C + k] - sum / n, 2.0);
    double mean = 0.9 * lw_param_value(&before->statistics, norm->mean)[k] + 0.1 * sum / n;
    double variance = 0.9 * lw_param_value(&before->statistics, norm->variance)[k] +
                      0.1 * square / (n - 1.0);
    CHECK(fabs(lw_param_value(&model->statistics, norm->mean)[k] - mean) < 1e-6, "mean");
    CHECK(fabs(lw_param_value(&model->statistics, norm->variance)[k] - variance) < 1e-6,
          "variance");
  }
  float *kept = lw_param_value(&before->statistics, norm->mean);
  memcpy(kept, lw_param_value(&model->statistics, norm->mean), (size_t)norm->C * sizeof *kept);
  FINE(lw_model_forward(model, &batch, LW_MODE_EVALUATE, STEP));
  FINE(lw_model_forward(model, &batch, LW_MODE_GRADIENT, STEP));
  CHECK(!memcmp(kept, lw_param_value(&model->statistics, norm->mean),
                (size_t)norm->C * sizeof *kept), "evaluation moves them");
  lw_batch_done(&batch);
  lw_model_destroy(&before);
  lw_model_destroy(&model);
}

/* ---- pieces, threads, modes on one rank ---- */

/* Batch norm is left out: its statistics are those of a piece. */
MPI_TEST(pieces_add_up_to_the_batch, 1)
{
  enum { PIECES = 3 };
  int piece_of[TINY_SAMPLES];
  for (int b = 0; b < TINY_SAMPLES; b++) piece_of[b] = b * PIECES / TINY_SAMPLES;
  for (int i = 0; i < CONFIGURATIONS; i++) {
    const configuration *c = &configurations[i];
    if (strstr(c->settings, "norm=batch")) continue;
    lw_model *whole = model_of(c, world), *pieces = model_of(c, world);
    lw_batch batch = batch_of(c, whole, NULL, 0);
    double wanted = loss_of(whole, &batch, LW_MODE_TRAIN, true), loss = 0.0;
    lw_batch_done(&batch);
    for (int piece = 0; piece < PIECES; piece++) {
      batch = batch_of(c, pieces, piece_of, piece);
      loss += loss_of(pieces, &batch, LW_MODE_TRAIN, true);
      lw_batch_done(&batch);
    }
    CHECK(fabs(loss - wanted) <= 1e-6 * wanted, "%s: loss %g for %g", c->settings, loss, wanted);
    double error = flat_error(&pieces->params, &whole->params, true);
    CHECK(error <= 1e-6, "%s: gradients differ by %g", c->settings, error);
    lw_model_destroy(&whole);
    lw_model_destroy(&pieces);
  }
}

/* One training pass on so many threads. */
static lw_model *trained_on(const configuration *c, const lw_world *world, int threads)
{
  omp_set_num_threads(threads);
  lw_model *model = model_of(c, world);
  lw_batch batch = batch_of(c, model, NULL, 0);
  (void)loss_of(model, &batch, LW_MODE_TRAIN, true);
  lw_batch_done(&batch);
  return model;
}

MPI_TEST(threads_do_not_change_a_bit, 1)
{
  for (int i = 0; i < CONFIGURATIONS; i++) {
    const configuration *c = &configurations[i];
    lw_model *one = trained_on(c, world, 1);
    const size_t logits = TINY_SAMPLES * TINY_CLASSES * sizeof *one->logits;
    const size_t gradient = (size_t)one->params.floats * sizeof *one->params.gradient;
    for (int threads = 2; threads <= 3; threads++) {
      lw_model *more = trained_on(c, world, threads);
      CHECK(!memcmp(one->logits, more->logits, logits), "%s: logits", c->settings);
      CHECK(!memcmp(one->params.gradient, more->params.gradient, gradient), "%s: gradient",
            c->settings);
      lw_model_destroy(&more);
    }
    lw_model_destroy(&one);
  }
}

/* ---- computing again ---- */

static void check_recompute(const lw_world *world, const configuration *c, lw_mode mode)
{
  int owner[TINY_SAMPLES];
  for (int b = 0; b < TINY_SAMPLES; b++) owner[b] = b % world->size;
  lw_model *kept = model_of(c, world), *again = model_of(c, world);
  lw_batch batch = batch_of(c, kept, owner, world->rank);
  again->recompute = true;
  for (int time = 0; time < 2; time++) { /* the second time with the statistics of the first */
    double wanted = loss_of(kept, &batch, mode, true), loss = loss_of(again, &batch, mode, true);
    CHECK(loss == wanted, "%s: loss %.17g for %.17g", c->settings, loss, wanted);
  }
  const size_t gradient = (size_t)kept->params.floats * sizeof(float);
  const size_t statistics = (size_t)kept->statistics.floats * sizeof(float);
  CHECK(!memcmp(again->params.gradient, kept->params.gradient, gradient), "%s, mode %d: gradient",
        c->settings, mode);
  CHECK(!memcmp(again->statistics.value, kept->statistics.value, statistics),
        "%s, mode %d: statistics", c->settings, mode);
  const int64_t bytes = (int64_t)sizeof(float), B = batch.samples, T = batch.rows;
  CHECK(kept->memory_room * bytes == lw_model_pass_bytes(kept, T, B, mode), "%s", c->settings);
  CHECK(again->memory_room * bytes == lw_model_pass_bytes(again, T, B, mode), "%s", c->settings);
  CHECK(kept->options.layers == 1 || again->memory_room < kept->memory_room, "%s: %lld for %lld",
        c->settings, (long long)again->memory_room, (long long)kept->memory_room);
  lw_batch_done(&batch);
  lw_model_destroy(&kept);
  lw_model_destroy(&again);
}

MPI_CASE_ON(computing_again_does_not_change_a_bit, 1)
MPI_CASE_ON(computing_again_does_not_change_a_bit, 2)
MPI_CASE(computing_again_does_not_change_a_bit)
{
  for (int i = 0; i < CONFIGURATIONS; i++) {
    check_recompute(world, &configurations[i], LW_MODE_TRAIN);
    check_recompute(world, &configurations[i], LW_MODE_GRADIENT);
  }
}

/* Without backward the blocks take turns with one set of memory; the memory may also be that of
   a larger pass before. */
MPI_TEST(evaluation_computes_what_gradient_mode_computes, 1)
{
  static const char *const layers[] = {"1", "2", "3", "4", "5"};
  for (size_t l = 0; l < sizeof layers / sizeof *layers; l++)
    for (int post = 0; post < 2; post++) {
      char settings[128];
      float wanted[TINY_SAMPLES * TINY_CLASSES];
      snprintf(settings, sizeof settings, "model.layers=%s model.norm_position=%s", layers[l],
               post ? "post" : "pre");
      configuration c = {LW_KIND_TOKENS, 0, settings}, longer = {LW_KIND_TOKENS, 3, settings};
      lw_model *model = model_of(&c, world);
      lw_batch batch = batch_of(&c, model, NULL, 0);
      lw_batch other = batch_of(&longer, model, NULL, 0);
      (void)loss_of(model, &batch, LW_MODE_GRADIENT, true);
      memcpy(wanted, model->logits, sizeof wanted);
      for (int time = 0; time < 2; time++) {
        (void)loss_of(model, &batch, LW_MODE_EVALUATE, false);
        CHECK(!memcmp(wanted, model->logits, sizeof wanted), "%s, time %d", settings, time);
        (void)loss_of(model, &other, LW_MODE_TRAIN, true);
      }
      lw_batch_done(&batch);
      lw_batch_done(&other);
      lw_model_destroy(&model);
    }
}

MPI_TEST(a_pass_takes_the_memory_it_foretells, 1)
{
  static const lw_mode modes[] = {LW_MODE_EVALUATE, LW_MODE_GRADIENT, LW_MODE_TRAIN};
  for (int i = 0; i < CONFIGURATIONS; i++)
    for (int m = 0; m < 3; m++) {
      const configuration *c = &configurations[i];
      lw_model *model = model_of(c, world);
      lw_batch batch = batch_of(c, model, NULL, 0);
      int64_t foretold = lw_model_pass_bytes(model, batch.rows, batch.samples, modes[m]);
      FINE(lw_model_forward(model, &batch, modes[m], STEP));
      int64_t taken = model->memory_room * (int64_t)sizeof(float);
      CHECK(taken == foretold, "%s, mode %d: %lld bytes for %lld", c->settings, modes[m],
            (long long)taken, (long long)foretold);
      lw_batch_done(&batch);
      lw_model_destroy(&model);
    }
}

/* Only one rank has the sample that is too long; all are told. */
MPI_TEST_1234(too_long_a_sample_for_learned_positions_is_refused_on_all_ranks)
{
  configuration c = {LW_KIND_TOKENS, 1, "model.positions=learned"};
  configuration longer = {LW_KIND_TOKENS, 2, ""};
  int owner[TINY_SAMPLES] = {0};
  lw_model *model = model_of(&c, world);
  lw_batch batch = batch_of(&longer, model, owner, world->rank);
  lw_status status = lw_model_forward(model, &batch, LW_MODE_TRAIN, 0);
  CHECK(status == LW_ERROR_INPUT, "status %d", status);
  CHECK(strstr(lw_fail_message(), "22 tokens"), "%s", lw_fail_message());
  lw_batch_done(&batch);
  lw_model_destroy(&model);
}

/* ---- a second implementation ---- */

/* Element k of entry `seed`: make_model.py's rule. */
static float golden_number(uint32_t seed, uint32_t k)
{
  uint32_t bits = (k + 1009 * seed + 1) * 2654435761u;
  return (float)(bits >> 8) * 0x1p-22f - 2;
}

static void golden_parameters(lw_params *params)
{
  for (int64_t i = 0; i < params->count; i++) {
    const char *name = params->table[i].name, *end = name + strlen(name);
    float start = !strcmp(end - 4, "gain") ? 1.0f : 0.0f;
    for (int64_t k = 0; k < params->table[i].count; k++)
      lw_param_value(params, i)[k] = start + 0.25f * golden_number((uint32_t)i, (uint32_t)k);
  }
}

/* The samples of make_model.py: lengths 7, 1 and 9 in a row. */
static lw_batch golden_batch(const lw_model *model)
{
  static const int64_t length[] = {7, 1, 9};
  static int64_t place[] = {0, 1, 2};
  static int32_t label[] = {2, 0, 1}, tokens[17];
  static float values[17];
  for (uint32_t t = 0; t < 17; t++) {
    values[t] = golden_number(99, t);
    tokens[t] = (int32_t)(t * t % TINY_VOCABULARY);
  }
  lw_packing_rule rule = lw_model_rule(model);
  rule.ranks = 1;
  lw_batch batch = {.samples = 3,
                    .answers = 3,
                    .rows = 17,
                    .global_answers = 3,
                    .counted = true,
                    .sample = place,
                    .place = place,
                    .label = label,
                    .tokens = tokens,
                    .values = values};
  FINE(lw_packing_make(&batch.packing, &rule, length, 3));
  return batch;
}

static void check_golden_gradients(const lw_model *model, const golden_model *golden)
{
  const lw_params *params = &model->params;
  const double *want = golden->gradients;
  CHECK(params->numbers == golden->numbers, "%lld parameters for %d", (long long)params->numbers,
        golden->numbers);
  for (int64_t i = 0; i < params->count; i++) {
    double got[512];
    int64_t count = params->table[i].count;
    for (int64_t k = 0; k < count; k++) got[k] = lw_param_gradient(params, i)[k];
    double error = approx_error(got, want, count);
    CHECK(error <= 1e-5, "%s: %s differs by %g", golden->settings, params->table[i].name, error);
    want += count;
  }
}

MPI_TEST(agrees_with_golden_numbers, 1)
{
  static lw_job job;
  lw_model_data data = {.classes = 3, .most_positions = 9};
  for (size_t i = 0; i < sizeof golden_models / sizeof *golden_models; i++) {
    const golden_model *golden = &golden_models[i];
    lw_model *model = NULL;
    lw_loss sums = {0};
    float dlogits[9];
    double logits[9];
    data.kind = golden->tokens ? LW_KIND_TOKENS : LW_KIND_VALUES;
    data.vocabulary = golden->tokens ? TINY_VOCABULARY : 0;
    FINE(tiny_job(golden->settings, &job));
    FINE(lw_model_create(&job.model, &job.attention, &data, 1, world, &model));
    golden_parameters(&model->params);
    lw_batch batch = golden_batch(model);
    FINE(lw_model_forward(model, &batch, LW_MODE_TRAIN, 0));
    lw_loss_add(model->logits, 3, &batch, 0.0, dlogits, &sums);
    FINE(lw_model_backward(model, dlogits));
    for (int k = 0; k < 9; k++) logits[k] = model->logits[k];
    double error = approx_error(logits, golden->logits, 9);
    CHECK(error <= 1e-5, "%s: logits differ by %g", golden->settings, error);
    CHECK(fabs(sums.loss / 3.0 - golden->loss) <= 1e-5 * golden->loss, "%s: loss %.9g for %.9g",
          golden->settings, sums.loss / 3.0, golden->loss);
    check_golden_gradients(model, golden);
    lw_packing_done(&batch.packing);
    lw_model_destroy(&model);
  }
}
