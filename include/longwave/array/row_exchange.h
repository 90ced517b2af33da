/** Rows that strips of sharded sequences need from other strips, in one message for each pair of
 *  ranks: who needs what is described once, the same on all ranks; then rows go there, and what was
 *  made of them (gradients) may come back. The rows lie wherever the caller has them: it packs and
 *  unpacks. For a fixed reach around every strip there is array/halo.h; this is for needs that
 *  differ from sequence to sequence and strip to strip.
 *
 *    lw_row_exchange_begin(&x, &sharded, TAG, width);
 *    for all sequences, all strips of all ranks: LW_TRY(lw_row_exchange_need(&x, ...));
 *    LW_TRY(lw_row_exchange_finish(&x));
 *    lw_row_exchange_send(&x, LW_ROWS_TO_NEED, pack, context);       whatever needs none of them
 *    lw_row_exchange_receive(&x, LW_ROWS_TO_NEED, unpack, context); */
#ifndef LONGWAVE_ARRAY_ROW_EXCHANGE_H
#define LONGWAVE_ARRAY_ROW_EXCHANGE_H

#include "longwave/array/sharded.h"
#include "longwave/comm/exchange.h"

/** Consecutive rows of one strip that another needs. */
typedef struct lw_row_copy {
  int peer;         /* the rank at the other end; this rank when both strips are here */
  int strip;        /* that has the rows */
  int64_t sequence; /* of both strips */
  int64_t first, tokens;
  int64_t item; /* the caller's: of which array, or which columns */
  int64_t row;  /* where the first one stands at the strip that needs them */
  int64_t staged;
} lw_row_copy;

/** TO_NEED: from the strips that have the rows; TO_OWNER: back to them. */
typedef enum lw_row_way { LW_ROWS_TO_NEED, LW_ROWS_TO_OWNER } lw_row_way;

typedef struct lw_row_exchange {
  const lw_sharded *sharded; /* borrowed */
  int tag;
  int64_t width; /* floats of a row */
  struct {       /* copies whose rows are here; copies needed here */
    lw_row_copy *copies;
    int64_t count, room;
    int64_t *first; /* [ranks + 1] of each peer's part of data */
    int64_t first_room;
    float *data; /* [rows, width] staged */
    int64_t data_room;
  } end[2];
  lw_flight flight;
} lw_row_exchange;

/** Begin a description; the one before is dropped. Local. Zero-initialise before the first use.
 *  tag: in [0, 2^20), not in use by other messages that travel at the same time. */
void lw_row_exchange_begin(lw_row_exchange *exchange, const lw_sharded *sharded, int tag,
                           int64_t width);
/** What a strip needs. */
typedef struct lw_row_need {
  int64_t sequence;
  int strip;
  int64_t first, end; /* tokens of the sequence; those of the strip itself are not copied */
  int64_t item;       /* handed on */
  int64_t row;        /* where token `first` will stand; matters on the rank of the strip */
} lw_row_need;
/** To be called with the same needs in the same order on all ranks. Local. Errors:
 *  LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_row_exchange_need(lw_row_exchange *exchange, const lw_row_need *need);
/** Take the memory of the messages. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_row_exchange_finish(lw_row_exchange *exchange);

/** Moves the rows of a copy between the caller's arrays and `staged` [tokens, width]. */
typedef void lw_row_mover(void *context, const lw_row_copy *copy, float *staged);
/** Where the rows of a copy begin in the packed arrays of their owner, this rank. */
int64_t lw_row_copy_row(const lw_row_exchange *exchange, const lw_row_copy *copy);

/** Pack, several copies at a time by threads, and let the messages go. Collective over the axis. */
void lw_row_exchange_send(lw_row_exchange *exchange, lw_row_way way, lw_row_mover *pack,
                          void *context);
/** Wait, and unpack in the order in which the needs were described. Collective over the axis. */
void lw_row_exchange_receive(lw_row_exchange *exchange, lw_row_way way, lw_row_mover *unpack,
                             void *context);
void lw_row_exchange_done(lw_row_exchange *exchange);

#endif
