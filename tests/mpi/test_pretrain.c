/* Training on the items alone: what is hidden and asked, on sequences that are shared. */
#include "approx.h"
#include "longwave/base/mem.h"
#include "pretrain_case.h"

enum { STEPS = 4 };

static const asking askings[] = {
    {TOKENS, "objective.pretrain=masked objective.mask_share=0.3"},
    {TOKENS, "objective.pretrain=masked objective.mask_span=4 model.norm=batch"},
    {TOKENS, "objective.pretrain=next_step attention.window=1"},
    {VALUES, "objective.pretrain=masked objective.mask_share=0.4 attention.causal=false"},
    {LABELLED, "objective.step_weight=0.7"},
    {LABELLED, "objective.step_weight=2 objective.pretrain=masked model.norm_position=post"},
    {VALUES, "objective.pretrain=next_step attention.window=1 model.positions=rotary"}};
enum { ASKINGS = sizeof askings / sizeof *askings };

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

MPI_TESTS_1234
