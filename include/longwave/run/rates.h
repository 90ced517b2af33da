/** How fast a machine trains a kind of model: the file that `longwave plan` measures and keeps in
 *  the user's cache folder, and that may be copied to plan for that machine elsewhere. One file for
 *  a processor, its kernels, threads of a rank and the sizes of a model. */
#ifndef LONGWAVE_RUN_RATES_H
#define LONGWAVE_RUN_RATES_H

#include "longwave/train/job.h"

typedef struct lw_rates {
  char processor[LW_TEXT_MAX], kernels[LW_TEXT_MAX];
  int64_t cores, memory;                       /* of a node; memory in MiB, 0: not told */
  int64_t threads, width, ffn, heads, longest; /* what was measured */
  double linear, attention;                    /* GFLOP/s of useful work, a rank */
  double rows;                                 /* million numbers of block outputs a second */
  double optimizer;                            /* million parameters a second */
  double crowded; /* speed of a rank while all cores are busy, in shares of that of a rank alone */
  double latency, bandwidth; /* microseconds, GB/s: assumed, not measured */
} lw_rates;

/** What identifies the rates of a job on this machine; the others 0. Local. */
void lw_rates_key(lw_rates *rates, const lw_job *job, int64_t longest, int64_t threads);
/** The file of such rates: $XDG_CACHE_HOME/longwave, or ~/.cache/longwave. path [LW_TEXT_MAX] out.
 *  Errors: LW_ERROR_INPUT: neither is set. Local. */
LW_MUST_USE lw_status lw_rates_path(const lw_rates *key, char *path);
/** Local. Errors: LW_ERROR_FILE; LW_ERROR_INPUT: an unknown key, a wrong or a missing value. */
LW_MUST_USE lw_status lw_rates_read(lw_rates *rates, const char *path);
/** Makes the folders of the path. Local. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_rates_write(const lw_rates *rates, const char *path);

#endif
