#include "longwave/data/subset.h"
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include <stddef.h>

int64_t lw_subset_count(int64_t count, int64_t limit)
{
  return limit > 0 && limit < count ? limit : count;
}

lw_status lw_subset_draw(int64_t count, int64_t limit, int64_t *list)
{
  const lw_rng rng = {.seed = 1, .stream = LW_RNG_SUBSET};
  const int64_t wanted = lw_subset_count(count, limit);
  int64_t *order = NULL, found = 0;
  uint8_t *taken = NULL;
  lw_status status = LW_OK;
  for (int64_t i = 0; i < wanted; i++) list[i] = i;
  if (wanted == count) return LW_OK;
  LW_TRY(LW_TAKE(&order, count));
  LW_TRY(LW_TAKE(&taken, count));
  lw_rng_permutation(rng, count, order);
  for (int64_t i = 0; i < wanted; i++) taken[order[i]] = 1;
  for (int64_t i = 0; i < count; i++)
    if (taken[i]) list[found++] = i;
done:
  lw_mem_give(taken);
  lw_mem_give(order);
  return status;
}
