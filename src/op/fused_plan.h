/** What is decided about a head before its tiles are computed: which are near, and how the far ones
 *  are expanded. Private to op/.
 *
 *  Queries and keys, each from their own first one, are counted in blocks of 64, blocks in segments
 *  of 16. The near keys of a query block are one range whose ends do not decrease with the block,
 *  so the far queries of a key block are a prefix and a suffix, and one sweep over the blocks can
 *  carry sums over far tokens along.
 *
 *  Segments are the unit of work of the threads. They depend on T alone, so that every sum is taken
 *  in the same order whatever the thread count. */
#ifndef LONGWAVE_OP_FUSED_PLAN_H
#define LONGWAVE_OP_FUSED_PLAN_H

#include "longwave/op/fused.h"
#include <math.h>

enum {
  LW_FUSED_SEGMENT = 16,
  LW_FUSED_DROPS = 64, /* part of the tolerance that keys left out may have of their row's sum */
  LW_FUSED_NARROW = 8  /* the most channels of a head that has tiles of its own */
};

typedef struct lw_fused_plan {
  const lw_fused_head *head;
  const lw_fused_gradient *gradient; /* NULL in forward */
  int64_t blocks[LW_FUSED_KINDS], segments[LW_FUSED_KINDS];
  int64_t shift; /* the key block that has the place of query block 0 */
  lw_fused_near near;
  lw_fused_tiles tiles;
  bool narrow; /* its tiles are those of fused_narrow.h */
  bool alone;  /* in backward: one task has all of them, and writes where others add */
  /* [kind][side][blocks of the other kind]: the far keys of query block I are the blocks before
     [KEYS][BEFORE][I] and those from [KEYS][AFTER][I] on; in the same way the far queries of a key
     block */
  int64_t *far_edge[LW_FUSED_KINDS][LW_FUSED_SIDES];
  double *terms;                /* [2 blocks]: scratch of the bound */
  double *readings;             /* [blocks] of a clocked head: of their first tokens; else NULL */
  float *norms[LW_FUSED_KINDS]; /* [blocks]: the largest; infinite if one is not a number */
  float *delta;                 /* [queries]: D of backward */
  /* Of a bias per distance, [64 (blocks of queries and of keys)], from the distance of the last key
     of the last block on: -log2(e) b, and its bucket; [segments of queries, buckets]: db */
  float *relative;
  int32_t *bucket;
  double *dbias;
  float *sums;                /* at the inner edges of segments, lw_fused_sums_at */
  int64_t sums_each;          /* floats of one */
  char *turn[LW_FUSED_KINDS]; /* [segments]: order of the additions to dq, to dk and dv */
} lw_fused_plan;

/** `count` rounded up to whole units. */
static inline int64_t lw_fused_whole(int64_t count, int64_t unit)
{
  return (count + unit - 1) / unit * unit;
}

/** Tokens of a kind. */
static inline int64_t lw_fused_tokens(const lw_fused_head *head, lw_fused_kind kind)
{
  return kind == LW_FUSED_KEYS ? head->keys : head->queries;
}

/** Whether a distance between tokens may be far: weights that are left out begin where the decay
 *  alone, without scores, is the limit of fused_plan.c. */
static inline bool lw_fused_may_be_far(const lw_fused_head *head)
{
  if (head->clocked || head->locality == LW_LOCALITY_SCALE) return true;
  return (double)head->alpha * (double)head->keys > log(LW_FUSED_DROPS / head->tolerance);
}

/** Whether what is near has to be found here. */
static inline bool lw_fused_must_find(const lw_fused_head *head)
{
  return !head->near && head->tolerance > 0 && (head->clocked || head->alpha > 0) &&
         lw_fused_may_be_far(head) &&
         !(head->relative.reach > 0 && head->locality == LW_LOCALITY_SCALE) &&
         head->queries > 2 * LW_FUSED_BLOCK;
}

/** Where the distances of a tile begin in `relative` and `bucket`. */
static inline int64_t lw_fused_relative_at(const lw_fused_plan *plan, int64_t query_block,
                                           int64_t key_block)
{
  return (query_block + plan->blocks[LW_FUSED_KEYS] - 1 - key_block) * LW_FUSED_BLOCK;
}

/** Reading of a token of a clocked head; beyond the end that of the last one. */
static inline double lw_fused_reading(const lw_fused_head *head, lw_fused_kind kind, int64_t token)
{
  const int64_t last = lw_fused_tokens(head, kind) - 1;
  return head->reading[kind].at[(token < last ? token : last) * head->reading[kind].stride];
}

/** Whether a head may have far tiles that are expanded in sums. */
static inline bool lw_fused_may_sum(const lw_fused_head *head)
{
  return head->near ? head->near->far >= LW_FUSED_FAR_ZERO
                    : lw_fused_must_find(head) && head->locality == LW_LOCALITY_SCALE;
}

static inline bool lw_fused_has_sums(const lw_fused_plan *plan)
{
  return plan->near.far >= LW_FUSED_FAR_ZERO;
}

/** Causal attention has its keys before the queries, and so its queries after the keys. */
static inline bool lw_fused_has_side(const lw_fused_head *head, lw_fused_kind kind,
                                     lw_fused_side side)
{
  return !head->causal || side == (kind == LW_FUSED_KEYS ? LW_FUSED_BEFORE : LW_FUSED_AFTER);
}

/** Lists of sums at inner edges: of each kind for each side it has. */
static inline int64_t lw_fused_sums_lists(const lw_fused_head *head)
{
  return head->causal ? 1 : LW_FUSED_SIDES;
}

/** The sums at inner edge `edge`, 1 to segments - 1: of all that lies before or after block
 *  edge * LW_FUSED_SEGMENT. */
static inline float *lw_fused_sums_at(const lw_fused_plan *plan, lw_fused_kind kind,
                                      lw_fused_side side, int64_t edge)
{
  const int64_t lists = lw_fused_sums_lists(plan->head);
  const int64_t before = kind == LW_FUSED_KEYS ? 0 : lists * (plan->segments[LW_FUSED_KEYS] - 1);
  const int64_t list = lists > 1 ? (int64_t)side : 0;
  return plan->sums + (before + list * (plan->segments[kind] - 1) + edge - 1) * plan->sums_each;
}

/** find_near of the backend. */
void lw_fused_find_near(const lw_fused_head *shape, const float *query_norms,
                        const float *key_norms, const double *readings, double *scratch,
                        lw_fused_near *near);
/** far_edge and tiles from what is near. */
void lw_fused_plan_edges(lw_fused_plan *plan);
/** What a bias per distance needs before tiles are computed; nothing without one. */
void lw_fused_plan_relative(const lw_fused_plan *plan);
/** Its gradient from the sums of all segments, in their order. */
void lw_fused_plan_dbias(const lw_fused_plan *plan);

#endif
