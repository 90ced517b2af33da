/* Compiled once for each instruction set: its row of kernels. */
#include "isa.h"

#define LW_ISA_TEXT_(isa) #isa
#define LW_ISA_TEXT(isa) LW_ISA_TEXT_(isa)

extern const lw_isa LW_ISA_NAME(isa);

const lw_isa LW_ISA_NAME(isa) = {.name = LW_ISA_TEXT(LW_ISA),
#define LW_ISA_ROW(kernel, parameters) .kernel = LW_ISA_NAME(kernel),
                                 LW_ISA_KERNELS(LW_ISA_ROW)
#undef LW_ISA_ROW
};
