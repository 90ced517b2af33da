/* The model as a whole against a second implementation, golden/make_model.py. */
#include "../golden/model.h"
#include "approx.h"
#include "longwave/train/loss.h"
#include "model_case.h"
#include <math.h>

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
  static int64_t order[] = {0, 1, 2};
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
                    .sample = order,
                    .index = order,
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
  lw_model_data data = {
      .objective = &lw_objective_class, .inputs = 1, .outputs = 3, .most_positions = 9};
  for (size_t i = 0; i < sizeof golden_models / sizeof *golden_models; i++) {
    const golden_model *golden = &golden_models[i];
    lw_model *model = NULL;
    lw_sums sums = {{0.0}};
    float dlogits[9];
    double logits[9];
    data.input = golden->tokens ? &lw_input_tokens : &lw_input_values;
    data.vocabulary = golden->tokens ? TINY_VOCABULARY : 0;
    FINE(tiny_job(golden->settings, &job));
    const lw_model_design design = lw_job_design(&job, &data);
    FINE(lw_model_create(&design, &job.execution, world, &model));
    golden_parameters(&model->params);
    lw_batch batch = golden_batch(model);
    FINE(lw_model_forward(model, &batch, LW_MODE_TRAIN, 0));
    lw_loss_add(&data, &(lw_cost){.smoothing = 0.0}, model->logits, &batch, dlogits, &sums);
    FINE(lw_model_backward(model, dlogits));
    for (int k = 0; k < 9; k++) logits[k] = model->logits[k];
    double error = approx_error(logits, golden->logits, 9);
    CHECK(error <= 1e-5, "%s: logits differ by %g", golden->settings, error);
    CHECK(fabs(sums.sum[0] / 3.0 - golden->loss) <= 1e-5 * golden->loss, "%s: loss %.9g for %.9g",
          golden->settings, sums.sum[0] / 3.0, golden->loss);
    check_golden_gradients(model, golden);
    lw_packing_done(&batch.packing);
    lw_model_destroy(&model);
  }
}
