/* The table alone, so that a program may bring one of its own. */
#include "longwave/model/objective.h"

const lw_objective *const lw_objectives[] = {&lw_objective_class, &lw_objective_pair_class,
                                             &lw_objective_next_token, NULL};
