/** Part of stop 5, in training alone: scores of the labels that a data set has at each step beside
 *  its answers (lw_batch.beside), a linear layer on the rows that leave the last norm. Its loss
 *  times objective.step_weight is added to that of the answers: an auxiliary objective, which is
 *  not evaluated.
 *  Parameters: head.steps.weight [K, C], head.steps.bias [K]; K classes of steps. */
#ifndef LONGWAVE_MODEL_STEP_HEAD_H
#define LONGWAVE_MODEL_STEP_HEAD_H

#include "longwave/model/pass.h"
#include "longwave/model/projection.h"

/** A parameter that models with such a head alone have. */
#define LW_STEP_HEAD_MARK "head.steps.weight"

typedef struct lw_step_head {
  int64_t classes; /* 0: there is none */
  lw_projection projection;
} lw_step_head;

/** NULL where the pass has no such labels. */
typedef struct lw_step_kept {
  float *logits, *dlogits; /* [rows, classes] */
  float *dx;               /* [rows, C] */
} lw_step_kept;

/** classes 0: adds nothing. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_step_head_init(lw_step_head *head, int64_t C, int64_t classes,
                                        lw_params *params);
/** used: by a pass that trains. */
void lw_step_head_carve(const lw_step_head *head, int64_t rows, bool used, lw_carver *carver,
                        lw_step_kept *kept);
/** Whether the pass asks for these scores. */
bool lw_step_head_asked(const lw_step_head *head, const lw_pass *pass);
/** kept->logits from x [rows, C]. Local. */
void lw_step_head_forward(const lw_step_head *head, const lw_pass *pass, const float *x,
                          const lw_step_kept *kept);
/** dx [rows, C] added to, from kept->dlogits; so are the gradients of the parameters. Local. */
void lw_step_head_backward(const lw_step_head *head, const lw_pass *pass, const float *x,
                           const lw_step_kept *kept, float *dx);

#endif
