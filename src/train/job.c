#define _POSIX_C_SOURCE 200809L
#include "longwave/train/job.h"
#include "job_words.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/train/schedule.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define DATA(member) offsetof(lw_data_options, member)
static const lw_option data_table[] = {
    {"path", LW_OPTION_TEXT, DATA(path), NULL, 1, LW_TEXT_MAX - 1, NULL,
     "data set made by longwave prepare"},
    {"max_length", LW_OPTION_INT, DATA(max_length), "0", 0, 1e12, NULL,
     "longer samples (of pairs: documents) are cut to this many tokens; 0: never"},
    {0}};

#define TRAIN(member) offsetof(lw_train_options, member)
static const lw_option train_table[] = {
    {"steps", LW_OPTION_INT, TRAIN(steps), "0", 0, 1e12, NULL,
     "optimizer steps of the whole training; 0: as train.epochs says"},
    {"epochs", LW_OPTION_INT, TRAIN(epochs), "0", 0, 1e9, NULL,
     "in place of steps: how often all training samples are seen"},
    {"batch_size", LW_OPTION_INT, TRAIN(batch_size), "32", 1, LW_BATCH_MAX, NULL,
     "samples a step, over all ranks"},
    {"accumulation", LW_OPTION_INT, TRAIN(accumulation), "1", 1, 1e6, NULL,
     "a step's batch is computed in this many pieces, to save memory; batch norm sees each piece "
     "alone"},
    {"seed", LW_OPTION_INT, TRAIN(seed), "1", 0, 9e18, NULL,
     "start values, order of samples, dropout"},
    {"label_smoothing", LW_OPTION_REAL, TRAIN(label_smoothing), "0", 0, 0.99, NULL,
     "share of the target spread over all classes"},
    {"evaluate_every", LW_OPTION_INT, TRAIN(evaluate_every), "100", 0, 1e12, NULL,
     "steps between evaluations on the validation split; 0: only at the end"},
    {"evaluate_limit", LW_OPTION_INT, TRAIN(evaluate_limit), "0", 0, 1e12, NULL,
     "use only this many validation samples, drawn at random, the same ones each time; 0: all"},
    {"patience", LW_OPTION_INT, TRAIN(patience), "0", 0, 1e9, NULL,
     "stop after this many evaluations without a better loss; 0: never"},
    {"log_every", LW_OPTION_INT, TRAIN(log_every), "10", 1, 1e12, NULL,
     "steps between lines of the log"},
    {"stall_minutes", LW_OPTION_REAL, TRAIN(stall_minutes), "30", 0, 1e6, NULL,
     "minutes without progress after which the run says where each rank is, and ends; 0: never"},
    {0}};

static const char *const schedules[] = {"constant", "cosine", "linear", "plateau", NULL};
#define OPTIMIZER(member) offsetof(lw_optimizer_options, member)
static const lw_option optimizer_table[] = {
    {"learning_rate", LW_OPTION_REAL, OPTIMIZER(learning_rate), "1e-3", 0, 10, NULL,
     "greatest learning rate of AdamW"},
    {"beta1", LW_OPTION_REAL, OPTIMIZER(beta1), "0.9", 0, 0.999999, NULL,
     "decay of the first moment"},
    {"beta2", LW_OPTION_REAL, OPTIMIZER(beta2), "0.98", 0, 0.999999, NULL,
     "decay of the second moment"},
    {"epsilon", LW_OPTION_REAL, OPTIMIZER(epsilon), "1e-8", 1e-30, 1, NULL,
     "added to the root of the second moment"},
    {"weight_decay", LW_OPTION_REAL, OPTIMIZER(weight_decay), "0.01", 0, 10, NULL,
     "decoupled weight decay of the linear layers"},
    {"clip", LW_OPTION_REAL, OPTIMIZER(clip), "1", 0, 1e9, NULL,
     "greatest norm of the whole gradient; 0: no clipping"},
    {"schedule", LW_OPTION_CHOICE, OPTIMIZER(schedule), "cosine", 0, 0, schedules,
     "how the learning rate changes after the warm-up"},
    {"warmup", LW_OPTION_INT, OPTIMIZER(warmup), "0", 0, 1e12, NULL,
     "steps in which the learning rate rises linearly from 0"},
    {"final_rate", LW_OPTION_REAL, OPTIMIZER(final_rate), "0", 0, 1, NULL,
     "cosine and linear: share of the learning rate at the end"},
    {"plateau_factor", LW_OPTION_REAL, OPTIMIZER(plateau_factor), "0.5", 1e-6, 1, NULL,
     "plateau: factor on the rate when the validation loss stops falling"},
    {"plateau_patience", LW_OPTION_INT, OPTIMIZER(plateau_patience), "5", 1, 1e9, NULL,
     "plateau: evaluations without a better loss before that"},
    {0}};

#define CHECKPOINT(member) offsetof(lw_checkpoint_options, member)
static const lw_option checkpoint_table[] = {
    {"every", LW_OPTION_INT, CHECKPOINT(every), "500", 0, 1e12, NULL,
     "steps between checkpoints; 0: only the best and the last"},
    {"keep", LW_OPTION_INT, CHECKPOINT(keep), "3", 1, 1e9, NULL,
     "how many of the newest checkpoints are kept, besides the best"},
    {"minutes", LW_OPTION_REAL, CHECKPOINT(minutes), "0", 0, 1e6, NULL,
     "minutes between checkpoints, in addition to those by steps; 0: never"},
    {"keep_every", LW_OPTION_INT, CHECKPOINT(keep_every), "0", 0, 1e12, NULL,
     "checkpoints of every n-th step are kept for ever; 0: none"},
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
      {.name = "train", .sentence = "the run", .options = train_table, .values = &job->train},
      {.name = "optimizer",
       .sentence = "AdamW and its learning rate",
       .options = optimizer_table,
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
      lw_data_words,      lw_model_words,      lw_attention_words, lw_train_words,
      lw_optimizer_words, lw_checkpoint_words, lw_parallel_words};
  memcpy(sections, list, sizeof list);
  for (int i = 0; i < LW_JOB_SECTIONS; i++) sections[i].synonyms = words[i];
}

/* Fail with the place of the option at fault before the sentence that the callee left. */
static lw_status fail_at(const lw_option_section *sections, const char *name)
{
  char where[LW_TEXT_MAX], sentence[2 * LW_TEXT_MAX];
  snprintf(sentence, sizeof sentence, "%s", lw_fail_message());
  lw_option_where(sections, LW_JOB_SECTIONS, name, where);
  return lw_fail(LW_ERROR_INPUT, "%s: %s", where, sentence);
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

/* Rules between options of one or several sections. */
static lw_status check(const lw_job *job, const lw_option_section *sections)
{
  const char *name = NULL;
  if (lw_model_options_check(&job->model, &name) != LW_OK) return fail_at(sections, name);
  if (lw_attention_options_check(&job->attention, job->model.heads) != LW_OK)
    return fail_at(sections,
                   job->attention.window % 2 == 0 ? "attention.window" : "attention.alphas");
  if (job->train.accumulation > job->train.batch_size) {
    (void)lw_fail(LW_ERROR_INPUT,
                  "'train.accumulation' (%lld) cannot exceed 'train.batch_size' (%lld)",
                  (long long)job->train.accumulation, (long long)job->train.batch_size);
    return fail_at(sections, "train.accumulation");
  }
  if (job->optimizer.schedule == LW_SCHEDULE_PLATEAU && job->train.evaluate_every == 0) {
    (void)lw_fail(LW_ERROR_INPUT,
                  "'optimizer.schedule: plateau' needs 'train.evaluate_every' above 0");
    return fail_at(sections, "optimizer.schedule");
  }
  return LW_OK;
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
  LW_TRY(check_given(job, sections, path));
  LW_TRY(check(job, sections));
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
  LW_TRY(check_given(job, sections, name));
  LW_TRY(check(job, sections));
  snprintf(job->data.given, sizeof job->data.given, "%s", name);
done:
  return status;
}

void lw_job_text(lw_job *job, char *text)
{
  lw_option_section sections[LW_JOB_SECTIONS];
  lw_job_sections(job, sections);
  lw_option_save(sections, LW_JOB_SECTIONS, text, LW_JOB_TEXT_MAX);
}

lw_model_design lw_job_design(const lw_job *job, const lw_model_data *data)
{
  return (lw_model_design){.options = &job->model,
                           .attention = &job->attention,
                           .data = *data,
                           .seed = (uint64_t)job->train.seed};
}

int64_t lw_job_steps(const lw_job *job, int64_t samples, int64_t step, int64_t cursor)
{
  const int64_t B = job->train.batch_size;
  if (job->train.epochs == 0) return job->train.steps;
  if (samples > 0 && job->train.epochs > INT64_MAX / samples) return INT64_MAX / B;
  const int64_t left = job->train.epochs * samples - cursor;
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

/* Options that must be as they were: the function that is trained, and the order of its samples. */
static bool fixed(const char *section, const char *key)
{
  if (!strcmp(section, "model")) return true;
  if (!strcmp(section, "attention")) return strcmp(key, "engine") != 0;
  if (!strcmp(section, "train")) return !strcmp(key, "seed");
  return !strcmp(section, "data") && !strcmp(key, "max_length");
}

/* One line of lw_option_save: "section:" or "  key: value". */
static void split_line(const char *line, char *section, char *key, const char **value)
{
  size_t indent = strspn(line, " "), name = strcspn(line + indent, ":");
  if (name >= 64) name = 63;
  char *place = indent ? key : section;
  memcpy(place, line + indent, name);
  place[name] = 0;
  *value = line + indent + name + (line[indent + name] ? 1 : 0);
  *value += strspn(*value, " ");
}

void lw_job_compare(lw_job *saved, lw_job *job, char *text, int64_t room, char *changes,
                    int64_t changes_room)
{
  static char old[LW_JOB_TEXT_MAX], new[LW_JOB_TEXT_MAX];
  char section[64] = "", key[64] = "", *old_rest = NULL, *new_rest = NULL;
  lw_job_text(saved, old);
  lw_job_text(job, new);
  *text = *changes = 0;
  /* Same tables, so the same lines in the same order. */
  char *a = strtok_r(old, "\n", &old_rest), *b = strtok_r(new, "\n", &new_rest);
  for (; a && b; a = strtok_r(NULL, "\n", &old_rest), b = strtok_r(NULL, "\n", &new_rest)) {
    const char *was, *is;
    split_line(a, section, key, &was);
    split_line(b, section, key, &is);
    if (!strcmp(a, b)) continue;
    bool stays = fixed(section, key);
    char *list = stays ? text : changes;
    size_t used = strlen(list), left = (size_t)(stays ? room : changes_room) - used;
    snprintf(list + used, left, "%s%s.%s: %s in the checkpoint, %s in the job", used ? "\n" : "",
             section, key, was, is);
  }
}
