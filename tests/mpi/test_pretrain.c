/* Training on the items alone: what is hidden and asked, on sequences that are shared; start values
   from such a model. */
#include "approx.h"
#include "hand_made.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/data/target.h"
#include "longwave/train/start_from.h"
#include "mpi_folder.h"
#include "tiny_model.h"
#include <math.h>
#include <omp.h>

enum { SAMPLES = 13, LENGTH = 37, STEPS = 4 };

typedef enum kind { TOKENS, VALUES, LABELLED, KINDS } kind;
static const char *const kind_names[KINDS] = {"tokens", "values", "labelled"};

/* Tokens with classes of steps beside their class: the token before, 3 is unknown. */
static void write_labelled(const char *path, const lw_world *self)
{
  static const char *const names[] = {"a", "b", "c"};
  const lw_dataset_recipe recipe = {.task = "test",
                                    .input = &lw_input_tokens,
                                    .target = &lw_target_class,
                                    .vocabulary = 5,
                                    .classes = 2,
                                    .scale = 1.0,
                                    .class_names = names,
                                    .step_classes = 3,
                                    .step_names = names,
                                    .documents = 1,
                                    .origin = "made by a test",
                                    .settings = "test: {}\n"};
  lw_samples samples[LW_SPLITS] = {{0}};
  FINE(lw_samples_room(&samples[LW_SPLIT_TRAIN], SAMPLES, LENGTH));
  FINE(lw_samples_steps(&samples[LW_SPLIT_TRAIN]));
  for (int64_t i = 0; i < SAMPLES * LENGTH; i++) {
    samples[0].bytes[i] = (uint8_t)(i * i % 7 % 5);
    samples[0].steps[i] = i % LENGTH ? samples[0].bytes[i - 1] % 3 : 0;
    samples[0].labels[i / LENGTH] = (int32_t)(i / LENGTH % 2);
  }
  for (int split = 1; split < LW_SPLITS; split++) {
    FINE(lw_samples_room(&samples[split], 1, LENGTH));
    FINE(lw_samples_steps(&samples[split]));
  }
  FINE(lw_dataset_write(path, self, &recipe, samples));
  for (int split = 0; split < LW_SPLITS; split++) lw_samples_done(&samples[split]);
}

/* Both the next item and the one at the middle of two others can be learnt. */
static void write_data(const char *path, bool tokens)
{
  double items[SAMPLES * LENGTH];
  for (int i = 0; i < SAMPLES * LENGTH; i++) {
    const int t = i % LENGTH + i / LENGTH;
    items[i] = tokens ? t * t % 7 % 5 : 20 + (int)(15.0 * sin(0.3 * t));
  }
  hand_made_write(path, &(hand_made){.values = !tokens,
                                     .vocabulary = tokens ? 5 : 0,
                                     .scale = tokens ? 1.0 : 0.1,
                                     .split = {{SAMPLES, NULL, LENGTH, items, NULL},
                                               {SAMPLES, NULL, LENGTH, items, NULL}}});
}

typedef struct asking {
  kind data;
  const char *settings;
} asking;

static const asking askings[] = {
    {TOKENS, "objective.pretrain=masked objective.mask_share=0.3"},
    {TOKENS, "objective.pretrain=masked objective.mask_span=4 model.norm=batch"},
    {TOKENS, "objective.pretrain=next_step attention.window=1"},
    {VALUES, "objective.pretrain=masked objective.mask_share=0.4 attention.causal=false"},
    {LABELLED, "objective.step_weight=0.7"},
    {LABELLED, "objective.step_weight=2 objective.pretrain=masked model.norm_position=post"},
    {VALUES, "objective.pretrain=next_step attention.window=1 model.positions=rotary"}};
enum { ASKINGS = sizeof askings / sizeof *askings };

typedef struct place {
  char folder[TEMP_FOLDER_MAX], data[KINDS][PATH_ROOM];
  lw_world *grid, *self;
} place;

static void enter(const lw_world *world, place *p)
{
  omp_set_num_threads(1);
  FINE(lw_world_create(MPI_COMM_SELF, &p->self));
  begin(world, p->folder, p->data[0], "tokens.h5");
  for (int k = 0; k < KINDS; k++)
    snprintf(p->data[k], PATH_ROOM, "%s/%s.h5", p->folder, kind_names[k]);
  if (!world->rank) {
    write_data(p->data[TOKENS], true);
    write_data(p->data[VALUES], false);
    write_labelled(p->data[LABELLED], p->self);
  }
  MPI_Barrier(world->all);
  FINE(lw_world_create(world->all, &p->grid));
}

static void leave(const lw_world *world, place *p)
{
  lw_world_destroy(&p->grid);
  lw_world_destroy(&p->self);
  end(world, p->folder);
}

static lw_status create(lw_world *world, const char *data, const char *settings, const char *more,
                        lw_trainer **out)
{
  static lw_job job;
  char text[TINY_TEXT_MAX];
  lw_text to = LW_TEXT_IN(text);
  lw_text_add(&to,
              "data.path=%s train.steps=100 train.batch_size=8 optimizer.learning_rate=0.01 "
              "optimizer.warmup=0 parallel.sequence=%d %s %s",
              data, world->size, settings, more);
  CHECK(!to.truncated, "too long: %s", text);
  FINE(tiny_job(text, &job));
  return lw_trainer_create(&job, world, out);
}

static lw_trainer *trainer_of(lw_world *world, const place *p, const asking *a, const char *more)
{
  lw_trainer *trainer = NULL;
  FINE(create(world, p->data[a->data], a->settings, more, &trainer));
  return trainer;
}

/* Steps beyond the first epoch: 8 of 13 samples a step. */
static void losses(lw_world *world, const place *p, const asking *a, double *loss)
{
  lw_trainer *trainer = trainer_of(world, p, a, "");
  lw_step_result result = {0};
  for (int step = 0; step < STEPS; step++) {
    FINE(lw_step(trainer, (lw_step_wishes){0}, &result));
    loss[step] = result.score.value[0];
    if (strstr(a->settings, "step_weight")) loss[step] += result.step_loss;
    CHECK(isnan(result.step_loss) == !strstr(a->settings, "step_weight"), "%g", result.step_loss);
  }
  lw_trainer_destroy(&trainer);
}

MPI_TEST_1234(training_is_the_same_on_sequences_that_are_shared)
{
  place p;
  enter(world, &p);
  for (int a = 0; a < ASKINGS; a++) {
    double shared[STEPS], alone[STEPS];
    losses(p.grid, &p, &askings[a], shared);
    losses(p.self, &p, &askings[a], alone);
    for (int step = 0; step < STEPS; step++)
      CHECK(fabs(shared[step] - alone[step]) <= 2e-5 * alone[step], "%s: step %d, %.9g and %.9g",
            askings[a].settings, step, shared[step], alone[step]);
  }
  leave(world, &p);
}

/* ---- what is hidden ---- */

static void load(lw_trainer *trainer, int64_t cursor, lw_batch *batch)
{
  int64_t list[SAMPLES];
  for (int64_t i = 0; i < SAMPLES; i++) list[i] = i;
  const lw_batch_request request = {.split = LW_SPLIT_TRAIN,
                                    .list = list,
                                    .count = SAMPLES,
                                    .cursor = cursor,
                                    .pieces = 1,
                                    .input = trainer->model->input,
                                    .beside = trainer->model->data.step_outputs > 0,
                                    .rule = lw_model_rule(trainer->model)};
  FINE(lw_batch_load(batch, trainer->dataset, trainer->world, &request));
}

/* Rows that are wrong; *asked: those with an answer. */
static int64_t wrong_rows(const lw_trainer *trainer, const lw_batch *batch, int64_t epoch,
                          int64_t *asked)
{
  const lw_objective_options *options = &trainer->job.objective;
  const lw_question question = {.mask_share = options->mask_share,
                                .mask_span = options->mask_span,
                                .seed = (uint64_t)trainer->job.train.seed};
  int64_t wrong = 0;
  *asked = 0;
  for (int64_t s = 0; s < batch->packing.stretch_count; s++) {
    const lw_stretch part = batch->packing.stretches[s];
    for (int64_t t = 0; t < part.tokens; t++) {
      uint8_t masked;
      const int64_t row = part.row + t;
      const lw_items item = {.sample = batch->sample[part.sample],
                             .first = part.position + t,
                             .count = 1,
                             .epoch = epoch};
      lw_question_mask(&question, &item, &masked);
      wrong += batch->masked[row] != masked;
      if (batch->label) wrong += batch->label[row] != (masked ? batch->tokens[row] : -1);
      if (batch->wanted)
        wrong += masked ? batch->wanted[row] != batch->values[row] : !isnan(batch->wanted[row]);
      *asked += masked;
    }
  }
  return wrong;
}

MPI_TEST_1234(masked_rows_are_those_asked_for)
{
  place p;
  enter(world, &p);
  for (int a = 0; a < ASKINGS; a++) {
    if (!strstr(askings[a].settings, "masked")) continue;
    lw_trainer *trainer = trainer_of(p.grid, &p, &askings[a], "");
    for (int64_t epoch = 0; epoch < 2; epoch++) {
      lw_batch batch = {0};
      int64_t asked;
      load(trainer, epoch * SAMPLES, &batch);
      CHECK(wrong_rows(trainer, &batch, epoch, &asked) == 0, "%s", askings[a].settings);
      lw_reduce_sum_integers(trainer->world, &asked, 1);
      CHECK(asked == batch.global_answers && asked > 0, "%lld of %lld", (long long)asked,
            (long long)batch.global_answers);
      lw_batch_done(&batch);
    }
    lw_trainer_destroy(&trainer);
  }
  leave(world, &p);
}

/* The answer of a row stands in the next one, if that is here, too; the last step has none. */
MPI_TEST_1234(the_next_step_is_the_one_behind)
{
  place p;
  enter(world, &p);
  lw_trainer *trainer = trainer_of(p.grid, &p, &askings[ASKINGS - 1], "");
  lw_batch batch = {0};
  int64_t asked = 0;
  load(trainer, 0, &batch);
  for (int64_t s = 0; s < batch.packing.stretch_count; s++) {
    const lw_stretch part = batch.packing.stretches[s];
    for (int64_t t = 0; t < part.tokens; t++) {
      const int64_t row = part.row + t;
      if (t + 1 < part.tokens)
        CHECK(batch.wanted[row] == batch.values[row + 1], "row %d", (int)row);
      CHECK(isnan(batch.wanted[row]) == (part.position + t == LENGTH - 1), "row %d", (int)row);
      asked += !isnan(batch.wanted[row]);
    }
  }
  lw_reduce_sum_integers(trainer->world, &asked, 1);
  CHECK(asked == batch.global_answers && asked == SAMPLES * (LENGTH - 1), "%d", (int)asked);
  lw_batch_done(&batch);
  lw_trainer_destroy(&trainer);
  leave(world, &p);
}

/* A hidden item has no part in what the model says; the one behind it has. */
MPI_TEST_1234(hidden_items_do_not_reach_the_model)
{
  place p;
  enter(world, &p);
  for (int a = 0; a < ASKINGS; a++) {
    if (!strstr(askings[a].settings, "masked")) continue;
    lw_trainer *trainer = trainer_of(p.grid, &p, &askings[a], "");
    lw_batch batch = {0};
    float *logits = NULL;
    load(trainer, 0, &batch);
    const int64_t numbers = batch.rows * trainer->model->data.outputs;
    FINE(LW_TAKE(&logits, numbers));
    FINE(lw_model_forward(trainer->model, &batch, LW_MODE_GRADIENT, 0));
    memcpy(logits, trainer->model->logits, (size_t)numbers * sizeof *logits);
    for (int64_t row = 0; row < batch.rows; row++) {
      if (batch.masked[row] && batch.tokens) batch.tokens[row] = (batch.tokens[row] + 1) % 5;
      if (batch.masked[row] && batch.values) batch.values[row] += 3.0f;
    }
    FINE(lw_model_forward(trainer->model, &batch, LW_MODE_GRADIENT, 0));
    CHECK(!memcmp(logits, trainer->model->logits, (size_t)numbers * sizeof *logits), "%s",
          askings[a].settings);
    lw_mem_give(logits);
    lw_batch_done(&batch);
    lw_trainer_destroy(&trainer);
  }
  leave(world, &p);
}

/* ---- gradients ---- */

static double loss_of(lw_trainer *trainer, const lw_batch *batch, bool gradient)
{
  lw_model *model = trainer->model;
  const double weight = trainer->job.objective.step_weight;
  lw_sums sums = {{0.0}};
  double steps[2] = {0.0, 0.0};
  FINE(lw_model_forward(model, batch, LW_MODE_TRAIN, 0));
  lw_loss_add(&model->data, &(lw_cost){.smoothing = 0.0}, model->logits, batch, model->dlogits,
              &sums);
  lw_loss_add_steps(model, batch, weight, steps);
  if (gradient) FINE(lw_model_backward(model, model->dlogits));
  const double beside = batch->beside ? weight * steps[0] / (double)batch->global_beside : 0.0;
  return sums.sum[0] / (double)batch->global_answers + beside;
}

/* The slope along a direction that changes every parameter, against the gradient. */
static void check_slope(lw_trainer *trainer, const char *settings)
{
  lw_params *params = &trainer->model->params;
  const lw_rng rng = {.seed = 11, .stream = LW_RNG_TEST};
  const float step = 0x1p-9f;
  lw_batch batch = {0};
  double along = 0.0, mask = 0.0, steps = 0.0, loss[2];
  float *was = NULL, *direction = NULL;
  load(trainer, 0, &batch);
  lw_gradient_zero(params);
  loss_of(trainer, &batch, true);
  FINE(LW_TAKE(&was, params->floats));
  FINE(LW_TAKE(&direction, params->floats));
  memcpy(was, params->value, (size_t)params->floats * sizeof *was);
  for (int64_t i = 0; i < params->count; i++) {
    const lw_param *one = &params->table[i];
    for (int64_t n = one->first; n < one->first + one->count; n++) {
      direction[n] = (float)lw_rng_normal(rng, (uint64_t)n);
      along += (double)direction[n] * (double)params->gradient[n];
      if (strstr(one->name, "embedding.mask")) mask += fabs((double)params->gradient[n]);
      if (strstr(one->name, "head.steps.weight")) steps += fabs((double)params->gradient[n]);
    }
  }
  for (int side = 0; side < 2; side++) {
    for (int64_t n = 0; n < params->floats; n++)
      params->value[n] = was[n] + (side ? step : -step) * direction[n];
    loss[side] = loss_of(trainer, &batch, false);
  }
  const double slope = (loss[1] - loss[0]) / (2.0 * (double)step);
  CHECK(fabs(slope - along) <= 2e-3 * fabs(along) + 1e-3, "%s: slope %.6g, gradient %.6g", settings,
        slope, along);
  CHECK(!strstr(settings, "masked") || mask > 0.0, "%s: no gradient of the mask", settings);
  CHECK(!strstr(settings, "step_weight") || steps > 0.0, "%s: no gradient of steps", settings);
  lw_mem_give(was);
  lw_mem_give(direction);
  lw_batch_done(&batch);
}

MPI_TEST(gradients_are_those_of_the_loss, 1)
{
  place p;
  enter(world, &p);
  for (int a = 0; a < ASKINGS; a++) {
    lw_trainer *trainer = trainer_of(p.self, &p, &askings[a], "");
    tiny_stir(trainer->model, 0.2);
    check_slope(trainer, askings[a].settings);
    lw_trainer_destroy(&trainer);
  }
  leave(world, &p);
}

/* ---- labels of steps beside the answers ---- */

/* A model that has learnt them is read again, also to be used on data without any. */
MPI_TEST_1234(a_model_with_step_labels_is_read_again)
{
  static lw_checkpoint_saved saved;
  static lw_checkpoint_info info;
  const asking labelled = {LABELLED, "objective.step_weight=1"};
  char path[PATH_ROOM];
  lw_step_result result = {0};
  lw_trainer *trainer = NULL;
  lw_resume resume = {.accept_data = false};
  place p;
  enter(world, &p);
  snprintf(path, sizeof path, "%s/state.h5", p.folder);
  trainer = trainer_of(p.grid, &p, &labelled, "");
  FINE(lw_step(trainer, (lw_step_wishes){0}, &result));
  FINE(lw_trainer_save(trainer, path, &saved));
  FINE(lw_checkpoint_read_info(path, &info));
  CHECK(info.data.step_outputs == 3 && info.data.outputs == 2, "%d", (int)info.data.step_outputs);
  FINE(lw_trainer_restore(trainer, path, &resume));
  lw_trainer_destroy(&trainer);
  FAILS(create(p.grid, p.data[TOKENS], labelled.settings, "", &trainer), LW_ERROR_INPUT,
        "has no step labels");
  leave(world, &p);
}

/* ---- start values ---- */

static const lw_param *find(const lw_params *params, const char *name)
{
  for (int64_t i = 0; i < params->count; i++)
    if (!strcmp(params->table[i].name, name)) return &params->table[i];
  return NULL;
}

/* Arrays of the blocks that are the same in both. */
static bool same(const lw_trainer *a, const lw_trainer *b, const char *name)
{
  const lw_params *x = &a->model->params, *y = &b->model->params;
  const lw_param *one = find(x, name), *other = find(y, name);
  return one && other && one->count == other->count &&
         !memcmp(x->value + one->first, y->value + other->first,
                 (size_t)one->count * sizeof(float));
}

static void expect_start(lw_trainer *from, lw_trainer *to, const char *told)
{
  CHECK(same(from, to, "blocks.1.attention.qkv.weight"), "blocks");
  CHECK(same(from, to, "embedding.weight") && same(from, to, "head.norm.gain"), "ends");
  CHECK(!same(from, to, "head.weight"), "the readout of another question");
  CHECK(strstr(told, "not taken: head.weight (it answers another question, masked tokens)"), "%s",
        told);
  CHECK(strstr(told, "only in the file: embedding.mask"), "%s", told);
  CHECK(strstr(told, "other there: objective.pretrain: \"masked\" in the checkpoint, \"none\""),
        "%s", told);
}

/* Of a longer model's positions the first ones are taken. */
static void expect_positions(const lw_trainer *from, const lw_trainer *to, const char *told)
{
  const lw_params *x = &from->model->params, *y = &to->model->params;
  const lw_param *one = find(x, "embedding.position"), *other = find(y, "embedding.position");
  CHECK(one->count > other->count, "the pretraining has more positions");
  CHECK(
      !memcmp(x->value + one->first, y->value + other->first, (size_t)other->count * sizeof(float)),
      "positions");
  CHECK(strstr(told, "taken in part: embedding.position (20 of 20 rows)"), "%s", told);
}

MPI_TEST_1234(start_values_come_from_another_training)
{
  static lw_checkpoint_saved saved;
  static char told[LW_START_TEXT];
  const asking answers = {TOKENS, "model.positions=learned"};
  const asking masked = {TOKENS, "objective.pretrain=masked model.positions=learned"};
  char path[PATH_ROOM];
  lw_step_result result = {0};
  place p;
  enter(world, &p);
  snprintf(path, sizeof path, "%s/state.h5", p.folder);
  lw_trainer *from = trainer_of(p.grid, &p, &masked, "");
  FINE(lw_step(from, (lw_step_wishes){0}, &result));
  FINE(lw_trainer_save(from, path, &saved));
  lw_trainer *to = trainer_of(p.grid, &p, &answers, "data.max_length=20");
  FINE(lw_start_from(to, path, told));
  expect_start(from, to, told);
  expect_positions(from, to, told);
  lw_trainer_destroy(&to);
  to = trainer_of(p.grid, &p, &answers, "model.width=4");
  FAILS(lw_start_from(to, path, told), LW_ERROR_INPUT, "start from a model with the same");
  FAILS(lw_start_from(to, p.data[TOKENS], told), LW_ERROR_FOREIGN, "is not a Longwave checkpoint");
  FAILS(lw_start_from(to, "nowhere.h5", told), LW_ERROR_FILE, "train.start_from: cannot open");
  lw_trainer_destroy(&to);
  lw_trainer_destroy(&from);
  leave(world, &p);
}

MPI_TESTS_1234
