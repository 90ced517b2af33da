#include "longwave/op/xent.h"
#include "numbers.h"

/* softmax(0, ln 2, ln 5) = (1, 2, 5) / 8 */
static const float logits[3] = {0.0f, 0.69314718056f, 1.60943791243f};

TEST_ON_EVERY_PATH(xent, by_hand)
{
  float d[3];
  cr_assert_float_eq(lw_xent(logits, 3, 1, 0.0, 2.0, d), log(4.0), 1e-7);
  const double want[3] = {2 * 0.125, 2 * (0.25 - 1), 2 * 0.625};
  cr_assert_lt(numbers_error(d, want, 3), 1e-7);
  /* smoothing 0.3: q = (0.1, 0.8, 0.1) */
  double loss = 0.1 * log(8.0) + 0.8 * log(4.0) + 0.1 * log(1.6);
  cr_assert_float_eq(lw_xent(logits, 3, 1, 0.3, 1.0, d), loss, 1e-7);
  const double smooth[3] = {0.125 - 0.1, 0.25 - 0.8, 0.625 - 0.1};
  cr_assert_lt(numbers_error(d, smooth, 3), 2e-7);
}

TEST_ON_EVERY_PATH(xent, the_loss_alone)
{
  cr_assert_eq(lw_xent(logits, 3, 2, 0.1, 1.0, NULL),
               lw_xent(logits, 3, 2, 0.1, 1.0, (float[3]){0}));
}

TEST_ON_EVERY_PATH(xent, huge_logits_neither_overflow_nor_vanish)
{
  const float huge[3] = {3e38f, -3e38f, 0.0f};
  float d[3];
  cr_assert_eq(lw_xent(huge, 3, 0, 0.0, 1.0, d), 0.0);
  cr_assert(d[0] == 0.0f && d[1] == 0.0f && d[2] == 0.0f);
  cr_assert_float_eq(lw_xent(huge, 3, 2, 0.0, 1.0, d), 3e38, 1e32);
  cr_assert(d[0] == 1.0f && d[1] == 0.0f && d[2] == -1.0f);
}

/* Where the label is almost certain, p - 1 must not be 0 by rounding: p = 1 - 1e-9. */
TEST_ON_EVERY_PATH(xent, a_near_certain_label_keeps_its_gradient)
{
  const float sure[2] = {20.7232658369f, 0.0f};
  float d[2];
  double loss = lw_xent(sure, 2, 0, 0.0, 1.0, d);
  cr_assert_float_eq(loss, 1e-9, 1e-14);
  cr_assert_float_eq(d[0], -1e-9, 1e-14);
  cr_assert_float_eq(d[1], 1e-9, 1e-14);
}

TEST_ON_EVERY_PATH(xent, one_class_is_certain)
{
  float d[1] = {7};
  cr_assert_eq(lw_xent(logits + 2, 1, 0, 0.0, 1.0, d), 0.0);
  cr_assert_eq(d[0], 0.0f);
}

TEST_ON_EVERY_PATH(xent, what_is_not_a_number_shows)
{
  const float broken[3] = {0.0f, NAN, 1.0f};
  cr_assert(isnan(lw_xent(broken, 3, 0, 0.0, 1.0, NULL)));
}

/* Every class count, logits from near to so far that their weight is nothing. */
TEST_ON_EVERY_PATH(xent, follows_the_formula)
{
  for (int64_t classes = 1; classes < 600; classes += 1 + classes / 8) {
    float *many = numbers(7, classes), *d = numbers(8, classes);
    double *want = numbers_zero(classes), total = 0.0, sum = 0.0;
    int32_t label = (int32_t)(classes / 3);
    for (int64_t k = 0; k < classes; k++) {
      many[k] *= k % 5 == 4 ? 400.0f : 3.0f;
      sum += (double)many[k];
    }
    double most = -INFINITY;
    for (int64_t k = 0; k < classes; k++) most = fmax(most, (double)many[k]);
    for (int64_t k = 0; k < classes; k++) total += exp((double)many[k] - most);
    for (int64_t k = 0; k < classes; k++)
      want[k] =
          exp((double)many[k] - most) / total - 0.1 / (double)classes - (k == label ? 0.9 : 0.0);
    double loss = log(total) + most - 0.9 * (double)many[label] - 0.1 * sum / (double)classes;
    double got = lw_xent(many, classes, label, 0.1, 1.0, d);
    cr_assert_float_eq(got, loss, 1e-13 * (1.0 + fabs(loss)), "%.17g, not %.17g", got, loss);
    cr_assert_eq(lw_xent(many, classes, label, 0.1, 1.0, NULL), got);
    cr_assert_lt(numbers_error(d, want, classes), 1e-7);
    lw_mem_give(many), lw_mem_give(d), lw_mem_give(want);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

/* Gradients over the classes sum to 0, whatever the class count. */
TEST_ON_EVERY_PATH(xent, gradients_sum_to_nothing)
{
  for (int64_t classes = 1; classes < 300; classes += 7) {
    float *many = numbers(9, classes), *d = numbers(8, classes);
    lw_xent(many, classes, (int32_t)(classes / 2), 0.2, 1.0, d);
    double sum = 0.0;
    for (int64_t k = 0; k < classes; k++) sum += (double)d[k];
    cr_assert_lt(fabs(sum), 1e-6);
    lw_mem_give(many), lw_mem_give(d);
  }
  cr_assert_eq(lw_mem_live(), 0);
}
