/** Exclusive scan along the strips of sharded sequences: every strip gives numbers (sums over its
 *  tokens), and gets the sum of those of all strips before it (or after it). For layers in which a
 *  token depends on all tokens before it through a few numbers: the far field of attention, an
 *  exponential moving average, a running sum. What is further away may have less weight: the
 *  caller's `join` adds two values that refer to different positions.
 *
 *    LW_TRY(lw_scan_set(&scan, &sharded, floats));      floats of all sequences together; lw_agree
 *    write lw_scan_part(&scan, j) of each own strip j
 *    lw_scan_run(&scan, LW_SCAN_TO_LATER, (lw_scan_adder){join, context}, sums);
 *
 *  Strips, not ranks, take part, so a rank with two takes part twice; after step k a strip has what
 *  the 2^k strips before it give; log2 of the strips steps, messages to single ranks. The order of
 *  additions is fixed. */
#ifndef LONGWAVE_ARRAY_SCAN_H
#define LONGWAVE_ARRAY_SCAN_H

#include "longwave/array/sharded.h"
#include "longwave/comm/exchange.h"

/** LATER: strips get what stands before them; EARLIER: the mirror image. */
typedef enum lw_scan_way { LW_SCAN_TO_LATER, LW_SCAN_TO_EARLIER } lw_scan_way;

/** sum += more. `sum` is weighted as strip `to` reads it, `more` as strip `from` reads it (strip
 *  `to` itself or one between it and the givers). The part that a strip gives is weighted as the
 *  next strip reads it. A plain sum ignores `to` and `from`; a decayed one multiplies `more` by the
 *  decay between the two positions. */
typedef void lw_scan_join(const void *context, float *sum, int to, const float *more, int from);
typedef struct lw_scan_adder {
  lw_scan_join *join;
  const void *context; /* borrowed */
} lw_scan_adder;

typedef struct lw_scan {
  const lw_sharded *sharded; /* borrowed */
  int64_t floats;            /* of a strip */
  float *part, *come;        /* [own, floats] given and passed on; on its way */
  int64_t part_room, come_room;
  lw_flight flight;
} lw_scan;

/** Local; the same on all ranks. Zero-initialise before the first use. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_scan_set(lw_scan *scan, const lw_sharded *sharded, int64_t floats);
/** What own strip `own` gives [floats]; in, lost by a run. */
float *lw_scan_part(const lw_scan *scan, int own);
/** sums [own, floats] out: what each own strip gets, zeros where no strip gives. Collective over
 *  the axis; cannot fail. What is sent is counted as the traffic kind that is in force
 *  (comm/traffic.h). */
void lw_scan_run(lw_scan *scan, lw_scan_way way, lw_scan_adder add, float *sums);
void lw_scan_done(lw_scan *scan);

/** Messages that a rank sends in a run, of the numbers of a strip each. Local. */
int lw_scan_messages(lw_strips strips, int rank, lw_scan_way way);

#endif
