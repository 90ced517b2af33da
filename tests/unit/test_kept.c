/* Precision, recall and F1 of a class, by hand. */
#include "longwave/run/kept.h"
#include <criterion/criterion.h>
#include <math.h>

Test(kept, a_class_has_its_scores)
{
  int64_t confusion[] = {5, 1, 0, 0,  /* label 0 */
                         2, 2, 0, 0,  /* label 1 */
                         3, 0, 0, 0,  /* label 2: never guessed */
                         0, 0, 0, 0}; /* never there */
  const lw_kept kept = {.classes = 4, .confusion = confusion};
  lw_class_score score = lw_kept_score(&kept, 0);
  cr_expect(score.labelled == 6 && score.guessed == 10 && score.right == 5);
  cr_expect_float_eq(score.precision, 0.5, 1e-12);
  cr_expect_float_eq(score.recall, 5.0 / 6.0, 1e-12);
  cr_expect_float_eq(score.f1, 2.0 * 0.5 * (5.0 / 6.0) / (0.5 + 5.0 / 6.0), 1e-12);
  score = lw_kept_score(&kept, 2);
  cr_expect(isnan(score.precision) && score.recall == 0.0 && score.f1 == 0.0);
  score = lw_kept_score(&kept, 3);
  cr_expect(isnan(score.precision) && isnan(score.recall) && isnan(score.f1));
}
