/* The list of optimizers; the first one is the default. */
#include "longwave/train/optimizer.h"

#define OPTIMIZERS(NAME) NAME(adamw) NAME(muon)

LW_OPTIMIZER_TABLE(OPTIMIZERS)
