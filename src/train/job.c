#include "longwave/train/job.h"
#include "job_words.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/train/curriculum.h"
#include "longwave/train/optimizer.h"
#include "longwave/train/schedule.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define DATA(member) LW_AT(lw_data_options, member)
static const lw_option data_table[] = {
    LW_TEXT_ROW("path", RUN, DATA(path), NULL, 1, LW_TEXT_MAX - 1,
                "data set made by longwave prepare"),
    LW_INT_ROW("max_length", FUNCTION, DATA(max_length), "0", 0, 1e12,
               "longer samples (of pairs: documents) are cut to this many tokens; 0: never"),
    LW_TEXT_ROW(
        "before", RUN, DATA(before), "", 0, LW_TEXT_MAX - 1,
        "easier data sets to learn from before path, each with its steps, which are part of "
        "train.steps: data/easy.h5 1000, data/middle.h5 400"),
    LW_INT_ROW("length_warmup", RUN, DATA(length_warmup), "0", 0, 1e12,
               "for this many steps training samples are cut shorter: from length_start tokens, by "
               "the same factor each step, to their full length; 0: never"),
    LW_INT_ROW("length_start", RUN, DATA(length_start), "64", 2, 1e12,
               "tokens of the longest sample in the first of length_warmup"),
    LW_CHOICE_ROW(
        "missing", FUNCTION, DATA(input.missing), LW_MISSING_CHOICES, "refuse",
        "missing values: refused, or replaced by 0 behind scale and shift (zero) or by the "
        "channel's value before (last)"),
    LW_BOOL_ROW("missing_indicator", FUNCTION, DATA(input.missing_indicator), "false",
                "an input more for each channel: 1 where its value is missing"),
    LW_BOOL_ROW("time_gap", FUNCTION, DATA(input.time_gap), "false",
                "an input more: ln(1 + gap), the time since the item before over a typical one"),
    LW_INT_ROW("from_last", FUNCTION, DATA(input.from_last), "0", 0, 1e9,
               "next values: the model predicts differences from this number of last values of the "
               "sample, repeated (24: the last day of hours); 0: the values themselves"),
    {0}};

#define TRAIN(member) LW_AT(lw_train_options, member)
static const lw_option train_table[] = {
    LW_INT_ROW("steps", LENGTH, TRAIN(steps), "0", 0, 1e12,
               "optimizer steps of the whole training; 0: as train.epochs says"),
    LW_INT_ROW("epochs", LENGTH, TRAIN(epochs), "0", 0, 1e9,
               "in place of steps: how often all training samples are seen"),
    LW_INT_ROW("batch_size", RUN, TRAIN(batch_size), "32", 1, LW_BATCH_MAX,
               "samples a step, over all ranks"),
    LW_INT_ROW("accumulation", RUN, TRAIN(accumulation), "1", 1, 1e6,
               "a step's batch is computed in this many pieces, to save memory; batch norm sees "
               "each piece "
               "alone"),
    LW_INT_ROW("seed", SEED, TRAIN(seed), "1", 0, 9e18, "start values, order of samples, dropout"),
    LW_TEXT_ROW("start_from", RUN, TRAIN(start_from), "", 0, LW_TEXT_MAX - 1,
                "checkpoint of another training, or weights as .safetensors, that gives the start "
                "values: parameters are taken "
                "by name, the log says which; not read again when the run is resumed"),
    LW_REAL_ROW("label_smoothing", RUN, TRAIN(label_smoothing), "0", 0, 0.99,
                "share of the target spread over all classes"),
    LW_INT_ROW("evaluate_every", RUN, TRAIN(evaluate_every), "100", 0, 1e12,
               "steps between evaluations on the validation split; 0: only at the end"),
    LW_INT_ROW(
        "evaluate_limit", RUN, TRAIN(evaluate_limit), "0", 0, 1e12,
        "use only this many validation samples, drawn at random, the same ones each time; 0: all"),
    LW_INT_ROW(
        "patience", RUN, TRAIN(patience), "0", 0, 1e9,
        "stop after this many evaluations without a better one (objective.select); 0: never"),
    LW_INT_ROW("log_every", INCIDENTAL, TRAIN(log_every), "10", 1, 1e12,
               "steps between lines of the log"),
    LW_REAL_ROW(
        "stall_minutes", INCIDENTAL, TRAIN(stall_minutes), "30", 0, 1e6,
        "minutes without progress after which the run says where each rank is, and ends; 0: never"),
    {0}};

#define CHECKPOINT(member) LW_AT(lw_checkpoint_options, member)
static const lw_option checkpoint_table[] = {
    LW_INT_ROW("every", INCIDENTAL, CHECKPOINT(every), "500", 0, 1e12,
               "steps between checkpoints; 0: only the best and the last"),
    LW_INT_ROW("keep", INCIDENTAL, CHECKPOINT(keep), "3", 1, 1e9,
               "how many of the newest checkpoints are kept, besides the best"),
    LW_REAL_ROW("minutes", INCIDENTAL, CHECKPOINT(minutes), "0", 0, 1e6,
                "minutes between checkpoints, in addition to those by steps; 0: never"),
    LW_INT_ROW("keep_every", INCIDENTAL, CHECKPOINT(keep_every), "0", 0, 1e12,
               "checkpoints of every n-th step are kept for ever; 0: none"),
    {0}};

void lw_job_sections(lw_job *job, lw_option_section sections[LW_JOB_SECTIONS])
{
  const lw_option_section list[LW_JOB_SECTIONS] = {
      {.name = "data", .sentence = "what is learnt", .options = data_table, .values = &job->data},
      {.name = "model",
       .sentence = "sizes and kinds of the layers",
       .options = lw_model_option_table,
       .values = &job->model},
      {.name = "attention",
       .sentence = "local-and-smooth attention",
       .options = lw_attention_option_table,
       .values = &job->attention},
      {.name = "objective",
       .sentence = "what a wrong answer costs, and by which figure models are judged",
       .options = lw_objective_option_table,
       .values = &job->objective},
      {.name = "train", .sentence = "the run", .options = train_table, .values = &job->train},
      {.name = "optimizer",
       .sentence = "learning rate, its schedule, decay and clipping",
       .options = lw_optimizer_option_table(),
       .values = &job->optimizer},
      {.name = "checkpoint",
       .sentence = "what is kept on disk",
       .options = checkpoint_table,
       .values = &job->checkpoint},
      {.name = "parallel",
       .sentence = "use of the machine",
       .options = lw_execution_option_table,
       .values = &job->execution},
  };
  static const lw_synonym *const words[LW_JOB_SECTIONS] = {
      lw_data_words,  lw_model_words,     lw_attention_words,  lw_objective_words,
      lw_train_words, lw_optimizer_words, lw_checkpoint_words, lw_parallel_words};
  memcpy(sections, list, sizeof list);
  for (int i = 0; i < LW_JOB_SECTIONS; i++) sections[i].synonyms = words[i];
}

/* Fail with the location of the option at fault before the sentence that the callee left. */
static lw_status fail_at(const lw_option_section *sections, const char *name)
{
  char where[LW_TEXT_MAX];
  lw_option_where(sections, LW_JOB_SECTIONS, name, where);
  return lw_fail_context(LW_ERROR_INPUT, "%s", where);
}

/* The option of a table that was given on the command line. */
static bool was_set(const lw_option_section *section, const char *name)
{
  for (int i = 0; section->options[i].name; i++)
    if (!strcmp(section->options[i].name, name))
      return section->origin[i].source && !strcmp(section->origin[i].source, "--set");
  return false;
}

/* How long the training is: one of the two. What --set gives stands for what the file gives. */
static lw_status settle_length(lw_job *job, const lw_option_section *sections, const char *path)
{
  const lw_option_section *section = sections;
  while (strcmp(section->name, "train") != 0) section++;
  const bool steps_set = was_set(section, "steps"), epochs_set = was_set(section, "epochs");
  lw_train_options *train = &job->train;
  if (steps_set && !epochs_set && train->steps > 0) train->epochs = 0;
  if (epochs_set && !steps_set && train->epochs > 0) train->steps = 0;
  if (steps_set && epochs_set && train->steps > 0 && train->epochs > 0)
    return lw_fail(LW_ERROR_INPUT, "--set gives both train.steps and train.epochs; leave one out");
  if (train->steps == 0 && train->epochs == 0)
    return lw_fail(LW_ERROR_INPUT,
                   "%s: 'train.steps' (optimizer steps of the whole training) or 'train.epochs' "
                   "is required",
                   path);
  return LW_OK;
}

/* All that is missing is told at once. */
static lw_status check_given(lw_job *job, const lw_option_section *sections, const char *path)
{
  char missing[4 * LW_TEXT_MAX];
  const lw_status status = lw_option_check_required(sections, LW_JOB_SECTIONS, path);
  snprintf(missing, sizeof missing, "%s", status == LW_OK ? "" : lw_fail_message());
  const lw_status length = settle_length(job, sections, path);
  if (status == LW_OK || length == LW_OK) return status == LW_OK ? length : status;
  return lw_fail(status, "%s\n%s", missing, lw_fail_message());
}

/* Rules of optimizer and schedule. */
static lw_status check_optimizer(const lw_job *job, const lw_option_section *sections)
{
  const lw_optimizer_options *options = &job->optimizer;
  if (lw_schedule_of(options)->judged && job->train.evaluate_every == 0) {
    (void)lw_fail(LW_ERROR_INPUT, "'optimizer.schedule: %s' needs 'train.evaluate_every' above 0",
                  LW_CHOICE_WORD_OF(LW_SCHEDULE_CHOICES, options->schedule));
    return fail_at(sections, "optimizer.schedule");
  }
  if (lw_optimizer_of(options)->whole_matrix && job->execution.matmul == LW_MATMUL_SCALAPACK) {
    (void)lw_fail(LW_ERROR_INPUT,
                  "'optimizer.kind: %s' needs whole matrices, of which with 'parallel.matmul: "
                  "scalapack' each rank holds a part; take 'parallel.matmul: local'",
                  lw_optimizer_names[options->kind]);
    return fail_at(sections, "optimizer.kind");
  }
  return LW_OK;
}

/* The first token must see the others. */
static lw_status check_first_token(const lw_job *job)
{
  if (job->model.pooling != LW_POOLING_CLS) return LW_OK;
  if (job->attention.causal)
    return lw_fail(LW_ERROR_INPUT, "'model.pooling: cls' classifies by the first token, which with "
                                   "'attention.causal: true' sees no other; set attention.causal: "
                                   "false, or pooling last");
  if (job->attention.chunk > 0)
    return lw_fail(LW_ERROR_INPUT, "'model.pooling: cls' classifies by the first token, which sees "
                                   "the first 'attention.chunk' alone; set attention.chunk: 0, or "
                                   "pooling mean, max or attention");
  return LW_OK;
}

/* The stages are readable, and something is left for the data set itself. */
static lw_status check_before(const lw_job *job)
{
  lw_curriculum all;
  lw_status status = lw_curriculum_read(job->data.before, &all);
  if (status != LW_OK) return status;
  if (job->train.steps > 0 && job->train.epochs == 0 && all.steps >= job->train.steps)
    status = lw_fail(LW_ERROR_INPUT,
                     "'data.before' takes %lld steps, and train.steps has %lld; raise train.steps",
                     (long long)all.steps, (long long)job->train.steps);
  lw_curriculum_done(&all);
  return status;
}

/* Rules between options of one or several sections. */
static lw_status check(const lw_job *job, const lw_option_section *sections)
{
  const char *name = NULL;
  if (lw_model_options_check(&job->model, &name) != LW_OK) return fail_at(sections, name);
  if (lw_attention_options_check(&job->attention, job->model.heads, &name) != LW_OK)
    return fail_at(sections, name);
  if (check_first_token(job) != LW_OK) return fail_at(sections, "model.pooling");
  if (check_before(job) != LW_OK) return fail_at(sections, "data.before");
  if (job->train.accumulation > job->train.batch_size) {
    (void)lw_fail(LW_ERROR_INPUT,
                  "'train.accumulation' (%lld) cannot exceed 'train.batch_size' (%lld)",
                  (long long)job->train.accumulation, (long long)job->train.batch_size);
    return fail_at(sections, "train.accumulation");
  }
  return check_optimizer(job, sections);
}

/* And what follows from them. */
static lw_status check_all(lw_job *job, const lw_option_section *sections, const char *path)
{
  lw_status status = LW_OK;
  LW_TRY(check_given(job, sections, path));
  LW_TRY(check(job, sections));
  job->data.input.ticks = lw_clock_times(&job->attention);
done:
  return status;
}

lw_status lw_job_read_alone(lw_job *job, const char *path, const char *const *sets, int set_count)
{
  lw_option_section sections[LW_JOB_SECTIONS];
  lw_status status = LW_OK;
  memset(job, 0, sizeof *job);
  lw_job_sections(job, sections);
  lw_option_defaults(sections, LW_JOB_SECTIONS);
  LW_TRY(lw_option_read_file(sections, LW_JOB_SECTIONS, path));
  for (int i = 0; i < set_count; i++) LW_TRY(lw_option_set(sections, LW_JOB_SECTIONS, sets[i]));
  LW_TRY(check_all(job, sections, path));
  lw_option_where(sections, LW_JOB_SECTIONS, "data.path", job->data.given);
  lw_job_find_recipe(path, job->data.path, job->data.recipe);
done:
  return status;
}

lw_status lw_job_read(lw_job *job, const lw_world *world, const char *path, const char *const *sets,
                      int set_count)
{
  lw_status status = LW_OK;
  if (world->rank == 0) status = lw_job_read_alone(job, path, sets, set_count);
  LW_TRY_TOGETHER(world, status);
  lw_broadcast(world, job, (int64_t)sizeof *job);
done:
  return status;
}

lw_status lw_job_from_text(lw_job *job, const char *text, const char *name)
{
  lw_option_section sections[LW_JOB_SECTIONS];
  memset(job, 0, sizeof *job);
  lw_job_sections(job, sections);
  lw_option_defaults(sections, LW_JOB_SECTIONS);
  lw_status status = LW_OK;
  LW_TRY(lw_option_read_text(sections, LW_JOB_SECTIONS, text, name));
  LW_TRY(check_all(job, sections, name));
  snprintf(job->data.given, sizeof job->data.given, "%s", name);
done:
  return status;
}

void lw_job_text(lw_job *job, char *text)
{
  lw_option_section sections[LW_JOB_SECTIONS];
  lw_job_sections(job, sections);
  lw_text to = lw_text_in(text, LW_JOB_TEXT_MAX);
  lw_option_save(sections, LW_JOB_SECTIONS, &to);
}

lw_model_design lw_job_design(const lw_job *job, const lw_model_data *data)
{
  return (lw_model_design){.options = &job->model,
                           .attention = &job->attention,
                           .data = *data,
                           .input = job->data.input,
                           .seed = (uint64_t)job->train.seed};
}

int64_t lw_job_steps(const lw_job *job, int64_t samples, int64_t step, int64_t cursor)
{
  const int64_t B = job->train.batch_size, before = lw_curriculum_steps(job);
  if (job->train.epochs == 0) return job->train.steps;
  if (samples > 0 && job->train.epochs > INT64_MAX / samples) return INT64_MAX / B;
  const int64_t left = job->train.epochs * samples - cursor;
  if (step < before) step = before;
  return left > 0 ? step + (left - 1) / B + 1 : step;
}

int64_t lw_job_piece(const lw_job *job)
{
  return (job->train.batch_size + job->train.accumulation - 1) / job->train.accumulation;
}

int64_t lw_job_least_piece(const lw_job *job)
{
  return job->train.batch_size / job->train.accumulation;
}

void lw_job_help(FILE *out)
{
  lw_job job = {0};
  lw_option_section sections[LW_JOB_SECTIONS];
  lw_job_sections(&job, sections);
  lw_option_help(sections, LW_JOB_SECTIONS, out);
}

void lw_job_compare(lw_job *saved, lw_job *job, lw_option_role roles, char *text, int64_t room)
{
  enum { VALUE = 8 * LW_TEXT_MAX }; /* of any type, with what YAML needs */
  lw_option_section was[LW_JOB_SECTIONS], is[LW_JOB_SECTIONS];
  char old[VALUE], new[VALUE];
  lw_text list = lw_text_in(text, (size_t)room);
  lw_job_sections(saved, was);
  lw_job_sections(job, is);
  for (lw_option_visit at = {0}; lw_option_each(is, LW_JOB_SECTIONS, &at);) {
    lw_text before = LW_TEXT_IN(old), now = LW_TEXT_IN(new);
    lw_option_save_value(&was[at.section], at.option, &before);
    lw_option_save_value(at.of, at.option, &now);
    if ((at.option->role & roles) && strcmp(old, new) != 0)
      lw_text_item(&list, "\n", "%s.%s: %s in the checkpoint, %s in the job", at.of->name,
                   at.option->name, old, new);
  }
}
