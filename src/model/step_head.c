#include "longwave/model/step_head.h"
#include "longwave/op/add.h"

lw_status lw_step_head_init(lw_step_head *head, int64_t C, int64_t classes, lw_params *params)
{
  *head = (lw_step_head){.classes = classes};
  if (classes == 0) return LW_OK;
  lw_status status = lw_projection_init(
      &head->projection, &(lw_projection_shape){C, classes, 1.0, NULL}, params, "head.steps");
  if (status == LW_OK) params->table[head->projection.weight].kind = LW_PARAM_READOUT;
  return status;
}

void lw_step_head_carve(const lw_step_head *head, int64_t rows, bool used, lw_carver *carver,
                        lw_step_kept *kept)
{
  *kept = (lw_step_kept){NULL, NULL, NULL};
  if (head->classes == 0 || !used) return;
  kept->logits = lw_carve(carver, rows * head->classes);
  kept->dlogits = lw_carve(carver, rows * head->classes);
  kept->dx = lw_carve(carver, rows * head->projection.in);
}

bool lw_step_head_asked(const lw_step_head *head, const lw_pass *pass)
{
  return head->classes > 0 && pass->training && pass->batch->beside;
}

void lw_step_head_forward(const lw_step_head *head, const lw_pass *pass, const float *x,
                          const lw_step_kept *kept)
{
  lw_projection_forward(&head->projection, pass->params, x, pass->batch->rows, kept->logits);
}

void lw_step_head_backward(const lw_step_head *head, const lw_pass *pass, const float *x,
                           const lw_step_kept *kept, float *dx)
{
  const int64_t rows = pass->batch->rows;
  lw_projection_backward(&head->projection, pass->params, kept->dlogits, x, rows, kept->dx);
  lw_add(dx, kept->dx, rows * head->projection.in);
}
