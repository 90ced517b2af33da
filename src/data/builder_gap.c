/* The median gap between neighbours in time, of those above 0, in the train split. Numbers above 0
 * have the order of their bits: the median is found 16 bits at a time, from counts alone. */
#include "builder_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include <math.h>
#include <string.h>

enum { BITS = 16, BINS = 1 << BITS, TURNS = 64 / BITS, PIECE = 1 << 15 };

typedef struct search {
  uint64_t prefix; /* the first bits of the median, which are known */
  int known;       /* how many */
  int64_t rank;    /* of the median among the gaps that begin with them; -1: not known yet */
  int64_t *bins;   /* [BINS] */
  double *times;   /* [PIECE + 1] */
  double range[2]; /* -the least and the greatest of those gaps */
} search;

static void count_gap(search *s, double gap)
{
  uint64_t bits;
  if (!(gap > 0.0)) return;
  memcpy(&bits, &gap, sizeof bits);
  if (s->known > 0 && bits >> (64 - s->known) != s->prefix) return;
  s->bins[bits >> (64 - s->known - BITS) & (BINS - 1)]++;
  s->range[0] = fmax(s->range[0], -gap);
  s->range[1] = fmax(s->range[1], gap);
}

/* A piece begins with the last time of the one before it. */
static lw_status count_stretch(lw_builder *builder, search *s, const lw_stretch *at)
{
  const int64_t bytes = (int64_t)sizeof(double);
  for (int64_t done = 0; done < at->count - 1; done += PIECE) {
    const int64_t gaps = lw_smaller(PIECE, at->count - 1 - done);
    lw_status status =
        lw_spool_read(&builder->spool[LW_SPOOL_TIMES], (at->item + at->first + done) * bytes,
                      (gaps + 1) * bytes, s->times);
    if (status != LW_OK) return status;
    for (int64_t i = 0; i < gaps; i++) count_gap(s, s->times[i + 1] - s->times[i]);
  }
  return LW_OK;
}

static lw_status count_all(lw_builder *builder, search *s)
{
  lw_stretch at = {0};
  lw_status status = LW_OK;
  memset(s->bins, 0, BINS * sizeof *s->bins);
  s->range[0] = s->range[1] = -INFINITY;
  while (status == LW_OK && lw_stretch_next(builder, LW_SPLIT_TRAIN, &at))
    status = count_stretch(builder, s, &at);
  LW_TRY_TOGETHER(builder->world, status);
  lw_reduce_sum_integers(builder->world, s->bins, BINS);
  lw_reduce_max_doubles(builder->world, s->range, 2);
done:
  return status;
}

/* The bin of the median gives its next bits. */
static void narrow(search *s)
{
  int64_t sum = 0, bin = 0;
  if (s->rank < 0) {
    for (int64_t i = 0; i < BINS; i++) sum += s->bins[i];
    s->rank = (sum - 1) / 2;
  }
  while (s->rank >= s->bins[bin]) s->rank -= s->bins[bin++];
  s->prefix = s->prefix << BITS | (uint64_t)bin;
  s->known += BITS;
}

lw_status lw_builder_find_gap(lw_builder *builder)
{
  search s = {.rank = -1};
  lw_status status = LW_OK;
  builder->time_scale = builder->plan.like ? builder->plan.like->time_scale : 1.0;
  if (!builder->plan.timed || builder->plan.like) return LW_OK;
  status = LW_TAKE(&s.bins, BINS);
  if (status == LW_OK) status = LW_TAKE(&s.times, PIECE + 1);
  LW_TRY_TOGETHER(builder->world, status);
  for (int turn = 0; turn < TURNS; turn++) {
    LW_TRY(count_all(builder, &s));
    if (s.range[1] < 0.0) goto done; /* there is none: any number will do */
    builder->time_scale = s.range[1];
    if (-s.range[0] == s.range[1]) goto done;
    narrow(&s);
  }
  memcpy(&builder->time_scale, &s.prefix, sizeof s.prefix);
done:
  lw_mem_give(s.bins);
  lw_mem_give(s.times);
  return status;
}
