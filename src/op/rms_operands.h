/** What the kernels of rms_norm.c read; private to op/. */
#ifndef LONGWAVE_SRC_OP_RMS_OPERANDS_H
#define LONGWAVE_SRC_OP_RMS_OPERANDS_H

#include "longwave/op/rms_norm.h"

typedef struct lw_rms_operands {
  const lw_rms_norm *norm;
  const float *was, *dy;
} lw_rms_operands;

#endif
