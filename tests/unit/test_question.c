/* Masks are a pure function of seed, epoch, sample and step, with the share and the spans asked. */
#include "longwave/data/input.h"
#include "longwave/data/question.h"
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { STEPS = 20000 };

static const lw_question spans = {
    .kind = LW_PRETRAIN_MASKED, .mask_share = 0.3, .mask_span = 7, .seed = 5};

static double share_of(const lw_question *question, int64_t first)
{
  static uint8_t masked[STEPS];
  int64_t hidden = 0;
  const lw_items items = {.sample = 3, .first = first, .count = STEPS};
  lw_question_mask(question, &items, masked);
  for (int t = 0; t < STEPS; t++) {
    cr_assert_leq(masked[t], 1);
    hidden += masked[t];
  }
  return (double)hidden / STEPS;
}

/* Of n independent spans' worth of steps the share has a deviation of sqrt(p (1 - p) / n). */
Test(question, hides_the_share_that_is_asked)
{
  const double shares[] = {0.05, 0.15, 0.5, 0.9};
  const int64_t lengths[] = {1, 2, 7, 40};
  for (int s = 0; s < 4; s++)
    for (int l = 0; l < 4; l++) {
      const lw_question question = {
          .kind = LW_PRETRAIN_MASKED, .mask_share = shares[s], .mask_span = lengths[l], .seed = 1};
      const double deviation = sqrt(shares[s] * (1.0 - shares[s]) * (double)lengths[l] / STEPS);
      cr_assert_lt(fabs(share_of(&question, 1000) - shares[s]), 5.0 * deviation, "%g, %d",
                   shares[s], (int)lengths[l]);
    }
}

/* But where the piece begins inside of one, or ends. */
Test(question, hides_whole_spans)
{
  uint8_t masked[STEPS];
  const lw_items items = {.count = STEPS};
  lw_question_mask(&spans, &items, masked);
  for (int t = 0, run = 0; t < STEPS; t++) {
    cr_assert(masked[t] || run == 0 || run >= spans.mask_span, "%d steps before %d", run, t);
    run = masked[t] ? run + 1 : 0;
  }
}

Test(question, pieces_are_those_of_the_whole)
{
  uint8_t whole[1000], piece[1000];
  lw_items items = {.sample = 9, .count = 1000, .epoch = 2};
  lw_question_mask(&spans, &items, whole);
  for (int64_t first = 0; first < 1000; first += 13) {
    items.first = first;
    items.count = first + 21 < 1000 ? 21 : 1000 - first;
    lw_question_mask(&spans, &items, piece);
    cr_assert_eq(memcmp(piece, whole + first, (size_t)items.count), 0, "from %d", (int)first);
  }
}

static int differences(lw_question other, lw_items at)
{
  uint8_t a[1000], b[1000];
  const lw_items items = {.sample = 4, .count = 1000, .epoch = 1};
  int differ = 0;
  lw_question_mask(&spans, &items, a);
  lw_question_mask(&other, &at, b);
  for (int t = 0; t < 1000; t++) differ += a[t] != b[t];
  return differ;
}

Test(question, seeds_epochs_and_samples_have_masks_of_their_own)
{
  lw_question seed = spans;
  seed.seed = 6;
  const lw_items same = {.sample = 4, .count = 1000, .epoch = 1};
  const lw_items epoch = {.sample = 4, .count = 1000, .epoch = 2};
  const lw_items sample = {.sample = 5, .count = 1000, .epoch = 1};
  cr_assert_eq(differences(spans, same), 0);
  cr_assert_gt(differences(seed, same), 200);
  cr_assert_gt(differences(spans, epoch), 200);
  cr_assert_gt(differences(spans, sample), 200);
}
