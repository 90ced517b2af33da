/* An optimizer as a new one would be written, and the table with it: tests linked with this file have
   this table in place of the library's (src/train/optimizers.c).
     toy  number by number: momentum */
#include "longwave/train/optimizer.h"
#include <assert.h>
#include <string.h>

typedef struct toy_options {
  double keep; /* of the trail */
} toy_options;
static_assert(sizeof(toy_options) <= sizeof(lw_optimizer_own), "more room for own options");

#define AT(member) LW_AT(toy_options, member)
static const lw_option options[] = {
    LW_REAL_ROW("toy_keep", RUN, AT(keep), "0.75", 0, 1, "share of the trail that is kept"), {0}};

enum { TRAIL };

static void update(const lw_optimizer_step *step, const lw_optimizer_block *block)
{
  toy_options own;
  memcpy(&own, step->own, sizeof own);
  const float keep = (float)own.keep, rate = (float)step->rate, scale = (float)step->scale,
              decay = (float)step->decay;
  float *trail = block->state[TRAIL];
  for (int64_t i = 0; i < block->rows * block->columns; i++) {
    trail[i] = keep * trail[i] + scale * block->gradient[i];
    block->value[i] -= rate * (trail[i] + decay * block->value[i]);
  }
}

const lw_optimizer_kind lw_optimizer_toy = {
    .options = options,
    .states = {[TRAIL] = {"trail", LW_PARAM_ALL}},
    .update = update,
};

#define OPTIMIZERS(NAME) NAME(adamw) NAME(muon) NAME(toy)

LW_OPTIMIZER_TABLE(OPTIMIZERS)
