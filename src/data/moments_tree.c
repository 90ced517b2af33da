#include "moments_tree.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include <string.h>

void lw_moments_tree_done(lw_moments_tree *tree)
{
  lw_mem_give(tree->place);
  lw_mem_give(tree->node);
  *tree = (lw_moments_tree){.width = tree->width};
}

/* Whether the last two nodes are the halves of one. */
static bool ends_in_halves(const lw_moments_tree *tree)
{
  if (tree->count < 2) return false;
  const lw_moments_place left = tree->place[tree->count - 2], right = tree->place[tree->count - 1];
  return left.level == right.level && left.index % 2 == 0 && right.index == left.index + 1;
}

static void join_last(lw_moments_tree *tree)
{
  lw_moments *right = tree->node + (tree->count - 1) * tree->width;
  for (int64_t k = 0; k < tree->width; k++) lw_moments_join(right - tree->width + k, right + k);
  lw_moments_place *left = &tree->place[tree->count - 2];
  *left = (lw_moments_place){left->level + 1, left->index / 2};
  tree->count--;
}

static lw_status add(lw_moments_tree *tree, lw_moments_place place, const lw_moments *moments)
{
  const int64_t width = tree->width, now = tree->count;
  lw_status status = LW_OK;
  LW_TRY(LW_EXTEND(&tree->place, &tree->place_room, now, now + 1));
  LW_TRY(LW_EXTEND(&tree->node, &tree->node_room, now * width, (now + 1) * width));
  tree->place[now] = place;
  memcpy(tree->node + now * width, moments, (size_t)width * sizeof *moments);
  tree->count++;
  while (ends_in_halves(tree)) join_last(tree);
done:
  return status;
}

lw_status lw_moments_tree_add(lw_moments_tree *tree, int64_t index, const lw_moments *moments)
{
  return add(tree, (lw_moments_place){0, index}, moments);
}

lw_status lw_moments_tree_join(const lw_moments_tree *tree, const lw_world *world, lw_moments *out)
{
  const int64_t width = tree->width;
  lw_moments_tree all = {.width = width};
  lw_moments *moments = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(&moments, width));
  for (int rank = 0; rank < world->size; rank++) {
    int64_t count = tree->count;
    lw_broadcast_from(world, rank, &count, sizeof count);
    for (int64_t i = 0; i < count; i++) {
      lw_moments_place place = {0};
      if (rank == world->rank) place = tree->place[i];
      if (rank == world->rank)
        memcpy(moments, tree->node + i * width, (size_t)width * sizeof *moments);
      lw_broadcast_from(world, rank, &place, sizeof place);
      lw_broadcast_from(world, rank, moments, width * (int64_t)sizeof *moments);
      LW_TRY_TOGETHER(world, add(&all, place, moments));
    }
  }
  memset(out, 0, (size_t)width * sizeof *out);
  for (int64_t i = 0; i < all.count; i++)
    for (int64_t k = 0; k < width; k++) lw_moments_join(&out[k], &all.node[i * width + k]);
done:
  lw_moments_tree_done(&all);
  lw_mem_give(moments);
  return status;
}
