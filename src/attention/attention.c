#include "longwave/attention/attention.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/op/local.h"
#include "longwave/op/smooth.h"
#include <stddef.h>

static const char *const engines[] = {"fused", "scalapack", NULL};
static const lw_attention_engine *const engine_table[] = {&lw_attention_fused,
                                                          &lw_attention_scalapack};
static const char *const localities[] = {"scale", "bias", "both", NULL};
static const char *const decays[] = {"geometric", "linear", "list", NULL};
static const char *const alignments[] = {"centred", "causal", NULL};

#define AT(member) offsetof(lw_attention_options, member)
const lw_option lw_attention_option_table[] = {
    {"engine", LW_OPTION_CHOICE, AT(engine), "fused", 0, 0, engines,
     "how attention is computed; fused: streaming tiles, never a tokens x tokens matrix; "
     "scalapack: the whole matrix by distributed products, slower, as an independent check"},
    {"locality", LW_OPTION_CHOICE, AT(locality), "scale", 0, 0, localities,
     "how distance enters a score: scale multiplies it (the paper), bias subtracts (as ALiBi), "
     "both"},
    {"decay", LW_OPTION_CHOICE, AT(decay), "geometric", 0, 0, decays,
     "how the decays of the heads are spread over [0, bound]; list: as given in alphas"},
    {"bound", LW_OPTION_REAL, AT(bound), "0.1", 0, 100, NULL,
     "greatest decay of a head; 0 with window 1 is plain attention"},
    {"alphas", LW_OPTION_REALS, AT(alphas), "[]", 0, 100, NULL,
     "one decay a head, for decay: list"},
    {"window", LW_OPTION_INT, AT(window), "3", 1, 1025, NULL,
     "tokens that smoothing averages over, odd; 1 switches it off"},
    {"alignment", LW_OPTION_CHOICE, AT(alignment), "centred", 0, 0, alignments,
     "where the smoothing window lies; causal moves weight to earlier keys only"},
    {"causal", LW_OPTION_BOOL, AT(causal), "true", 0, 0, NULL,
     "a token attends to itself and earlier tokens only"},
    {"chunk", LW_OPTION_INT, AT(chunk), "0", 0, 1 << 30, NULL,
     "cut sequences in pieces of this many tokens that do not attend to each other; 0: never"},
    {"tolerance", LW_OPTION_REAL, AT(tolerance), "1e-5", 0, 0.01, NULL,
     "fused: largest error of a weight when far keys enter through sums; 0: each key alone"},
    {"panel", LW_OPTION_INT, AT(panel), "2048", 1, 1 << 24, NULL,
     "scalapack: KiB of the score matrix and its gradient that a rank holds at a time, if that "
     "is a row or more"},
    {0}};

lw_status lw_attention_options_check(const lw_attention_options *options, int64_t heads)
{
  if (options->window % 2 == 0)
    return lw_fail(LW_ERROR_INPUT, "'attention.window' must be odd, not %lld",
                   (long long)options->window);
  if (options->decay == LW_DECAY_LIST && options->alphas.count != heads)
    return lw_fail(LW_ERROR_INPUT, "'attention.alphas' must have one decay a head (%lld), not %lld",
                   (long long)heads, (long long)options->alphas.count);
  if (options->decay != LW_DECAY_LIST && options->alphas.count > 0)
    return lw_fail(
        LW_ERROR_INPUT,
        "'attention.alphas' is only used with 'attention.decay: list'; set it or remove the list");
  return LW_OK;
}

lw_status lw_attention_create(const lw_attention_options *options, int64_t heads, int64_t head_size,
                              const lw_world *world, lw_attention **out)
{
  lw_attention *attention = NULL;
  float *alpha = NULL;
  lw_attention_reach *reach = NULL;
  lw_status status = LW_TAKE(&alpha, heads);
  if (status == LW_OK) status = LW_TAKE(&reach, heads);
  if (status == LW_OK) status = LW_TAKE(&attention, 1);
  status = lw_agree(world, status);
  if (status != LW_OK) {
    lw_mem_give(alpha);
    lw_mem_give(reach);
    lw_mem_give(attention);
    return status;
  }
  *attention = (lw_attention){.engine = engine_table[options->engine],
                              .world = world,
                              .options = *options,
                              .heads = heads,
                              .head_size = head_size,
                              .alpha = alpha,
                              .reach = reach};
  lw_local_alphas((lw_decay)options->decay, options->bound, heads, options->alphas.value,
                  attention->alpha);
  LW_TRY_TOGETHER(world, attention->engine->create(attention));
  *out = attention;
  attention = NULL;
done:
  lw_attention_destroy(&attention);
  return status;
}

void lw_attention_destroy(lw_attention **attention)
{
  if (!*attention) return;
  (*attention)->engine->destroy(*attention);
  lw_mem_give((*attention)->alpha);
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
