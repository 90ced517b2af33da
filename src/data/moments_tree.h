/** Moments of many parts, joined in an order that depends on the number of parts alone: as a binary
 *  tree over their indices. So the result has the same bits however ranks share out the parts, and
 *  a rank holds a few nodes only. Neighbour: data/moments.h. */
#ifndef LONGWAVE_DATA_MOMENTS_TREE_H
#define LONGWAVE_DATA_MOMENTS_TREE_H

#include "longwave/data/moments.h"

/** Node `index` of a level: parts [index * 2^level, (index + 1) * 2^level). */
typedef struct lw_moments_place {
  int64_t level, index;
} lw_moments_place;

/** Zero-initialise, but for `width`: numbers side by side, each with moments of its own. */
typedef struct lw_moments_tree {
  int64_t width;
  int64_t count, place_room, node_room;
  lw_moments_place *place; /* [count] */
  lw_moments *node;        /* [count, width] */
} lw_moments_tree;

/** Part `index`, all those before which this rank adds have been added: moments [width]. Local.
 *  Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_moments_tree_add(lw_moments_tree *tree, int64_t index,
                                          const lw_moments *moments);
/** out [width]: of the parts of all ranks, where each rank has those behind the ranks before it.
 *  Collective over all. Errors, on all ranks: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_moments_tree_join(const lw_moments_tree *tree, const lw_world *world,
                                           lw_moments *out);
void lw_moments_tree_done(lw_moments_tree *tree);

#endif
