/** What a step came to, in one line of the log, for --debug. Not here: figures to plot
 *  (run/metrics.h) and the line every so many steps (run/progress.h). */
#ifndef LONGWAVE_RUN_DETAIL_H
#define LONGWAVE_RUN_DETAIL_H

#include "longwave/base/profile.h"
#include "longwave/train/trainer.h"

/** Seconds of each kind of work before the step. */
typedef struct lw_detail {
  double before[LW_PROFILE_KINDS];
} lw_detail;

/** Before and after a step. Nothing is done, and nothing sent, unless the log shows debug lines;
 *  then the second is collective over all. */
void lw_detail_begin(lw_detail *detail);
void lw_detail_show(const lw_detail *detail, const lw_trainer *trainer,
                    const lw_step_result *result);

#endif
