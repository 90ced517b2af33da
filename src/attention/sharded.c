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
static void connect(lw_sharded_attention *sharded, const lw_attention *attention)
{
  sharded->plan = (lw_sharded_plan){.attention = attention, .sharded = &sharded->sequences};
  sharded->tiles = (lw_sharded_tiles){.plan = &sharded->plan};
  sharded->smooth = (lw_sharded_smooth){.attention = attention, .sharded = &sharded->sequences};
  sharded->ring = (lw_sharded_ring){.plan = &sharded->plan, .tiles = &sharded->tiles};
  sharded->windows =
      (lw_sharded_windows){.plan = &sharded->plan,
                           .tiles = &sharded->tiles,
                           .sums = {.plan = &sharded->plan, .tiles = &sharded->tiles}};
  lw_sharded_tiles_watch(&sharded->tiles, &sharded->ring.fetch[0]);
  lw_sharded_tiles_watch(&sharded->tiles, &sharded->ring.fetch[1]);
  lw_sharded_tiles_watch(&sharded->tiles, &sharded->ring.home);
  lw_sharded_tiles_watch(&sharded->tiles, &sharded->windows.halo.flight);
}

lw_status lw_sharded_attention_create(const lw_attention *attention, lw_sharded_attention **out)
{
  lw_sharded_attention *sharded = NULL;
  lw_status status = LW_TAKE(&sharded, 1);
  if (status != LW_OK) return status;
  connect(sharded, attention);
  *out = sharded;
  return LW_OK;
}

void lw_sharded_attention_destroy(lw_sharded_attention **sharded)
{
  lw_sharded_attention *made = *sharded;
  if (!made) return;
  lw_sharded_ring_done(&made->ring);
  lw_sharded_windows_done(&made->windows);
  lw_sharded_smooth_done(&made->smooth);
  lw_sharded_tiles_done(&made->tiles);
  lw_sharded_plan_done(&made->plan);
  lw_sharded_done(&made->sequences);
  lw_mem_give(made);
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
static void begin(lw_sharded_attention *sharded, const lw_attention_call *call)
{
  lw_sharded_plan_make(&sharded->plan, call);
  lw_sharded_tiles_reserve(&sharded->tiles, sharded->sequences.sequence_count *
                                                sharded->plan.attention->heads *
                                                sharded->sequences.own);
  lw_sharded_windows_begin(&sharded->windows, call);
  lw_sharded_ring_begin(&sharded->ring, call);
}

static int64_t blocks_of(int64_t tokens)
{
  return (tokens + LW_FUSED_BLOCK - 1) / LW_FUSED_BLOCK;
}

/* Tiles of own queries that the mask allows, in all heads; and that it does not. */
static lw_fused_tiles tiles_of(const lw_sharded_attention *sharded)
{
  const lw_sharded *of = &sharded->sequences;
  const lw_attention *attention = sharded->plan.attention;
  lw_fused_tiles tiles = {0};
  for (int64_t q = 0; q < of->sequence_count; q++)
    for (int j = 0; j < of->own; j++) {
      const int64_t first = lw_sharded_first(of, q, of->strip[j]) / LW_FUSED_BLOCK;
      const int64_t count = blocks_of(lw_sharded_tokens(of, q, of->strip[j]));
      const int64_t keys = blocks_of(of->sequences[q].tokens);
      const int64_t masked =
          attention->options.causal ? count * (keys - first) - count * (count + 1) / 2 : 0;
      tiles.masked += attention->heads * masked;
      tiles.far += attention->heads * (count * keys - masked);
    }
  return tiles;
}

void lw_sharded_attention_forward(lw_sharded_attention *sharded, const lw_attention_call *call,
                                  lw_fused_tiles *counted)
{
  lw_fused_tiles tiles = tiles_of(sharded);
  sharded->tiles.near = 0;
  lw_sharded_smooth_forward(&sharded->smooth, call);
  begin(sharded, call);
  lw_sharded_windows_forward(&sharded->windows, call);
  lw_sharded_ring_forward(&sharded->ring, call);
  tiles.near = sharded->tiles.near;
  tiles.far -= tiles.near;
  lw_fused_tiles_add(counted, &tiles);
}

void lw_sharded_attention_backward(lw_sharded_attention *sharded, const lw_attention_call *call)
{
  begin(sharded, call);
  lw_sharded_windows_backward(&sharded->windows, call);
  lw_sharded_ring_backward(&sharded->ring, call);
  lw_sharded_smooth_backward(&sharded->smooth, call);
}
