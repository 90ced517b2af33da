#include "sharded_smooth.h"
#include "pass_memory.h"
#include "longwave/comm/traffic.h"
#include "longwave/op/smooth.h"

/* Rows of V that row j takes part of: j - before .. j + after. Backward is the mirror image. */
typedef struct reach {
  int64_t before, after;
} reach;

static reach reach_of(const lw_attention_options *options, bool back)
{
  const int64_t left = options->alignment == LW_ALIGNMENT_CENTRED ? (options->window - 1) / 2 : 0;
  const int64_t right = options->window - 1 - left;
  return back ? (reach){left, right} : (reach){right, left};
}

static void fetch(lw_sharded_smooth *smooth, reach by, const float *from, int64_t stride)
{
  const int64_t C = smooth->attention->heads * smooth->attention->head_size;
  lw_pass_need(smooth->sharded->axis,
               lw_halo_set(&smooth->halo, smooth->sharded, C, by.before, by.after));
  lw_traffic_begin(LW_TRAFFIC_SMOOTH);
  lw_halo_fetch(&smooth->halo, from, stride);
  lw_traffic_end();
}

/* All strips, from their halos to rows `stride` floats apart. */
static void pool(const lw_sharded_smooth *smooth, bool back, float *to, int64_t stride)
{
  const lw_sharded *sharded = smooth->sharded;
  const lw_attention_options *options = &smooth->attention->options;
  const int64_t C = smooth->halo.width;
  for (int64_t q = 0; q < sharded->sequence_count; q++)
    for (int j = 0; j < sharded->own; j++) {
      const lw_halo_strip *strip = lw_halo_strip_at(&smooth->halo, q, j);
      const lw_smooth_part part = {
          .tokens = strip->tokens, .before = strip->before, .after = strip->after};
      (back ? lw_smooth_backward_part
            : lw_smooth_forward_part)(strip->rows, C, part, C, options->window, options->alignment,
                                      to + sharded->sequences[q].row[j] * stride, stride);
    }
}

void lw_sharded_smooth_forward(lw_sharded_smooth *smooth, const lw_attention_call *call)
{
  const int64_t C = smooth->attention->heads * smooth->attention->head_size;
  fetch(smooth, reach_of(&smooth->attention->options, false), call->qkv + 2 * C, 3 * C);
  pool(smooth, false, call->smooth, C);
}

void lw_sharded_smooth_backward(lw_sharded_smooth *smooth, const lw_attention_call *call)
{
  const int64_t C = smooth->attention->heads * smooth->attention->head_size;
  fetch(smooth, reach_of(&smooth->attention->options, true), call->dsmooth, C);
  pool(smooth, true, call->dqkv + 2 * C, 3 * C);
}

void lw_sharded_smooth_done(lw_sharded_smooth *smooth)
{
  lw_halo_done(&smooth->halo);
}
