/* The weights of a head as a matrix, before and after smoothing, panel by panel. */
#include "scores_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/comm/agree.h"

/* Room of one call of lw_scores_maps: two whole panels, and lse that is not kept. */
typedef struct maps {
  float *before, *after; /* [panel, T of the shape] */
  float *lse;            /* [T] */
} maps;

static lw_status map_panel(lw_scores *scores, int64_t c, int64_t first, const maps *room)
{
  const lw_panel panel = lw_scores_panel_at(scores, scores->weights, first);
  const bool inside = scores->grid->row >= 0;
  lw_status status = LW_OK;
  if (inside) {
    lw_scores_clear(scores->weights); /* the keys that the products leave out */
    LW_TRY(lw_scores_make(scores, c, &panel));
    lw_panel_softmax(&panel, &scores->work, room->lse);
  }
  lw_dmat_to_full(scores->weights, room->before);
  if (inside) lw_panel_pool(&panel, &scores->work, scores->left, panel.keys, panel.reach);
  lw_dmat_to_full(scores->weights, room->after);
done:
  return status;
}

lw_status lw_scores_maps(lw_scores *scores, int64_t head,
                         lw_status (*visit)(const lw_scores_map *map, void *context), void *context)
{
  const lw_world *world = scores->grid->world;
  const int64_t T = scores->shape.tokens;
  maps room = {0};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(&room.before, scores->panel * T));
  LW_TRY_TOGETHER(world, LW_TAKE(&room.after, scores->panel * T));
  LW_TRY_TOGETHER(world, LW_TAKE(&room.lse, T));
  lw_scores_choose_head(scores, head);
  for (int64_t first = 0; first < scores->tokens; first += scores->panel) {
    LW_TRY(map_panel(scores, head, first, &room));
    const lw_scores_map map = {.first = first,
                               .rows = lw_smaller(scores->panel, scores->tokens - first),
                               .stride = T,
                               .before = room.before,
                               .after = room.after};
    LW_TRY(visit(&map, context));
  }
done:
  lw_mem_give(room.before);
  lw_mem_give(room.after);
  lw_mem_give(room.lse);
  return status;
}
