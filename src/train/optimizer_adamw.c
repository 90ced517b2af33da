/* AdamW: a decaying mean of the gradient and one of its square, number by number (op/adam.h). */
#include "longwave/op/adam.h"
#include "longwave/train/optimizer.h"

enum { FIRST, SECOND };

static void update(const lw_optimizer_step *step, const lw_optimizer_block *block)
{
  const lw_adam adam = {.beta1 = step->options->beta1,
                        .beta2 = step->options->beta2,
                        .epsilon = step->options->epsilon,
                        .rate = step->rate,
                        .decay = step->decay,
                        .step = step->number};
  lw_adam_update(&adam, block->rows * block->columns, block->gradient, step->scale, block->value,
                 block->state[FIRST], block->state[SECOND]);
}

const lw_optimizer_kind lw_optimizer_adamw = {
    .states = {[FIRST] = {"first", LW_PARAM_ALL}, [SECOND] = {"second", LW_PARAM_ALL}},
    .update = update,
};
