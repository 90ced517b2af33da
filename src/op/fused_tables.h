/** Distances of a tile by position, as tables over i - j + 63 of its own i and j, in powers of two:
 *  scores are multiplied by `decay`, then `bias` is subtracted. The causal mask of the tile on the
 *  diagonal is an infinite bias. Included by the sources compiled per instruction set. */
#ifndef LONGWAVE_OP_FUSED_TABLES_H
#define LONGWAVE_OP_FUSED_TABLES_H

#include "fused_rows.h"
#include "isa.h"
#include <math.h>

static const float log2_e = 1.44269504f;

/** Which tables a tile needs. */
typedef struct lw_fused_tables {
  bool scaled, biased; /* the bias may be the mask alone */
} lw_fused_tables;

/** Fills in decay, bias and sign (of i - j) of `work` where a table is needed. between: position of
 *  the first query, less that of the first key. */
static inline lw_fused_tables lw_fused_tables_of(const lw_fused_head *head, int64_t between,
                                                 const lw_fused_work *work)
{
  const bool diagonal = head->causal && between == 0, near = head->alpha > 0;
  const lw_fused_tables tables = {.scaled = near && head->locality != LW_LOCALITY_BIAS,
                                  .biased =
                                      diagonal || (near && head->locality != LW_LOCALITY_SCALE)};
  const float slope = log2_e * head->alpha;
  const float bias_slope = head->locality == LW_LOCALITY_SCALE ? 0 : slope;
  if (!tables.scaled && !tables.biased) return tables;
  for (int64_t n = 0; n < LW_FUSED_REACH; n++) {
    const int64_t ahead = between + n - (LW_FUSED_BLOCK - 1);
    const float distance = (float)(ahead < 0 ? -ahead : ahead);
    work->decay[n] = -slope * distance;
    work->bias[n] = diagonal && ahead < 0 ? INFINITY : bias_slope * distance;
    work->sign[n] = (float)((ahead > 0) - (ahead < 0));
  }
  if (tables.scaled)
    for (int64_t n = 0; n < LW_FUSED_REACH; n += LW_LANES)
      lw_store(work->decay + n, lw_exp2(lw_load(work->decay + n)));
  return tables;
}

/** A bias per relative distance joins the table, or is all of it (`empty`). */
static inline void lw_fused_add_relative(const lw_fused_plan *plan, int64_t query_block,
                                         int64_t key_block, bool empty, const lw_fused_work *work)
{
  const float *relative = plan->relative + lw_fused_relative_at(plan, query_block, key_block);
  for (int64_t n = 0; n < LW_FUSED_REACH; n += LW_LANES) {
    const lw_vector shift = lw_load(relative + n);
    lw_store(work->bias + n, empty ? shift : lw_load(work->bias + n) + shift);
  }
}

#endif
