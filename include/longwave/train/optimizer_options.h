/** The section `optimizer` of a job: learning rate and schedule, decay and clipping, and what each
 *  optimizer has for itself. Not here: what becomes of them (train/optimizer.h, train/schedule.h,
 *  train/gradient.h). */
#ifndef LONGWAVE_TRAIN_OPTIMIZER_OPTIONS_H
#define LONGWAVE_TRAIN_OPTIMIZER_OPTIONS_H

#include "longwave/base/option.h"

#define LW_SCHEDULE_CHOICES(TYPE, ITEM)                                                            \
  TYPE(lw_schedule)                                                                                \
  ITEM(LW_SCHEDULE_CONSTANT, "constant")                                                           \
  /* half a cosine from 1 to final_rate; source: [Loshchilov2017] in docs/notation.md */           \
  ITEM(LW_SCHEDULE_COSINE, "cosine")                                                               \
  ITEM(LW_SCHEDULE_LINEAR, "linear") /* a line from 1 to final_rate */                             \
  /* 1, then a line to final_rate over the last decay_share; source: [Haegele2024] */              \
  ITEM(LW_SCHEDULE_TRAPEZOID, "trapezoid")                                                         \
  /* times plateau_scale, which the trainer lowers when the validation loss stops falling */       \
  ITEM(LW_SCHEDULE_PLATEAU, "plateau")
LW_CHOICE(LW_SCHEDULE_CHOICES);

enum { LW_OPTIMIZERS_MAX = 8, LW_OPTIMIZER_OWN_BYTES = 64 };

/** Options of one optimizer: the struct of its own file stands in these bytes. */
typedef union lw_optimizer_own {
  int64_t whole;
  double real;
  unsigned char bytes[LW_OPTIMIZER_OWN_BYTES];
} lw_optimizer_own;

typedef struct lw_optimizer_options {
  int kind; /* index in lw_optimizers (train/optimizer.h) */
  double learning_rate;
  lw_optimizer_own own[LW_OPTIMIZERS_MAX]; /* [kind] */
  double weight_decay, clip;
  lw_schedule schedule;
  int64_t warmup;
  double final_rate, decay_share;
  double plateau_factor;
  int64_t plateau_patience;
} lw_optimizer_options;

/** Their rows, those of all optimizers among them; `kind` only where there are several. Borrowed:
 *  joined at the first call, from constants. Local. */
const lw_option *lw_optimizer_option_table(void);

#endif
