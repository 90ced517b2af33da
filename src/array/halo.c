#include "longwave/array/halo.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include <string.h>

enum { TAG = 0 };

/* Tokens [first, end) that a strip stands with. */
typedef struct stretch {
  int64_t first, end;
} stretch;

static stretch stretch_of(const lw_halo *halo, int64_t sequence, int strip)
{
  const lw_sharded *sharded = halo->sharded;
  const int64_t tokens = sharded->sequences[sequence].tokens;
  const int64_t first = lw_sharded_first(sharded, sequence, strip) - halo->before;
  const int64_t end = lw_sharded_first(sharded, sequence, strip + 1) + halo->after;
  return (stretch){lw_larger(first, 0), lw_smaller(end, tokens)};
}

/* Describes what strip `strip` needs; this rank's strips stand one behind another from `row` on.
   Returns the rows that it takes here. */
static lw_status need(lw_halo *halo, int64_t sequence, int strip, int64_t *row)
{
  const lw_sharded *sharded = halo->sharded;
  const stretch all = stretch_of(halo, sequence, strip);
  const int64_t first = lw_sharded_first(sharded, sequence, strip);
  const int64_t tokens = lw_sharded_tokens(sharded, sequence, strip);
  const int own = lw_sharded_own(sharded, strip);
  const lw_row_need wanted = {
      .sequence = sequence, .strip = strip, .first = all.first, .end = all.end, .row = *row};
  if (own >= 0) {
    halo->strips[sequence * sharded->own + own] = (lw_halo_strip){
        .tokens = tokens, .before = first - all.first, .after = all.end - first - tokens};
    *row += all.end - all.first;
  }
  return lw_row_exchange_need(&halo->exchange, &wanted);
}

/* The strips' first rows, now that there is memory. */
static void attach(lw_halo *halo)
{
  const lw_sharded *sharded = halo->sharded;
  const float *rows = halo->rows;
  for (int64_t n = 0; n < sharded->sequence_count * sharded->own; n++) {
    lw_halo_strip *strip = &halo->strips[n];
    strip->rows = rows + strip->before * halo->width;
    rows = strip->rows + (strip->tokens + strip->after) * halo->width;
  }
}

lw_status lw_halo_set(lw_halo *halo, const lw_sharded *sharded, int64_t width, int64_t before,
                      int64_t after)
{
  int64_t rows = 0;
  lw_status status = LW_OK;
  halo->sharded = sharded;
  halo->width = width;
  halo->before = before;
  halo->after = after;
  LW_TRY(lw_mem_grow((void **)&halo->strips, &halo->strip_room,
                     sharded->sequence_count * sharded->own, (int64_t)sizeof *halo->strips));
  lw_row_exchange_begin(&halo->exchange, sharded, TAG, width);
  for (int64_t q = 0; q < sharded->sequence_count; q++)
    for (int s = 0; s < sharded->count; s++) LW_TRY(need(halo, q, s, &rows));
  LW_TRY(lw_row_exchange_finish(&halo->exchange));
  LW_TRY(lw_mem_grow((void **)&halo->rows, &halo->row_room, rows * width, (int64_t)sizeof(float)));
  attach(halo);
done:
  return status;
}

static void copy_rows(const float *from, int64_t from_stride, float *to, int64_t count,
                      int64_t width)
{
  for (int64_t r = 0; r < count; r++)
    memcpy(to + r * width, from + r * from_stride, (size_t)width * sizeof *to);
}

/* The array at hand. */
typedef struct fetch {
  lw_halo *halo;
  const float *x;
  int64_t stride;
} fetch;

static void pack(void *context, const lw_row_copy *copy, float *staged)
{
  const fetch *f = context;
  copy_rows(f->x + lw_row_copy_row(&f->halo->exchange, copy) * f->stride, f->stride, staged,
            copy->tokens, f->halo->width);
}

static void unpack(void *context, const lw_row_copy *copy, float *staged)
{
  const fetch *f = context;
  const int64_t width = f->halo->width;
  copy_rows(staged, width, f->halo->rows + copy->row * width, copy->tokens, width);
}

static void copy_own(const fetch *f)
{
  const lw_halo *halo = f->halo;
  const lw_sharded *sharded = halo->sharded;
  for (int64_t q = 0; q < sharded->sequence_count; q++)
    for (int j = 0; j < sharded->own; j++) {
      const lw_halo_strip *strip = lw_halo_strip_at(halo, q, j);
      copy_rows(f->x + sharded->sequences[q].row[j] * f->stride, f->stride,
                halo->rows + (strip->rows - halo->rows), strip->tokens, halo->width);
    }
}

void lw_halo_fetch(lw_halo *halo, const float *x, int64_t stride)
{
  fetch f = {.halo = halo, .x = x, .stride = stride};
  lw_row_exchange_send(&halo->exchange, LW_ROWS_TO_NEED, pack, &f);
  copy_own(&f);
  lw_row_exchange_receive(&halo->exchange, LW_ROWS_TO_NEED, unpack, &f);
}

const lw_halo_strip *lw_halo_strip_at(const lw_halo *halo, int64_t sequence, int own)
{
  return &halo->strips[sequence * halo->sharded->own + own];
}

void lw_halo_done(lw_halo *halo)
{
  lw_mem_give(halo->strips);
  lw_mem_give(halo->rows);
  lw_row_exchange_done(&halo->exchange);
  *halo = (lw_halo){0};
}
