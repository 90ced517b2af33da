#include "cut.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/comm/traffic.h"
#include <omp.h>
#include <string.h>

enum { BLOCK = LW_FUSED_BLOCK };

/* ---- memory ---- */

void *lw_cut_grow(lw_cut *cut, void *block, int64_t *room, int64_t count, size_t size)
{
  if (lw_mem_grow(&block, room, count, (int64_t)size) != LW_OK)
    lw_abort(cut->axis, LW_ERROR_MEMORY);
  return block;
}

float *lw_cut_floats_grow(lw_cut *cut, lw_cut_floats *floats, int64_t count)
{
  return floats->at = lw_cut_grow(cut, floats->at, &floats->room, count, sizeof(float));
}

lw_status lw_cut_create(const lw_attention *attention, lw_cut **out)
{
  lw_cut *cut = NULL;
  lw_status status = LW_TAKE(&cut, 1);
  if (status != LW_OK) return status;
  cut->attention = attention;
  cut->axis = attention->world->sequence;
  *out = cut;
  return LW_OK;
}

void lw_cut_destroy(lw_cut **cut)
{
  lw_cut *of = *cut;
  if (!of) return;
  void *const blocks[] = {of->sequences, of->jobs,   of->windowed, of->ringed,
                          of->edges,     of->terms,  of->windows,  of->heads,
                          of->gradients, of->ranges, of->memory,   of->counts};
  lw_cut_floats *const floats[] = {&of->norms,
                                   &of->keys,
                                   &of->dkeys,
                                   &of->outside[0][0],
                                   &of->outside[0][1],
                                   &of->outside[1][0],
                                   &of->outside[1][1],
                                   &of->part,
                                   &of->come,
                                   &of->rows,
                                   &of->ring_own,
                                   &of->ring_come[0],
                                   &of->ring_come[1],
                                   &of->ring_gradient[0],
                                   &of->ring_gradient[1],
                                   &of->ring_back,
                                   &of->ring_total,
                                   &of->norm_messages};
  for (size_t n = 0; n < sizeof blocks / sizeof *blocks; n++) lw_mem_give(blocks[n]);
  for (size_t n = 0; n < sizeof floats / sizeof *floats; n++) lw_mem_give(floats[n]->at);
  lw_cut_route_done(&of->halo);
  lw_cut_route_done(&of->smooth);
  lw_flight *const flights[] = {&of->fetch[0], &of->fetch[1], &of->back, &of->scan};
  for (size_t n = 0; n < sizeof flights / sizeof *flights; n++) lw_flight_done(flights[n]);
  lw_mem_give(of);
  *cut = NULL;
}

/* ---- what is cut ---- */

static void set_rule(lw_cut *cut, const lw_packing_rule *rule)
{
  cut->rule = *rule;
  cut->strips = lw_cut_strips(rule);
  cut->own = cut->strips / rule->ranks;
  cut->own_strip[0] = rule->rank;
  cut->own_strip[1] = cut->strips - 1 - rule->rank;
}

lw_status lw_cut_set(lw_cut *cut, const lw_packing *packing, bool *any)
{
  int64_t count = 0;
  lw_status status = LW_OK;
  for (int64_t s = 0; s < packing->sequence_count; s++)
    count += packing->sequences[s].rank == LW_PACKING_CUT;
  cut->sequence_count = count;
  *any = count > 0;
  if (!*any) return LW_OK;
  set_rule(cut, &packing->rule);
  LW_TRY(lw_mem_grow((void **)&cut->sequences, &cut->sequence_room, count,
                     (int64_t)sizeof *cut->sequences));
  int64_t q = -1, last = -1;
  for (int64_t n = 0, j = 0; n < packing->strip_count; n++, j++) {
    const lw_strip *strip = &packing->strips[n];
    const lw_sequence *sequence = &packing->sequences[strip->sequence];
    if (sequence->rank != LW_PACKING_CUT) continue;
    if (strip->sequence != last) {
      last = strip->sequence;
      j = 0;
      cut->sequences[++q] = (lw_cut_sequence){.tokens = sequence->tokens,
                                              .blocks = (sequence->tokens + BLOCK - 1) / BLOCK};
    }
    cut->sequences[q].row[j] = strip->row;
  }
done:
  return status;
}

/* ---- what is near ---- */

static bool may_be_far(const lw_cut *cut, const lw_cut_job *job)
{
  return cut->attention->options.tolerance > 0 && cut->attention->alpha[job->head] > 0;
}

static bool any_far(const lw_cut *cut)
{
  for (int64_t c = 0; c < cut->attention->heads; c++)
    if (may_be_far(cut, &cut->jobs[c])) return true;
  return false;
}

static void list_jobs(lw_cut *cut)
{
  const int64_t H = cut->attention->heads, count = cut->sequence_count * H;
  int64_t blocks = 0, most = 0;
  for (int64_t q = 0; q < cut->sequence_count; q++) {
    blocks += cut->sequences[q].blocks;
    if (cut->sequences[q].blocks > most) most = cut->sequences[q].blocks;
  }
  cut->jobs = lw_cut_grow(cut, cut->jobs, &cut->job_room, count, sizeof *cut->jobs);
  cut->windowed =
      lw_cut_grow(cut, cut->windowed, &cut->windowed_room, count, sizeof *cut->windowed);
  cut->ringed = lw_cut_grow(cut, cut->ringed, &cut->ringed_room, count, sizeof *cut->ringed);
  cut->edges = lw_cut_grow(cut, cut->edges, &cut->edge_room, LW_FUSED_SIDES * blocks * H,
                           sizeof *cut->edges);
  cut->terms = lw_cut_grow(cut, cut->terms, &cut->term_room, omp_get_max_threads() * 2 * most,
                           sizeof *cut->terms);
  lw_cut_floats_grow(cut, &cut->norms, LW_FUSED_KINDS * blocks * H);
  int64_t *edges = cut->edges;
  for (int64_t n = 0; n < count; n++) {
    lw_cut_job *job = &cut->jobs[n];
    *job = (lw_cut_job){.sequence = n / H, .head = n % H};
    for (int side = 0; side < LW_FUSED_SIDES; side++) {
      job->near.edge[side] = edges;
      edges += cut->sequences[job->sequence].blocks;
    }
  }
}

/* Norms [blocks] of a kind of a job; in the same places as the edges. */
static float *norms_of(const lw_cut *cut, const lw_cut_job *job, lw_fused_kind kind)
{
  return cut->norms.at + (job->near.edge[kind] - cut->edges);
}

/* Norms of the blocks of this rank's strips, to their places. */
static void make_norms(const lw_cut *cut, const lw_attention_call *call)
{
  const int64_t d = cut->attention->head_size, C = cut->attention->heads * d;
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < cut->sequence_count * cut->attention->heads; n++) {
    const lw_cut_job *job = &cut->jobs[n];
    for (int j = 0; j < cut->own && may_be_far(cut, job); j++) {
      const int strip = cut->own_strip[j];
      const int64_t block = lw_cut_token(cut, job->sequence, strip) / BLOCK;
      const int64_t tokens = lw_cut_tokens(cut, job->sequence, strip);
      const float *q = call->qkv + cut->sequences[job->sequence].row[j] * 3 * C + job->head * d;
      cut->attention->backend->norms(q, 3 * C, tokens, d,
                                     norms_of(cut, job, LW_FUSED_QUERIES) + block);
      cut->attention->backend->norms(q + C, 3 * C, tokens, d,
                                     norms_of(cut, job, LW_FUSED_KEYS) + block);
    }
  }
}

typedef enum move { MOVE_COUNT, MOVE_OUT, MOVE_IN } move;

/* A rank's norms between their places and a message: job after job, strip after strip. Returns how
   many. */
static int64_t move_norms(const lw_cut *cut, int rank, float *message, move way)
{
  int64_t at = 0;
  for (int64_t n = 0; n < cut->sequence_count * cut->attention->heads; n++) {
    const lw_cut_job *job = &cut->jobs[n];
    for (int j = 0; j < cut->own && may_be_far(cut, job); j++) {
      const int strip = lw_cut_strip_of(cut, rank, j);
      const int64_t block = lw_cut_token(cut, job->sequence, strip) / BLOCK;
      const int64_t blocks = (lw_cut_tokens(cut, job->sequence, strip) + BLOCK - 1) / BLOCK;
      for (int kind = 0; kind < LW_FUSED_KINDS; kind++, at += blocks) {
        float *place = norms_of(cut, job, (lw_fused_kind)kind) + block;
        if (way == MOVE_OUT) memcpy(message + at, place, (size_t)blocks * sizeof *place);
        if (way == MOVE_IN) memcpy(place, message + at, (size_t)blocks * sizeof *place);
      }
    }
  }
  return at;
}

/* All norms to all ranks. */
static void share_norms(lw_cut *cut, const lw_attention_call *call)
{
  const int ranks = cut->axis->size, here = cut->axis->rank;
  int64_t all = 0;
  make_norms(cut, call);
  cut->counts = lw_cut_grow(cut, cut->counts, &cut->count_room, 2 * ranks, sizeof *cut->counts);
  int *first = cut->counts + ranks;
  for (int rank = 0; rank < ranks; rank++) {
    first[rank] = (int)all;
    cut->counts[rank] = (int)move_norms(cut, rank, NULL, MOVE_COUNT);
    all += cut->counts[rank];
  }
  float *messages = lw_cut_floats_grow(cut, &cut->norm_messages, all);
  move_norms(cut, here, messages + first[here], MOVE_OUT);
  lw_traffic_begin(LW_TRAFFIC_PLAN);
  lw_gather_floats(cut->axis, messages, cut->counts, first);
  lw_traffic_end();
  for (int rank = 0; rank < ranks; rank++)
    if (rank != here) move_norms(cut, rank, messages + first[rank], MOVE_IN);
}

static lw_fused_head shape_of(const lw_cut *cut, const lw_cut_job *job)
{
  const lw_attention_options *options = &cut->attention->options;
  return (lw_fused_head){.queries = cut->sequences[job->sequence].tokens,
                         .keys = cut->sequences[job->sequence].tokens,
                         .head_size = cut->attention->head_size,
                         .alpha = cut->attention->alpha[job->head],
                         .locality = (lw_locality)options->locality,
                         .causal = options->causal,
                         .tolerance = options->tolerance};
}

static void find_near(lw_cut *cut)
{
  const int64_t count = cut->sequence_count * cut->attention->heads;
  const int64_t each = cut->term_room / omp_get_max_threads();
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < count; n++) {
    lw_cut_job *job = &cut->jobs[n];
    const lw_fused_head shape = shape_of(cut, job);
    if (may_be_far(cut, job))
      cut->attention->backend->find_near(&shape, norms_of(cut, job, LW_FUSED_QUERIES),
                                         norms_of(cut, job, LW_FUSED_KEYS),
                                         cut->terms + omp_get_thread_num() * each, &job->near);
    else
      job->near.far = LW_FUSED_FAR_NONE;
  }
}

static void sort_jobs(lw_cut *cut)
{
  cut->window_jobs = cut->ring_jobs = 0;
  for (int64_t n = 0; n < cut->sequence_count * cut->attention->heads; n++)
    if (cut->jobs[n].near.far == LW_FUSED_FAR_NONE)
      cut->ringed[cut->ring_jobs++] = &cut->jobs[n];
    else
      cut->windowed[cut->window_jobs++] = &cut->jobs[n];
}

/* What bench holds its formulas to: of each head, how often it was in the ring, else how far its
   windows reached beyond their strips, over strips and cut sequences. */
static void note_widths(const lw_cut *cut)
{
  lw_attention_reach *reach = cut->attention->reach;
  for (int64_t c = 0; c < cut->attention->heads; c++) {
    double width = 0, windows = 0;
    for (int64_t q = 0; q < cut->sequence_count; q++) {
      const lw_cut_job *job = &cut->jobs[q * cut->attention->heads + c];
      if (job->near.far == LW_FUSED_FAR_NONE) continue;
      windows += 1;
      for (int s = 1; s < cut->strips; s++) {
        const int64_t block = lw_cut_token(cut, q, s) / BLOCK;
        width +=
            (double)(BLOCK * (block - job->near.edge[LW_FUSED_BEFORE][block])) / (cut->strips - 1);
      }
    }
    reach[c].ring = 1 - windows / (double)cut->sequence_count;
    reach[c].width = windows > 0 ? width / windows : 0;
  }
}

static void plan(lw_cut *cut, const lw_attention_call *call)
{
  const int64_t heads = cut->sequence_count * cut->attention->heads * cut->own;
  list_jobs(cut);
  if (any_far(cut)) share_norms(cut, call);
  find_near(cut);
  sort_jobs(cut);
  note_widths(cut);
  cut->heads = lw_cut_grow(cut, cut->heads, &cut->head_room, heads, sizeof *cut->heads);
  cut->gradients =
      lw_cut_grow(cut, cut->gradients, &cut->gradient_room, heads, sizeof *cut->gradients);
  cut->ranges = lw_cut_grow(cut, cut->ranges, &cut->range_room, heads, sizeof *cut->ranges);
}

/* ---- engine ---- */

lw_fused_head lw_cut_queries(const lw_cut *cut, const lw_attention_call *call,
                             const lw_cut_job *job, int j)
{
  const int64_t d = cut->attention->head_size, C = cut->attention->heads * d;
  const int64_t row = cut->sequences[job->sequence].row[j];
  lw_fused_head head = shape_of(cut, job);
  head.queries = lw_cut_tokens(cut, job->sequence, cut->own_strip[j]);
  head.q = call->qkv + row * 3 * C + job->head * d;
  head.q_stride = 3 * C;
  head.y = call->y + row * C + job->head * d;
  head.y_stride = C;
  head.lse = call->lse + job->head * call->packing->rows + row;
  return head;
}

lw_fused_gradient lw_cut_query_gradient(const lw_cut *cut, const lw_attention_call *call,
                                        const lw_cut_job *job, int j)
{
  const int64_t d = cut->attention->head_size, C = cut->attention->heads * d;
  const int64_t row = cut->sequences[job->sequence].row[j];
  return (lw_fused_gradient){.dy = call->dy + row * C + job->head * d,
                             .dq = call->dqkv + row * 3 * C + job->head * d,
                             .dq_stride = 3 * C};
}

void lw_cut_memory(lw_cut *cut, int64_t count)
{
  cut->memory = lw_cut_grow(cut, cut->memory, &cut->memory_room,
                            cut->attention->backend->memory(cut->heads, count), 1);
}

void lw_cut_push(lw_cut *cut)
{
  lw_flight *const flights[] = {&cut->fetch[0], &cut->fetch[1], &cut->back, &cut->halo.flight};
  for (size_t n = 0; n < sizeof flights / sizeof *flights; n++) lw_flight_push(flights[n]);
}

void lw_cut_run_forward(lw_cut *cut, int64_t count)
{
  cut->attention->backend->forward(cut->heads, count, cut->memory, NULL);
  lw_cut_push(cut);
}

void lw_cut_run_backward(lw_cut *cut, int64_t count)
{
  cut->attention->backend->backward(cut->heads, cut->gradients, count, cut->memory);
  lw_cut_push(cut);
}

/* ---- passes ---- */

void lw_cut_forward(lw_cut *cut, const lw_attention_call *call)
{
  lw_cut_smooth_forward(cut, call);
  plan(cut, call);
  lw_cut_window_begin(cut, call);
  lw_cut_ring_begin(cut, call);
  lw_cut_window_forward(cut, call);
  lw_cut_ring_forward(cut, call);
}

void lw_cut_backward(lw_cut *cut, const lw_attention_call *call)
{
  plan(cut, call);
  lw_cut_window_begin(cut, call);
  lw_cut_ring_begin(cut, call);
  lw_cut_window_backward(cut, call);
  lw_cut_ring_backward(cut, call);
  lw_cut_smooth_backward(cut, call);
}
