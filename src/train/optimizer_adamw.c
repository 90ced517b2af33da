/* AdamW: a decaying mean of the gradient and one of its square, number by number (op/adam.h). */
#include "longwave/op/adam.h"
#include "longwave/train/optimizer.h"
#include <assert.h>
#include <string.h>

typedef struct adamw_options {
  double beta1, beta2, epsilon;
} adamw_options;
static_assert(sizeof(adamw_options) <= sizeof(lw_optimizer_own), "more room for own options");

#define AT(member) LW_AT(adamw_options, member)
static const lw_option options[] = {
    LW_REAL_ROW("beta1", RUN, AT(beta1), "0.9", 0, 0.999999, "AdamW: decay of the first moment"),
    LW_REAL_ROW("beta2", RUN, AT(beta2), "0.98", 0, 0.999999, "AdamW: decay of the second moment"),
    LW_REAL_ROW("epsilon", RUN, AT(epsilon), "1e-8", 1e-30, 1,
                "AdamW: added to the root of the second moment"),
    {0}};

enum { FIRST, SECOND };

static void update(const lw_optimizer_step *step, const lw_optimizer_block *block)
{
  adamw_options own;
  memcpy(&own, step->own, sizeof own);
  const lw_adam adam = {.beta1 = own.beta1,
                        .beta2 = own.beta2,
                        .epsilon = own.epsilon,
                        .rate = step->rate,
                        .decay = step->decay,
                        .step = step->number};
  lw_adam_update(&adam, block->rows * block->columns, block->gradient, step->scale, block->value,
                 block->state[FIRST], block->state[SECOND]);
}

const lw_optimizer_kind lw_optimizer_adamw = {
    .options = options,
    .states = {[FIRST] = {"first", LW_PARAM_ALL}, [SECOND] = {"second", LW_PARAM_ALL}},
    .update = update,
};
