#include "sharded_sums.h"
#include "longwave/comm/traffic.h"
#include <math.h>
#include <stdlib.h>

enum { BLOCK = LW_FUSED_BLOCK };

static int64_t size_of(const lw_sharded_plan *plan)
{
  return plan->attention->backend->sums_size(plan->attention->head_size);
}

/* ---- what a strip gives ---- */

/* Blocks of a window that are far for all strips after it (or before it), counted from its
   first. */
static lw_sharded_window far_for_others(const lw_sharded_plan *plan, const lw_sharded_head *head,
                                        int strip, lw_fused_side side)
{
  const lw_sharded_window own = lw_sharded_window_of(plan, head, strip);
  if (side == LW_FUSED_BEFORE && strip + 1 < plan->sharded->count)
    return (lw_sharded_window){0, lw_sharded_window_of(plan, head, strip + 1).first - own.first};
  if (side == LW_FUSED_AFTER && strip > 0)
    return (lw_sharded_window){lw_sharded_window_of(plan, head, strip - 1).end - own.first,
                               own.end - own.first};
  return (lw_sharded_window){0, 0};
}

static double reading_at(const lw_sharded_head *head, int64_t block)
{
  return head->reading ? lw_sharded_reading(head, block) : 0;
}

/* What own strip j of windowed head n gives to the scan. */
static lw_fused_range range_of(const lw_sharded_sums *sums, int64_t n, int j, lw_fused_kind kind,
                               lw_fused_side side)
{
  const lw_sharded_plan *plan = sums->plan;
  const lw_sharded_head *head = plan->windowed[n];
  const int strip = plan->sharded->strip[j];
  const lw_sharded_window queries = lw_sharded_blocks(plan, head, strip);
  const lw_sharded_window blocks = kind == LW_FUSED_KEYS
                                       ? far_for_others(plan, head, strip, side)
                                       : (lw_sharded_window){0, queries.end - queries.first};
  const int64_t first =
      kind == LW_FUSED_KEYS ? lw_sharded_window_of(plan, head, strip).first : queries.first;
  const int64_t edge = first + (side == LW_FUSED_BEFORE ? blocks.end : blocks.first);
  return (lw_fused_range){.kind = kind,
                          .side = side,
                          .first = blocks.first,
                          .end = blocks.end,
                          .reading = reading_at(head, edge),
                          .sums = lw_scan_part(&sums->scan, j) + n * size_of(plan)};
}

static void gather(lw_sharded_sums *sums, lw_fused_kind kind, lw_fused_side side)
{
  const lw_sharded_plan *plan = sums->plan;
  const lw_sharded_tiles *tiles = sums->tiles;
  const int own = plan->sharded->own;
  const int64_t count = plan->windowed_count * own;
  sums->ranges = lw_pass_grow(plan->sharded->axis, sums->ranges, &sums->range_room, count,
                              sizeof *sums->ranges);
  for (int64_t n = 0; n < plan->windowed_count; n++)
    for (int j = 0; j < own; j++) sums->ranges[n * own + j] = range_of(sums, n, j, kind, side);
  plan->attention->backend->gather(tiles->heads, kind == LW_FUSED_KEYS ? NULL : tiles->gradients,
                                   sums->ranges, count, tiles->memory);
}

/* ---- the scan ---- */

/* Which sums are on their way. */
typedef struct kind_and_side {
  const lw_sharded_plan *plan;
  lw_fused_kind kind;
  lw_fused_side side;
} kind_and_side;

/* The block of the edge at which strip `strip` reads the sums over the strips before (or after)
   it. */
static int64_t edge_of(const kind_and_side *which, const lw_sharded_head *head, int strip)
{
  const lw_sharded_window edges = which->kind == LW_FUSED_KEYS
                                      ? lw_sharded_window_of(which->plan, head, strip)
                                      : lw_sharded_blocks(which->plan, head, strip);
  return which->side == LW_FUSED_BEFORE ? edges.first : edges.end;
}

static float distance_of_edges(const lw_sharded_plan *plan, const lw_sharded_head *head, int64_t a,
                               int64_t b)
{
  if (head->reading) return (float)fabs(reading_at(head, a) - reading_at(head, b));
  return plan->attention->alpha[head->head] * (float)(llabs(a - b) * BLOCK);
}

static void join(const void *context, float *sum, int to, const float *more, int from)
{
  const kind_and_side *which = context;
  const lw_sharded_plan *plan = which->plan;
  const lw_attention *attention = plan->attention;
  const int64_t size = size_of(plan);
  for (int64_t n = 0; n < plan->windowed_count; n++) {
    const lw_sharded_head *head = plan->windowed[n];
    const float distance =
        distance_of_edges(plan, head, edge_of(which, head, to), edge_of(which, head, from));
    attention->backend->join(sum + n * size, more + n * size, attention->head_size, distance);
  }
}

static void scan(lw_sharded_sums *sums, lw_fused_kind kind, lw_fused_side side)
{
  const lw_sharded_plan *plan = sums->plan;
  const lw_world *axis = plan->sharded->axis;
  const int64_t floats = plan->windowed_count * size_of(plan);
  const kind_and_side which = {plan, kind, side};
  float *outside =
      lw_pass_floats_grow(axis, &sums->outside[kind][side], plan->sharded->own * floats);
  lw_pass_need(axis, lw_scan_set(&sums->scan, plan->sharded, floats));
  gather(sums, kind, side);
  lw_traffic_begin(LW_TRAFFIC_SCAN);
  lw_scan_run(&sums->scan, side == LW_FUSED_BEFORE ? LW_SCAN_TO_LATER : LW_SCAN_TO_EARLIER,
              (lw_scan_adder){join, &which}, outside);
  lw_traffic_end();
}

/* Queries have their far keys before them; keys their far queries after them. Without a causal mask
   both have both. */
static void scan_sides(lw_sharded_sums *sums, lw_fused_kind kind)
{
  const bool both = !sums->plan->attention->options.causal;
  if (both || kind == LW_FUSED_KEYS) scan(sums, kind, LW_FUSED_BEFORE);
  if (both || kind == LW_FUSED_QUERIES) scan(sums, kind, LW_FUSED_AFTER);
}

/* ---- what a strip gets ---- */

static const float *sums_of(const lw_sharded_sums *sums, lw_fused_kind kind, lw_fused_side side,
                            int64_t n, int j)
{
  return sums->outside[kind][side].at + (j * sums->plan->windowed_count + n) * size_of(sums->plan);
}

static void set_outside_keys(const lw_sharded_sums *sums, int64_t n, int j)
{
  const lw_sharded_plan *plan = sums->plan;
  const lw_sharded_head *head = plan->windowed[n];
  const lw_sharded_window window = lw_sharded_window_of(plan, head, plan->sharded->strip[j]);
  const int64_t tokens = plan->sharded->sequences[head->sequence].tokens;
  lw_fused_outside *outside = sums->tiles->heads[n * plan->sharded->own + j].outside;
  if (window.first > 0)
    outside[LW_FUSED_BEFORE] =
        (lw_fused_outside){.sums = sums_of(sums, LW_FUSED_KEYS, LW_FUSED_BEFORE, n, j),
                           .count = window.first * BLOCK,
                           .reading = reading_at(head, window.first)};
  if (!plan->attention->options.causal && window.end * BLOCK < tokens)
    outside[LW_FUSED_AFTER] =
        (lw_fused_outside){.sums = sums_of(sums, LW_FUSED_KEYS, LW_FUSED_AFTER, n, j),
                           .count = tokens - window.end * BLOCK,
                           .reading = reading_at(head, window.end)};
}

/* The keys that are far for all strips after this one have the queries of those outside. */
static void set_outside_queries(const lw_sharded_sums *sums, int64_t n, int j)
{
  const lw_sharded_plan *plan = sums->plan;
  for (lw_fused_side side = 0; side < LW_FUSED_SIDES; side++) {
    const lw_fused_side keys = side == LW_FUSED_AFTER ? LW_FUSED_BEFORE : LW_FUSED_AFTER;
    lw_fused_outside *outside = &sums->tiles->gradients[n * plan->sharded->own + j].outside[side];
    if (side == LW_FUSED_BEFORE && plan->attention->options.causal) continue;
    const lw_sharded_window far =
        far_for_others(plan, plan->windowed[n], plan->sharded->strip[j], keys);
    const lw_sharded_head *head = plan->windowed[n];
    const lw_sharded_window own = lw_sharded_blocks(plan, head, plan->sharded->strip[j]);
    outside->first = far.first;
    outside->end = far.end;
    outside->reading = reading_at(head, side == LW_FUSED_BEFORE ? own.first : own.end);
    if (far.first < far.end) outside->sums = sums_of(sums, LW_FUSED_QUERIES, side, n, j);
  }
}

static void make(lw_sharded_sums *sums, lw_fused_kind kind,
                 void (*set)(const lw_sharded_sums *sums, int64_t n, int j))
{
  if (sums->plan->attention->options.locality != LW_LOCALITY_SCALE) return;
  scan_sides(sums, kind);
  for (int64_t n = 0; n < sums->plan->windowed_count; n++)
    for (int j = 0; j < sums->plan->sharded->own; j++) set(sums, n, j);
}

void lw_sharded_sums_of_keys(lw_sharded_sums *sums)
{
  make(sums, LW_FUSED_KEYS, set_outside_keys);
}

void lw_sharded_sums_of_queries(lw_sharded_sums *sums)
{
  make(sums, LW_FUSED_QUERIES, set_outside_queries);
}

void lw_sharded_sums_done(lw_sharded_sums *sums)
{
  for (int kind = 0; kind < LW_FUSED_KINDS; kind++)
    for (int side = 0; side < LW_FUSED_SIDES; side++) lw_mem_give(sums->outside[kind][side].at);
  lw_mem_give(sums->ranges);
  lw_scan_done(&sums->scan);
}
