/** Where the time of a step goes: seconds per kind of work, on this rank's main thread.
 *  Kinds nest: time inside an inner kind counts for the inner one only. Main thread only, except
 *  for the last two functions. */
#ifndef LONGWAVE_BASE_PROFILE_H
#define LONGWAVE_BASE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LW_PROFILE_TABLE(ENTRY)                                                                    \
  ENTRY(LW_PROFILE_OTHER, "other")                                                                 \
  ENTRY(LW_PROFILE_DATA, "data")                                                                   \
  ENTRY(LW_PROFILE_ATTENTION, "attention")                                                         \
  ENTRY(LW_PROFILE_LINEAR, "linear")                                                               \
  ENTRY(LW_PROFILE_NORM, "norm")                                                                   \
  ENTRY(LW_PROFILE_ACTIVATION, "activation")                                                       \
  ENTRY(LW_PROFILE_CONVOLUTION, "convolution")                                                     \
  ENTRY(LW_PROFILE_AVERAGE, "average") /* moving averages */                                       \
  ENTRY(LW_PROFILE_REDUCE, "reduce")   /* what sums over ranks cost besides waiting */             \
  ENTRY(LW_PROFILE_OPTIMIZER, "optimizer")                                                         \
  ENTRY(LW_PROFILE_EVALUATE, "evaluate")                                                           \
  ENTRY(LW_PROFILE_CHECKPOINT, "checkpoint")                                                       \
  ENTRY(LW_PROFILE_WAIT, "wait") /* in messages and collectives, until they are over */

typedef enum lw_profile_kind {
#define LW_PROFILE_ENUM(name, text) name,
  LW_PROFILE_TABLE(LW_PROFILE_ENUM)
#undef LW_PROFILE_ENUM
      LW_PROFILE_KINDS
} lw_profile_kind;

/** Seconds since some fixed moment; never goes back. */
double lw_clock(void);

/** The time from here to the matching end belongs to `kind`. */
void lw_profile_begin(lw_profile_kind kind);
void lw_profile_end(void);

/** Seconds of a kind since the start or the last reset. */
double lw_profile_seconds(lw_profile_kind kind);
const char *lw_profile_name(lw_profile_kind kind);
void lw_profile_reset(void);

/* ---- where the main thread is, for a thread that watches it (run/watch.h) ---- */

/** The step under way, the first is 1; the block of the model, -1 for none. By the main thread. */
void lw_profile_step(int64_t step);
void lw_profile_block(int64_t block, bool backward);

enum { LW_PROFILE_PLACE_MAX = 160 };
/** "step 41, backward of block 3, attention, wait". text [LW_PROFILE_PLACE_MAX] out. Any thread. */
void lw_profile_place(char *text);
/** Grows whenever the main thread begins or ends something. Any thread. */
int64_t lw_profile_moves(void);

#endif
