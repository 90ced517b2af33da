/* Sums over far tokens along the strips of cut sequences: an exclusive scan in which what lies
   further off counts less. Strips, not ranks, are its places, so a rank with two takes part twice.
   After step k a strip has the sums over the 2^k strips before it; log2 of the strips steps. */
#include "cut.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/traffic.h"
#include <stdlib.h>
#include <string.h>

typedef struct scan {
  lw_cut *cut;
  float *outside, *part, *come; /* [own, window_jobs, size]: result, to be passed on, what comes */
  lw_cut_edge *edge;
  int64_t size, each; /* floats of a job's sums, of a strip's */
  int way;            /* 1: sums travel to later strips */
} scan;

static bool exists(const scan *s, int strip)
{
  return strip >= 0 && strip < s->cut->strips;
}

/* Adds what came from `distance` strips away: it reaches up to the edge of the strip after the one
   that sent it. */
static void join(const scan *s, int j, int distance)
{
  const lw_cut *cut = s->cut;
  const int strip = cut->own_strip[j], next = strip + s->way;
  const int reached = strip - s->way * distance + s->way;
  const int64_t d = cut->attention->head_size;
  for (int64_t n = 0; n < cut->window_jobs; n++) {
    const lw_cut_job *job = cut->windowed[n];
    const float alpha = cut->attention->alpha[job->head];
    const int64_t at = j * s->each + n * s->size, from = s->edge(cut, job, reached);
    const float *come = s->come + at;
    cut->attention->backend->join(s->outside + at, come, d, alpha,
                                  llabs(s->edge(cut, job, strip) - from));
    if (exists(s, next))
      cut->attention->backend->join(s->part + at, come, d, alpha,
                                    llabs(s->edge(cut, job, next) - from));
  }
}

static void step(const scan *s, int distance)
{
  lw_cut *cut = s->cut;
  const int here = cut->axis->rank;
  for (int j = 0; j < cut->own; j++) {
    const int strip = cut->own_strip[j];
    const int to = strip + s->way * distance, from = strip - s->way * distance;
    const float *part = s->part + j * s->each;
    if (exists(s, from) && lw_cut_rank(&cut->rule, from) != here)
      lw_flight_receive(&cut->scan, cut->axis, lw_cut_rank(&cut->rule, from),
                        LW_CUT_TAG_SCAN + strip, s->come + j * s->each, s->each);
    if (!exists(s, to)) continue;
    if (lw_cut_rank(&cut->rule, to) != here)
      lw_flight_send(&cut->scan, cut->axis, lw_cut_rank(&cut->rule, to), LW_CUT_TAG_SCAN + to, part,
                     s->each);
    else
      memcpy(s->come + lw_cut_here(cut, to) * s->each, part, (size_t)s->each * sizeof *part);
  }
  lw_flight_finish(&cut->scan);
  for (int j = 0; j < cut->own; j++)
    if (exists(s, cut->own_strip[j] - s->way * distance)) join(s, j, distance);
}

void lw_cut_scan(lw_cut *cut, lw_fused_kind kind, lw_fused_side side, lw_cut_edge *edge)
{
  const int64_t size = cut->attention->backend->sums_size(cut->attention->head_size);
  const scan s = {.cut = cut,
                  .outside = cut->outside[kind][side].at,
                  .part = cut->part.at,
                  .come = cut->come.at,
                  .edge = edge,
                  .size = size,
                  .each = cut->window_jobs * size,
                  .way = side == LW_FUSED_BEFORE ? 1 : -1};
  lw_traffic_begin(LW_TRAFFIC_SCAN);
  memset(s.outside, 0, (size_t)(cut->own * s.each) * sizeof(float));
  if (lw_flight_reserve(&cut->scan, 2 * LW_CUT_OWN) != LW_OK) lw_abort(cut->axis, LW_ERROR_MEMORY);
  for (int distance = 1; distance < cut->strips; distance *= 2) step(&s, distance);
  lw_traffic_end();
}
