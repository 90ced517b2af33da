/* Heads without far keys, of cut sequences: every query meets every allowed key. In step k a rank
   has the keys and values of the rank k places before it, straight from their owner, and while it
   computes with them those of step k + 1 are on their way. Under a causal mask only strips that
   some query of the receiver may see travel. Results go on from step to step (lw_fused_head,
   resumed); in backward the gradients of keys go home one step later.

   Data of a strip: for each job [tokens, 2d], keys and values side by side. */
#include "cut.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/traffic.h"
#include <string.h>

/* Where the keys of job n begin in the data of a strip; of all jobs: its size. */
static int64_t place_of(const lw_cut *cut, int64_t n, int strip)
{
  int64_t place = 0;
  for (int64_t i = 0; i < n; i++) place += lw_cut_tokens(cut, cut->ringed[i]->sequence, strip);
  return place * 2 * cut->attention->head_size;
}

static int64_t size_of(const lw_cut *cut, int strip)
{
  return place_of(cut, cut->ring_jobs, strip);
}

/* Whether a query of strip `queries` may see a key of another strip. */
static bool sees(const lw_cut *cut, int queries, int keys)
{
  return queries != keys && (!cut->attention->options.causal || keys < queries);
}

static bool rank_sees(const lw_cut *cut, int rank, int keys)
{
  for (int j = 0; j < cut->own; j++)
    if (sees(cut, lw_cut_strip_of(cut, rank, j), keys)) return true;
  return false;
}

/* The rank whose keys are here in step k; the one that has ours. */
static int source(const lw_cut *cut, int k)
{
  return (cut->axis->rank + cut->axis->size - k) % cut->axis->size;
}

static int target(const lw_cut *cut, int k)
{
  return (cut->axis->rank + k) % cut->axis->size;
}

static float *data_of(const lw_cut *cut, const lw_cut_floats *floats, int j)
{
  return floats->at + j * cut->ring_strip;
}

/* ---- rows ---- */

typedef void row_mover(const lw_cut *cut, const lw_attention_call *call, int64_t at_qkv, int64_t at,
                       float *row);

static void take_row(const lw_cut *cut, const lw_attention_call *call, int64_t at_qkv, int64_t at,
                     float *row)
{
  const int64_t d = cut->attention->head_size, C = cut->attention->heads * d;
  memcpy(row, call->qkv + at_qkv + C, (size_t)d * sizeof *row);
  memcpy(row + d, call->smooth + at, (size_t)d * sizeof *row);
}

static void add_row(const lw_cut *cut, const lw_attention_call *call, int64_t at_qkv, int64_t at,
                    float *row)
{
  const int64_t d = cut->attention->head_size, C = cut->attention->heads * d;
  float *dk = call->dqkv + at_qkv + C, *dv = call->dsmooth + at;
  for (int64_t c = 0; c < d; c++) {
    dk[c] += row[c];
    dv[c] += row[d + c];
  }
}

/* All rows of own strip j, between the packed arrays and its data. */
static void move_rows(const lw_cut *cut, const lw_attention_call *call, int j, float *data,
                      row_mover *move)
{
  const int64_t d = cut->attention->head_size, C = cut->attention->heads * d;
  for (int64_t n = 0; n < cut->ring_jobs; n++) {
    const lw_cut_job *job = cut->ringed[n];
    const int64_t first = cut->sequences[job->sequence].row[j];
    const int64_t tokens = lw_cut_tokens(cut, job->sequence, cut->own_strip[j]);
    float *rows = data + place_of(cut, n, cut->own_strip[j]);
#pragma omp parallel for schedule(static)
    for (int64_t t = 0; t < tokens; t++)
      move(cut, call, (first + t) * 3 * C + job->head * d, (first + t) * C + job->head * d,
           rows + t * 2 * d);
  }
}

/* ---- messages ---- */

static void reserve(lw_cut *cut, lw_flight *flight)
{
  if (lw_flight_reserve(flight, 2 * LW_CUT_OWN) != LW_OK) lw_abort(cut->axis, LW_ERROR_MEMORY);
}

/* Keys of step k. */
static void fetch(lw_cut *cut, int k)
{
  lw_flight *flight = &cut->fetch[k % 2];
  if (k >= cut->axis->size) return;
  const int from = source(cut, k), to = target(cut, k);
  lw_traffic_begin(LW_TRAFFIC_RING);
  for (int j = 0; j < cut->own; j++) {
    const int come = lw_cut_strip_of(cut, from, j), gone = cut->own_strip[j];
    if (rank_sees(cut, cut->axis->rank, come))
      lw_flight_receive(flight, cut->axis, from, LW_CUT_TAG_FETCH,
                        data_of(cut, &cut->ring_come[k % 2], j), size_of(cut, come));
    if (rank_sees(cut, to, gone))
      lw_flight_send(flight, cut->axis, to, LW_CUT_TAG_FETCH, data_of(cut, &cut->ring_own, j),
                     size_of(cut, gone));
  }
  lw_traffic_end();
}

/* The gradients of step k on their way home, and those of own keys from the rank that had them. */
static void give_back(lw_cut *cut, int k)
{
  const int from = target(cut, k), to = source(cut, k);
  lw_traffic_begin(LW_TRAFFIC_RING);
  for (int j = 0; j < cut->own; j++) {
    const int come = cut->own_strip[j], gone = lw_cut_strip_of(cut, to, j);
    if (rank_sees(cut, from, come))
      lw_flight_receive(&cut->back, cut->axis, from, LW_CUT_TAG_BACK,
                        data_of(cut, &cut->ring_back, j), size_of(cut, come));
    if (rank_sees(cut, cut->axis->rank, gone))
      lw_flight_send(&cut->back, cut->axis, to, LW_CUT_TAG_BACK,
                     data_of(cut, &cut->ring_gradient[k % 2], j), size_of(cut, gone));
  }
  lw_traffic_end();
}

static void take_back(lw_cut *cut, const lw_attention_call *call, int k)
{
  if (k < 1) return;
  lw_flight_finish(&cut->back);
  for (int j = 0; j < cut->own; j++)
    if (rank_sees(cut, target(cut, k), cut->own_strip[j]))
      move_rows(cut, call, j, data_of(cut, &cut->ring_back, j), add_row);
}

/* ---- engine ---- */

/* [tokens] sums of weights of job n in own strip j */
static float *total_of(const lw_cut *cut, int64_t n, int j)
{
  const int64_t width = 2 * cut->attention->head_size;
  return cut->ring_total.at + (j * cut->ring_strip + place_of(cut, n, cut->own_strip[j])) / width;
}

/* The queries of own strip j with keys that lie in the packed arrays. */
static lw_fused_head head_with_own(const lw_cut *cut, const lw_attention_call *call,
                                   const lw_cut_job *job, int j, int keys)
{
  const int64_t d = cut->attention->head_size, C = cut->attention->heads * d;
  const int64_t row = cut->sequences[job->sequence].row[keys];
  lw_fused_head head = lw_cut_queries(cut, call, job, j);
  head.keys = lw_cut_tokens(cut, job->sequence, cut->own_strip[keys]);
  head.k = call->qkv + row * 3 * C + C + job->head * d;
  head.v = call->smooth + row * C + job->head * d;
  head.k_stride = 3 * C;
  head.v_stride = C;
  return head;
}

static lw_fused_gradient gradient_with_own(const lw_cut *cut, const lw_attention_call *call,
                                           const lw_cut_job *job, int j, int keys)
{
  const int64_t d = cut->attention->head_size, C = cut->attention->heads * d;
  const int64_t row = cut->sequences[job->sequence].row[keys];
  lw_fused_gradient gradient = lw_cut_query_gradient(cut, call, job, j);
  gradient.dk = call->dqkv + row * 3 * C + C + job->head * d;
  gradient.dv = call->dsmooth + row * C + job->head * d;
  gradient.dk_stride = 3 * C;
  gradient.dv_stride = C;
  return gradient;
}

/* The same with keys that came in step k, the place'th strip of their rank. */
static lw_fused_head head_with_come(const lw_cut *cut, const lw_attention_call *call, int64_t n,
                                    int j, int k, int place)
{
  const int64_t d = cut->attention->head_size;
  const int keys = lw_cut_strip_of(cut, source(cut, k), place);
  lw_fused_head head = lw_cut_queries(cut, call, cut->ringed[n], j);
  head.keys = lw_cut_tokens(cut, cut->ringed[n]->sequence, keys);
  head.k = data_of(cut, &cut->ring_come[k % 2], place) + place_of(cut, n, keys);
  head.v = head.k + d;
  head.k_stride = head.v_stride = 2 * d;
  return head;
}

static lw_fused_gradient gradient_with_come(const lw_cut *cut, const lw_attention_call *call,
                                            int64_t n, int j, int k, int place)
{
  const int64_t d = cut->attention->head_size;
  const int keys = lw_cut_strip_of(cut, source(cut, k), place);
  lw_fused_gradient gradient = lw_cut_query_gradient(cut, call, cut->ringed[n], j);
  gradient.dk = data_of(cut, &cut->ring_gradient[k % 2], place) + place_of(cut, n, keys);
  gradient.dv = gradient.dk + d;
  gradient.dk_stride = gradient.dv_stride = 2 * d;
  return gradient;
}

/* All jobs of own strip j with a strip of keys; k 0: the place'th own one. They go to cut->heads
   from `at` on. */
static void set_heads(lw_cut *cut, const lw_attention_call *call, int k, int j, int place,
                      int64_t at)
{
  const int keys = lw_cut_strip_of(cut, source(cut, k), place), queries = cut->own_strip[j];
  for (int64_t n = 0; n < cut->ring_jobs; n++) {
    const lw_cut_job *job = cut->ringed[n];
    lw_fused_head *head = &cut->heads[at + n];
    *head =
        k > 0 ? head_with_come(cut, call, n, j, k, place) : head_with_own(cut, call, job, j, place);
    head->ahead =
        lw_cut_token(cut, job->sequence, queries) - lw_cut_token(cut, job->sequence, keys);
    head->tolerance = 0;
    if (!call->dy) head->total = total_of(cut, n, j);
    head->resumed = !call->dy && queries != keys;
    if (!call->dy) continue;
    cut->gradients[at + n] = k > 0 ? gradient_with_come(cut, call, n, j, k, place)
                                   : gradient_with_own(cut, call, job, j, place);
    cut->gradients[at + n].added = queries != keys;
  }
}

static void run(lw_cut *cut, const lw_attention_call *call, int64_t count)
{
  lw_cut_memory(cut, count);
  if (call->dy)
    lw_cut_run_backward(cut, count);
  else
    lw_cut_run_forward(cut, count);
}

static void set_diagonal(lw_cut *cut, const lw_attention_call *call)
{
  for (int j = 0; j < cut->own; j++) set_heads(cut, call, 0, j, j, j * cut->ring_jobs);
}

/* Each strip with itself first: it writes what all others go on from or add to. */
static void compute_diagonal(lw_cut *cut, const lw_attention_call *call)
{
  set_diagonal(cut, call);
  run(cut, call, cut->own * cut->ring_jobs);
}

/* The strips that came in step k (0: the other own ones). Two calls at a time would write to the
   same memory. */
static void compute(lw_cut *cut, const lw_attention_call *call, int k)
{
  for (int place = 0; place < cut->own; place++) {
    const int keys = lw_cut_strip_of(cut, source(cut, k), place);
    if (call->dy && k > 0)
      memset(data_of(cut, &cut->ring_gradient[k % 2], place), 0,
             (size_t)size_of(cut, keys) * sizeof(float));
    for (int j = 0; j < cut->own; j++) {
      if (!sees(cut, cut->own_strip[j], keys)) continue;
      set_heads(cut, call, k, j, place, 0);
      run(cut, call, cut->ring_jobs);
    }
  }
}

/* ---- passes ---- */

void lw_cut_ring_begin(lw_cut *cut, const lw_attention_call *call)
{
  if (cut->ring_jobs == 0) return;
  cut->ring_strip = 0;
  for (int s = 0; s < cut->strips; s++)
    if (size_of(cut, s) > cut->ring_strip) cut->ring_strip = size_of(cut, s);
  lw_cut_floats *const forward[] = {&cut->ring_own, &cut->ring_come[0], &cut->ring_come[1]};
  lw_cut_floats *const backward[] = {&cut->ring_gradient[0], &cut->ring_gradient[1],
                                     &cut->ring_back};
  for (int n = 0; n < 3; n++) {
    lw_cut_floats_grow(cut, forward[n], cut->own * cut->ring_strip);
    if (call->dy) lw_cut_floats_grow(cut, backward[n], cut->own * cut->ring_strip);
    reserve(cut, n < 2 ? &cut->fetch[n] : &cut->back);
  }
  lw_cut_floats_grow(cut, &cut->ring_total,
                     cut->own * cut->ring_strip / (2 * cut->attention->head_size));
  for (int j = 0; j < cut->own; j++)
    move_rows(cut, call, j, data_of(cut, &cut->ring_own, j), take_row);
  fetch(cut, 1);
  compute_diagonal(cut, call);
  compute(cut, call, 0);
}

void lw_cut_ring_forward(lw_cut *cut, const lw_attention_call *call)
{
  if (cut->ring_jobs == 0) return;
  for (int k = 1; k < cut->axis->size; k++) {
    lw_flight_finish(&cut->fetch[k % 2]);
    fetch(cut, k + 1);
    compute(cut, call, k);
  }
  set_diagonal(cut, call);
  cut->attention->backend->finish(cut->heads, cut->own * cut->ring_jobs);
}

void lw_cut_ring_backward(lw_cut *cut, const lw_attention_call *call)
{
  if (cut->ring_jobs == 0) return;
  for (int k = 1; k < cut->axis->size; k++) {
    lw_flight_finish(&cut->fetch[k % 2]);
    fetch(cut, k + 1);
    compute(cut, call, k);
    take_back(cut, call, k - 1);
    give_back(cut, k);
  }
  take_back(cut, call, cut->axis->size - 1);
}
