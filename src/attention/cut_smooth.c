/* Smoothing of cut sequences: a strip of V (of its gradient in backward) is put together with the
   rows beside it that the windows at its ends reach. */
#include "cut.h"
#include "longwave/comm/traffic.h"
#include "longwave/op/smooth.h"
#include <string.h>

/* Rows of V that row j takes part of: j - before .. j + after. Backward is the mirror image. */
typedef struct reach {
  int64_t before, after;
} reach;

static reach reach_of(const lw_cut *cut, bool back)
{
  const lw_attention_options *options = &cut->attention->options;
  const int64_t left = options->alignment == LW_ALIGNMENT_CENTRED ? (options->window - 1) / 2 : 0;
  const int64_t right = options->window - 1 - left;
  return back ? (reach){left, right} : (reach){right, left};
}

/* Tokens [first, end) that a strip needs. */
typedef struct stretch {
  int64_t first, end;
} stretch;

static stretch stretch_of(const lw_cut *cut, int64_t sequence, int strip, reach by)
{
  const int64_t tokens = cut->sequences[sequence].tokens;
  const int64_t first = lw_cut_token(cut, sequence, strip) - by.before;
  const int64_t end = lw_cut_token(cut, sequence, strip + 1) + by.after;
  return (stretch){first < 0 ? 0 : first, end > tokens ? tokens : end};
}

static int64_t describe(lw_cut *cut, reach by)
{
  const int64_t C = cut->attention->heads * cut->attention->head_size;
  int64_t place = 0;
  for (int pass = 0; pass < 2; pass++) {
    place = 0;
    lw_cut_route_begin(cut, &cut->smooth, LW_CUT_TAG_SMOOTH, C, pass == 0);
    for (int64_t q = 0; q < cut->sequence_count; q++)
      for (int s = 0; s < cut->strips; s++) {
        const stretch need = stretch_of(cut, q, s, by);
        lw_cut_route_need(cut, &cut->smooth, q, s, 0, need.first, need.end, place);
        if (lw_cut_here(cut, s) >= 0) place += need.end - need.first;
      }
  }
  lw_cut_route_finish(cut, &cut->smooth);
  return place;
}

/* The rows of a copy in the array [rows, stride] of a strip. */
static void copy_rows(const float *from, int64_t from_stride, float *to, int64_t to_stride,
                      int64_t count, int64_t width)
{
  for (int64_t r = 0; r < count; r++)
    memcpy(to + r * to_stride, from + r * from_stride, (size_t)width * sizeof *to);
}

static void pack_values(const lw_cut *cut, const lw_attention_call *call, const lw_cut_copy *copy,
                        float *staged)
{
  const int64_t C = cut->smooth.width;
  copy_rows(call->qkv + lw_cut_row(cut, copy) * 3 * C + 2 * C, 3 * C, staged, C, copy->tokens, C);
}

static void pack_gradients(const lw_cut *cut, const lw_attention_call *call,
                           const lw_cut_copy *copy, float *staged)
{
  const int64_t C = cut->smooth.width;
  copy_rows(call->dsmooth + lw_cut_row(cut, copy) * C, C, staged, C, copy->tokens, C);
}

static void unpack(const lw_cut *cut, const lw_attention_call *call, const lw_cut_copy *copy,
                   float *staged)
{
  const int64_t C = cut->smooth.width;
  (void)call;
  copy_rows(staged, C, cut->rows.at + copy->place * C, C, copy->tokens, C);
}

/* `from` [rows, from_stride] of all strips, with what comes, to `to`. */
static void smooth(lw_cut *cut, const lw_attention_call *call, bool back, const float *from,
                   int64_t from_stride, float *to, int64_t to_stride)
{
  const lw_attention_options *options = &cut->attention->options;
  const int64_t C = cut->attention->heads * cut->attention->head_size;
  const reach by = reach_of(cut, back);
  lw_traffic_begin(LW_TRAFFIC_SMOOTH);
  const int64_t rows = describe(cut, by);
  float *all = lw_cut_floats_grow(cut, &cut->rows, rows * C);
  lw_cut_route_send(cut, &cut->smooth, call, false, back ? pack_gradients : pack_values);
  lw_cut_route_receive(cut, &cut->smooth, call, false, unpack);
  lw_traffic_end();
  for (int64_t q = 0; q < cut->sequence_count; q++)
    for (int j = 0; j < cut->own; j++) {
      const int s = cut->own_strip[j];
      const stretch need = stretch_of(cut, q, s, by);
      const int64_t row = cut->sequences[q].row[j], tokens = lw_cut_tokens(cut, q, s);
      const int64_t before = lw_cut_token(cut, q, s) - need.first;
      float *own = all + before * C;
      copy_rows(from + row * from_stride, from_stride, own, C, tokens, C);
      const lw_smooth_part part = {
          .tokens = tokens, .before = before, .after = need.end - need.first - before - tokens};
      (back ? lw_smooth_backward_part : lw_smooth_forward_part)(own, C, part, C, options->window,
                                                                (lw_alignment)options->alignment,
                                                                to + row * to_stride, to_stride);
      all += (need.end - need.first) * C;
    }
}

void lw_cut_smooth_forward(lw_cut *cut, const lw_attention_call *call)
{
  const int64_t C = cut->attention->heads * cut->attention->head_size;
  smooth(cut, call, false, call->qkv + 2 * C, 3 * C, call->smooth, C);
}

void lw_cut_smooth_backward(lw_cut *cut, const lw_attention_call *call)
{
  const int64_t C = cut->attention->heads * cut->attention->head_size;
  smooth(cut, call, true, call->dsmooth, C, call->dqkv + 2 * C, 3 * C);
}
