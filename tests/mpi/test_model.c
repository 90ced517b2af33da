/* The model as a whole on one rank, for every option: gradients against differences, pieces and
   threads against the whole, and computing again. A second implementation: test_model_golden.c;
   several ranks: test_model_ranks.c. */
#include "approx.h"
#include "longwave/train/loss.h"
#include "model_case.h"
#include <math.h>
#include <omp.h>

/* ---- gradients against differences ---- */

typedef struct slope {
  lw_model *model;
  const lw_batch *batch;
  lw_mode mode;
  float *value; /* [count] a parameter, or what goes in */
  int64_t count;
  float *start;  /* [count] its values */
  double *along; /* [count] direction of length 1 */
} slope;

static double loss_at(const slope *s, double step)
{
  for (int64_t k = 0; k < s->count; k++) s->value[k] = s->start[k] + (float)(step * s->along[k]);
  double loss = loss_of(s->model, s->batch, s->mode, false);
  memcpy(s->value, s->start, (size_t)s->count * sizeof *s->value);
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

/* s: without start and along. */
static void check_slope(slope *s, const float *gradient, uint32_t seed, const char *what)
{
  const lw_model *model = s->model;
  bool kinks =
      model->options.pooling == LW_POOLING_MAX ||
      (model->data.objective->documents > 1 && model->options.pair_head != LW_PAIR_HEAD_S4);
  double want = 0.0;
  FINE(LW_TAKE(&s->start, s->count));
  FINE(LW_TAKE(&s->along, s->count));
  memcpy(s->start, s->value, (size_t)s->count * sizeof *s->start);
  double size = direction(gradient, s->count, seed, s->along);
  for (int64_t k = 0; k < s->count; k++) want += gradient[k] * s->along[k];
  double got = slope_value(s, kinks ? 2e-3 : 2e-2);
  double allowed = kinks ? 2e-3 * size + 2e-4 : 1e-3 * size + 5e-6;
  CHECK(fabs(got - want) <= allowed, "mode %d, %s: slope %g, gradient %g of length %g", s->mode,
        what, got, want, size);
  lw_mem_give(s->start);
  lw_mem_give(s->along);
}

/* Of a token with respect to a factor of its vector: over its rows, the slope along its own row of
   the table. */
static void check_tokens(const lw_model *model, const lw_batch *batch, const float *gradient)
{
  const int64_t C = model->options.width, weight = model->embedding.weight;
  const float *value = lw_param_value(&model->params, weight),
              *slopes = lw_param_gradient(&model->params, weight);
  for (int v = 0; v < TINY_VOCABULARY; v++) {
    double got = 0.0, want = 0.0;
    for (int64_t t = 0; t < batch->rows; t++) got += batch->tokens[t] == v ? gradient[t] : 0.0;
    for (int64_t k = v * C; k < (v + 1) * C; k++) want += (double)value[k] * slopes[k];
    CHECK(fabs(got - want) <= 1e-6, "token %d: %g for %g", v, got, want);
  }
}

/* Of what goes in. */
static void check_input(lw_model *model, const lw_batch *batch, lw_mode mode, const char *settings)
{
  float *gradient = NULL;
  FINE(LW_TAKE(&gradient, batch->rows * batch->inputs));
  (void)loss_of(model, batch, mode, true);
  lw_model_input_gradient(model, gradient);
  if (model->data.input->ids)
    check_tokens(model, batch, gradient);
  else
    check_slope(
        &(slope){model, batch, mode, batch->values, batch->rows * batch->inputs, NULL, NULL},
        gradient, 1000, settings);
  lw_mem_give(gradient);
}

static void check_gradients(const lw_world *world, lw_mode mode)
{
  for (int c = 0; c < CONFIGURATIONS; c++) {
    lw_model *model = model_of(&configurations[c], world);
    lw_batch batch = batch_of(&configurations[c], model, NULL, 0);
    const char *settings = configurations[c].settings;
    check_input(model, &batch, mode, settings);
    for (int64_t entry = 0; entry < model->params.count; entry++) {
      float *value = lw_param_value(&model->params, entry);
      const lw_param *param = &model->params.table[entry];
      char what[TINY_TEXT_MAX];
      snprintf(what, sizeof what, "%s, %s", settings, param->name);
      check_slope(&(slope){model, &batch, mode, value, param->count, NULL, NULL},
                  lw_param_gradient(&model->params, entry), (uint32_t)entry, what);
    }
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

/* The first norm's running numbers after one pass, from its argument; the variance without bias. */
MPI_TEST(batch_norm_moves_its_running_statistics, 1)
{
  configuration c = {KIND_TOKENS, 0, "model.norm=batch"};
  lw_model *before = model_of(&c, world), *model = model_of(&c, world);
  lw_batch batch = batch_of(&c, model, NULL, 0);
  FINE(lw_model_forward(model, &batch, LW_MODE_TRAIN, MODEL_CASE_STEP));
  const lw_norm *norm = &model->blocks[0].part[0].norm;
  const float *x = model->kept[0].part[0].x;
  const double n = (double)batch.rows;
  for (int64_t k = 0; k < norm->C; k++) {
    double sum = 0.0, square = 0.0;
    for (int64_t t = 0; t < batch.rows; t++) sum += x[t * norm->C + k];
    for (int64_t t = 0; t < batch.rows; t++) square += pow(x[t * norm->C + k] - sum / n, 2.0);
    double mean = 0.9 * lw_param_value(&before->statistics, norm->mean)[k] + 0.1 * sum / n;
    double variance =
        0.9 * lw_param_value(&before->statistics, norm->variance)[k] + 0.1 * square / (n - 1.0);
    CHECK(fabs(lw_param_value(&model->statistics, norm->mean)[k] - mean) < 1e-6, "mean");
    CHECK(fabs(lw_param_value(&model->statistics, norm->variance)[k] - variance) < 1e-6,
          "variance");
  }
  float *kept = lw_param_value(&before->statistics, norm->mean);
  memcpy(kept, lw_param_value(&model->statistics, norm->mean), (size_t)norm->C * sizeof *kept);
  FINE(lw_model_forward(model, &batch, LW_MODE_EVALUATE, MODEL_CASE_STEP));
  FINE(lw_model_forward(model, &batch, LW_MODE_GRADIENT, MODEL_CASE_STEP));
  CHECK(
      !memcmp(kept, lw_param_value(&model->statistics, norm->mean), (size_t)norm->C * sizeof *kept),
      "evaluation moves them");
  lw_batch_done(&batch);
  lw_model_destroy(&before);
  lw_model_destroy(&model);
}

/* ---- start values ---- */

/* The mean of the diagonal of a^T b, and the deviation off it; a, b [rows, C]. */
static void product_of(const float *a, const float *b, int64_t rows, int64_t C, double found[2])
{
  found[0] = found[1] = 0.0;
  for (int64_t i = 0; i < C; i++)
    for (int64_t j = 0; j < C; j++) {
      double sum = 0.0;
      for (int64_t r = 0; r < rows; r++) sum += (double)a[r * C + i] * (double)b[r * C + j];
      found[i != j] += i == j ? sum / (double)C : sum * sum / (double)(C * (C - 1));
    }
  found[1] = sqrt(found[1]);
}

/* The products that the source asks for, whatever the threads; their halves are equally large. */
MPI_TEST(mimetic_start_values, 1)
{
  enum { C = 64, H = 4 };
  const configuration c = {KIND_TOKENS, 0, "model.start=mimetic model.width=64 model.heads=4"};
  static float turned[C * C];
  double found[2];
  omp_set_num_threads(1);
  lw_model *model = model_of(&c, world), *again;
  FINE(lw_model_start(model)); /* that of before, without what tests stir in */
  omp_set_num_threads(3);
  again = model_of(&c, world);
  FINE(lw_model_start(again));
  for (int64_t i = 0; i < model->params.count; i++)
    CHECK(!memcmp(lw_param_value(&model->params, i), lw_param_value(&again->params, i),
                  (size_t)model->params.table[i].count * sizeof(float)),
          "%s depends on threads", model->params.table[i].name);
  for (int64_t i = 0; i < model->params.count; i++) {
    const char *name = model->params.table[i].name;
    if (strcmp(name, "blocks.1.attention.qkv.weight") != 0) continue;
    const float *qkv = lw_param_value(&model->params, i);
    const float *out = lw_param_value(&model->params, i + 2);
    CHECK(!strcmp(model->params.table[i + 2].name, "blocks.1.attention.out.weight"), "order");
    for (int64_t n = 0; n < C * C; n++) turned[n] = out[n % C * C + n / C];
    product_of(turned, qkv + 2 * C * C, C, C, found);
    CHECK(fabs(found[0] + 0.4) < 0.02 && fabs(found[1] - 0.4 / 8) < 0.004, "values: %g, %g",
          found[0], found[1]);
    for (int64_t head = 0; head < H; head++) {
      const float *q = qkv + head * C / H * C;
      product_of(q, q + C * C, C / H, C, found);
      CHECK(found[0] > 0.27 && found[0] < 0.35, "head %d: %g, %g", (int)head, found[0], found[1]);
    }
  }
  lw_model_destroy(&model);
  lw_model_destroy(&again);
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
    const size_t logits = (size_t)(answers_of(c) * one->data.outputs) * sizeof *one->logits;
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
  again->execution.recompute = true;
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
      configuration c = {KIND_TOKENS, 0, settings}, longer = {KIND_TOKENS, 3, settings};
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

/* ---- nothing of what is to come ---- */

/* Logits of one sample of 200 tokens, the token at `other` another one. */
static void logits_of(lw_model *model, int64_t other, float *logits)
{
  static int64_t place[] = {0};
  static int32_t tokens[200];
  const int64_t length = 200;
  lw_packing_rule rule = lw_model_rule(model);
  rule.ranks = 1;
  for (int64_t t = 0; t < length; t++) {
    tokens[t] = tiny_token(0, t);
    if (t == other) tokens[t] = (tokens[t] + 1) % TINY_VOCABULARY;
  }
  lw_batch batch = {.samples = 1,
                    .rows = length,
                    .answers = length,
                    .global_answers = length - 1,
                    .counted = true,
                    .sample = place,
                    .index = place,
                    .tokens = tokens};
  FINE(lw_packing_make(&batch.packing, &rule, &length, 1));
  FINE(lw_model_forward(model, &batch, LW_MODE_EVALUATE, 0));
  memcpy(logits, model->logits, (size_t)(length * TINY_VOCABULARY) * sizeof *logits);
  lw_packing_done(&batch.packing);
}

/* The far field's plan looks at whole blocks of queries and keys: without it, bits must agree. */
MPI_TEST(a_token_changes_no_logits_before_it, 1)
{
  static const char *const localities[] = {"scale", "bias", "both"};
  static const char *const engines[] = {"fused attention.tolerance=0", "scalapack"};
  static float before[200 * TINY_VOCABULARY], after[200 * TINY_VOCABULARY];
  for (int l = 0; l < 3; l++)
    for (int e = 0; e < 2; e++) {
      char settings[TINY_TEXT_MAX];
      snprintf(settings, sizeof settings,
               "model.positions=rotary attention.window=3 attention.alignment=causal "
               "attention.locality=%s attention.engine=%s",
               localities[l], engines[e]);
      configuration c = {KIND_NEXT, 60, settings};
      lw_model *model = model_of(&c, world);
      logits_of(model, -1, before);
      for (int64_t t = 1; t < 200; t += 33) {
        logits_of(model, t, after);
        const size_t row = TINY_VOCABULARY * sizeof *before;
        CHECK(!memcmp(before, after, (size_t)t * row), "%s: token %lld is known before", settings,
              (long long)t);
        CHECK(memcmp(before + t * TINY_VOCABULARY, after + t * TINY_VOCABULARY, row),
              "%s: token %lld is not seen at all", settings, (long long)t);
      }
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
      FINE(lw_model_forward(model, &batch, modes[m], MODEL_CASE_STEP));
      int64_t taken = model->memory_room * (int64_t)sizeof(float);
      CHECK(taken == foretold, "%s, mode %d: %lld bytes for %lld", c->settings, modes[m],
            (long long)taken, (long long)foretold);
      lw_batch_done(&batch);
      lw_model_destroy(&model);
    }
}
