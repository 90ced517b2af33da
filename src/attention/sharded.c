#include "sharded.h"
#include "sharded_ring.h"
#include "sharded_smooth.h"
#include "sharded_windows.h"

struct lw_sharded_attention {
  lw_sharded sequences;
  lw_sharded_plan plan;
  lw_sharded_tiles tiles;
  lw_sharded_smooth smooth;
  lw_sharded_windows windows;
  lw_sharded_ring ring;
};

/* Who works on what. */
static void connect(lw_sharded_attention *of, const lw_attention *attention)
{
  of->plan = (lw_sharded_plan){.attention = attention, .sharded = &of->sequences};
  of->tiles = (lw_sharded_tiles){.plan = &of->plan};
  of->smooth = (lw_sharded_smooth){.attention = attention, .sharded = &of->sequences};
  of->ring = (lw_sharded_ring){.plan = &of->plan, .tiles = &of->tiles};
  of->windows = (lw_sharded_windows){
      .plan = &of->plan, .tiles = &of->tiles, .sums = {.plan = &of->plan, .tiles = &of->tiles}};
  lw_sharded_tiles_watch(&of->tiles, &of->ring.fetch[0]);
  lw_sharded_tiles_watch(&of->tiles, &of->ring.fetch[1]);
  lw_sharded_tiles_watch(&of->tiles, &of->ring.home);
  lw_sharded_tiles_watch(&of->tiles, &of->windows.halo.flight);
}

lw_status lw_sharded_attention_create(const lw_attention *attention, lw_sharded_attention **out)
{
  lw_sharded_attention *of = NULL;
  lw_status status = LW_TAKE(&of, 1);
  if (status != LW_OK) return status;
  connect(of, attention);
  *out = of;
  return LW_OK;
}

void lw_sharded_attention_destroy(lw_sharded_attention **sharded)
{
  lw_sharded_attention *of = *sharded;
  if (!of) return;
  lw_sharded_ring_done(&of->ring);
  lw_sharded_windows_done(&of->windows);
  lw_sharded_smooth_done(&of->smooth);
  lw_sharded_tiles_done(&of->tiles);
  lw_sharded_plan_done(&of->plan);
  lw_sharded_done(&of->sequences);
  lw_mem_give(of);
  *sharded = NULL;
}

lw_status lw_sharded_attention_set(lw_sharded_attention *sharded, const lw_packing *packing,
                                   bool *any)
{
  const lw_world *axis = sharded->plan.attention->world->sequence;
  lw_status status = lw_packing_sharded(packing, axis, &sharded->sequences);
  if (status == LW_OK) *any = sharded->sequences.sequence_count > 0;
  return status;
}

/* The plan, and all that can be done before keys of other strips have come. */
static void begin(lw_sharded_attention *of, const lw_attention_call *call)
{
  lw_sharded_plan_make(&of->plan, call);
  lw_sharded_tiles_reserve(&of->tiles, of->sequences.sequence_count * of->plan.attention->heads *
                                           of->sequences.own);
  lw_sharded_windows_begin(&of->windows, call);
  lw_sharded_ring_begin(&of->ring, call);
}

void lw_sharded_attention_forward(lw_sharded_attention *sharded, const lw_attention_call *call)
{
  lw_sharded_smooth_forward(&sharded->smooth, call);
  begin(sharded, call);
  lw_sharded_windows_forward(&sharded->windows, call);
  lw_sharded_ring_forward(&sharded->ring, call);
}

void lw_sharded_attention_backward(lw_sharded_attention *sharded, const lw_attention_call *call)
{
  begin(sharded, call);
  lw_sharded_windows_backward(&sharded->windows, call);
  lw_sharded_ring_backward(&sharded->ring, call);
  lw_sharded_smooth_backward(&sharded->smooth, call);
}
