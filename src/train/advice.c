#include "longwave/train/advice.h"
#include "longwave/base/log.h"
#include "longwave/base/text.h"
#include "longwave/data/classes.h"
#include "longwave/op/embed.h"
#include "longwave/train/optimizer.h"
#include "longwave/train/schedule.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct subject {
  const lw_job *job;
  const lw_dataset_info *data;
  const lw_schedule_kind *schedule;
  bool validated;      /* there are validation samples */
  int64_t evaluations; /* before the last step */
  int64_t in_warmup;   /* of them before the first step at the full rate */
  char *text;
} subject;

#define SAY(...) (void)snprintf(on->text, LW_ADVICE_TEXT, __VA_ARGS__)

/* ---- the learning rate ---- */

static void no_rate(const subject *on)
{
  const lw_optimizer_options *options = &on->job->optimizer;
  if (options->learning_rate == 0.0 && !lw_optimizer_of(options)->rest) /* no rate of its own */
    SAY("optimizer.learning_rate is 0: no step changes the model");
}

static void warmup_only(const subject *on)
{
  const lw_optimizer_options *options = &on->job->optimizer;
  const int64_t steps = on->job->train.steps;
  if (options->warmup >= steps)
    SAY("the warm-up never ends: optimizer.warmup is %lld of %lld steps, so the learning rate "
        "rises to %.3g of %.3g, and optimizer.schedule has no effect; lower optimizer.warmup or "
        "raise train.%s",
        (long long)options->warmup, (long long)steps,
        lw_schedule_rate(options, steps, steps - 1, 1.0), options->learning_rate,
        on->job->train.epochs ? "epochs" : "steps");
}

/* ---- evaluations ---- */

static void no_validation(const subject *on)
{
  if (!on->validated)
    SAY("no validation samples: there will be no best checkpoint, and train.patience and the "
        "plateau schedule have no effect");
}

static void idle_patience(const subject *on)
{
  const int64_t patience = on->job->train.patience, every = on->job->train.evaluate_every;
  /* the first evaluation is the best so far */
  if (patience == 0 || !on->validated || on->evaluations > patience) return;
  if (every == 0)
    SAY("train.patience has no effect: with train.evaluate_every 0 only the last step is "
        "evaluated; "
        "set train.evaluate_every");
  else
    SAY("train.patience has no effect: it needs %lld evaluations before the last step, and there "
        "are "
        "%lld; lower it or train.evaluate_every",
        (long long)patience + 1, (long long)on->evaluations);
}

static void idle_plateau(const subject *on)
{
  const int64_t patience = on->job->optimizer.plateau_patience;
  const int64_t needed = patience + (on->in_warmup == 0);
  const int64_t there = on->evaluations - on->in_warmup;
  if (on->schedule->judged && on->validated && there < needed)
    SAY("the plateau schedule has no effect: it needs %lld evaluations between warm-up and last "
        "step, "
        "and there are %lld; lower optimizer.plateau_patience or train.evaluate_every",
        (long long)needed, (long long)there);
}

static void flat_plateau(const subject *on)
{
  if (on->schedule->judged && on->job->optimizer.plateau_factor == 1.0)
    SAY("the plateau schedule has no effect: optimizer.plateau_factor is 1");
}

/* ---- checkpoints ---- */

static int64_t common_divisor(int64_t a, int64_t b)
{
  while (b) {
    const int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static void nothing_to_keep(const subject *on)
{
  const lw_checkpoint_options *options = &on->job->checkpoint;
  const int64_t every = options->every, keep = options->keep_every;
  if (keep == 0 || options->minutes > 0.0) return;
  if (every == 0)
    SAY("checkpoint.keep_every has no effect: with checkpoint.every 0 only the best and the last "
        "checkpoint are saved");
  else if (keep % every)
    SAY("checkpoint.keep_every (%lld) is not a multiple of checkpoint.every (%lld): only the "
        "checkpoints of every %lldth step are kept for ever",
        (long long)keep, (long long)every, (long long)(keep / common_divisor(keep, every) * every));
}

/* ---- options that others switch off ---- */

typedef struct idle_option {
  const char *name, *why;
  bool idle;
} idle_option;

static void list_idle(const subject *on, const idle_option *options, size_t count)
{
  lw_text list = lw_text_in(on->text, LW_ADVICE_TEXT);
  for (size_t i = 0; i < count; i++)
    if (options[i].idle)
      lw_text_add(&list, "%s%s (%s)", list.used ? ", " : "without effect: ", options[i].name,
                  options[i].why);
}

static lw_job defaults(void)
{
  lw_job plain = {0};
  lw_option_section sections[LW_JOB_SECTIONS];
  lw_job_sections(&plain, sections);
  lw_option_defaults(sections, LW_JOB_SECTIONS);
  return plain;
}

static bool has_decays(const lw_job *job)
{
  const lw_attention_options *attention = &job->attention;
  if (attention->decay != LW_DECAY_LIST) return attention->bound > 0.0 && job->model.heads > 1;
  for (int64_t c = 0; c < attention->alphas.count; c++)
    if (attention->alphas.value[c] > 0.0) return true;
  return false;
}

#define SET(member) (job->member != plain.member)
/* A value that is not the default was meant to do something: of what changes with the steps. */
static void unused_in_time(const subject *on)
{
  const lw_job plain = defaults(), *job = on->job;
  const idle_option options[] = {
      {"data.length_start", "for data.length_warmup above 0",
       SET(data.length_start) && job->data.length_warmup == 0},
      {"optimizer.final_rate", "for optimizer.schedule cosine, linear and trapezoid",
       SET(optimizer.final_rate) && !on->schedule->ends},
      {"optimizer.decay_share", "for optimizer.schedule trapezoid",
       SET(optimizer.decay_share) && !on->schedule->falls_late},
      {"optimizer.plateau_factor", "for optimizer.schedule plateau",
       SET(optimizer.plateau_factor) && !on->schedule->judged},
      {"optimizer.plateau_patience", "for optimizer.schedule plateau",
       SET(optimizer.plateau_patience) && !on->schedule->judged},
  };
  list_idle(on, options, sizeof options / sizeof *options);
}

/* The same of model and attention. */
static void unused(const subject *on)
{
  const lw_job plain = defaults(), *job = on->job;
  const lw_objective *objective = lw_objective_of(on->data);
  const lw_clock_kind clock = job->attention.clock;
  const bool learns = clock == LW_CLOCK_LEARNED || clock == LW_CLOCK_CONTENT;
  const bool rotary = lw_choices_have(job->model.positions, LW_POSITIONS_ROTARY);
  char by_row[96];
  snprintf(by_row, sizeof by_row, "of %s each row is answered by itself",
           objective->target->wanted);
  const idle_option options[] = {
      {"model.position_scale", "for model.positions learned",
       SET(model.position_scale) && !lw_choices_have(job->model.positions, LW_POSITIONS_LEARNED)},
      {"model.rotary_share", "for model.positions rotary", SET(model.rotary_share) && !rotary},
      {"model.positions rotary", "model.rotary_share leaves no two channels of a head",
       rotary && SET(model.rotary_share) &&
           lw_rotary_channels(job->model.rotary_share, job->model.width / job->model.heads) < 2},
      {"model.pooling", by_row, SET(model.pooling) && objective->readout == LW_READOUT_ROW},
      {"model.pair_head", "for pairs of documents",
       SET(model.pair_head) && objective->readout != LW_READOUT_PAIR},
      {"model.convolution_taps", "for model.convolution",
       SET(model.convolution_taps) && lw_choices_have(job->model.convolution, LW_PLACE_NONE)},
      {"attention.bound", "attention.decay list takes attention.alphas",
       SET(attention.bound) && job->attention.decay == LW_DECAY_LIST},
      {"attention.clock_step", "for attention.clock learned and content",
       SET(attention.clock_step) && !learns},
      {"attention.fixed_heads", "for attention.clock learned and content",
       job->attention.fixed_heads.count > 0 && !learns},
      {"attention.layer_spread", "for two blocks or more, of heads with decays",
       SET(attention.layer_spread) && !(job->model.layers > 1 && has_decays(job))},
      {"attention.alignment", "for attention.window above 1",
       SET(attention.alignment) && job->attention.window == 1},
  };
  list_idle(on, options, sizeof options / sizeof *options);
}

/* The same of optimizers that were not chosen and have no part in the one that was. */
static void other_optimizers(const subject *on)
{
  const lw_job plain = defaults();
  const lw_optimizer_options *options = &on->job->optimizer;
  for (int i = 0; lw_optimizers[i]; i++)
    if (i != options->kind && lw_optimizers[i] != lw_optimizer_of(options)->rest &&
        memcmp(options->own[i].bytes, plain.optimizer.own[i].bytes, LW_OPTIMIZER_OWN_BYTES) != 0)
      SAY("without effect: the options of optimizer.kind %s, for it is %s", lw_optimizer_names[i],
          lw_optimizer_names[options->kind]);
}

/* The same of what another objective would heed. */
static void unheeded(const subject *on)
{
  const lw_job plain = defaults(), *job = on->job;
  const unsigned heeds = lw_objective_of(on->data)->heeds;
  const bool numbers = heeds & LW_HEEDS_LOSS, huber = job->objective.loss == LW_LOSS_HUBER;
  const idle_option options[] = {
      {"objective.loss", "for numbers", SET(objective.loss) && !numbers},
      {"objective.huber_delta", "for objective.loss huber",
       SET(objective.huber_delta) && !(numbers && huber)},
      {"objective.class_weights", "for one of several classes",
       SET(objective.class_weights) && !(heeds & LW_HEEDS_CLASS_WEIGHTS)},
      {"objective.positive_weights", "for several classes at once",
       SET(objective.positive_weights) && !(heeds & LW_HEEDS_POSITIVE_WEIGHTS)},
      {"train.label_smoothing", "for one of several classes",
       SET(train.label_smoothing) && !(heeds & LW_HEEDS_SMOOTHING)},
      {"objective.mask_share", "for objective.pretrain masked",
       SET(objective.mask_share) && job->objective.pretrain != LW_PRETRAIN_MASKED},
      {"objective.mask_span", "for objective.pretrain masked",
       SET(objective.mask_span) && job->objective.pretrain != LW_PRETRAIN_MASKED},
  };
  list_idle(on, options, sizeof options / sizeof *options);
}
#undef SET

/* ---- attention ---- */

static void bias_keeps_all(const subject *on)
{
  const lw_attention_options *attention = &on->job->attention;
  if (attention->relative_bias > 0 && attention->locality == LW_LOCALITY_SCALE &&
      attention->tolerance > 0 && lw_attention_streams(attention))
    SAY("attention.relative_bias with attention.locality scale computes every key, as with "
        "attention.tolerance 0: the time of attention grows with the square of the length; "
        "locality bias and both still leave out what has no weight");
}

/* ---- statistics ---- */

static void statistics_of_pieces(const subject *on)
{
  const lw_train_options *train = &on->job->train;
  if (on->job->model.norm == LW_NORM_BATCH && train->accumulation > 1)
    SAY("batch norm computes its statistics for each of the %lld pieces of a step separately, from "
        "%lld samples instead of %lld: results differ from those without pieces, and are worse for "
        "smaller pieces; parallel.recompute: true saves memory without pieces",
        (long long)train->accumulation, (long long)lw_job_least_piece(on->job),
        (long long)train->batch_size);
}

static void (*const rules[])(const subject *on) = {no_rate,
                                                   warmup_only,
                                                   no_validation,
                                                   idle_patience,
                                                   idle_plateau,
                                                   flat_plateau,
                                                   nothing_to_keep,
                                                   unused,
                                                   unused_in_time,
                                                   other_optimizers,
                                                   unheeded,
                                                   bias_keeps_all,
                                                   statistics_of_pieces};

int lw_advice_rules(void)
{
  return (int)(sizeof rules / sizeof *rules);
}

const char *lw_advice(int rule, const lw_job *job, const lw_dataset_info *data,
                      char text[LW_ADVICE_TEXT])
{
  const int64_t every = job->train.evaluate_every, last = job->train.steps - 1;
  const int64_t warmup = job->optimizer.warmup < last ? job->optimizer.warmup : last;
  const subject on = {.job = job,
                      .data = data,
                      .schedule = lw_schedule_of(&job->optimizer),
                      .validated = data->count[LW_SPLIT_VALIDATION] > 0,
                      .evaluations = every > 0 ? last / every : 0,
                      .in_warmup = every > 0 ? warmup / every : 0,
                      .text = text};
  *text = 0;
  rules[rule](&on);
  return text;
}

void lw_advice_log(const lw_job *job, const lw_dataset *dataset)
{
  const lw_dataset_info *data = lw_dataset_describe(dataset);
  char text[LW_ADVICE_TEXT], lack[LW_LACK_TEXT];
  for (int rule = 0; rule < lw_advice_rules(); rule++)
    if (*lw_advice(rule, job, data, text)) lw_log_root(LW_LOG_WARN, "%s", text);
  for (int split = 0; split < LW_SPLITS; split++)
    if (lw_dataset_lack(dataset, (lw_split)split, lack) == LW_OK && *lack)
      lw_log_root(LW_LOG_WARN, "%s", lack);
}
