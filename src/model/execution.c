#include "longwave/model/execution.h"

#define AT(member) LW_AT(lw_execution, member)
const lw_option lw_execution_option_table[] = {
    LW_INT_ROW(
        "threads", INCIDENTAL, AT(threads), "0", 0, 4096,
        "threads per rank; 0: OMP_NUM_THREADS if set, else this node's cores shared by its ranks"),
    LW_AUTO_ROW(
        "sequence", INCIDENTAL, AT(sequence), "1", 1, 1 << 20,
        "ranks that share the tokens of a sample, a divisor of all ranks; auto: the smallest "
        "number that gives every rank work"),
    LW_CHOICE_ROW("matmul", INCIDENTAL, AT(matmul), LW_MATMUL_CHOICES, "local",
                  "products of the blocks' linear layers: each rank its rows, or shared weights by "
                  "ScaLAPACK"),
    LW_BOOL_ROW("recompute", INCIDENTAL, AT(recompute), "false",
                "keep only the blocks' inputs and compute the rest again in backward: less memory, "
                "same bits"),
    LW_INT_ROW(
        "memory", INCIDENTAL, AT(memory), "0", 0, 1e9,
        "MiB that a rank may use (a job that needs more is refused); 0: its share of the node's "
        "memory"),
    {0}};
