/** What is decided about a head before its tiles are computed: which are near, and how the far ones
 *  are expanded. Private to op/.
 *
 *  Queries and keys are counted in blocks of 64, blocks in segments of 16. The near keys of a query
 *  block are one range whose ends do not decrease with the block, so the far queries of a key block
 *  are a prefix and a suffix, and one sweep over the blocks can carry sums over far tokens along.
 *
 *  Segments are the unit of work of the threads. They depend on T alone, so that every sum is taken
 *  in the same order whatever the thread count. */
#ifndef LONGWAVE_OP_FUSED_PLAN_H
#define LONGWAVE_OP_FUSED_PLAN_H

#include "longwave/op/fused.h"

enum { LW_FUSED_SEGMENT = 16 };

typedef enum lw_fused_far {
  LW_FUSED_FAR_NONE, /* all allowed tiles are near */
  LW_FUSED_FAR_DROP, /* bias: weights that vanish */
  LW_FUSED_FAR_ZERO, /* exp(x) ~ 1 */
  LW_FUSED_FAR_ONE,  /* exp(x) ~ 1 + x */
} lw_fused_far;

/** Sums over the keys, or over the queries, on one side of an edge between blocks. */
typedef enum lw_fused_kind { LW_FUSED_KEYS, LW_FUSED_QUERIES, LW_FUSED_KINDS } lw_fused_kind;
typedef enum lw_fused_side { LW_FUSED_BEFORE, LW_FUSED_AFTER, LW_FUSED_SIDES } lw_fused_side;

typedef struct lw_fused_plan {
  const lw_fused_head *head;
  const lw_fused_gradient *gradient; /* NULL in forward */
  int64_t blocks, segments;
  lw_fused_far far;
  lw_fused_tiles tiles;
  /* [kind][side][blocks]: the far keys of query block I are the blocks before [KEYS][BEFORE][I] and
     those from [KEYS][AFTER][I] on; in the same way the far queries of a key block */
  int64_t *far_edge[LW_FUSED_KINDS][LW_FUSED_SIDES];
  double *query_term, *key_term; /* [blocks]: scratch of the bound */
  float *query_norm, *key_norm;  /* [blocks]: the largest; infinite if one is not a number */
  float *delta;                  /* [T]: D of backward */
  float *sums;                   /* the sums at the inner edges of segments, lw_fused_sums_at */
  int64_t sums_each;             /* floats of one */
  char *query_turn, *key_turn;   /* [segments]: order of the additions to dq, and to dk and dv */
} lw_fused_plan;

/** Whether a head of these options can have far tiles at all. */
static inline bool lw_fused_may_be_far(const lw_fused_head *head)
{
  return head->tolerance > 0 && head->alpha > 0 && head->tokens > 2 * LW_FUSED_BLOCK;
}

/** Whether its far tiles are expanded in sums. */
static inline bool lw_fused_has_sums(const lw_fused_plan *plan)
{
  return plan->far >= LW_FUSED_FAR_ZERO;
}

/** Causal attention has its keys before the queries, and so its queries after the keys. */
static inline bool lw_fused_has_side(const lw_fused_head *head, lw_fused_kind kind,
                                     lw_fused_side side)
{
  return !head->causal || side == (kind == LW_FUSED_KEYS ? LW_FUSED_BEFORE : LW_FUSED_AFTER);
}

/** The sums at inner edge `edge`, 1 to segments - 1: of all that lies before or after block
 *  edge * LW_FUSED_SEGMENT. */
static inline float *lw_fused_sums_at(const lw_fused_plan *plan, lw_fused_kind kind,
                                      lw_fused_side side, int64_t edge)
{
  const int64_t list = (int64_t)kind * LW_FUSED_SIDES + (int64_t)side;
  const int64_t place = plan->head->causal ? (int64_t)kind : list;
  return plan->sums + (place * (plan->segments - 1) + edge - 1) * plan->sums_each;
}

/** From the norms: the far edges, the expansion and the tiles. */
void lw_fused_plan_ranges(lw_fused_plan *plan);

#endif
