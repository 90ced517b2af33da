/** Attention of the fused engine over sequences that are cut over the ranks of the sequence axis
 *  (data/packing.h). Private to model/. All cut sequences of a call are done at once:
 *
 *    1. smoothing: rows of V at the ends of strips come from the strips beside them (cut_smooth.c)
 *    2. plan: all ranks learn the norms of all blocks, so all decide alike what is near (cut.c)
 *    3. heads with far keys: the window of a strip, the near keys of its queries, is put together
 *       from its own keys and those of other strips; keys before and after the window enter by
 *       sums that are scanned along the strips (cut_window.c, cut_scan.c)
 *    4. heads without: the keys of all ranks come by, while those at hand are computed (cut_ring.c)
 *
 *  Backward does 2 to 4 again, sends the gradients of keys back where the keys came from, scans
 *  sums over queries the other way, and ends with the smoothing. The window and the ring give each
 *  addition one place in a fixed order. */
#ifndef LONGWAVE_ATTENTION_CUT_H
#define LONGWAVE_ATTENTION_CUT_H

#include "longwave/comm/exchange.h"
#include "longwave/attention/attention.h"

enum { LW_CUT_OWN = 2 }; /* most strips of a sequence on a rank */

/** Rows of one strip that a window of another needs. */
typedef struct lw_cut_copy {
  int peer;                /* the rank at the other end; this rank when both strips are here */
  int64_t sequence, strip; /* the strip the rows belong to */
  int64_t first, tokens;   /* in the sequence */
  int64_t head;
  int64_t place; /* row in the windows' memory, for what comes */
  int64_t at;    /* in the staged data */
} lw_cut_copy;

typedef enum lw_cut_end { LW_CUT_GONE, LW_CUT_COME, LW_CUT_ENDS } lw_cut_end;

/** Copies between the strips and windows of all ranks, staged in one message for each pair. */
typedef struct lw_cut_route {
  int tag;
  int64_t width; /* floats of a token */
  struct {
    lw_cut_copy *copies;
    int64_t count, room;
    int64_t *first; /* [ranks + 1] of each peer's part of data */
    int64_t first_room;
    float *data;
    int64_t data_room;
  } end[LW_CUT_ENDS];
  lw_flight flight;
} lw_cut_route;

typedef struct lw_cut_sequence {
  int64_t tokens, blocks;
  int64_t row[LW_CUT_OWN]; /* of this rank's strips in the packed arrays */
} lw_cut_sequence;

/** One head of one cut sequence. */
typedef struct lw_cut_job {
  int64_t sequence, head;
  lw_fused_near near; /* far: NONE for the ring */
} lw_cut_job;

/** The key blocks [first, end) that the queries of a strip meet; in lw_cut.keys from row
 *  `place`. */
typedef struct lw_cut_window {
  int64_t first, end, place;
} lw_cut_window;

/** A block of floats that grows. */
typedef struct lw_cut_floats {
  float *at;
  int64_t room;
} lw_cut_floats;

typedef struct lw_cut {
  const lw_attention *attention; /* borrowed */
  const lw_world *axis;          /* borrowed */
  lw_packing_rule rule;
  int strips, own, own_strip[LW_CUT_OWN]; /* of a sequence; of it on this rank */
  lw_cut_sequence *sequences;
  int64_t sequence_count, sequence_room;

  lw_cut_job *jobs; /* [sequences, heads] */
  int64_t job_room;
  lw_cut_job **windowed, **ringed; /* the jobs with and without far keys */
  int64_t window_jobs, ring_jobs, windowed_room, ringed_room;
  int64_t *edges;
  int64_t edge_room;
  double *terms; /* scratch of the search for what is near, of each thread */
  int64_t term_room;
  lw_cut_floats norms, norm_messages;
  int *counts; /* [2, ranks] of the messages */
  int64_t count_room;

  lw_cut_window *windows; /* [window_jobs, own] */
  int64_t window_room, window_rows;
  lw_cut_floats keys, dkeys; /* [window_rows, 2d]: key and value side by side; their gradients */
  /* [own, window_jobs, sums]: over what lies outside the windows; of a scan */
  lw_cut_floats outside[LW_FUSED_KINDS][LW_FUSED_SIDES], part, come;
  lw_cut_route halo;

  lw_cut_route smooth;
  lw_cut_floats rows; /* strips with what smoothing needs beside them [rows, C] */

  /* [own, ring_strip floats]; of what comes and its gradient two, to compute on one while the other
     travels */
  int64_t ring_strip;
  lw_cut_floats ring_own, ring_come[2], ring_gradient[2], ring_back;
  lw_cut_floats ring_total; /* [own, ring_strip / 2d]: sums of weights */
  lw_flight fetch[2], back, scan;

  lw_fused_head *heads;
  lw_fused_gradient *gradients;
  lw_fused_range *ranges;
  int64_t head_room, gradient_room, range_room;
  void *memory;
  int64_t memory_room;
} lw_cut;

/* ---- cut.c ---- */

LW_MUST_USE lw_status lw_cut_create(const lw_attention *attention, lw_cut **out);
/** NULL is fine. */
void lw_cut_destroy(lw_cut **cut);

/** What the packing says; no cut sequences: *any is false. Local. */
LW_MUST_USE lw_status lw_cut_set(lw_cut *cut, const lw_packing *packing, bool *any);

/** Collective over the sequence axis, after lw_cut_set. What depends on the norms is taken in the
 *  middle; a rank that has no memory then ends the job (comm/agree.h). */
void lw_cut_forward(lw_cut *cut, const lw_attention_call *call);
void lw_cut_backward(lw_cut *cut, const lw_attention_call *call);

/** Memory in the middle of a pass. */
void *lw_cut_grow(lw_cut *cut, void *block, int64_t *room, int64_t count, size_t size);
float *lw_cut_floats_grow(lw_cut *cut, lw_cut_floats *floats, int64_t count);

static inline int64_t lw_cut_token(const lw_cut *cut, int64_t sequence, int strip)
{
  return lw_cut_first(&cut->rule, cut->sequences[sequence].tokens, strip);
}

static inline int64_t lw_cut_tokens(const lw_cut *cut, int64_t sequence, int strip)
{
  return lw_cut_token(cut, sequence, strip + 1) - lw_cut_token(cut, sequence, strip);
}

/** Strip j of a rank. */
static inline int lw_cut_strip_of(const lw_cut *cut, int rank, int j)
{
  return j == 0 ? rank : cut->strips - 1 - rank;
}

/** The place of a strip among this rank's, or -1. */
static inline int lw_cut_here(const lw_cut *cut, int strip)
{
  for (int j = 0; j < cut->own; j++)
    if (cut->own_strip[j] == strip) return j;
  return -1;
}

/** Where the rows of a copy begin in the packed arrays of their owner, this rank. */
static inline int64_t lw_cut_row(const lw_cut *cut, const lw_cut_copy *copy)
{
  const int strip = (int)copy->strip;
  return cut->sequences[copy->sequence].row[lw_cut_here(cut, strip)] + copy->first -
         lw_cut_token(cut, copy->sequence, strip);
}

/** The queries of own strip j in a job, no keys yet; their gradient. */
lw_fused_head lw_cut_queries(const lw_cut *cut, const lw_attention_call *call,
                             const lw_cut_job *job, int j);
lw_fused_gradient lw_cut_query_gradient(const lw_cut *cut, const lw_attention_call *call,
                                        const lw_cut_job *job, int j);
/** Memory of the engine for the first `count` of cut->heads. */
void lw_cut_memory(lw_cut *cut, int64_t count);
/** One engine call on the first `count` of cut->heads (and cut->gradients); then messages move. */
void lw_cut_run_forward(lw_cut *cut, int64_t count);
void lw_cut_run_backward(lw_cut *cut, int64_t count);
void lw_cut_push(lw_cut *cut);

/* ---- cut_route.c ---- */

/** Begin to describe; then a call of lw_cut_route_need for all strips of all ranks, the same on all
 *  ranks, twice: the first time it counts. */
void lw_cut_route_begin(lw_cut *cut, lw_cut_route *route, int tag, int64_t width, bool counting);
/** Strip `strip` of a sequence needs tokens [first, end), of which its own are not copied. place:
 *  of the first token in the windows' memory, where it is this rank's. */
void lw_cut_route_need(const lw_cut *cut, lw_cut_route *route, int64_t sequence, int strip,
                       int64_t head, int64_t first, int64_t end, int64_t place);
void lw_cut_route_finish(lw_cut *cut, lw_cut_route *route);

/** Moves the rows of a copy between the arrays and `staged` [tokens, width]. */
typedef void lw_cut_mover(const lw_cut *cut, const lw_attention_call *call, const lw_cut_copy *copy,
                          float *staged);
/** From the strips to the windows, or, `back`, from the windows to the strips. */
void lw_cut_route_send(lw_cut *cut, lw_cut_route *route, const lw_attention_call *call, bool back,
                       lw_cut_mover *pack);
void lw_cut_route_receive(lw_cut *cut, lw_cut_route *route, const lw_attention_call *call,
                          bool back, lw_cut_mover *unpack);
void lw_cut_route_done(lw_cut_route *route);

/* ---- the parts of a pass ---- */

void lw_cut_smooth_forward(lw_cut *cut, const lw_attention_call *call);
void lw_cut_smooth_backward(lw_cut *cut, const lw_attention_call *call);

/** Begin: keys go on their way, and what needs none of others is done; the rest when they come. */
void lw_cut_window_begin(lw_cut *cut, const lw_attention_call *call);
void lw_cut_window_forward(lw_cut *cut, const lw_attention_call *call);
void lw_cut_window_backward(lw_cut *cut, const lw_attention_call *call);

void lw_cut_ring_begin(lw_cut *cut, const lw_attention_call *call);
void lw_cut_ring_forward(lw_cut *cut, const lw_attention_call *call);
void lw_cut_ring_backward(lw_cut *cut, const lw_attention_call *call);

/** Place in the sequence of the edge where strip `strip` reads the sums over the strips before (or
 *  after) it. */
typedef int64_t lw_cut_edge(const lw_cut *cut, const lw_cut_job *job, int strip);
/** From cut->part, the sums of each strip, cut->outside: those over all strips before (after)
 *  it. */
void lw_cut_scan(lw_cut *cut, lw_fused_kind kind, lw_fused_side side, lw_cut_edge *edge);

enum {
  LW_CUT_TAG_SMOOTH,
  LW_CUT_TAG_HALO,
  LW_CUT_TAG_FETCH,
  LW_CUT_TAG_BACK,
  LW_CUT_TAG_SCAN = 16
};

#endif
