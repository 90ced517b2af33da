/** What the column sums of norm.c read; private to op/. */
#ifndef LONGWAVE_SRC_OP_NORM_OPERANDS_H
#define LONGWAVE_SRC_OP_NORM_OPERANDS_H

#include <stdint.h>

typedef struct lw_norm_operands {
  const float *dy, *x;       /* [T, C] */
  const float *mean, *rstd;  /* layer norm: [T]; batch norm: [C] */
  const double *column_mean; /* [C] */
  int64_t C;
} lw_norm_operands;

#endif
