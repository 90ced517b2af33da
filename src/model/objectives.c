/* The table alone, so that a program may bring one of its own. */
#include "longwave/model/objective.h"

const lw_objective *const lw_objectives[] = {
    &lw_objective_class,         &lw_objective_pair_class,
    &lw_objective_next_token,    &lw_objective_several,
    &lw_objective_numbers,       &lw_objective_next_values,
    &lw_objective_step_class,    &lw_objective_step_numbers,
    &lw_objective_pair_several,  &lw_objective_pair_numbers,
    &lw_objective_masked_tokens, &lw_objective_masked_values,
    &lw_objective_next_step,     NULL};
