/** Step to learning rate. Pure arithmetic. Schedules are rows of a table.
 *
 *  To add a schedule: 1. its constant and its word, in the list of lw_schedule; 2. its share and
 *  its row in src/train/schedule.c; 3. its values in tests/unit/test_schedule.c. */
#ifndef LONGWAVE_TRAIN_SCHEDULE_H
#define LONGWAVE_TRAIN_SCHEDULE_H

#include "longwave/train/optimizer_options.h"

/** A row of the table. */
typedef struct lw_schedule_kind {
  /* Share of the learning rate when `part` (from 0 to 1) of the steps after the warm-up is done. */
  double (*share)(const lw_optimizer_options *options, double part, double plateau_scale);
  bool ends;       /* it goes to final_rate */
  bool falls_late; /* in decay_share of the steps */
  bool judged;     /* it follows the evaluations, by plateau_factor and plateau_patience */
} lw_schedule_kind;

/** The row that a job takes. */
const lw_schedule_kind *lw_schedule_of(const lw_optimizer_options *options);

/** Learning rate of step `step` (from 0) of `steps`. In the warm-up: learning_rate (step + 1) /
 *  warmup. */
double lw_schedule_rate(const lw_optimizer_options *options, int64_t steps, int64_t step,
                        double plateau_scale);
/** The same with 1 for learning_rate. */
double lw_schedule_share(const lw_optimizer_options *options, int64_t steps, int64_t step,
                         double plateau_scale);

#endif
