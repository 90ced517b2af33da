/* Samples in memory: fewer of them, parts of them, another order. */
#include "samples_order.h"
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/data/subset.h"
#include <string.h>

static lw_status add_one(lw_samples *to, const lw_samples *from, int64_t i)
{
  const int64_t first = lw_samples_break(from, i), start = from->offsets[i], before = to->tokens;
  const int64_t tokens = from->offsets[i + 1] - start;
  lw_status status = LW_OK;
  LW_TRY(lw_samples_add_pair(to, from->bytes + start, first, tokens - first, from->labels[i]));
  if (!from->steps) return LW_OK;
  LW_TRY(LW_EXTEND(&to->steps, &to->step_room, before, to->tokens));
  memcpy(to->steps + before, from->steps + start, (size_t)tokens);
done:
  return status;
}

lw_status lw_samples_hold_out(lw_samples *samples, const lw_hold_out *how, lw_samples *held)
{
  int64_t *order = NULL;
  uint8_t *taken = NULL;
  lw_samples kept = {0}, out = {0};
  lw_status status = LW_OK;
  if (how->count < 0 || how->count >= samples->count)
    return lw_fail(LW_ERROR_INPUT,
                   "cannot hold out %lld of %lld train samples: at least one must remain; ask for "
                   "fewer",
                   (long long)how->count, (long long)samples->count);
  if (!how->count) return LW_OK;
  LW_TRY(LW_TAKE(&order, samples->count));
  LW_TRY(LW_TAKE(&taken, samples->count));
  for (int64_t i = 0; i < samples->count; i++) order[i] = samples->count - 1 - i;
  if (how->random)
    lw_rng_permutation((lw_rng){how->seed, LW_RNG_SPLIT, how->turn, 0}, samples->count, order);
  for (int64_t i = 0; i < how->count; i++) taken[order[i]] = 1;
  for (int64_t i = 0; i < samples->count; i++) LW_TRY(add_one(taken[i] ? &out : &kept, samples, i));
  lw_samples_done(samples);
  lw_samples_done(held);
  *samples = kept;
  *held = out;
  kept = out = (lw_samples){0};
done:
  lw_samples_done(&kept);
  lw_samples_done(&out);
  lw_mem_give(taken);
  lw_mem_give(order);
  return status;
}

lw_status lw_samples_pick(lw_samples *samples, const int64_t *list, int64_t count)
{
  lw_samples picked = {0};
  lw_status status = LW_OK;
  for (int64_t i = 0; i < count; i++) LW_TRY(add_one(&picked, samples, list[i]));
  lw_samples_done(samples);
  *samples = picked;
  picked = (lw_samples){0};
done:
  lw_samples_done(&picked);
  return status;
}

lw_status lw_samples_limit(lw_samples *samples, int64_t limit)
{
  const int64_t count = lw_subset_count(samples->count, limit);
  int64_t *list = NULL;
  lw_status status = LW_OK;
  if (count == samples->count) return LW_OK;
  LW_TRY(LW_TAKE(&list, count));
  LW_TRY(lw_subset_draw(samples->count, limit, list));
  LW_TRY(lw_samples_pick(samples, list, count));
done:
  lw_mem_give(list);
  return status;
}

lw_status lw_samples_shuffle(lw_samples *samples, uint64_t seed, lw_split split)
{
  const lw_rng rng = {.seed = seed, .stream = LW_RNG_STORE, .first = (uint32_t)split};
  int64_t *order = NULL;
  lw_status status = LW_OK;
  if (samples->count < 2) return LW_OK;
  LW_TRY(LW_TAKE(&order, samples->count));
  lw_rng_permutation(rng, samples->count, order);
  LW_TRY(lw_samples_pick(samples, order, samples->count));
done:
  lw_mem_give(order);
  return status;
}

lw_status lw_samples_sorted(const lw_samples *samples, bool *sorted)
{
  int64_t *times = NULL, changes = 0;
  int32_t most = 0;
  double expected = (double)samples->count;
  lw_status status = LW_OK;
  *sorted = false;
  for (int64_t i = 0; i < samples->count; i++) {
    if (samples->labels[i] > most) most = samples->labels[i];
    changes += i > 0 && samples->labels[i] != samples->labels[i - 1];
  }
  LW_TRY(LW_TAKE(&times, most + 1));
  for (int64_t i = 0; i < samples->count; i++) times[samples->labels[i]]++;
  for (int32_t k = 0; k <= most && samples->count > 0; k++)
    expected -= (double)times[k] * (double)times[k] / (double)samples->count;
  *sorted = expected >= 8.0 && 4.0 * (double)changes < expected;
done:
  lw_mem_give(times);
  return status;
}
