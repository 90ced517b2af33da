#include "sharded_ring.h"
#include "head_shape.h"
#include "sharded_rows.h"
#include "longwave/base/whole.h"
#include "longwave/comm/traffic.h"
#include <string.h>

enum { TAG_FETCH = 2, TAG_HOME };

/* Where the keys of ringed head n begin in the data of a strip; of all heads: its size. */
static int64_t offset_of(const lw_sharded_ring *ring, int64_t n, int strip)
{
  int64_t tokens = 0;
  for (int64_t i = 0; i < n; i++)
    tokens += lw_sharded_tokens(ring->plan->sharded, ring->plan->ringed[i]->sequence, strip);
  return tokens * lw_head_row_floats(ring->plan->attention);
}

static int64_t size_of(const lw_sharded_ring *ring, int strip)
{
  return offset_of(ring, ring->plan->ringed_count, strip);
}

/* Whether a query of strip `queries` may see a key of another strip. */
static bool sees(const lw_sharded_ring *ring, int queries, int keys)
{
  return queries != keys && (!ring->plan->attention->options.causal || keys < queries);
}

static bool rank_sees(const lw_sharded_ring *ring, int rank, int keys)
{
  const lw_strips strips = ring->plan->sharded->strips;
  for (int j = 0; j < lw_strips_each(strips); j++)
    if (sees(ring, lw_strips_of(strips, rank, j), keys)) return true;
  return false;
}

/* The rank whose keys are here in step k; the one that has ours. */
static int source(const lw_sharded_ring *ring, int k)
{
  const lw_world *axis = ring->plan->sharded->axis;
  return (axis->rank + axis->size - k) % axis->size;
}

static int target(const lw_sharded_ring *ring, int k)
{
  const lw_world *axis = ring->plan->sharded->axis;
  return (axis->rank + k) % axis->size;
}

static float *data_of(const lw_sharded_ring *ring, const lw_pass_floats *floats, int j)
{
  return floats->at + j * ring->each;
}

/* All rows of own strip j, between the packed arrays and its data; `home`: gradients are added. */
static void move_rows(const lw_sharded_ring *ring, const lw_attention_call *call, int j,
                      float *data, bool home)
{
  const lw_sharded_plan *plan = ring->plan;
  const int strip = plan->sharded->strip[j];
  const int64_t width = lw_head_row_floats(plan->attention);
  for (int64_t n = 0; n < plan->ringed_count; n++) {
    const lw_sharded_head *head = plan->ringed[n];
    const int64_t first = plan->sharded->sequences[head->sequence].row[j];
    const int64_t tokens = lw_sharded_tokens(plan->sharded, head->sequence, strip);
    float *rows = data + offset_of(ring, n, strip);
#pragma omp parallel for schedule(static)
    for (int64_t t = 0; t < tokens; t++) {
      const lw_head_rows row = {.head = head->head, .row = first + t, .tokens = 1};
      if (home)
        lw_head_rows_give(plan->attention, call, row, rows + t * width, true);
      else
        lw_head_rows_take(plan->attention, call, row, rows + t * width);
    }
  }
}

/* ---- messages ---- */

/* Keys of step k. */
static void fetch(lw_sharded_ring *ring, int k)
{
  const lw_sharded *sharded = ring->plan->sharded;
  const lw_world *axis = sharded->axis;
  lw_flight *flight = &ring->fetch[k % 2];
  if (k >= axis->size) return;
  const int from = source(ring, k), to = target(ring, k);
  lw_traffic_begin(LW_TRAFFIC_RING);
  for (int j = 0; j < sharded->own; j++) {
    const int come = lw_strips_of(sharded->strips, from, j), gone = sharded->strip[j];
    if (rank_sees(ring, axis->rank, come))
      lw_flight_receive(flight, axis, from, TAG_FETCH, data_of(ring, &ring->come[k % 2], j),
                        size_of(ring, come));
    if (rank_sees(ring, to, gone))
      lw_flight_send(flight, axis, to, TAG_FETCH, data_of(ring, &ring->own, j),
                     size_of(ring, gone));
  }
  lw_traffic_end();
}

/* The gradients of step k on their way home, and those of own keys from the rank that had them. */
static void send_home(lw_sharded_ring *ring, int k)
{
  const lw_sharded *sharded = ring->plan->sharded;
  const lw_world *axis = sharded->axis;
  const int from = target(ring, k), to = source(ring, k);
  lw_traffic_begin(LW_TRAFFIC_RING);
  for (int j = 0; j < sharded->own; j++) {
    const int come = sharded->strip[j], gone = lw_strips_of(sharded->strips, to, j);
    if (rank_sees(ring, from, come))
      lw_flight_receive(&ring->home, axis, from, TAG_HOME, data_of(ring, &ring->back, j),
                        size_of(ring, come));
    if (rank_sees(ring, axis->rank, gone))
      lw_flight_send(&ring->home, axis, to, TAG_HOME, data_of(ring, &ring->gradient[k % 2], j),
                     size_of(ring, gone));
  }
  lw_traffic_end();
}

static void take_home(lw_sharded_ring *ring, const lw_attention_call *call, int k)
{
  const lw_sharded *sharded = ring->plan->sharded;
  if (k < 1) return;
  lw_flight_finish(&ring->home);
  for (int j = 0; j < sharded->own; j++)
    if (rank_sees(ring, target(ring, k), sharded->strip[j]))
      move_rows(ring, call, j, data_of(ring, &ring->back, j), true);
}

/* ---- what meets ---- */

/* In step k own strip `queries` meets the keys of strip `keys` of the rank whose keys are here;
   both are numbers of strips of a rank. In step 0 that is this rank, and its keys stand in the
   packed arrays. */
typedef struct meeting {
  int k, queries, keys;
} meeting;

static int strip_of_keys(const lw_sharded_ring *ring, meeting m)
{
  return lw_strips_of(ring->plan->sharded->strips, source(ring, m.k), m.keys);
}

/* [tokens] sums of weights of ringed head n in own strip j */
static float *total_of(const lw_sharded_ring *ring, int64_t n, int j)
{
  const int64_t width = lw_head_row_floats(ring->plan->attention);
  const int strip = ring->plan->sharded->strip[j];
  return ring->total.at + (j * ring->each + offset_of(ring, n, strip)) / width;
}

static void set_keys(const lw_sharded_ring *ring, const lw_attention_call *call, meeting m,
                     int64_t n, lw_fused_head *to)
{
  const lw_sharded_plan *plan = ring->plan;
  const lw_sharded_head *head = plan->ringed[n];
  const int64_t d = plan->attention->head_size, C = plan->attention->heads * d;
  const int strip = strip_of_keys(ring, m);
  to->keys = lw_sharded_tokens(plan->sharded, head->sequence, strip);
  if (m.k > 0) {
    to->k = data_of(ring, &ring->come[m.k % 2], m.keys) + offset_of(ring, n, strip);
    to->v = to->k + d;
    to->k_stride = to->v_stride = lw_head_row_floats(plan->attention);
    to->reading[LW_FUSED_KEYS] = lw_head_row_readings(plan->attention, head->head, to->k);
  } else {
    const int64_t row = plan->sharded->sequences[head->sequence].row[m.keys];
    to->k = call->qkv + row * 3 * C + C + head->head * d;
    to->v = call->smooth + row * C + head->head * d;
    to->k_stride = 3 * C;
    to->v_stride = C;
    to->reading[LW_FUSED_KEYS] = lw_head_readings(plan->attention, call, head->head, row);
  }
}

static void set_key_gradients(const lw_sharded_ring *ring, const lw_attention_call *call, meeting m,
                              int64_t n, lw_fused_gradient *to)
{
  const lw_sharded_plan *plan = ring->plan;
  const lw_sharded_head *head = plan->ringed[n];
  const int64_t d = plan->attention->head_size, C = plan->attention->heads * d;
  if (m.k > 0) {
    to->dk = data_of(ring, &ring->gradient[m.k % 2], m.keys) +
             offset_of(ring, n, strip_of_keys(ring, m));
    to->dv = to->dk + d;
    to->dk_stride = to->dv_stride = lw_head_row_floats(plan->attention);
    to->dreading[LW_FUSED_KEYS] = lw_head_row_dreading(plan->attention, call, to->dk);
    to->dreading_stride[LW_FUSED_KEYS] = to->dk_stride;
  } else {
    const int64_t row = plan->sharded->sequences[head->sequence].row[m.keys];
    to->dk = call->dqkv + row * 3 * C + C + head->head * d;
    to->dv = call->dsmooth + row * C + head->head * d;
    to->dk_stride = 3 * C;
    to->dv_stride = C;
    to->dreading[LW_FUSED_KEYS] =
        lw_head_dreading(plan->attention, call, LW_FUSED_KEYS, head->head, row);
    to->dreading_stride[LW_FUSED_KEYS] = 1;
  }
}

/* All ringed heads of a meeting, to the tiles' heads from `at` on. */
static void set_heads(lw_sharded_ring *ring, const lw_attention_call *call, meeting m, int64_t at)
{
  const lw_sharded_plan *plan = ring->plan;
  const int queries = plan->sharded->strip[m.queries], keys = strip_of_keys(ring, m);
  for (int64_t n = 0; n < plan->ringed_count; n++) {
    const lw_sharded_head *head = plan->ringed[n];
    lw_fused_head *to = &ring->tiles->heads[at + n];
    *to = lw_sharded_queries(plan, call, head, m.queries);
    set_keys(ring, call, m, n, to);
    to->ahead = lw_sharded_first(plan->sharded, head->sequence, queries) -
                lw_sharded_first(plan->sharded, head->sequence, keys);
    to->tolerance = 0;
    if (!call->dy) to->total = total_of(ring, n, m.queries);
    to->resumed = !call->dy && queries != keys;
    if (!call->dy) continue;
    lw_fused_gradient *gradient = &ring->tiles->gradients[at + n];
    *gradient = lw_sharded_query_gradient(plan, call, head, m.queries);
    set_key_gradients(ring, call, m, n, gradient);
    gradient->added = queries != keys;
  }
}

/* ---- steps ---- */

static void run(lw_sharded_ring *ring, const lw_attention_call *call, int64_t count)
{
  lw_sharded_tiles_memory(ring->tiles, count);
  if (call->dy)
    lw_sharded_tiles_backward(ring->tiles, count);
  else
    lw_sharded_tiles_forward(ring->tiles, count);
}

static void set_diagonal(lw_sharded_ring *ring, const lw_attention_call *call)
{
  for (int j = 0; j < ring->plan->sharded->own; j++)
    set_heads(ring, call, (meeting){0, j, j}, j * ring->plan->ringed_count);
}

/* Each strip with itself first: it writes what all others go on from or add to. */
static void compute_diagonal(lw_sharded_ring *ring, const lw_attention_call *call)
{
  set_diagonal(ring, call);
  run(ring, call, ring->plan->sharded->own * ring->plan->ringed_count);
}

/* The strips that came in step k (0: the other own ones). Two calls at a time would write to the
   same memory. */
static void compute(lw_sharded_ring *ring, const lw_attention_call *call, int k)
{
  const lw_sharded *sharded = ring->plan->sharded;
  for (meeting m = {.k = k}; m.keys < sharded->own; m.keys++) {
    const int keys = strip_of_keys(ring, m);
    if (call->dy && k > 0)
      memset(data_of(ring, &ring->gradient[k % 2], m.keys), 0,
             (size_t)size_of(ring, keys) * sizeof(float));
    for (m.queries = 0; m.queries < sharded->own; m.queries++) {
      if (!sees(ring, sharded->strip[m.queries], keys)) continue;
      set_heads(ring, call, m, 0);
      run(ring, call, ring->plan->ringed_count);
    }
  }
}

/* ---- passes ---- */

static void take_memory(lw_sharded_ring *ring, bool backward)
{
  const lw_sharded *sharded = ring->plan->sharded;
  const lw_world *axis = sharded->axis;
  lw_pass_floats *const forward_data[] = {&ring->own, &ring->come[0], &ring->come[1]};
  lw_pass_floats *const backward_data[] = {&ring->gradient[0], &ring->gradient[1], &ring->back};
  lw_flight *const flights[] = {&ring->fetch[0], &ring->fetch[1], &ring->home};
  ring->each = 0;
  for (int s = 0; s < sharded->count; s++) ring->each = lw_larger(ring->each, size_of(ring, s));
  for (int n = 0; n < 3; n++) {
    lw_pass_floats_grow(axis, forward_data[n], sharded->own * ring->each);
    if (backward) lw_pass_floats_grow(axis, backward_data[n], sharded->own * ring->each);
    lw_pass_need(axis, lw_flight_reserve(flights[n], 2 * LW_STRIPS_EACH));
  }
  lw_pass_floats_grow(axis, &ring->total,
                      sharded->own * ring->each / lw_head_row_floats(ring->plan->attention));
}

void lw_sharded_ring_begin(lw_sharded_ring *ring, const lw_attention_call *call)
{
  if (ring->plan->ringed_count == 0) return;
  take_memory(ring, call->dy != NULL);
  for (int j = 0; j < ring->plan->sharded->own; j++)
    move_rows(ring, call, j, data_of(ring, &ring->own, j), false);
  fetch(ring, 1);
  compute_diagonal(ring, call);
  compute(ring, call, 0);
}

void lw_sharded_ring_forward(lw_sharded_ring *ring, const lw_attention_call *call)
{
  const lw_sharded_plan *plan = ring->plan;
  if (plan->ringed_count == 0) return;
  for (int k = 1; k < plan->sharded->axis->size; k++) {
    lw_flight_finish(&ring->fetch[k % 2]);
    fetch(ring, k + 1);
    compute(ring, call, k);
  }
  set_diagonal(ring, call);
  plan->attention->backend->finish(ring->tiles->heads, plan->sharded->own * plan->ringed_count);
}

void lw_sharded_ring_backward(lw_sharded_ring *ring, const lw_attention_call *call)
{
  const int ranks = ring->plan->sharded->axis->size;
  if (ring->plan->ringed_count == 0) return;
  for (int k = 1; k < ranks; k++) {
    lw_flight_finish(&ring->fetch[k % 2]);
    fetch(ring, k + 1);
    compute(ring, call, k);
    take_home(ring, call, k - 1);
    send_home(ring, k);
  }
  take_home(ring, call, ranks - 1);
}

void lw_sharded_ring_done(lw_sharded_ring *ring)
{
  lw_pass_floats *const floats[] = {&ring->own,         &ring->come[0],     &ring->come[1],
                                    &ring->gradient[0], &ring->gradient[1], &ring->back,
                                    &ring->total};
  for (size_t n = 0; n < sizeof floats / sizeof *floats; n++) lw_mem_give(floats[n]->at);
  lw_flight_done(&ring->fetch[0]);
  lw_flight_done(&ring->fetch[1]);
  lw_flight_done(&ring->home);
}
