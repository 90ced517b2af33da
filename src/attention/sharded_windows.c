#include "sharded_windows.h"
#include "sharded_rows.h"
#include "longwave/comm/traffic.h"
#include <string.h>

enum { BLOCK = LW_FUSED_BLOCK, TAG = 1 };

static int64_t row_of(const lw_sharded_windows *windows, int64_t n, int j)
{
  return windows->row[n * windows->plan->sharded->own + j];
}

/* ---- windows are put together ---- */

static void list_windows(lw_sharded_windows *windows)
{
  const lw_sharded_plan *plan = windows->plan;
  const lw_sharded *sharded = plan->sharded;
  windows->row = lw_pass_grow(sharded->axis, windows->row, &windows->row_room,
                              plan->windowed_count * sharded->own, sizeof *windows->row);
  windows->rows = 0;
  for (int64_t n = 0; n < plan->windowed_count; n++)
    for (int j = 0; j < sharded->own; j++) {
      const lw_sharded_head *head = plan->windowed[n];
      windows->row[n * sharded->own + j] = windows->rows;
      windows->rows +=
          lw_sharded_window_tokens(plan, head, lw_sharded_window_of(plan, head, sharded->strip[j]));
    }
}

/* What strip `strip` needs of the keys of a head, and where. */
static lw_row_need need_of(const lw_sharded_windows *windows, int64_t n, int strip)
{
  const lw_sharded_plan *plan = windows->plan;
  const lw_sharded_head *head = plan->windowed[n];
  const lw_sharded_window window = lw_sharded_window_of(plan, head, strip);
  const int64_t first = window.first * BLOCK;
  const int j = lw_sharded_own(plan->sharded, strip);
  return (lw_row_need){.sequence = head->sequence,
                       .strip = strip,
                       .item = head->head,
                       .first = first,
                       .end = first + lw_sharded_window_tokens(plan, head, window),
                       .row = j < 0 ? 0 : row_of(windows, n, j)};
}

static void describe(lw_sharded_windows *windows)
{
  const lw_sharded_plan *plan = windows->plan;
  const lw_world *axis = plan->sharded->axis;
  lw_row_exchange_begin(&windows->halo, plan->sharded, TAG, lw_head_row_floats(plan->attention));
  for (int64_t n = 0; n < plan->windowed_count; n++)
    for (int s = 0; s < plan->sharded->count; s++) {
      const lw_row_need need = need_of(windows, n, s);
      lw_pass_need(axis, lw_row_exchange_need(&windows->halo, &need));
    }
  lw_pass_need(axis, lw_row_exchange_finish(&windows->halo));
}

/* The windows of a call. */
typedef struct pass {
  lw_sharded_windows *windows;
  const lw_attention_call *call;
} pass;

static lw_head_rows rows_of(const pass *p, const lw_row_copy *copy)
{
  return (lw_head_rows){
      .head = copy->item, .row = lw_row_copy_row(&p->windows->halo, copy), .tokens = copy->tokens};
}

static void pack_keys(void *context, const lw_row_copy *copy, float *staged)
{
  const pass *p = context;
  lw_head_rows_take(p->windows->plan->attention, p->call, rows_of(p, copy), staged);
}

static void unpack_keys(void *context, const lw_row_copy *copy, float *staged)
{
  const pass *p = context;
  const int64_t width = p->windows->halo.width;
  memcpy(p->windows->keys.at + copy->row * width, staged,
         (size_t)(copy->tokens * width) * sizeof *staged);
}

static void pack_gradients(void *context, const lw_row_copy *copy, float *staged)
{
  const pass *p = context;
  const int64_t width = p->windows->halo.width;
  memcpy(staged, p->windows->dkeys.at + copy->row * width,
         (size_t)(copy->tokens * width) * sizeof *staged);
}

static void unpack_gradients(void *context, const lw_row_copy *copy, float *staged)
{
  const pass *p = context;
  lw_head_rows_give(p->windows->plan->attention, p->call, rows_of(p, copy), staged, true);
}

/* Between the rows of an own strip in the packed arrays and those in its window. */
static void move_own(const pass *p, int64_t n, int j, bool back)
{
  const lw_sharded_plan *plan = p->windows->plan;
  const lw_sharded *sharded = plan->sharded;
  const lw_sharded_head *head = plan->windowed[n];
  const int strip = sharded->strip[j];
  const int64_t ahead =
      (lw_sharded_blocks(plan, head, strip).first - lw_sharded_window_of(plan, head, strip).first) *
      BLOCK;
  const int64_t offset = (row_of(p->windows, n, j) + ahead) * p->windows->halo.width;
  const lw_head_rows rows = {.head = head->head,
                             .row = sharded->sequences[head->sequence].row[j],
                             .tokens = lw_sharded_tokens(sharded, head->sequence, strip)};
  if (back)
    lw_head_rows_give(plan->attention, p->call, rows, p->windows->dkeys.at + offset, false);
  else
    lw_head_rows_take(plan->attention, p->call, rows, p->windows->keys.at + offset);
}

static void move_all_own(const pass *p, bool back)
{
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < p->windows->plan->windowed_count; n++)
    for (int j = 0; j < p->windows->plan->sharded->own; j++) move_own(p, n, j, back);
}

void lw_sharded_windows_begin(lw_sharded_windows *windows, const lw_attention_call *call)
{
  pass p = {windows, call};
  if (windows->plan->windowed_count == 0) return;
  list_windows(windows);
  describe(windows);
  lw_pass_floats_grow(windows->plan->sharded->axis, &windows->keys,
                      windows->rows * windows->halo.width);
  lw_traffic_begin(LW_TRAFFIC_HALO);
  lw_row_exchange_send(&windows->halo, LW_ROWS_TO_NEED, pack_keys, &p);
  lw_traffic_end();
  move_all_own(&p, false);
}

/* ---- passes ---- */

static lw_fused_head head_of(const pass *p, int64_t n, int j)
{
  const lw_sharded_plan *plan = p->windows->plan;
  const lw_sharded_head *head = plan->windowed[n];
  const int strip = plan->sharded->strip[j];
  const lw_sharded_window window = lw_sharded_window_of(plan, head, strip);
  const int64_t d = plan->attention->head_size;
  lw_fused_head queries = lw_sharded_queries(plan, p->call, head, j);
  queries.keys = lw_sharded_window_tokens(plan, head, window);
  queries.near = &head->near;
  queries.first_query = lw_sharded_blocks(plan, head, strip).first;
  queries.first_key = window.first;
  queries.ahead = (queries.first_query - queries.first_key) * BLOCK;
  queries.k = p->windows->keys.at + row_of(p->windows, n, j) * p->windows->halo.width;
  queries.v = queries.k + d;
  queries.k_stride = queries.v_stride = p->windows->halo.width;
  queries.reading[LW_FUSED_KEYS] = lw_head_row_readings(plan->attention, head->head, queries.k);
  return queries;
}

static lw_fused_gradient gradient_of(const pass *p, int64_t n, int j)
{
  const lw_sharded_plan *plan = p->windows->plan;
  const int64_t d = plan->attention->head_size;
  lw_fused_gradient gradient = lw_sharded_query_gradient(plan, p->call, plan->windowed[n], j);
  gradient.dk = p->windows->dkeys.at + row_of(p->windows, n, j) * p->windows->halo.width;
  gradient.dv = gradient.dk + d;
  gradient.dk_stride = gradient.dv_stride = p->windows->halo.width;
  gradient.dreading[LW_FUSED_KEYS] = lw_head_row_dreading(plan->attention, p->call, gradient.dk);
  gradient.dreading_stride[LW_FUSED_KEYS] = p->windows->halo.width;
  return gradient;
}

/* The windows as heads of the backend, once their keys are there. */
static void finish_windows(pass *p)
{
  lw_sharded_windows *windows = p->windows;
  const int own = windows->plan->sharded->own;
  const int64_t count = windows->plan->windowed_count;
  lw_row_exchange_receive(&windows->halo, LW_ROWS_TO_NEED, unpack_keys, p);
  for (int64_t n = 0; n < count; n++)
    for (int j = 0; j < own; j++) windows->tiles->heads[n * own + j] = head_of(p, n, j);
  lw_sharded_tiles_memory(windows->tiles, count * own);
  lw_sharded_sums_of_keys(&windows->sums);
}

void lw_sharded_windows_forward(lw_sharded_windows *windows, const lw_attention_call *call)
{
  const lw_sharded_plan *plan = windows->plan;
  pass p = {windows, call};
  if (plan->windowed_count == 0) return;
  finish_windows(&p);
  lw_sharded_tiles_forward(windows->tiles, plan->windowed_count * plan->sharded->own);
}

static void send_gradients_back(pass *p)
{
  lw_traffic_begin(LW_TRAFFIC_HALO);
  lw_row_exchange_send(&p->windows->halo, LW_ROWS_TO_OWNER, pack_gradients, p);
  lw_row_exchange_receive(&p->windows->halo, LW_ROWS_TO_OWNER, unpack_gradients, p);
  lw_traffic_end();
}

void lw_sharded_windows_backward(lw_sharded_windows *windows, const lw_attention_call *call)
{
  const lw_sharded_plan *plan = windows->plan;
  const int own = plan->sharded->own;
  pass p = {windows, call};
  if (plan->windowed_count == 0) return;
  finish_windows(&p);
  lw_pass_floats_grow(plan->sharded->axis, &windows->dkeys, windows->rows * windows->halo.width);
  for (int64_t n = 0; n < plan->windowed_count; n++)
    for (int j = 0; j < own; j++) windows->tiles->gradients[n * own + j] = gradient_of(&p, n, j);
  lw_sharded_sums_of_queries(&windows->sums);
  lw_sharded_tiles_backward(windows->tiles, plan->windowed_count * own);
  move_all_own(&p, true);
  send_gradients_back(&p);
}

void lw_sharded_windows_done(lw_sharded_windows *windows)
{
  lw_mem_give(windows->row);
  lw_mem_give(windows->keys.at);
  lw_mem_give(windows->dkeys.at);
  lw_row_exchange_done(&windows->halo);
  lw_sharded_sums_done(&windows->sums);
}
