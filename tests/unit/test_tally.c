/* Tallied figures against plain formulas, with ties, with unknown answers, and where they have no
   value; and what an option or a weight changes. */
#include "longwave/base/mem.h"
#include "longwave/model/objective.h"
#include "longwave/train/loss.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

enum { ANSWERS = 40, MOST = 1 << 16 };

static float output[ANSWERS * 3], wanted[ANSWERS * 3];
static int32_t label[ANSWERS];
static double tally[MOST];

static lw_score judged(const lw_objective *objective, const lw_dataset_info *info)
{
  const lw_model_data data = {.objective = objective, .outputs = lw_dataset_outcomes(info)};
  const lw_batch batch = {.answers = ANSWERS,
                          .samples = ANSWERS,
                          .global_answers = ANSWERS,
                          .counted = true,
                          .label = label,
                          .wanted = wanted,
                          .width = lw_dataset_width(info)};
  lw_sums sums = {{0.0}};
  cr_assert_leq(objective->tally->size(data.outputs), MOST);
  memset(tally, 0, sizeof tally);
  lw_loss_add(&data, &(lw_cost){.loss = LW_LOSS_SQUARED}, output, &batch, NULL, &sums);
  lw_loss_tally(&data, output, &batch, tally);
  lw_score score = lw_objective_score(objective, &sums, ANSWERS);
  lw_objective_judge(objective, info, tally, &score);
  return score;
}

static double figure(const lw_objective *objective, const lw_score *score, const char *key)
{
  char keys[512];
  const int k = lw_objective_figure(objective, 2, key, keys, sizeof keys);
  cr_assert_geq(k, 0, "no %s among %s", key, keys);
  return score->value[k];
}

#define EXPECT(objective, score, key, want)                                                        \
  cr_expect_float_eq(figure(&(objective), &(score), key), want, 1e-9, "%s is %.12g, not %.12g",    \
                     key, figure(&(objective), &(score), key), (double)(want))

/* Pairs of one answer with and one without in which the first has the higher score, ties half. */
static double pairs_area(const float *scores, const bool *with, const bool *known, int count)
{
  double right = 0.0, pairs = 0.0;
  for (int a = 0; a < count; a++)
    for (int b = 0; b < count; b++) {
      if (!known[a] || !known[b] || !with[a] || with[b]) continue;
      right += scores[a] > scores[b] ? 1.0 : 0.5 * (scores[a] == scores[b]);
      pairs += 1.0;
    }
  return right / pairs;
}

/* Scores in quarters: bins are finer, so that only equal ones share one. */
Test(tally, of_two_classes)
{
  const lw_dataset_info info = {.target = &lw_target_class, .classes = 2};
  float scores[ANSWERS];
  bool with[ANSWERS], known[ANSWERS];
  double hits[2][3] = {{0.0}};
  for (int i = 0; i < ANSWERS; i++) {
    scores[i] = 0.25f * (float)((i * 7) % 13 - 6);
    output[2 * i] = 0.5f;
    output[2 * i + 1] = 0.5f + scores[i];
    label[i] = i % 9 == 4 ? -1 : (i * 7 + i / 5) % 13 > 7;
    with[i] = label[i] == 1;
    known[i] = label[i] >= 0;
    if (!known[i]) continue;
    const int guess = scores[i] > 0.0f;
    hits[label[i]][0] += 1.0;
    hits[guess][1] += 1.0;
    hits[label[i]][2] += guess == label[i];
  }
  const lw_score score = judged(&lw_objective_class, &info);
  EXPECT(lw_objective_class, score, "auroc", pairs_area(scores, with, known, ANSWERS));
  EXPECT(lw_objective_class, score, "balanced_accuracy",
         0.5 * (hits[0][2] / hits[0][0] + hits[1][2] / hits[1][0]));
  EXPECT(lw_objective_class, score, "macro_f1",
         hits[0][2] / (hits[0][0] + hits[0][1]) + hits[1][2] / (hits[1][0] + hits[1][1]));
  for (int i = 0; i < ANSWERS; i++) label[i] = 1;
  cr_expect(isnan(judged(&lw_objective_class, &info).value[LW_CHOICE_AREA]));
}

/* A third class that nobody has and nobody names does not count. */
Test(tally, of_three_classes_leaves_out_what_never_comes)
{
  const lw_dataset_info info = {.target = &lw_target_step_class, .classes = 3};
  for (int i = 0; i < ANSWERS; i++) {
    label[i] = i % 4 == 0;
    for (int k = 0; k < 3; k++) output[3 * i + k] = (float)(k == 1 ? i % 8 == 0 : -k);
  }
  const lw_score score = judged(&lw_objective_step_class, &info);
  EXPECT(lw_objective_step_class, score, "balanced_accuracy", 0.75);
  EXPECT(lw_objective_step_class, score, "macro_f1",
         (2.0 * 30.0 / (30.0 + 35.0) + 2.0 * 5.0 / (10.0 + 5.0)) / 2.0);
  EXPECT(lw_objective_step_class, score, "accuracy", 35.0 / 40.0);
  cr_expect(isnan(score.value[LW_CHOICE_AREA]));
}

Test(tally, of_several_classes)
{
  const lw_dataset_info info = {.target = &lw_target_several, .classes = 3};
  double right = 0.0, f1 = 0.0, areas = 0.0, all[3] = {0.0};
  for (int i = 0; i < ANSWERS; i++) {
    bool exact = true;
    for (int k = 0; k < 3; k++) {
      output[3 * i + k] = 0.5f * (float)((i * (3 + k)) % 9) - 2.25f;
      wanted[3 * i + k] = (i + k) % 7 == 3 ? NAN : (float)(k < 2 && (i * 5 + k) % 8 > 4);
      if (isnan(wanted[3 * i + k])) continue;
      exact = exact && (output[3 * i + k] > 0.0f) == (wanted[3 * i + k] > 0.5f);
    }
    right += exact;
  }
  for (int k = 0; k < 3; k++) {
    float scores[ANSWERS];
    bool with[ANSWERS], known[ANSWERS];
    double hits[3] = {0.0};
    for (int i = 0; i < ANSWERS; i++) {
      scores[i] = output[3 * i + k];
      known[i] = !isnan(wanted[3 * i + k]);
      with[i] = known[i] && wanted[3 * i + k] > 0.5f;
      hits[0] += with[i];
      hits[1] += known[i] && scores[i] > 0.0f;
      hits[2] += with[i] && scores[i] > 0.0f;
    }
    f1 += 2.0 * hits[2] / (hits[0] + hits[1]) / 3.0;
    for (int j = 0; j < 3; j++) all[j] += hits[j];
    if (k < 2) areas += pairs_area(scores, with, known, ANSWERS) / 2.0; /* the third never is */
  }
  const lw_score score = judged(&lw_objective_several, &info);
  EXPECT(lw_objective_several, score, "macro_f1", f1);
  EXPECT(lw_objective_several, score, "micro_f1", 2.0 * all[2] / (all[0] + all[1]));
  EXPECT(lw_objective_several, score, "macro_auroc", areas);
  EXPECT(lw_objective_several, score, "exact_match", right / ANSWERS);
}

/* In the unit of each number: what a model learns is number * scale + shift. */
Test(tally, of_numbers_is_in_their_units)
{
  const lw_number numbers[] = {{"", "", 0.5, 1.0}, {"", "", -4.0, 0.0}};
  const lw_dataset_info info = {.target = &lw_target_numbers, .numbers = 2, .number = numbers};
  double mae = 0.0, rmse = 0.0, r2 = 0.0;
  for (int k = 0; k < 2; k++) {
    double n = 0.0, absolute = 0.0, square = 0.0, mean = 0.0, spread = 0.0;
    for (int i = 0; i < ANSWERS; i++) {
      const double told = 10.0 * k + sin(1.7 * i + k), guess = told + 0.3 * cos(2.3 * i);
      wanted[2 * i + k] = (float)(told * numbers[k].scale + numbers[k].shift);
      output[2 * i + k] = (float)(guess * numbers[k].scale + numbers[k].shift);
      if (i % 6 == k) wanted[2 * i + k] = NAN;
      if (i % 6 == k) continue;
      n += 1.0;
      mean += told;
      absolute += fabs(guess - told);
      square += (guess - told) * (guess - told);
    }
    for (int i = 0; i < ANSWERS; i++)
      if (i % 6 != k) spread += pow(10.0 * k + sin(1.7 * i + k) - mean / n, 2.0);
    mae += absolute / n / 2.0;
    rmse += sqrt(square / n) / 2.0;
    r2 += (1.0 - square / spread) / 2.0;
  }
  const lw_score score = judged(&lw_objective_numbers, &info);
  const double got[] = {figure(&lw_objective_numbers, &score, "mae"),
                        figure(&lw_objective_numbers, &score, "rmse"),
                        figure(&lw_objective_numbers, &score, "r2")};
  cr_expect_float_eq(got[0], mae, 1e-6, "%.9g, not %.9g", got[0], mae);
  cr_expect_float_eq(got[1], rmse, 1e-6, "%.9g, not %.9g", got[1], rmse);
  cr_expect_float_eq(got[2], r2, 1e-5, "%.9g, not %.9g", got[2], r2);
}

Test(tally, unknown_figures_are_no_numbers)
{
  const lw_number number = {"", "", 1.0, 0.0};
  const lw_dataset_info info = {.target = &lw_target_numbers, .numbers = 1, .number = &number};
  for (int i = 0; i < ANSWERS; i++) wanted[i] = NAN;
  const lw_score score = judged(&lw_objective_numbers, &info);
  cr_expect(score.value[0] == 0.0, "what is not known costs nothing");
  cr_expect(isnan(figure(&lw_objective_numbers, &score, "rmse")));
}

Test(bins, hold_every_logit_and_are_fewer_for_many_classes)
{
  cr_expect_eq(lw_bins(1), 4096);
  cr_expect_eq(lw_bins(256), 4096);
  cr_expect_eq(lw_bins(257), 2048);
  cr_expect_eq(lw_bins(1 << 20), 64);
  cr_expect_eq(lw_bin_of(-1e30, 64), 0);
  cr_expect_eq(lw_bin_of(1e30, 64), 63);
  cr_expect_eq(lw_bin_of(0.0, 64), 32);
  cr_expect_eq(lw_bin_of((double)NAN, 64), 0);
}

/* Of the points of a curve the first names all, the last nobody. */
Test(bins, points_go_from_all_to_none)
{
  const double without[4] = {4.0, 2.0, 0.0, 1.0}, with[4] = {0.0, 1.0, 1.0, 2.0};
  const lw_threshold all = lw_bins_point(without, with, 4, 0);
  const lw_threshold none = lw_bins_point(without, with, 4, LW_CURVE_POINTS - 1);
  cr_expect(all.recall == 1.0 && all.false_share == 1.0 && all.logit == -16.0);
  cr_expect_float_eq(all.precision, 4.0 / 11.0, 1e-12);
  cr_expect(none.recall == 0.0 && none.false_share == 0.0 && isnan(none.precision));
  cr_expect_float_eq(lw_bins_area(without, with, 4), (5.0 + 6.0 + 2.0 * 6.5) / 28.0, 1e-12);
}
