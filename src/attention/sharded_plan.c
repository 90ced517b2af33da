#include "sharded_plan.h"
#include "head_shape.h"
#include "longwave/base/whole.h"
#include "longwave/comm/reduce.h"
#include "longwave/comm/traffic.h"
#include <assert.h>
#include <omp.h>
#include <string.h>

enum { BLOCK = LW_FUSED_BLOCK };
static_assert((int)LW_FUSED_BLOCK == (int)LW_STRIP_BLOCK, "strips are whole blocks of tiles");

static int64_t blocks_of(const lw_sharded_plan *plan, int64_t sequence)
{
  return lw_parts(plan->sharded->sequences[sequence].tokens, BLOCK);
}

static int64_t head_count(const lw_sharded_plan *plan)
{
  return plan->sharded->sequence_count * plan->attention->heads;
}

static bool may_be_far(const lw_sharded_plan *plan, const lw_sharded_head *head)
{
  return lw_head_may_be_far(plan->attention, head->head);
}

static bool any_far(const lw_sharded_plan *plan)
{
  for (int64_t c = 0; c < plan->attention->heads; c++)
    if (may_be_far(plan, &plan->room.heads[c])) return true;
  return false;
}

/* ---- memory and the list of heads ---- */

static void take_memory(lw_sharded_plan *plan)
{
  const lw_world *axis = plan->sharded->axis;
  const int64_t H = plan->attention->heads, count = head_count(plan);
  lw_sharded_plan_room *room = &plan->room;
  int64_t blocks = 0, most = 0;
  for (int64_t q = 0; q < plan->sharded->sequence_count; q++) {
    blocks += blocks_of(plan, q);
    most = lw_larger(most, blocks_of(plan, q));
  }
  room->heads = lw_pass_grow(axis, room->heads, &room->head_room, count, sizeof *room->heads);
  plan->windowed =
      lw_pass_grow(axis, plan->windowed, &room->windowed_room, count, sizeof *plan->windowed);
  plan->ringed = lw_pass_grow(axis, plan->ringed, &room->ringed_room, count, sizeof *plan->ringed);
  room->edges = lw_pass_grow(axis, room->edges, &room->edge_room, LW_FUSED_SIDES * blocks * H,
                             sizeof *room->edges);
  room->terms = lw_pass_grow(axis, room->terms, &room->term_room, omp_get_max_threads() * 2 * most,
                             sizeof *room->terms);
  if (plan->attention->moving)
    room->readings =
        lw_pass_grow(axis, room->readings, &room->reading_room, blocks * H, sizeof *room->readings);
  lw_pass_floats_grow(axis, &room->norms, LW_FUSED_KINDS * blocks * H);
}

static void list_heads(lw_sharded_plan *plan)
{
  const int64_t H = plan->attention->heads, count = head_count(plan);
  take_memory(plan);
  int64_t *edges = plan->room.edges;
  double *readings = plan->room.readings;
  for (int64_t n = 0; n < count; n++) {
    lw_sharded_head *head = &plan->room.heads[n];
    *head = (lw_sharded_head){.sequence = n / H, .head = n % H};
    if (plan->attention->clocked[head->head]) {
      head->reading = readings;
      readings += blocks_of(plan, head->sequence);
    }
    for (int side = 0; side < LW_FUSED_SIDES; side++) {
      head->near.edge[side] = edges;
      edges += blocks_of(plan, head->sequence);
    }
  }
}

/* ---- norms and readings ---- */

/* Norms [blocks] of a kind of a head; in the same order as the edges. */
static float *norms_of(const lw_sharded_plan *plan, const lw_sharded_head *head, lw_fused_kind kind)
{
  return plan->room.norms.at + (head->near.edge[kind] - plan->room.edges);
}

/* Of the first tokens of the blocks of an own strip. */
static void make_readings(const lw_sharded_plan *plan, const lw_attention_call *call,
                          const lw_sharded_head *head, int j)
{
  const lw_sharded *sharded = plan->sharded;
  const lw_sharded_window own = lw_sharded_blocks(plan, head, sharded->strip[j]);
  const int64_t row = sharded->sequences[head->sequence].row[j];
  const double *at = lw_head_readings(plan->attention, call, head->head, row).at;
  for (int64_t n = own.first; at && n < own.end; n++)
    head->reading[n] = at[(n - own.first) * BLOCK];
}

/* Norms and readings of the blocks of this rank's strips, to where they belong. */
static void make_norms(const lw_sharded_plan *plan, const lw_attention_call *call)
{
  const lw_sharded *sharded = plan->sharded;
  const int64_t d = plan->attention->head_size, C = plan->attention->heads * d;
  const lw_fused_backend *backend = plan->attention->backend;
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < head_count(plan); n++) {
    const lw_sharded_head *head = &plan->room.heads[n];
    for (int j = 0; j < sharded->own && may_be_far(plan, head); j++) {
      const int strip = sharded->strip[j];
      const int64_t block = lw_sharded_blocks(plan, head, strip).first;
      const int64_t tokens = lw_sharded_tokens(sharded, head->sequence, strip);
      const float *q =
          call->qkv + sharded->sequences[head->sequence].row[j] * 3 * C + head->head * d;
      backend->norms(q, 3 * C, tokens, d, norms_of(plan, head, LW_FUSED_QUERIES) + block);
      backend->norms(q + C, 3 * C, tokens, d, norms_of(plan, head, LW_FUSED_KEYS) + block);
      make_readings(plan, call, head, j);
    }
  }
}

typedef enum move { MOVE_COUNT, MOVE_OUT, MOVE_IN } move;

/* Returns the floats of `bytes`. */
static int64_t move_bytes(void *place, float *message, size_t bytes, move way)
{
  if (way == MOVE_OUT) memcpy(message, place, bytes);
  if (way == MOVE_IN) memcpy(place, message, bytes);
  return (int64_t)(bytes / sizeof *message);
}

/* A rank's norms and readings between where they belong and a message: head after head, strip after
   strip. Returns how many floats. */
static int64_t move_norms(const lw_sharded_plan *plan, int rank, float *message, move way)
{
  int64_t at = 0;
  for (int64_t n = 0; n < head_count(plan); n++) {
    const lw_sharded_head *head = &plan->room.heads[n];
    for (int j = 0; j < plan->sharded->own && may_be_far(plan, head); j++) {
      const int strip = lw_strips_of(plan->sharded->strips, rank, j);
      const lw_sharded_window own = lw_sharded_blocks(plan, head, strip);
      const size_t blocks = (size_t)(own.end - own.first);
      for (lw_fused_kind kind = 0; kind < LW_FUSED_KINDS; kind++)
        at += move_bytes(norms_of(plan, head, kind) + own.first, message + at,
                         blocks * sizeof(float), way);
      if (head->reading)
        at += move_bytes(head->reading + own.first, message + at, blocks * sizeof(double), way);
    }
  }
  return at;
}

/* All norms to all ranks. */
static void share_norms(lw_sharded_plan *plan, const lw_attention_call *call)
{
  const lw_world *axis = plan->sharded->axis;
  lw_sharded_plan_room *room = &plan->room;
  int64_t all = 0;
  make_norms(plan, call);
  room->counts =
      lw_pass_grow(axis, room->counts, &room->count_room, 2 * axis->size, sizeof *room->counts);
  int *first = room->counts + axis->size;
  for (int rank = 0; rank < axis->size; rank++) {
    first[rank] = (int)all;
    room->counts[rank] = (int)move_norms(plan, rank, NULL, MOVE_COUNT);
    all += room->counts[rank];
  }
  float *messages = lw_pass_floats_grow(axis, &room->messages, all);
  move_norms(plan, axis->rank, messages + first[axis->rank], MOVE_OUT);
  lw_traffic_begin(LW_TRAFFIC_PLAN);
  lw_gather_floats(axis, messages, room->counts, first);
  lw_traffic_end();
  for (int rank = 0; rank < axis->size; rank++)
    if (rank != axis->rank) move_norms(plan, rank, messages + first[rank], MOVE_IN);
}

/* ---- what is near ---- */

static void find_near(lw_sharded_plan *plan, const lw_attention_call *call)
{
  const int64_t each = plan->room.term_room / omp_get_max_threads();
#pragma omp parallel for schedule(dynamic)
  for (int64_t n = 0; n < head_count(plan); n++) {
    lw_sharded_head *head = &plan->room.heads[n];
    const int64_t tokens = plan->sharded->sequences[head->sequence].tokens;
    const lw_fused_head shape = lw_head_shape(plan->attention, call, tokens, head->head);
    if (may_be_far(plan, head))
      plan->attention->backend->find_near(
          &shape, norms_of(plan, head, LW_FUSED_QUERIES), norms_of(plan, head, LW_FUSED_KEYS),
          head->reading, plan->room.terms + omp_get_thread_num() * each, &head->near);
    else
      head->near.far = LW_FUSED_FAR_NONE;
  }
}

static void sort_heads(lw_sharded_plan *plan)
{
  plan->windowed_count = plan->ringed_count = 0;
  for (int64_t n = 0; n < head_count(plan); n++) {
    lw_sharded_head *head = &plan->room.heads[n];
    if (head->near.far == LW_FUSED_FAR_NONE)
      plan->ringed[plan->ringed_count++] = head;
    else
      plan->windowed[plan->windowed_count++] = head;
  }
}

/* How far windows reach before their strips, mean over the strips after the first. */
static void add_width(const lw_sharded_plan *plan, const lw_sharded_head *head, double *width)
{
  const int strips = plan->sharded->count;
  for (int s = 1; s < strips; s++) {
    const int64_t block = lw_sharded_blocks(plan, head, s).first;
    *width += (double)(BLOCK * (block - head->near.edge[LW_FUSED_BEFORE][block])) / (strips - 1);
  }
}

/* What bench holds its formulas to: of each head, how often it was in the ring, else how far its
   windows reached beyond their strips, over strips and sequences. */
static void note_reach(const lw_sharded_plan *plan)
{
  const int64_t H = plan->attention->heads, sequences = plan->sharded->sequence_count;
  for (int64_t c = 0; c < H; c++) {
    lw_attention_reach *reach = &plan->attention->reach[c];
    double width = 0, windows = 0;
    for (int64_t q = 0; q < sequences; q++) {
      const lw_sharded_head *head = &plan->room.heads[q * H + c];
      if (head->near.far == LW_FUSED_FAR_NONE) continue;
      windows += 1;
      add_width(plan, head, &width);
    }
    reach->ring = 1 - windows / (double)sequences;
    reach->width = windows > 0 ? width / windows : 0;
  }
}

void lw_sharded_plan_make(lw_sharded_plan *plan, const lw_attention_call *call)
{
  list_heads(plan);
  if (any_far(plan)) share_norms(plan, call);
  find_near(plan, call);
  sort_heads(plan);
  note_reach(plan);
}

void lw_sharded_plan_done(lw_sharded_plan *plan)
{
  lw_sharded_plan_room *room = &plan->room;
  void *const blocks[] = {plan->windowed,    plan->ringed, room->heads,
                          room->edges,       room->terms,  room->norms.at,
                          room->messages.at, room->counts, room->readings};
  for (size_t n = 0; n < sizeof blocks / sizeof *blocks; n++) lw_mem_give(blocks[n]);
  *plan = (lw_sharded_plan){0};
}

/* ---- windows ---- */

double lw_sharded_reading(const lw_sharded_head *head, int64_t block)
{
  return head->reading[lw_smaller(block, head->near.blocks - 1)];
}

lw_sharded_window lw_sharded_blocks(const lw_sharded_plan *plan, const lw_sharded_head *head,
                                    int strip)
{
  const int64_t first = lw_sharded_first(plan->sharded, head->sequence, strip) / BLOCK;
  const int64_t end = lw_sharded_first(plan->sharded, head->sequence, strip + 1);
  return (lw_sharded_window){first, lw_parts(end, BLOCK)};
}

lw_sharded_window lw_sharded_window_of(const lw_sharded_plan *plan, const lw_sharded_head *head,
                                       int strip)
{
  const lw_sharded_window queries = lw_sharded_blocks(plan, head, strip);
  return (lw_sharded_window){.first = head->near.edge[LW_FUSED_BEFORE][queries.first],
                             .end = head->near.edge[LW_FUSED_AFTER][queries.end - 1]};
}

int64_t lw_sharded_window_tokens(const lw_sharded_plan *plan, const lw_sharded_head *head,
                                 lw_sharded_window window)
{
  const int64_t tokens = plan->sharded->sequences[head->sequence].tokens - window.first * BLOCK;
  return lw_smaller((window.end - window.first) * BLOCK, tokens);
}
