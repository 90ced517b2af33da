#include "longwave/train/curriculum.h"
#include "longwave/base/mem.h"
#include "longwave/data/target.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the text ---- */

/* "data/easy.h5 1000", of `length` bytes. */
static lw_status read_stage(const char *text, size_t length, lw_stage *stage)
{
  while (length > 0 && text[length - 1] == ' ') length--;
  const char *steps = text + length;
  char *end = NULL;
  while (steps > text && steps[-1] != ' ') steps--;
  const long long count = strtoll(steps, &end, 10);
  size_t path = (size_t)(steps - text);
  while (path > 0 && text[path - 1] == ' ') path--;
  if (path == 0 || end != text + length || count < 1 || count > 1000000000000LL)
    return lw_fail(LW_ERROR_INPUT,
                   "'data.before' has '%.*s' where a data set and its steps are expected, such as "
                   "data/easy.h5 1000",
                   (int)length, text);
  snprintf(stage->path, sizeof stage->path, "%.*s", (int)path, text);
  stage->steps = count;
  return LW_OK;
}

lw_status lw_curriculum_read(const char *before, lw_curriculum *out)
{
  lw_status status = LW_OK;
  *out = (lw_curriculum){0};
  if (!before[strspn(before, " ")]) return LW_OK;
  LW_TRY(LW_TAKE(&out->stage, LW_STAGES));
  for (const char *text = before;; text++) {
    text += strspn(text, " ");
    const size_t length = strcspn(text, ",");
    if (out->count == LW_STAGES)
      LW_TRY(lw_fail(LW_ERROR_INPUT, "'data.before' names more than %d data sets; leave some out",
                     LW_STAGES));
    lw_stage *stage = &out->stage[out->count];
    LW_TRY(read_stage(text, length, stage));
    stage->first = out->steps;
    out->steps += stage->steps;
    out->count++;
    text += length;
    if (!*text) break;
  }
done:
  if (status != LW_OK) lw_curriculum_done(out);
  return status;
}

int64_t lw_curriculum_steps(const lw_job *job)
{
  lw_curriculum all;
  if (lw_curriculum_read(job->data.before, &all) != LW_OK) return 0;
  const int64_t steps = all.steps;
  lw_curriculum_done(&all);
  return steps;
}

/* ---- the data sets ---- */

static int64_t longest_of(const lw_dataset_info *info, const lw_job *job)
{
  const int64_t most = job->data.max_length, longest = info->longest[LW_SPLIT_TRAIN];
  return most > 0 && longest > most ? most : longest;
}

/* What of the stage is not as in the job's own data set; NULL: it fits. */
static const char *misfit(const lw_job *job, const lw_dataset_info *stage,
                          const lw_dataset_info *own)
{
  if (stage->input != own->input || stage->vocabulary != own->vocabulary ||
      stage->token_names != own->token_names)
    return "has other items";
  if (stage->target != own->target || lw_dataset_outcomes(stage) != lw_dataset_outcomes(own) ||
      stage->documents != own->documents)
    return "asks something else";
  if (stage->class_names != own->class_names) return "has classes with other names";
  if (!own->input->ids && !lw_dataset_means_same(stage, own))
    return "has values of other scales or names";
  if (stage->missing && !own->missing) return "has missing values";
  if (own->timed && !stage->timed) return "has no times";
  if (own->weighted != stage->weighted) return "has weights of samples, or lacks them";
  if (job->objective.step_weight > 0.0 && stage->step_classes != own->step_classes)
    return "has other step labels, or none";
  if (stage->count[LW_SPLIT_TRAIN] == 0) return "has no training samples";
  if (stage->unlabelled[LW_SPLIT_TRAIN] > 0) return "has training samples without an answer";
  if (longest_of(stage, job) > longest_of(own, job)) return "has longer samples";
  return NULL;
}

static lw_status open_stage(lw_stage *stage, const lw_job *job, const lw_dataset *dataset)
{
  lw_status status = lw_job_open_data_or(job, stage->path, &stage->dataset);
  if (status != LW_OK) return lw_fail_context(status, "data.before");
  const lw_dataset_info *info = lw_dataset_describe(stage->dataset);
  const char *why = misfit(job, info, lw_dataset_describe(dataset));
  if (why)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "data.before: %s %s: it cannot come before %s; make it with the same settings, "
                   "or leave it out",
                   stage->path, why, lw_dataset_path(dataset)));
  LW_TRY(lw_order_init(&stage->order, (uint64_t)job->train.seed, info->count[LW_SPLIT_TRAIN]));
done:
  return status;
}

lw_status lw_curriculum_open(lw_curriculum *curriculum, const lw_job *job,
                             const lw_dataset *dataset)
{
  lw_status status = LW_OK;
  for (int i = 0; status == LW_OK && i < curriculum->count; i++)
    status = open_stage(&curriculum->stage[i], job, dataset);
  return status;
}

void lw_curriculum_done(lw_curriculum *curriculum)
{
  for (int i = 0; i < curriculum->count; i++) {
    lw_dataset_close(&curriculum->stage[i].dataset);
    lw_order_done(&curriculum->stage[i].order);
  }
  lw_mem_give(curriculum->stage);
  *curriculum = (lw_curriculum){0};
}

/* ---- lessons ---- */

int lw_curriculum_stage(const lw_curriculum *curriculum, int64_t step)
{
  for (int i = 0; i < curriculum->count; i++)
    if (step < curriculum->stage[i].first + curriculum->stage[i].steps) return i;
  return -1;
}

bool lw_curriculum_over(const lw_curriculum *curriculum, int64_t step)
{
  return lw_curriculum_stage(curriculum, step) < 0;
}

/* Tokens that a sample is cut to: from length_start on by the same factor each step. */
static int64_t length_at(const lw_job *job, int64_t step, int64_t longest)
{
  const lw_data_options *data = &job->data;
  const int64_t most =
      data->max_length > 0 && data->max_length < longest ? data->max_length : longest;
  if (step >= data->length_warmup || data->length_start >= most) return data->max_length;
  const double grown =
      log((double)most / (double)data->length_start) * (double)step / (double)data->length_warmup;
  return llround((double)data->length_start * exp(grown));
}

lw_lesson lw_curriculum_lesson(lw_curriculum *curriculum, const lw_job *job, int64_t step,
                               int64_t cursor, int64_t longest)
{
  const int at = lw_curriculum_stage(curriculum, step);
  lw_lesson lesson = {.cursor = cursor, .max_length = length_at(job, step, longest)};
  if (at < 0) return lesson;
  lw_stage *stage = &curriculum->stage[at];
  lesson.dataset = stage->dataset;
  lesson.order = &stage->order;
  lesson.cursor = (step - stage->first) * job->train.batch_size;
  return lesson;
}
