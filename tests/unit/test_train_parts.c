/* The small parts of training: start values, gradient norms, loss, accuracy interval. */
#include "longwave/base/mem.h"
#include "longwave/model/param.h"
#include "longwave/train/evaluate.h"
#include "longwave/train/gradient.h"
#include "longwave/train/loss.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- parameters ---- */

static int64_t add(lw_params *params, const char *name, int64_t rows, int64_t columns)
{
  int64_t index = -1;
  lw_param_shape shape = {LW_PARAM_MATRIX, {rows, columns}, LW_START_NORMAL, 0.5, true};
  cr_assert_eq(lw_params_add(params, shape, &index, "%s", name), LW_OK);
  return index;
}

static bool same_start(const lw_params *a, int64_t i, const lw_params *b, int64_t j)
{
  size_t bytes = (size_t)a->table[i].count * sizeof *a->value;
  return !memcmp(lw_param_value(a, i), lw_param_value(b, j), bytes);
}

Test(param, start_values_depend_on_seed_and_name_only)
{
  lw_params alone = {0}, among = {0}, seeded = {0};
  add(&alone, "b.weight", 5, 7);
  add(&among, "a.weight", 3, 3);
  add(&among, "b.weight", 5, 7);
  add(&among, "c.weight", 5, 7);
  add(&seeded, "b.weight", 5, 7);
  cr_assert_eq(lw_params_allocate(&alone, 1, false), LW_OK);
  cr_assert_eq(lw_params_allocate(&among, 1, true), LW_OK);
  cr_assert_eq(lw_params_allocate(&seeded, 2, false), LW_OK);
  cr_assert(same_start(&alone, 0, &among, 1));
  cr_assert_not(same_start(&among, 1, &among, 2));
  cr_assert_not(same_start(&alone, 0, &seeded, 0));
  cr_assert_null(alone.gradient);
  lw_params_done(&alone);
  lw_params_done(&among);
  lw_params_done(&seeded);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(param, entries_lie_apart_and_gaps_are_zero)
{
  lw_params params = {0};
  for (int i = 0; i < 70; i++) { /* the table grows twice */
    char name[32];
    snprintf(name, sizeof name, "entry.%d", i);
    cr_assert_eq(add(&params, name, 1 + i % 3, 5), i);
  }
  cr_assert_eq(lw_params_allocate(&params, 1, true), LW_OK);
  int64_t numbers = 0, zeros = 0;
  for (int64_t i = 0; i < params.count; i++) {
    const lw_param *param = &params.table[i];
    cr_assert_eq(param->first % 16, 0);
    if (i > 0) cr_assert_geq(param->first, param[-1].first + param[-1].count);
    numbers += param->count;
  }
  for (int64_t k = 0; k < params.floats; k++) zeros += params.value[k] == 0.0f;
  cr_assert_eq(numbers, params.numbers);
  cr_assert_eq(zeros, params.floats - params.numbers);
  lw_params_done(&params);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(param, normal_start_has_its_deviation)
{
  lw_params params = {0};
  add(&params, "large.weight", 100, 200);
  cr_assert_eq(lw_params_allocate(&params, 1, false), LW_OK);
  double sum = 0.0, square = 0.0, n = 20000.0;
  for (int64_t k = 0; k < 20000; k++) {
    sum += params.value[k];
    square += (double)params.value[k] * params.value[k];
  }
  cr_assert_lt(fabs(sum / n), 4.0 * 0.5 / sqrt(n));
  cr_assert_lt(fabs(sqrt(square / n) / 0.5 - 1.0), 4.0 / sqrt(2.0 * n));
  lw_params_done(&params);
  cr_assert_eq(lw_mem_live(), 0);
}

/* ---- gradients ---- */

static const lw_world alone = {.size = 1};

Test(gradient, norm_zero_and_table)
{
  lw_shard shard;
  lw_gradient sum;
  lw_params params = {0};
  char text[1000], tiny[30];
  add(&params, "first", 1, 3);
  add(&params, "second", 2, 1);
  cr_assert_eq(lw_params_allocate(&params, 1, true), LW_OK);
  const float first[] = {1, -2, 4}, second[] = {-6, 8};
  memcpy(lw_param_gradient(&params, 0), first, sizeof first);
  memcpy(lw_param_gradient(&params, 1), second, sizeof second);
  cr_assert_eq(lw_shard_init(&shard, &params, &alone, false), LW_OK);
  cr_assert_eq(lw_gradient_init(&sum, &shard), LW_OK);
  cr_assert_eq(shard.floats, params.floats);
  cr_assert_float_eq(lw_gradient_norm(&sum), 11.0, 1e-12);
  lw_param_gradient(&params, 1)[0] = NAN;
  lw_param_value(&params, 0)[2] = INFINITY;
  cr_assert(isnan(lw_gradient_norm(&sum)));
  lw_gradient_table(&sum, text, sizeof text);
  char name[16], value[16];
  int bad_values, bad_gradients;
  double gradient;
  const char *line = strchr(text, '\n') + 1;
  cr_assert_eq(
      sscanf(line, "%15s %15s %d %lf %d", name, value, &bad_values, &gradient, &bad_gradients), 5,
      "%s", text);
  cr_assert_str_eq(name, "first");
  cr_assert_eq(bad_values, 1);
  cr_assert_float_eq(gradient, 4.583, 1e-3);
  cr_assert_eq(bad_gradients, 0);
  cr_assert(strstr(text, "\nsecond "), "%s", text);
  lw_gradient_table(&sum, tiny, sizeof tiny); /* cut, not overrun */
  cr_assert_lt(strlen(tiny), sizeof tiny);
  lw_gradient_zero(&params);
  cr_assert_eq(lw_gradient_norm(&sum), 0.0);
  lw_gradient_done(&sum);
  lw_shard_done(&shard);
  lw_params_done(&params);
  cr_assert_eq(lw_mem_live(), 0);
}

/* A norm whose square no float holds. */
Test(gradient, norm_is_taken_in_double)
{
  lw_params params = {0};
  lw_shard shard;
  lw_gradient sum;
  add(&params, "huge", 1, 4);
  cr_assert_eq(lw_params_allocate(&params, 1, true), LW_OK);
  cr_assert_eq(lw_shard_init(&shard, &params, &alone, false), LW_OK);
  cr_assert_eq(lw_gradient_init(&sum, &shard), LW_OK);
  for (int k = 0; k < 4; k++) lw_param_gradient(&params, 0)[k] = 1e30f;
  cr_assert_float_eq(lw_gradient_norm(&sum) / 2e30, 1.0, 1e-6);
  lw_gradient_done(&sum);
  lw_shard_done(&shard);
  lw_params_done(&params);
  cr_assert_eq(lw_mem_live(), 0);
}

/* ---- loss ---- */

/* Of the class of a sample. */
static void add_loss(int64_t classes, const float *logits, const lw_batch *batch, double smoothing,
                     float *dlogits, lw_sums *sums)
{
  const lw_model_data data = {.objective = &lw_objective_class, .outputs = classes};
  lw_loss_add(&data, &(lw_cost){.smoothing = smoothing}, logits, batch, dlogits, sums);
}

Test(loss, sums_over_samples_and_divides_the_gradient_by_the_global_batch)
{
  int32_t label[] = {2, 0};
  lw_batch batch = {.answers = 2, .global_answers = 8, .counted = true, .label = label};
  const float logits[] = {0, 0, 0, 0, 3, -1, 2, 1};
  float dlogits[8];
  lw_sums sums = {{1.0, 5.0}};
  add_loss(4, logits, &batch, 0.0, dlogits, &sums);
  double second = log(exp(3.0) + exp(-1.0) + exp(2.0) + exp(1.0));
  cr_assert_float_eq(sums.sum[0], 1.0 + log(4.0) + second - 3.0, 1e-6);
  cr_assert_eq(sums.sum[1], 6.0); /* among equals the first is the guess */
  for (int k = 0; k < 4; k++) {
    cr_assert_float_eq(dlogits[k], (0.25 - (k == 2)) / 8.0, 1e-7);
    double share = exp((double)logits[4 + k] - second);
    cr_assert_float_eq(dlogits[4 + k], (share - (k == 0)) / 8.0, 1e-7);
  }
  lw_sums again = {{0.0}};
  add_loss(4, logits, &batch, 0.0, NULL, &again);
  cr_assert_float_eq(again.sum[0] + 1.0, sums.sum[0], 1e-12);
}

/* More answers than the parts that they are summed in; of every third nothing is asked. */
Test(loss, of_what_is_not_asked_is_nothing)
{
  enum { ANSWERS = 200 };
  static float logits[ANSWERS * 2], dlogits[ANSWERS * 2];
  int32_t label[ANSWERS];
  double want = 0.0;
  for (int b = 0; b < ANSWERS; b++) {
    label[b] = b % 3 ? b % 2 : -1;
    logits[2 * b] = (float)b / ANSWERS;
    dlogits[2 * b] = dlogits[2 * b + 1] = 7.0f;
    const double other = (double)logits[2 * b] * (label[b] ? 1.0 : -1.0);
    if (label[b] >= 0) want += log1p(exp(other));
  }
  lw_batch batch = {.answers = ANSWERS, .global_answers = 133, .counted = true, .label = label};
  lw_sums sums = {{0.0}};
  add_loss(2, logits, &batch, 0.0, dlogits, &sums);
  cr_assert_float_eq(sums.sum[0], want, 1e-6 * want);
  for (int b = 0; b < ANSWERS; b++)
    cr_assert_eq(dlogits[2 * b] == 0.0f && dlogits[2 * b + 1] == 0.0f, label[b] < 0, "%d", b);
}

Test(loss, says_what_it_means_to_language_models)
{
  char text[LW_SCORE_TEXT];
  lw_model_data data = {.objective = &lw_objective_next_token, .vocabulary = 256};
  lw_score score = {{log(8.0), 0.0, 0.0, 0.25}};
  lw_score_complete(data.objective, &score);
  cr_assert_str_eq(lw_score_text(&data, &score, NULL, 0, text),
                   ", perplexity 8, 3.0000 bits per byte, accuracy 25.00 %");
  data.vocabulary = 5000;
  score = (lw_score){{0.0}};
  lw_score_complete(data.objective, &score);
  cr_assert_str_eq(lw_score_text(&data, &score, NULL, 0, text),
                   ", perplexity 1, 0.0000 bits per token, accuracy 0.00 %");
  data.objective = &lw_objective_class;
  score = (lw_score){{1.0, 0.6, NAN, NAN, NAN}};
  cr_assert_str_eq(lw_score_text(&data, &score, "95 %:", 100, text),
                   ", accuracy 60.00 % (95 %: 50.20 to 69.06)");
  score = (lw_score){{1.0, 0.6, 0.5, NAN, 0.75}};
  cr_assert_str_eq(lw_score_text(&data, &score, NULL, 0, text),
                   ", accuracy 60.00 %, balanced accuracy 50.00 %, AUROC 0.7500");
}

Test(loss, smoothing_spreads_the_target)
{
  int32_t label[] = {1};
  lw_batch batch = {.answers = 1, .global_answers = 1, .counted = true, .label = label};
  const float logits[] = {0.5f, -1, 2, 0};
  float dlogits[4];
  lw_sums sums = {{0.0}};
  add_loss(4, logits, &batch, 0.2, dlogits, &sums);
  double all = log(exp(0.5) + exp(-1.0) + exp(2.0) + exp(0.0)), want = 0.0;
  for (int k = 0; k < 4; k++) {
    double target = 0.2 / 4.0 + (k == 1 ? 0.8 : 0.0);
    want += target * (all - (double)logits[k]);
    cr_assert_float_eq(dlogits[k], exp((double)logits[k] - all) - target, 1e-6);
  }
  cr_assert_float_eq(sums.sum[0], want, 1e-6);
}

Test(loss, guess_is_the_first_of_the_greatest)
{
  cr_assert_eq(lw_choice_guess((const float[]){1, 3, 3, 2}, 4), 1);
  cr_assert_eq(lw_choice_guess((const float[]){-5}, 1), 0);
}

/* ---- interval of an accuracy ---- */

/* Roots of the quadratic that defines the interval, (p - a)^2 = z^2 p (1 - p) / n, solved apart. */
Test(wilson, ends_solve_their_equation)
{
  const double z = 1.959963984540054;
  for (int64_t n = 1; n <= 10000; n *= 10)
    for (int64_t right = 0; right <= n; right += n < 10 ? 1 : n / 10) {
      double low, high, a = (double)right / (double)n;
      lw_wilson(a, n, &low, &high);
      cr_assert(low <= a + 1e-12 && a <= high + 1e-12 && low >= 0.0 && high <= 1.0);
      cr_assert_float_eq((low - a) * (low - a), z * z * low * (1.0 - low) / (double)n, 1e-12);
      cr_assert_float_eq((high - a) * (high - a), z * z * high * (1.0 - high) / (double)n, 1e-12);
    }
}

Test(wilson, known_values)
{
  double low, high;
  lw_wilson(0.1, 10, &low, &high);
  cr_assert_float_eq(low, 0.017876, 1e-6);
  cr_assert_float_eq(high, 0.404150, 1e-6);
  lw_wilson(0.0, 10, &low, &high);
  cr_assert_eq(low, 0.0);
  cr_assert_float_eq(high, 0.277533, 1e-6);
}
