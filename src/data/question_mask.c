/* Which steps are hidden. */
#include "longwave/base/rng.h"
#include "longwave/data/input.h"
#include "longwave/data/question.h"
#include <math.h>

void lw_question_mask(const lw_question *question, const lw_items *items, uint8_t *masked)
{
  const lw_rng rng = {.seed = question->seed,
                      .stream = LW_RNG_MASK,
                      .first = (uint32_t)items->epoch,
                      .second = (uint32_t)items->sample};
  const int64_t span = question->mask_span, end = items->first + items->count;
  const double begins = 1.0 - pow(1.0 - question->mask_share, 1.0 / (double)span);
  int64_t masked_to = 0; /* by the spans that have begun */
  for (int64_t t = items->first >= span ? items->first - span + 1 : 0; t < end; t++) {
    if (lw_rng_uniform(rng, (uint64_t)t) < begins) masked_to = t + span;
    if (t >= items->first) masked[t - items->first] = t < masked_to;
  }
}
