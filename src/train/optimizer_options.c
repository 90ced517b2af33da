#include "longwave/train/optimizer_options.h"
#include "longwave/train/optimizer.h"
#include <assert.h>

#define AT(member) LW_AT(lw_optimizer_options, member)
static const lw_option before[] = {
    LW_REAL_ROW("learning_rate", RUN, AT(learning_rate), "1e-3", 0, 10, "greatest learning rate"),
    {0}};

static const lw_option behind[] = {
    LW_REAL_ROW("weight_decay", RUN, AT(weight_decay), "0.01", 0, 10,
                "decoupled weight decay of the linear layers"),
    LW_REAL_ROW("clip", RUN, AT(clip), "1", 0, 1e9,
                "greatest norm of the whole gradient; 0: no clipping"),
    LW_CHOICE_ROW("schedule", RUN, AT(schedule), LW_SCHEDULE_CHOICES, "cosine",
                  "how the learning rate changes after the warm-up"),
    LW_INT_ROW("warmup", RUN, AT(warmup), "0", 0, 1e12,
               "steps in which the learning rate rises linearly from 0"),
    LW_REAL_ROW("final_rate", RUN, AT(final_rate), "0", 0, 1,
                "cosine, linear and trapezoid: share of the learning rate at the end"),
    LW_REAL_ROW("decay_share", RUN, AT(decay_share), "0.2", 0, 1,
                "trapezoid: share of the steps after the warm-up in which the rate falls, the last "
                "ones"),
    LW_REAL_ROW("plateau_factor", RUN, AT(plateau_factor), "0.5", 1e-6, 1,
                "plateau: factor on the rate when evaluations stop getting better"),
    LW_INT_ROW("plateau_patience", RUN, AT(plateau_patience), "5", 1, 1e9,
               "plateau: evaluations without a better one before that"),
    {0}};

/* Rows whose struct begins `offset` bytes into the section's. Returns where the next ones go. */
static lw_option *add(lw_option *to, const lw_option *rows, size_t offset)
{
  for (; rows && rows->name; rows++, to++) {
    *to = *rows;
    to->offset += offset;
  }
  return to;
}

/* A training that goes on keeps its optimizer: another one has other states. */
static lw_option *add_kind(lw_option *to)
{
  const lw_option kind[] = {LW_WORDS_ROW("kind", FUNCTION, AT(kind), lw_optimizer_names,
                                         lw_optimizer_names[0],
                                         "how the parameters follow their gradients"),
                            {0}};
  return add(to, kind, 0);
}

const lw_option *lw_optimizer_option_table(void)
{
  static lw_option joined[LW_OPTIONS_MAX + 1];
  if (joined->name) return joined;
  lw_option *to = add(joined, before, 0);
  if (lw_optimizers[1]) to = add_kind(to);
  for (int i = 0; lw_optimizers[i]; i++) {
    assert(i < LW_OPTIMIZERS_MAX);
    to = add(to, lw_optimizers[i]->options,
             offsetof(lw_optimizer_options, own) + (size_t)i * sizeof(lw_optimizer_own));
  }
  add(to, behind, 0);
  return joined;
}
