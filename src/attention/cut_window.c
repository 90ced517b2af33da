/* Heads with far keys, of cut sequences. Strip s of S meets the key blocks E_s to F_s: from the
   first near block of its first query block to the last of its last. Neither falls as s grows. So

     keys [E_s, E_s+1), which are far for all later strips, lie in window s: their sums are the part
     of s in a scan, and what strip s gets from it are the sums over all keys before E_s;
     in backward those same keys get, from a scan the other way, the sums over the queries of all
     later strips.

   Keys that are masked or come later (without a causal mask) mirror this with [F_s-1, F_s). */
#include "cut.h"
#include "longwave/comm/traffic.h"
#include <string.h>

enum { BLOCK = LW_FUSED_BLOCK };

static int64_t first_block(const lw_cut *cut, const lw_cut_job *job, int strip)
{
  return lw_cut_token(cut, job->sequence, strip) / BLOCK;
}

/* One past the last block of a strip. */
static int64_t end_block(const lw_cut *cut, const lw_cut_job *job, int strip)
{
  return strip + 1 < cut->strips ? first_block(cut, job, strip + 1)
                                 : cut->sequences[job->sequence].blocks;
}

/* E_s and F_s */
static int64_t window_first(const lw_cut *cut, const lw_cut_job *job, int strip)
{
  return job->near.edge[LW_FUSED_BEFORE][first_block(cut, job, strip)];
}

static int64_t window_end(const lw_cut *cut, const lw_cut_job *job, int strip)
{
  return job->near.edge[LW_FUSED_AFTER][end_block(cut, job, strip) - 1];
}

static int64_t window_tokens(const lw_cut *cut, const lw_cut_job *job, const lw_cut_window *window)
{
  const int64_t tokens = cut->sequences[job->sequence].tokens - window->first * BLOCK;
  const int64_t whole = (window->end - window->first) * BLOCK;
  return whole < tokens ? whole : tokens;
}

static lw_cut_window *window_of(const lw_cut *cut, int64_t job, int j)
{
  return &cut->windows[job * cut->own + j];
}

/* ---- windows are put together ---- */

static void place_windows(lw_cut *cut)
{
  cut->windows = lw_cut_grow(cut, cut->windows, &cut->window_room, cut->window_jobs * cut->own,
                             sizeof *cut->windows);
  cut->window_rows = 0;
  for (int64_t n = 0; n < cut->window_jobs; n++)
    for (int j = 0; j < cut->own; j++) {
      const lw_cut_job *job = cut->windowed[n];
      lw_cut_window *window = window_of(cut, n, j);
      window->first = window_first(cut, job, cut->own_strip[j]);
      window->end = window_end(cut, job, cut->own_strip[j]);
      window->place = cut->window_rows;
      cut->window_rows += window_tokens(cut, job, window);
    }
}

static void describe(lw_cut *cut)
{
  for (int pass = 0; pass < 2; pass++) {
    lw_cut_route_begin(cut, &cut->halo, LW_CUT_TAG_HALO, 2 * cut->attention->head_size, pass == 0);
    for (int64_t n = 0; n < cut->window_jobs; n++)
      for (int s = 0; s < cut->strips; s++) {
        const lw_cut_job *job = cut->windowed[n];
        const int64_t tokens = cut->sequences[job->sequence].tokens;
        const int64_t end = window_end(cut, job, s) * BLOCK;
        const int j = lw_cut_here(cut, s);
        lw_cut_route_need(cut, &cut->halo, job->sequence, s, job->head,
                          window_first(cut, job, s) * BLOCK, end < tokens ? end : tokens,
                          j < 0 ? 0 : window_of(cut, n, j)->place);
      }
  }
  lw_cut_route_finish(cut, &cut->halo);
}

/* Keys and values of `tokens` packed rows, to rows of 2d side by side. */
static void take_keys(const lw_cut *cut, const lw_attention_call *call, int64_t head, int64_t row,
                      int64_t tokens, float *to)
{
  const int64_t d = cut->attention->head_size, C = cut->attention->heads * d;
  const float *k = call->qkv + row * 3 * C + C + head * d, *v = call->smooth + row * C + head * d;
  for (int64_t t = 0; t < tokens; t++) {
    memcpy(to + t * 2 * d, k + t * 3 * C, (size_t)d * sizeof *to);
    memcpy(to + t * 2 * d + d, v + t * C, (size_t)d * sizeof *to);
  }
}

/* Their gradients back, written or added. */
static void give_gradients(const lw_cut *cut, const lw_attention_call *call, int64_t head,
                           int64_t row, int64_t tokens, const float *from, bool added)
{
  const int64_t d = cut->attention->head_size, C = cut->attention->heads * d;
  float *dk = call->dqkv + row * 3 * C + C + head * d, *dv = call->dsmooth + row * C + head * d;
  for (int64_t t = 0; t < tokens; t++)
    for (int64_t c = 0; c < d; c++) {
      dk[t * 3 * C + c] = from[t * 2 * d + c] + (added ? dk[t * 3 * C + c] : 0);
      dv[t * C + c] = from[t * 2 * d + d + c] + (added ? dv[t * C + c] : 0);
    }
}

static void pack_keys(const lw_cut *cut, const lw_attention_call *call, const lw_cut_copy *copy,
                      float *staged)
{
  take_keys(cut, call, copy->head, lw_cut_row(cut, copy), copy->tokens, staged);
}

static void unpack_keys(const lw_cut *cut, const lw_attention_call *call, const lw_cut_copy *copy,
                        float *staged)
{
  (void)call;
  memcpy(cut->keys.at + copy->place * cut->halo.width, staged,
         (size_t)(copy->tokens * cut->halo.width) * sizeof *staged);
}

static void pack_gradients(const lw_cut *cut, const lw_attention_call *call,
                           const lw_cut_copy *copy, float *staged)
{
  (void)call;
  memcpy(staged, cut->dkeys.at + copy->place * cut->halo.width,
         (size_t)(copy->tokens * cut->halo.width) * sizeof *staged);
}

static void unpack_gradients(const lw_cut *cut, const lw_attention_call *call,
                             const lw_cut_copy *copy, float *staged)
{
  give_gradients(cut, call, copy->head, lw_cut_row(cut, copy), copy->tokens, staged, true);
}

/* Calls with the rows of each own strip: in its window, and in the packed arrays. */
typedef void own_rows(const lw_cut *cut, const lw_attention_call *call, int64_t head, int64_t row,
                      int64_t tokens, int64_t place);

static void own_keys(const lw_cut *cut, const lw_attention_call *call, int64_t head, int64_t row,
                     int64_t tokens, int64_t place)
{
  take_keys(cut, call, head, row, tokens, cut->keys.at + place * cut->halo.width);
}

static void own_gradients(const lw_cut *cut, const lw_attention_call *call, int64_t head,
                          int64_t row, int64_t tokens, int64_t place)
{
  give_gradients(cut, call, head, row, tokens, cut->dkeys.at + place * cut->halo.width, false);
}

static void for_own_rows(const lw_cut *cut, const lw_attention_call *call, own_rows *move)
{
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < cut->window_jobs; n++)
    for (int j = 0; j < cut->own; j++) {
      const lw_cut_job *job = cut->windowed[n];
      const lw_cut_window *window = window_of(cut, n, j);
      const int64_t ahead = (first_block(cut, job, cut->own_strip[j]) - window->first) * BLOCK;
      move(cut, call, job->head, cut->sequences[job->sequence].row[j],
           lw_cut_tokens(cut, job->sequence, cut->own_strip[j]), window->place + ahead);
    }
}

void lw_cut_window_begin(lw_cut *cut, const lw_attention_call *call)
{
  if (cut->window_jobs == 0) return;
  place_windows(cut);
  describe(cut);
  lw_cut_floats_grow(cut, &cut->keys, cut->window_rows * cut->halo.width);
  lw_traffic_begin(LW_TRAFFIC_HALO);
  lw_cut_route_send(cut, &cut->halo, call, false, pack_keys);
  lw_traffic_end();
  for_own_rows(cut, call, own_keys);
}

/* ---- sums beyond the windows ---- */

static int64_t key_edge_before(const lw_cut *cut, const lw_cut_job *job, int strip)
{
  return window_first(cut, job, strip) * BLOCK;
}

static int64_t key_edge_after(const lw_cut *cut, const lw_cut_job *job, int strip)
{
  return window_end(cut, job, strip) * BLOCK;
}

static int64_t query_edge_before(const lw_cut *cut, const lw_cut_job *job, int strip)
{
  return first_block(cut, job, strip) * BLOCK;
}

static int64_t query_edge_after(const lw_cut *cut, const lw_cut_job *job, int strip)
{
  return end_block(cut, job, strip) * BLOCK;
}

/* The blocks of window `strip` that are far for all strips after it (or before it). */
static void far_for_others(const lw_cut *cut, const lw_cut_job *job, const lw_cut_window *window,
                           int strip, lw_fused_side side, int64_t *first, int64_t *end)
{
  *first = 0;
  *end = 0;
  if (side == LW_FUSED_BEFORE && strip + 1 < cut->strips)
    *end = window_first(cut, job, strip + 1) - window->first;
  if (side == LW_FUSED_AFTER && strip > 0) {
    *first = window_end(cut, job, strip - 1) - window->first;
    *end = window->end - window->first;
  }
}

/* What strip j of job n gives to the scan. */
static lw_fused_range range_of(const lw_cut *cut, int64_t n, int j, lw_fused_kind kind,
                               lw_fused_side side)
{
  const lw_cut_job *job = cut->windowed[n];
  const int64_t size = cut->attention->backend->sums_size(cut->attention->head_size);
  const int strip = cut->own_strip[j];
  lw_fused_range range = {.kind = kind, .side = side};
  range.sums = cut->part.at + (j * cut->window_jobs + n) * size;
  if (kind == LW_FUSED_KEYS)
    far_for_others(cut, job, window_of(cut, n, j), strip, side, &range.first, &range.end);
  else
    range.end = end_block(cut, job, strip) - first_block(cut, job, strip);
  return range;
}

static void scan(lw_cut *cut, lw_fused_kind kind, lw_fused_side side)
{
  static lw_cut_edge *const edges[LW_FUSED_KINDS][LW_FUSED_SIDES] = {
      {key_edge_before, key_edge_after}, {query_edge_before, query_edge_after}};
  const int64_t size = cut->attention->backend->sums_size(cut->attention->head_size);
  const int64_t count = cut->window_jobs * cut->own;
  lw_cut_floats *const sums[] = {&cut->outside[kind][side], &cut->part, &cut->come};
  for (int what = 0; what < 3; what++) lw_cut_floats_grow(cut, sums[what], count * size);
  for (int64_t n = 0; n < cut->window_jobs; n++)
    for (int j = 0; j < cut->own; j++)
      cut->ranges[n * cut->own + j] = range_of(cut, n, j, kind, side);
  cut->attention->backend->gather(cut->heads, kind == LW_FUSED_KEYS ? NULL : cut->gradients,
                                  cut->ranges, count, cut->memory);
  lw_cut_scan(cut, kind, side, edges[kind][side]);
}

/* Queries have their far keys before them; keys their far queries after them. Without a causal mask
   both have both. */
static void scan_all(lw_cut *cut, lw_fused_kind kind)
{
  if (cut->attention->options.locality != LW_LOCALITY_SCALE) return; /* what is far is dropped */
  const bool both = !cut->attention->options.causal;
  if (both || kind == LW_FUSED_KEYS) scan(cut, kind, LW_FUSED_BEFORE);
  if (both || kind == LW_FUSED_QUERIES) scan(cut, kind, LW_FUSED_AFTER);
}

static const float *sums_of(const lw_cut *cut, lw_fused_kind kind, lw_fused_side side, int64_t n,
                            int j)
{
  const int64_t size = cut->attention->backend->sums_size(cut->attention->head_size);
  return cut->outside[kind][side].at + (j * cut->window_jobs + n) * size;
}

static void set_outside_keys(const lw_cut *cut, int64_t n, int j)
{
  const lw_cut_job *job = cut->windowed[n];
  const lw_cut_window *window = window_of(cut, n, j);
  const int64_t tokens = cut->sequences[job->sequence].tokens;
  lw_fused_outside *outside = cut->heads[n * cut->own + j].outside;
  if (window->first > 0)
    outside[LW_FUSED_BEFORE] = (lw_fused_outside){
        .sums = sums_of(cut, LW_FUSED_KEYS, LW_FUSED_BEFORE, n, j), .count = window->first * BLOCK};
  if (!cut->attention->options.causal && window->end * BLOCK < tokens)
    outside[LW_FUSED_AFTER] =
        (lw_fused_outside){.sums = sums_of(cut, LW_FUSED_KEYS, LW_FUSED_AFTER, n, j),
                           .count = tokens - window->end * BLOCK};
}

/* The keys that are far for all strips after this one have the queries of those outside. */
static void set_outside_queries(const lw_cut *cut, int64_t n, int j)
{
  for (lw_fused_side side = 0; side < LW_FUSED_SIDES; side++) {
    const lw_fused_side keys = side == LW_FUSED_AFTER ? LW_FUSED_BEFORE : LW_FUSED_AFTER;
    lw_fused_outside *outside = &cut->gradients[n * cut->own + j].outside[side];
    if (side == LW_FUSED_BEFORE && cut->attention->options.causal) continue;
    far_for_others(cut, cut->windowed[n], window_of(cut, n, j), cut->own_strip[j], keys,
                   &outside->first, &outside->end);
    if (outside->first < outside->end) outside->sums = sums_of(cut, LW_FUSED_QUERIES, side, n, j);
  }
}

/* ---- passes ---- */

static lw_fused_head head_of(const lw_cut *cut, const lw_attention_call *call, int64_t n, int j)
{
  const lw_cut_job *job = cut->windowed[n];
  const lw_cut_window *window = window_of(cut, n, j);
  const int64_t d = cut->attention->head_size;
  lw_fused_head head = lw_cut_queries(cut, call, job, j);
  head.keys = window_tokens(cut, job, window);
  head.near = &job->near;
  head.first_query = first_block(cut, job, cut->own_strip[j]);
  head.first_key = window->first;
  head.ahead = (head.first_query - head.first_key) * BLOCK;
  head.k = cut->keys.at + window->place * 2 * d;
  head.v = head.k + d;
  head.k_stride = head.v_stride = 2 * d;
  return head;
}

static lw_fused_gradient gradient_of(const lw_cut *cut, const lw_attention_call *call, int64_t n,
                                     int j)
{
  const int64_t d = cut->attention->head_size;
  lw_fused_gradient gradient = lw_cut_query_gradient(cut, call, cut->windowed[n], j);
  gradient.dk = cut->dkeys.at + window_of(cut, n, j)->place * 2 * d;
  gradient.dv = gradient.dk + d;
  gradient.dk_stride = gradient.dv_stride = 2 * d;
  return gradient;
}

/* The windows as heads of the engine, once their keys are there. */
static void finish_windows(lw_cut *cut, const lw_attention_call *call)
{
  lw_cut_route_receive(cut, &cut->halo, call, false, unpack_keys);
  for (int64_t n = 0; n < cut->window_jobs; n++)
    for (int j = 0; j < cut->own; j++) cut->heads[n * cut->own + j] = head_of(cut, call, n, j);
  lw_cut_memory(cut, cut->window_jobs * cut->own);
  scan_all(cut, LW_FUSED_KEYS);
  if (cut->attention->options.locality != LW_LOCALITY_SCALE) return;
  for (int64_t n = 0; n < cut->window_jobs; n++)
    for (int j = 0; j < cut->own; j++) set_outside_keys(cut, n, j);
}

void lw_cut_window_forward(lw_cut *cut, const lw_attention_call *call)
{
  if (cut->window_jobs == 0) return;
  finish_windows(cut, call);
  lw_cut_run_forward(cut, cut->window_jobs * cut->own);
}

void lw_cut_window_backward(lw_cut *cut, const lw_attention_call *call)
{
  if (cut->window_jobs == 0) return;
  finish_windows(cut, call);
  lw_cut_floats_grow(cut, &cut->dkeys, cut->window_rows * cut->halo.width);
  for (int64_t n = 0; n < cut->window_jobs; n++)
    for (int j = 0; j < cut->own; j++)
      cut->gradients[n * cut->own + j] = gradient_of(cut, call, n, j);
  if (cut->attention->options.locality == LW_LOCALITY_SCALE) {
    scan_all(cut, LW_FUSED_QUERIES);
    for (int64_t n = 0; n < cut->window_jobs; n++)
      for (int j = 0; j < cut->own; j++) set_outside_queries(cut, n, j);
  }
  lw_cut_run_backward(cut, cut->window_jobs * cut->own);
  for_own_rows(cut, call, own_gradients);
  lw_traffic_begin(LW_TRAFFIC_HALO);
  lw_cut_route_send(cut, &cut->halo, call, true, pack_gradients);
  lw_cut_route_receive(cut, &cut->halo, call, true, unpack_gradients);
  lw_traffic_end();
}
