/** The instruction set that the kernels of op/ run on: the widest that this machine has, unless one
 *  was forced. For the whole process. Not here: the kernels (src/op/isa.h). */
#ifndef LONGWAVE_OP_INSTRUCTION_SET_H
#define LONGWAVE_OP_INSTRUCTION_SET_H

#include <stdbool.h>

/** All there are, "avx512", "avx2" and "plain" or fewer: widest first, NULL-ended. The last one
 *  runs everywhere. */
extern const char *const lw_instruction_sets[];
/** The one in force. */
const char *lw_instruction_set(void);
/** For tests and bench. NULL goes back to the best; false, and no change, for a name unknown or not
 *  executable here. */
bool lw_instruction_set_force(const char *name);

#endif
