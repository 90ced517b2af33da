/** Where the time of a step goes: seconds per kind of work, on this rank's main thread.
 *  Kinds nest: time inside an inner kind counts for the inner one only. Not thread-safe: main
 *  thread only. */
#ifndef LONGWAVE_BASE_PROFILE_H
#define LONGWAVE_BASE_PROFILE_H

#define LW_PROFILE_TABLE(ENTRY)                                                                    \
  ENTRY(LW_PROFILE_OTHER, "other")                                                                 \
  ENTRY(LW_PROFILE_DATA, "data")                                                                   \
  ENTRY(LW_PROFILE_ATTENTION, "attention")                                                         \
  ENTRY(LW_PROFILE_LINEAR, "linear")                                                               \
  ENTRY(LW_PROFILE_NORM, "norm")                                                                   \
  ENTRY(LW_PROFILE_ACTIVATION, "activation")                                                       \
  ENTRY(LW_PROFILE_REDUCE, "reduce") /* what sums over ranks cost besides waiting */              \
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

#endif
