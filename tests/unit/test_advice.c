/* Settings that cannot act: a job without any, and each rule by a setting that it tells. */
#include "longwave/base/mem.h"
#include "longwave/data/target.h"
#include "longwave/train/advice.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const char plain[] = "data: {path: a.h5}\nmodel: {layers: 1, width: 8, heads: 2}\n"
                            "train: {steps: 1000, evaluate_every: 100}\n";

static lw_dataset_info data_of(int64_t validation, const lw_target *target)
{
  return (lw_dataset_info){.classes = 2,
                           .target = target,
                           .documents = 1,
                           .count = {[LW_SPLIT_TRAIN] = 40, [LW_SPLIT_VALIDATION] = validation}};
}

/* How many rules speak; the last sentence stays in text. settings: "section.key=value", blanks
   between them. */
static int advise(const char *settings, const lw_dataset_info *data, char text[LW_ADVICE_TEXT])
{
  static lw_job job;
  lw_option_section sections[LW_JOB_SECTIONS];
  char one[LW_ADVICE_TEXT], words[256], *rest = NULL;
  int spoken = 0;
  cr_assert_eq(lw_job_from_text(&job, plain, "plain"), LW_OK, "%s", lw_fail_message());
  lw_job_sections(&job, sections);
  snprintf(words, sizeof words, "%s", settings);
  for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
    cr_assert_eq(lw_option_set(sections, LW_JOB_SECTIONS, word), LW_OK, "%s", lw_fail_message());
  *text = 0;
  for (int rule = 0; rule < lw_advice_rules(); rule++)
    if (*lw_advice(rule, &job, data, one)) {
      snprintf(text, LW_ADVICE_TEXT, "%s", one);
      spoken++;
    }
  return spoken;
}

typedef struct row {
  const char *settings, *sentence; /* NULL: nothing is said */
} row;

static const row rows[] = {
    {"optimizer.learning_rate=0", "no step changes the model"},
    {"optimizer.warmup=1000", "optimizer.warmup is 1000 of 1000 steps"},
    {"optimizer.warmup=4000 optimizer.learning_rate=0.02", "rises to 0.005 of 0.02"},
    {"optimizer.warmup=999", NULL},
    {"optimizer.final_rate=0.1", NULL},
    {"optimizer.final_rate=0.1 optimizer.schedule=constant",
     "without effect: optimizer.final_rate (for"},
    {"optimizer.decay_share=0.1", "without effect: optimizer.decay_share (for"},
    {"optimizer.decay_share=0.1 optimizer.schedule=trapezoid optimizer.final_rate=0.1", NULL},
    {"optimizer.muon_momentum=0.9", "without effect: the options of optimizer.kind muon, for it is "
                                    "adamw"},
    {"optimizer.muon_momentum=0.9 optimizer.kind=muon optimizer.beta1=0.8", NULL},
    {"optimizer.learning_rate=0 optimizer.kind=muon", NULL},
    {"train.patience=2 train.evaluate_every=0", "set train.evaluate_every"},
    {"train.patience=2 train.evaluate_every=400", "needs 3 evaluations before the last step, and "
                                                  "there are 2"},
    {"train.patience=8", NULL},
    {"train.patience=9", "needs 10 evaluations before the last step, and there are 9"},
    {"train.evaluate_every=0", NULL},
    {"optimizer.schedule=plateau", NULL},
    {"optimizer.schedule=plateau optimizer.plateau_patience=9", "needs 10 evaluations between"},
    {"optimizer.schedule=plateau optimizer.warmup=400", NULL},
    {"optimizer.schedule=plateau optimizer.warmup=500", "needs 5 evaluations between warm-up and "
                                                        "last step, and there are 4"},
    {"optimizer.schedule=plateau optimizer.plateau_factor=1", "optimizer.plateau_factor is 1"},
    {"optimizer.plateau_factor=1", "without effect: optimizer.plateau_factor (for"},
    {"optimizer.plateau_patience=3", "without effect: optimizer.plateau_patience (for"},
    {"optimizer.schedule=plateau optimizer.plateau_factor=0.1 optimizer.plateau_patience=3", NULL},
    {"checkpoint.keep_every=1000", NULL},
    {"checkpoint.keep_every=1000 checkpoint.every=0", "checkpoint.keep_every has no effect"},
    {"checkpoint.keep_every=1000 checkpoint.every=0 checkpoint.minutes=5", NULL},
    {"checkpoint.keep_every=300 checkpoint.every=200", "only the checkpoints of every 600th step"},
    {"model.position_scale=1", "without effect: model.position_scale (for"},
    {"model.position_scale=1 model.positions=learned", NULL},
    {"model.rotary_share=0.5", "without effect: model.rotary_share (for model.positions rotary)"},
    {"model.rotary_share=0.5 model.positions=learned,rotary", NULL},
    {"model.rotary_share=0.1 model.positions=rotary", "without effect: model.positions rotary ("},
    {"attention.layer_spread=4", "without effect: attention.layer_spread (for two blocks"},
    {"attention.layer_spread=4 model.layers=2", NULL},
    {"attention.layer_spread=4 model.layers=2 attention.bound=0", "attention.layer_spread (for"},
    {"attention.bound=0.3", NULL},
    {"attention.bound=0.3 attention.decay=list attention.alphas=[0,1]", "without effect: "
                                                                        "attention.bound ("},
    {"attention.alignment=causal attention.window=1", "without effect: attention.alignment (for"},
    {"attention.alignment=causal attention.window=5", NULL},
    {"model.pair_head=lra model.position_scale=1", "model.position_scale (for model.positions "
                                                   "learned), model.pair_head (for pairs"},
    {"model.norm=batch", NULL},
    {"train.accumulation=8", NULL},
    {"model.norm=batch train.accumulation=6", "6 pieces of a step separately, from 5 samples "
                                              "instead of 32"},
    {"attention.relative_bias=8", "with attention.locality scale computes every key"},
    {"attention.relative_bias=8 attention.locality=bias", NULL},
    {"attention.relative_bias=8 attention.tolerance=0", NULL},
    {"model.pooling=max train.label_smoothing=0.1 train.evaluate_limit=1000000", NULL},
};

Test(advice, tells_what_cannot_act)
{
  const lw_dataset_info data = data_of(10, &lw_target_class);
  char text[LW_ADVICE_TEXT];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const row *r = &rows[i];
    cr_expect_eq(advise(r->settings, &data, text), r->sentence != NULL, "%s: %s", r->settings,
                 text);
    if (r->sentence) cr_expect(strstr(text, r->sentence), "%s: %s", r->settings, text);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

Test(advice, has_nothing_to_say_of_a_plain_job)
{
  const lw_dataset_info data = data_of(10, &lw_target_class);
  char text[LW_ADVICE_TEXT];
  cr_assert_eq(advise("", &data, text), 0, "%s", text);
}

Test(advice, tells_what_needs_validation_samples)
{
  const lw_dataset_info data = data_of(0, &lw_target_class);
  char text[LW_ADVICE_TEXT];
  cr_assert_eq(advise("train.patience=3", &data, text), 1);
  cr_assert(strstr(text, "no validation samples") && strstr(text, "patience"), "%s", text);
}

Test(advice, tells_what_the_next_token_does_not_use)
{
  const lw_dataset_info data = data_of(10, &lw_target_next_token);
  char text[LW_ADVICE_TEXT];
  cr_assert_eq(advise("model.pooling=last", &data, text), 1);
  cr_assert(strstr(text, "without effect: model.pooling (of the next token"), "%s", text);
}
