#include "longwave/attention/attention.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/op/local.h"
#include "longwave/op/smooth.h"
#include <assert.h>
#include <math.h>
#include <stddef.h>

#define AT(member) LW_AT(lw_attention_options, member)
const lw_option lw_attention_option_table[] = {
    LW_WORDS_ROW(
        "engine", INCIDENTAL, AT(engine), lw_attention_names, "fused",
        "how attention is computed; fused: streaming tiles, never a tokens x tokens matrix; "
        "scalapack: the whole matrix by distributed products, slower, as an independent check"),
    LW_CHOICE_ROW(
        "locality", FUNCTION, AT(locality), LW_LOCALITY_CHOICES, "scale",
        "how distance enters a score: scale multiplies it (the paper), bias subtracts (as ALiBi), "
        "both"),
    LW_CHOICE_ROW(
        "decay", FUNCTION, AT(decay), LW_DECAY_CHOICES, "geometric",
        "how the decays of the heads are spread over [0, bound]; list: as given in alphas"),
    LW_CHOICE_ROW(
        "clock", FUNCTION, AT(clock), LW_CLOCK_CHOICES, "index",
        "distance is the difference of two readings of a clock; index: decay times "
        "position; time: decay times the times of the data set; learned: with decays that "
        "are trained; content: sums of gates that look at the tokens"),
    LW_CHOICE_ROW("clock_step", FUNCTION, AT(clock_step), LW_CLOCK_STEP_CHOICES, "tokens",
                  "what a learned or content clock counts: tokens, or the times of the data set"),
    LW_REALS_ROW("fixed_heads", FUNCTION, AT(fixed_heads), "[]", 0, 1024,
                 "heads, the first is 0, whose learned or content clock keeps the decay that it "
                 "starts with; heads that start with 0 always do"),
    LW_INT_ROW(
        "relative_bias", FUNCTION, AT(relative_bias), "0", 0, 65536,
        "learned bias of scores per relative distance: one for each distance up to this, then "
        "one a doubling; 0: none"),
    LW_REAL_ROW("bound", FUNCTION, AT(bound), "0.1", 0, 100,
                "greatest decay of a head; 0 with window 1 is plain attention"),
    LW_REALS_ROW("alphas", FUNCTION, AT(alphas), "[]", 0, 100, "one decay a head, for decay: list"),
    LW_REAL_ROW("layer_spread", FUNCTION, AT(layer_spread), "1", 0.001, 1000,
                "decays of the lowest block in units of the highest's, those between in equal "
                "ratios; above 1: short reach below, long above; 1: the same in all"),
    LW_INT_ROW("window", FUNCTION, AT(window), "3", 1, 1025,
               "tokens that smoothing averages over, odd; 1 switches it off"),
    LW_CHOICE_ROW("alignment", FUNCTION, AT(alignment), LW_ALIGNMENT_CHOICES, "centred",
                  "where the smoothing window lies; causal moves weight to earlier keys only"),
    LW_BOOL_ROW("causal", FUNCTION, AT(causal), "true",
                "a token attends to itself and earlier tokens only"),
    LW_INT_ROW(
        "chunk", FUNCTION, AT(chunk), "0", 0, 1 << 30,
        "cut sequences in pieces of this many tokens that do not attend to each other; 0: never"),
    LW_REAL_ROW(
        "tolerance", FUNCTION, AT(tolerance), "1e-5", 0, 0.01,
        "fused: largest error of a weight when far keys enter through sums; 0: each key alone"),
    LW_INT_ROW(
        "panel", INCIDENTAL, AT(panel), "2048", 1, 1 << 24,
        "scalapack: KiB of the score matrix and its gradient that a rank holds at a time, if that "
        "is a row or more"),
    {0}};

static lw_status check_fixed_heads(const lw_reals *fixed, int64_t heads)
{
  for (int64_t n = 0; n < fixed->count; n++)
    if (fixed->value[n] != floor(fixed->value[n]) || fixed->value[n] >= (double)heads)
      return lw_fail(LW_ERROR_INPUT,
                     "'attention.fixed_heads' must be heads from 0 to %lld, and %g is none",
                     (long long)heads - 1, fixed->value[n]);
  return LW_OK;
}

lw_status lw_attention_options_check(const lw_attention_options *options, int64_t heads,
                                     const char **name)
{
  *name = "attention.window";
  if (options->window % 2 == 0)
    return lw_fail(LW_ERROR_INPUT, "'attention.window' must be odd, not %lld",
                   (long long)options->window);
  *name = "attention.alphas";
  if (options->decay == LW_DECAY_LIST && options->alphas.count != heads)
    return lw_fail(LW_ERROR_INPUT, "'attention.alphas' must have one decay a head (%lld), not %lld",
                   (long long)heads, (long long)options->alphas.count);
  if (options->decay != LW_DECAY_LIST && options->alphas.count > 0)
    return lw_fail(
        LW_ERROR_INPUT,
        "'attention.alphas' is only used with 'attention.decay: list'; set it or remove the list");
  *name = "attention.fixed_heads";
  return check_fixed_heads(&options->fixed_heads, heads);
}

lw_status lw_attention_create(const lw_attention_options *options, int64_t heads, int64_t head_size,
                              const lw_world *world, lw_attention **out)
{
  lw_attention *attention = NULL;
  float *alpha = NULL;
  bool *clocked = NULL;
  lw_attention_reach *reach = NULL;
  lw_status status = LW_TAKE(&alpha, heads);
  if (status == LW_OK) status = LW_TAKE(&clocked, heads);
  if (status == LW_OK) status = LW_TAKE(&reach, heads);
  if (status == LW_OK) status = LW_TAKE(&attention, 1);
  status = lw_agree(world, status);
  if (status != LW_OK) {
    lw_mem_give(alpha);
    lw_mem_give(clocked);
    lw_mem_give(reach);
    lw_mem_give(attention);
    return status;
  }
  assert(attention);
  *attention = (lw_attention){.engine = lw_attention_choices[options->engine].engine,
                              .backend = lw_attention_choices[options->engine].backend,
                              .world = world,
                              .options = *options,
                              .heads = heads,
                              .head_size = head_size,
                              .alpha = alpha,
                              .clocked = clocked,
                              .reach = reach};
  lw_local_alphas(options->decay, options->bound, heads, options->alphas.value, attention->alpha);
  attention->moving = options->clock != LW_CLOCK_INDEX;
  attention->shifting = attention->moving || options->layer_spread != 1.0;
  for (int64_t c = 0; c < heads; c++) clocked[c] = alpha[c] > 0 && lw_clock_reads(options);
  LW_TRY_TOGETHER(world, attention->engine->create(attention));
  *out = attention;
  attention = NULL;
done:
  lw_attention_destroy(&attention);
  return status;
}

lw_relative lw_attention_relative(const lw_attention_options *options, int64_t longest)
{
  if (options->chunk > 0 && options->chunk < longest) longest = options->chunk;
  return lw_relative_of(options->relative_bias, longest, options->causal);
}

bool lw_clock_times(const lw_attention_options *options)
{
  return options->clock == LW_CLOCK_TIME ||
         (options->clock != LW_CLOCK_INDEX && options->clock_step == LW_CLOCK_STEP_TIMES);
}

bool lw_clock_reads(const lw_attention_options *options)
{
  if (options->clock == LW_CLOCK_INDEX) return false;
  return options->clock != LW_CLOCK_LEARNED || lw_clock_times(options);
}

bool lw_attention_streams(const lw_attention_options *options)
{
  return lw_attention_choices[options->engine].backend != NULL;
}

void lw_attention_destroy(lw_attention **attention)
{
  if (!*attention) return;
  (*attention)->engine->destroy(*attention);
  lw_mem_give((*attention)->alpha);
  lw_mem_give((*attention)->clocked);
  lw_mem_give((*attention)->reach);
  lw_mem_give(*attention);
  *attention = NULL;
}

lw_status lw_attention_reserve(lw_attention *attention, const lw_attention_call *call)
{
  return attention->engine->reserve(attention, call);
}

lw_status lw_attention_forward(lw_attention *attention, const lw_attention_call *call)
{
  return attention->engine->forward(attention, call);
}

lw_status lw_attention_backward(lw_attention *attention, const lw_attention_call *call)
{
  return attention->engine->backward(attention, call);
}
