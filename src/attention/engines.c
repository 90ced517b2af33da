/* The choices of attention.engine: the fused engine with each of its backends, and the others. The
   first one streams, without the score matrix. */
#include "longwave/attention/attention.h"

#define ENGINES(row)                                                                               \
  row("fused", lw_attention_fused, &lw_fused_float32) row("scalapack", lw_attention_scalapack, NULL)

LW_ATTENTION_TABLE(ENGINES)
