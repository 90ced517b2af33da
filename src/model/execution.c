#include "longwave/model/execution.h"
#include <stddef.h>

static const char *const matmuls[] = {"local", "scalapack", NULL};
#define AT(member) offsetof(lw_execution, member)
const lw_option lw_execution_option_table[] = {
    {"threads", LW_OPTION_INT, AT(threads), "0", 0, 4096, NULL,
     "threads per rank; 0: OMP_NUM_THREADS if set, else this node's cores shared by its ranks"},
    {"sequence", LW_OPTION_AUTO, AT(sequence), "1", 1, 1 << 20, NULL,
     "ranks that share the tokens of a sample, a divisor of all ranks; auto: the smallest "
     "number that gives every rank work"},
    {"matmul", LW_OPTION_CHOICE, AT(matmul), "local", 0, 0, matmuls,
     "products of the blocks' linear layers: each rank its rows, or shared weights by ScaLAPACK"},
    {"recompute", LW_OPTION_BOOL, AT(recompute), "false", 0, 0, NULL,
     "keep only the blocks' inputs and compute the rest again in backward: less memory, same bits"},
    {"memory", LW_OPTION_INT, AT(memory), "0", 0, 1e9, NULL,
     "MiB that a rank may use (a job that needs more is refused); 0: its share of the node's "
     "memory"},
    {0}};
