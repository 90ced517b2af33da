/* What would be refused by the first start of a job, hours later: data that are not there, a model
   that does not fit the nodes. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/run/foresee.h"
#include "longwave/study/run_paths.h"
#include "slurm.h"
#include "longwave/study/study_tune.h"
#include "submit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory ---- */

/* "16G" as sbatch's --mem takes it, in bytes; MiB without a letter. 0, or what it is not: 0. */
static double bytes_of(const char *text)
{
  static const char units[] = "KMGT";
  char *end;
  double bytes = strtod(text, &end) * 1048576.0;
  const char *unit = *end ? strchr(units, *end >= 'a' ? *end - 'a' + 'A' : *end) : units + 1;
  if (!unit) return 0.0;
  for (long power = unit - units; power > 1; power--) bytes *= 1024.0;
  return unit == units ? bytes / 1024.0 : bytes;
}

/* Of those that go to sbatch as they are; NULL: it is not there. */
static const char *option_of(const lw_submission *s, const char *name)
{
  const lw_arguments *arguments = s->arguments;
  const char *value = NULL;
  const size_t length = strlen(name);
  for (int i = 1; i < arguments->word_count; i++)
    if (!strncmp(arguments->words[i], name, length) && arguments->words[i][length] == '=')
      value = arguments->words[i] + length + 1;
  return value;
}

/* What a rank may take on the nodes that are asked for. whose [LW_TEXT_MAX] out. */
static lw_memory_limit limit_of(const lw_submission *s, const lw_job *job, char *whose)
{
  const lw_submit_flags *flags = s->flags;
  const char *node = option_of(s, "--mem"), *core = option_of(s, "--mem-per-cpu");
  const char *partition = option_of(s, "--partition");
  lw_memory_limit limit = {.bytes = 1e30, .whose = whose};
  double bytes = node ? bytes_of(node) / (double)flags->ranks_per_node : 0.0;
  snprintf(whose, LW_TEXT_MAX, "its part of --mem=%.64s", node ? node : "");
  if (core && !node) {
    bytes = bytes_of(core) * (double)flags->threads;
    snprintf(whose, LW_TEXT_MAX, "its part of --mem-per-cpu=%.64s", core);
  } else if (!node || bytes == 0.0) {
    bytes = lw_slurm_node_memory(partition ? partition : flags->partition) /
            (double)flags->ranks_per_node;
    snprintf(whose, LW_TEXT_MAX, "its part of a node's memory, as sinfo says");
  }
  if (bytes > 0.0) limit.bytes = bytes;
  if (job->execution.memory > 0 && (double)job->execution.memory * 1048576.0 < limit.bytes) {
    limit.bytes = (double)job->execution.memory * 1048576.0;
    snprintf(whose, LW_TEXT_MAX, "parallel.memory");
  }
  return limit;
}

/* ---- one job ---- */

typedef struct finding {
  int ranks, sequence;
  double memory, limit; /* bytes of a rank; limit 1e30: not known */
} finding;

/* dataset out, the caller's to close. */
static lw_status check(const lw_submission *s, const lw_job *job, finding *found,
                       lw_dataset **dataset)
{
  const lw_submit_flags *flags = s->flags;
  char whose[LW_TEXT_MAX];
  lw_foresight foresight = {0};
  lw_status status = LW_OK;
  const int64_t ranks = flags->ranks > 0 ? flags->ranks : flags->nodes * flags->ranks_per_node;
  const lw_memory_limit limit = limit_of(s, job, whose);
  LW_TRY(lw_job_open_data(job, dataset));
  LW_TRY(lw_job_check_data(job, *dataset));
  LW_TRY(lw_foresee(job, *dataset, (int)ranks, &limit, &foresight));
  if ((double)foresight.memory > found->memory) found->memory = (double)foresight.memory;
  found->ranks = (int)ranks;
  found->sequence = foresight.sequence;
  found->limit = limit.bytes;
done:
  return status;
}

static void tell(const lw_job *job, const finding *f)
{
  const double mib = 1048576.0;
  char memory[128] = "not known", least[64] = "";
  if (f->limit < 1e30) snprintf(least, sizeof least, " of %.1f MiB", f->limit / mib);
  if (f->memory > 0.0) snprintf(memory, sizeof memory, "up to %.1f MiB%s", f->memory / mib, least);
  lw_log_root(LW_LOG_INFO, "data %s is there; %d rank%s: %d data x %d sequence; memory a rank: %s",
              job->data.path, f->ranks, f->ranks > 1 ? "s" : "", f->ranks / f->sequence,
              f->sequence, memory);
}

lw_status lw_submit_check_job(const lw_submission *s)
{
  const lw_arguments *arguments = s->arguments;
  finding found = {0};
  lw_job *job = NULL;
  lw_dataset *dataset = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&job, 1));
  LW_TRY(lw_job_read_alone(job, arguments->words[0], arguments->sets, arguments->set_count));
  LW_TRY(check(s, job, &found, &dataset));
  tell(job, &found);
  LW_TRY(lw_submit_estimate(s, job, dataset, found.ranks, found.sequence));
done:
  lw_dataset_close(&dataset);
  lw_mem_give(job);
  return status;
}

/* ---- a study ---- */

/* "1-3" becomes "1-4", or "1-3,7". tasks [LW_TEXT_MAX] */
static lw_status add_task(char *tasks, int64_t task, int64_t *last)
{
  lw_text list = lw_text_behind(tasks, LW_TEXT_MAX);
  if (list.used > 0 && task == *last + 1) {
    const char *comma = strrchr(tasks, ',');
    const char *dash = strchr(comma ? comma : tasks, '-');
    if (dash) list.used = dash - tasks;
    lw_text_add(&list, "-%lld", (long long)task);
  } else {
    lw_text_item(&list, ",", "%lld", (long long)task);
  }
  *last = task;
  if (strlen(tasks) + 32 < LW_TEXT_MAX) return LW_OK;
  return lw_fail(LW_ERROR_INPUT, "the list of runs that are left is too long for one array: make "
                                 "several studies of it, or finish some runs first");
}

/* A run whose training is over, and whose test is kept, has nothing left to do. */
static lw_status is_done(const lw_study_task *task, bool *done)
{
  char checkpoint[LW_TEXT_MAX];
  bool begun, untested = false;
  lw_status status = LW_OK;
  LW_TRY(lw_study_task_look(task, &begun, done));
  if (*done) LW_TRY(lw_run_untested(task->folder, checkpoint, &untested));
  *done = *done && !untested;
done:
  return status;
}

static lw_status name_run(const lw_study_task *task, lw_status status)
{
  return lw_fail_context(status, "run %s", task->name);
}

/* Runs of the study that are to be done, one after another. */
static lw_status check_tasks(const lw_submission *s, lw_study *study, lw_study_task *task,
                             char *tasks)
{
  finding found = {0};
  lw_dataset *dataset = NULL;
  int64_t last = -1, left = 0, unknown = 0;
  bool done;
  lw_status status = LW_OK;
  LW_TRY(lw_study_tune(study, NULL, false, task));
  for (int64_t i = 0; i < study->count; i++) {
    LW_TRY(lw_study_task_take(study, NULL, i, task));
    if (!lw_study_known(study, i)) {
      unknown++;
      continue;
    }
    LW_TRY(is_done(task, &done));
    if (done) continue;
    status = check(s, &task->job, &found, &dataset);
    lw_dataset_close(&dataset);
    if (status != LW_OK) return name_run(task, status);
    LW_TRY(add_task(tasks, i + 1, &last));
    left++;
  }
  lw_log_root(LW_LOG_INFO, "study %s: %lld runs, %lld to be done", study->path,
              (long long)study->count, (long long)left);
  if (unknown > 0)
    lw_log_root(LW_LOG_INFO,
                "%lld more get their settings from the best of these: submit the study again when "
                "they are finished",
                (long long)unknown);
  if (left > 0) tell(&task->job, &found);
done:
  return status;
}

lw_status lw_submit_check_study(const lw_submission *s, char *folder, char *tasks)
{
  lw_study *study = NULL;
  lw_study_task *task = NULL;
  lw_status status = LW_OK;
  *tasks = 0;
  LW_TRY(LW_TAKE(&study, 1));
  LW_TRY(LW_TAKE(&task, 1));
  LW_TRY(lw_study_read(study, s->arguments->words[0]));
  memcpy(folder, study->runs, sizeof study->runs);
  LW_TRY(check_tasks(s, study, task, tasks));
done:
  if (study) lw_study_done(study);
  lw_mem_give(study);
  lw_mem_give(task);
  return status;
}
