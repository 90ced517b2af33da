#include "doctor_overlap.h"
#include "longwave/data/equals.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include <stdlib.h>

enum { STRETCHES_MOST = 1 << 20 };

/* rolling = sum over the last 64 tokens of (token + 1) factor^age, modulo 2^64 */
static const uint64_t factor = 0xD1342543DE82EF95u;

void lw_overlap_init(lw_overlap_work *work, int64_t items)
{
  *work = (lw_overlap_work){.limit = UINT64_MAX, .leaving = 1};
  for (int i = 0; i < LW_OVERLAP_TOKENS; i++) work->leaving *= factor;
  if (items > STRETCHES_MOST) work->limit = UINT64_MAX / (uint64_t)items * (uint64_t)STRETCHES_MOST;
}

void lw_overlap_done(lw_overlap_work *work)
{
  for (int split = 0; split < LW_SPLITS; split++) lw_mem_give(work->hash[split]);
  *work = (lw_overlap_work){0};
}

void lw_overlap_begin_sample(lw_overlap_work *work)
{
  work->rolling = 0;
  work->seen = 0;
}

static lw_status take(lw_overlap_work *work, lw_split split, uint64_t hash)
{
  const int64_t count = work->count[split];
  lw_status status = LW_EXTEND(&work->hash[split], &work->room[split], count, count + 1);
  if (status != LW_OK) return status;
  work->hash[split][work->count[split]++] = hash;
  return LW_OK;
}

lw_status lw_overlap_add(lw_overlap_work *work, lw_split split, const int32_t *tokens,
                         int64_t count)
{
  lw_status status = LW_OK;
  for (int64_t i = 0; i < count; i++) {
    int32_t *slot = &work->last[work->seen % LW_OVERLAP_TOKENS];
    work->rolling = work->rolling * factor + (uint64_t)tokens[i] + 1;
    if (work->seen >= LW_OVERLAP_TOKENS) work->rolling -= ((uint64_t)*slot + 1) * work->leaving;
    *slot = tokens[i];
    if (++work->seen < LW_OVERLAP_TOKENS) continue;
    const uint64_t hash = lw_print_add(lw_print_add(0, work->rolling), 1);
    if (hash <= work->limit) LW_TRY(take(work, split, hash));
  }
done:
  return status;
}

static int by_hash(const void *a, const void *b)
{
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return LW_ORDER(x, y);
}

/* How many of x [x_count] are in y [y_count]; both ascend. */
static int64_t count_met(const uint64_t *x, int64_t x_count, const uint64_t *y, int64_t y_count)
{
  int64_t met = 0;
  for (int64_t i = 0, j = 0; i < x_count; i++) {
    while (j < y_count && y[j] < x[i]) j++;
    met += j < y_count && y[j] == x[i];
  }
  return met;
}

void lw_overlap_count(lw_overlap_work *work, lw_doctor_overlap *overlap)
{
  *overlap = (lw_doctor_overlap){0};
  for (int split = 0; split < LW_SPLITS; split++) {
    if (work->count[split])
      qsort(work->hash[split], (size_t)work->count[split], sizeof(uint64_t), by_hash);
    overlap->taken[split] = work->count[split];
    for (int before = 0; before < split; before++)
      overlap->met[split][before] =
          count_met(work->hash[split], work->count[split], work->hash[before], work->count[before]);
  }
}
