/** Items of each input to vectors of the model: a row for each row of lw_inputs[]. */
#ifndef LONGWAVE_MODEL_EMBEDDING_ITEMS_H
#define LONGWAVE_MODEL_EMBEDDING_ITEMS_H

#include "longwave/model/embedding.h"

struct lw_item_embedding {
  const lw_input *input;
  /** Adds the parameters and sets their places. Errors: LW_ERROR_MEMORY. */
  lw_status (*init)(lw_embedding *embedding, const lw_embedding_shape *shape, lw_params *params);
  /** x [rows, C] out */
  void (*forward)(const lw_embedding *embedding, const lw_pass *pass, float *x);
  /** dx [rows, C] in; gradients of the parameters added to. */
  void (*backward)(const lw_embedding *embedding, const lw_pass *pass, const float *dx);
};

const lw_item_embedding *lw_item_embedding_find(const lw_input *input);

#endif
