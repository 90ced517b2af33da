/* Muon for the matrices of the model, AdamW for all else (op/muon.h, optimizer_adamw.c). By kind:
     LW_PARAM_MATRIX                       Muon: the projections of the blocks and hidden layers of
                                           the head for pairs. A matrix of several parts is so many
                                           matrices: Q, K and V of qkv.weight each by itself
     vectors, embeddings, positions,       AdamW: gains, biases and readings of clocks turn no
     LW_PARAM_READOUT                      vectors; in tables, classifier and gates each row is its
                                           own thing, and its length says something
   Each has its own rate, and both follow the schedule. */
#include "longwave/op/muon.h"
#include "longwave/train/optimizer.h"
#include <assert.h>
#include <string.h>

typedef struct muon_options {
  double rate, momentum;
} muon_options;
static_assert(sizeof(muon_options) <= sizeof(lw_optimizer_own), "more room for own options");

#define AT(member) LW_AT(muon_options, member)
static const lw_option options[] = {
    LW_REAL_ROW("muon_learning_rate", RUN, AT(rate), "0.02", 0, 10,
                "muon: greatest learning rate of the matrices; learning_rate is that of the rest"),
    LW_REAL_ROW("muon_momentum", RUN, AT(momentum), "0.95", 0, 0.999999,
                "muon: share of the momentum that a step keeps"),
    {0}};

extern const lw_optimizer_kind lw_optimizer_adamw;

enum { FIRST, SECOND, MOMENTUM };

static int64_t work(const lw_param *param, int64_t rows)
{
  return param->kind == LW_PARAM_MATRIX ? lw_muon_work(rows / param->parts, param->dims[1]) : 0;
}

static void turn(const lw_optimizer_step *step, const lw_optimizer_block *block)
{
  const int64_t rows = block->rows / block->parts, count = rows * block->columns;
  muon_options own;
  memcpy(&own, step->own, sizeof own);
  const lw_muon muon = {
      .momentum = own.momentum, .rate = own.rate * step->share, .decay = step->decay};
  for (int64_t first = 0; first < block->rows * block->columns; first += count)
    lw_muon_update(&muon, rows, block->columns, block->gradient + first, step->scale,
                   block->value + first, block->state[MOMENTUM] + first, block->work);
}

static void update(const lw_optimizer_step *step, const lw_optimizer_block *block)
{
  lw_optimizer_step rest = *step;
  rest.own = step->rest;
  if (block->kind == LW_PARAM_MATRIX)
    turn(step, block);
  else
    lw_optimizer_adamw.update(&rest, block);
}

#define MATRICES LW_PARAM_SET(LW_PARAM_MATRIX)
#define REST (LW_PARAM_ALL & ~MATRICES)
const lw_optimizer_kind lw_optimizer_muon = {
    .rest = &lw_optimizer_adamw,
    .options = options,
    .states = {[FIRST] = {"first", REST}, /* where AdamW has them */
               [SECOND] = {"second", REST},
               [MOMENTUM] = {"momentum", MATRICES}},
    .whole_matrix = true,
    .work = work,
    .update = update,
};
