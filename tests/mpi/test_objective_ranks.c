/* Every objective with sequences sharded over ranks, against one rank that has all: losses, gradients
   and what evaluations tally; weights of samples and classes as in training. */
#include "approx.h"
#include "longwave/comm/reduce.h"
#include "longwave/train/gradient.h"
#include "longwave/train/loss.h"
#include "mpi_case.h"
#include "tiny_model.h"
#include <math.h>
#include <omp.h>

enum { STRETCH = 20, OUTPUTS = 3, PLACES = 1024, TALLY = 1 << 16, ALL_ROWS = 2 * STRETCH * 36 };

/* What is right at a place: of a sample at its first step. Some of it is not known. */
static void answer(lw_answer_kind kind, int64_t place, int32_t *label, float *wanted)
{
  const lw_rng rng = {.seed = 9, .stream = LW_RNG_TEST};
  const uint64_t first = (uint64_t)place * 2 * OUTPUTS;
  *label = lw_rng_below(rng, first, 5) ? (int32_t)lw_rng_below(rng, first + 1, OUTPUTS) : -1;
  for (int k = 0; k < OUTPUTS; k++) {
    const double number = lw_rng_normal(rng, first + 2 + (uint64_t)k);
    wanted[k] = kind == LW_ANSWER_SEVERAL ? (float)(number > 0.3) : (float)number;
    if (lw_rng_below(rng, first + 2 + OUTPUTS + (uint64_t)k % 2, 4) == 0) wanted[k] = NAN;
  }
}

static void ask(const lw_objective *objective, lw_batch *batch)
{
  const bool by_row = objective->readout == LW_READOUT_ROW;
  const lw_packing *packing = &batch->packing;
  batch->answers = by_row ? batch->rows : batch->samples;
  batch->counted = batch->counted || by_row;
  batch->global_answers = 23; /* any number, the same everywhere */
  batch->width = OUTPUTS;
  lw_mem_give(batch->label);
  batch->label = NULL;
  FINE(LW_TAKE(&batch->label, batch->answers));
  FINE(LW_TAKE(&batch->wanted, batch->answers * OUTPUTS));
  FINE(LW_TAKE(&batch->weight, batch->samples));
  for (int64_t b = 0; b < batch->samples; b++) {
    batch->weight[b] = 0.5f + (float)(batch->sample[b] % 3);
    if (!by_row)
      answer(objective->target->kind, batch->sample[b] * PLACES, &batch->label[b],
             batch->wanted + b * OUTPUTS);
  }
  for (int64_t s = 0; by_row && s < packing->stretch_count; s++) {
    const lw_stretch part = packing->stretches[s];
    for (int64_t t = 0; t < part.tokens; t++)
      answer(objective->target->kind, batch->sample[part.sample] * PLACES + part.position + t,
             &batch->label[part.row + t], batch->wanted + (part.row + t) * OUTPUTS);
  }
}

typedef struct result {
  lw_model *model;
  lw_sums sums;
  double tally[TALLY];
  float *input; /* [all rows] gradient with respect to what goes in, 0 for those of other ranks */
} result;

/* Rows of the documents one behind the other, as one rank has them. */
static void take_input_gradient(const lw_batch *batch, result *out)
{
  const lw_packing *packing = &batch->packing;
  float *rows = NULL;
  FINE(LW_TAKE(&rows, batch->rows));
  FINE(LW_TAKE(&out->input, ALL_ROWS));
  lw_model_input_gradient(out->model, rows);
  for (int64_t s = 0; s < packing->stretch_count; s++) {
    const lw_stretch part = packing->stretches[s];
    int64_t first = part.position;
    for (int64_t b = 0; b < part.sample; b++) first += packing->length[b];
    memcpy(out->input + first, rows + part.row, (size_t)part.tokens * sizeof *rows);
  }
  lw_mem_give(rows);
}

static void compute(const lw_objective *objective, const lw_world *world, result *out)
{
  static lw_job job;
  static const double class_weight[OUTPUTS] = {0.5, 2.0, 1.25};
  const lw_cost cost = {.loss = LW_LOSS_HUBER,
                        .huber_delta = 0.7,
                        .smoothing = 0.1,
                        .class_weight = class_weight,
                        .present_weight = class_weight,
                        .sample_scale = 0.8};
  lw_batch batch;
  lw_model_data data = tiny_data(&lw_input_values, STRETCH);
  data.objective = objective;
  data.outputs = OUTPUTS;
  FINE(tiny_job("model.layers=1 attention.window=5", &job));
  lw_model_design design = lw_job_design(&job, &data);
  design.seed = 7;
  FINE(lw_model_create(&design, &(lw_execution){.matmul = LW_MATMUL_LOCAL}, world, &out->model));
  tiny_stir(out->model, 0.2);
  lw_packing_rule rule = lw_model_rule(out->model);
  rule.ranks = world->sequence->size;
  rule.rank = world->sequence->rank;
  FINE(tiny_batch(objective->documents > 1, STRETCH, NULL, 0, &rule, &batch));
  ask(objective, &batch);
  FINE(lw_model_forward(out->model, &batch, LW_MODE_GRADIENT, 0));
  lw_loss_add(&out->model->data, &cost, out->model->logits, &batch, out->model->dlogits,
              &out->sums);
  if (objective->tally) lw_loss_tally(&out->model->data, out->model->logits, &batch, out->tally);
  FINE(lw_model_backward(out->model, out->model->dlogits));
  take_input_gradient(&batch, out);
  lw_reduce_sum_floats(world, out->input, ALL_ROWS);
  double none = 0.0;
  lw_loss_share(world, objective, &out->sums, &none, 1);
  lw_reduce_sum_doubles(world, out->tally, TALLY);
  lw_gradient_sum_all(&out->model->params, world);
  lw_batch_done(&batch);
}

/* Logits differ in their last bits, so that one may be in the next bin. */
static double tally_error(const lw_objective *objective, const result *a, const result *b)
{
  const int64_t size = objective->tally ? objective->tally->size(OUTPUTS) : 0;
  double error = 0.0, all = 1e-30;
  for (int64_t i = 0; i < size; i++) {
    error += fabs(a->tally[i] - b->tally[i]);
    all += fabs(b->tally[i]);
  }
  return error / all;
}

static void check(const lw_objective *objective, const lw_world *world, const lw_world *self)
{
  static result shared, alone;
  shared = (result){.model = NULL};
  alone = (result){.model = NULL};
  compute(objective, world, &shared);
  compute(objective, self, &alone);
  for (int k = 0; k < objective->sums; k++)
    CHECK(fabs(shared.sums.sum[k] - alone.sums.sum[k]) <= 1e-6 * fabs(alone.sums.sum[k]),
          "%s: sum %d is %.9g, of one rank %.9g", objective->name, k, shared.sums.sum[k],
          alone.sums.sum[k]);
  const double gradients = approx_error_floats(
      shared.model->params.gradient, alone.model->params.gradient, alone.model->params.floats);
  CHECK(gradients <= 1e-5, "%s: gradients differ by %g", objective->name, gradients);
  const double input = approx_error_floats(shared.input, alone.input, ALL_ROWS);
  CHECK(input <= 1e-5, "%s: gradients of what goes in differ by %g", objective->name, input);
  const double tally = tally_error(objective, &shared, &alone);
  CHECK(tally <= 5e-3, "%s: tallies differ by %g", objective->name, tally);
  lw_mem_give(shared.input);
  lw_mem_give(alone.input);
  lw_model_destroy(&shared.model);
  lw_model_destroy(&alone.model);
}

MPI_TEST_1234(every_objective_is_the_same_on_sequences_that_are_shared)
{
  lw_world *self = NULL, *grid = NULL;
  omp_set_num_threads(1);
  FINE(lw_world_create(MPI_COMM_SELF, &self));
  FINE(lw_world_create(world->all, &grid));
  FINE(lw_world_arrange(grid, world->size));
  for (int i = 0; lw_objectives[i]; i++) check(lw_objectives[i], grid, self);
  lw_world_destroy(&grid);
  lw_world_destroy(&self);
}

MPI_TESTS_1234
