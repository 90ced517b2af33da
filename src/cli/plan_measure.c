#include "plan_measure.h"
#include "longwave/base/child.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/base/temp.h"
#include "longwave/base/tree.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A step is to be short, yet long enough to be like the job's own. */
enum { SETS_MOST = 256, OWN_SETS = 8, WORDS = 2 * (SETS_MOST + OWN_SETS) + 16, LONGEST = 32768 };
static const double step_flop = 20e9, all_flop = 200e9;
enum { STEPS_LEAST = 3, STEPS_MOST = 60 };

typedef struct measured {
  double seconds, tokens;        /* of a step */
  double kind[LW_PROFILE_KINDS]; /* seconds */
} measured;

typedef struct measurement {
  const lw_plan_subject *subject;
  lw_job *job;      /* of the measured steps */
  lw_plan_job work; /* of one of them */
  char folder[LW_TEMP_MAX];
  char own[OWN_SETS][64], steps[32];
  int64_t threads;
} measurement;

/* ---- the steps that are measured ---- */

/* A smaller batch of the same samples in one piece; very long samples are cut. */
static lw_status shrink(measurement *m)
{
  lw_job *job = m->job;
  lw_status status = LW_OK;
  const int64_t most = job->data.max_length;
  if (most == 0 || most > LONGEST) job->data.max_length = LONGEST;
  job->train.batch_size = lw_job_piece(job);
  job->train.accumulation = 1;
  LW_TRY(lw_plan_job_init(&m->work, job, m->subject->dataset));
  const double each = (m->work.products + m->work.attention) / (double)job->train.batch_size;
  const int64_t room = (int64_t)fmax(1.0, step_flop / each);
  if (job->train.batch_size > room) job->train.batch_size = room;
  LW_TRY(lw_plan_job_init(&m->work, job, m->subject->dataset));
done:
  return status;
}

static void write_sets(measurement *m)
{
  int n = 0;
  const size_t room = sizeof m->own[0];
  const double flop = m->work.products + m->work.attention;
  snprintf(m->own[n++], room, "train.batch_size=%lld", (long long)m->job->train.batch_size);
  snprintf(m->own[n++], room, "train.accumulation=1");
  snprintf(m->own[n++], room, "data.max_length=%lld", (long long)m->job->data.max_length);
  snprintf(m->own[n++], room, "data.length_warmup=0");
  snprintf(m->own[n++], room, "data.before=");
  snprintf(m->own[n++], room, "train.start_from=");
  snprintf(m->own[n++], room, "parallel.sequence=1");
  snprintf(m->own[n++], room, "parallel.threads=%lld", (long long)m->threads);
  snprintf(m->steps, sizeof m->steps, "%.0f", fmin(STEPS_MOST, fmax(STEPS_LEAST, all_flop / flop)));
}

/* ---- what bench says ---- */

static double number(const lw_tree *in, const char *key)
{
  const lw_tree *found = in ? lw_tree_find(in, key) : NULL;
  return found && found->text ? strtod(found->text, NULL) : 0.0;
}

static lw_status read_figures(const char *path, measured *out)
{
  lw_tree *root = NULL;
  lw_status status = lw_tree_read(path, &root);
  if (status != LW_OK) return status;
  out->seconds = number(root, "seconds");
  out->tokens = number(root, "tokens_per_second") * out->seconds;
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
    out->kind[kind] =
        out->seconds * number(lw_tree_find(root, "time"), lw_profile_name((lw_profile_kind)kind));
  lw_tree_destroy(&root);
  return LW_OK;
}

/* One copy of the steps. words [WORDS] out; path: of its figures */
static void say(const measurement *m, const char *path, const char **words)
{
  const lw_plan_subject *subject = m->subject;
  const char *const first[] = {"/proc/self/exe", "bench",           "step",     subject->path,
                               "--quiet",        "--product=false", "--warmup", "4",
                               "--steps",        m->steps,          "--json",   path};
  int n = 0;
  for (size_t i = 0; i < sizeof first / sizeof *first; i++) words[n++] = first[i];
  for (int i = 0; i < subject->set_count + OWN_SETS; i++) {
    words[n++] = "--set";
    words[n++] = i < subject->set_count ? subject->sets[i] : m->own[i - subject->set_count];
  }
  words[n] = NULL;
}

typedef struct copies {
  char path[LW_CHILDREN_MOST][LW_TEMP_MAX + 32];
  const char *words[LW_CHILDREN_MOST][WORDS];
  lw_child child[LW_CHILDREN_MOST];
} copies;

static lw_status run_copies(const measurement *m, copies *all, int count)
{
  int code = 0;
  bool stopped = false;
  for (int i = 0; i < count; i++) {
    snprintf(all->path[i], sizeof all->path[i], "%s/%d-%d.json", m->folder, count, i);
    say(m, all->path[i], all->words[i]);
    all->child[i] = (lw_child){.argv = all->words[i], .silent = true};
  }
  lw_status status = lw_child_run_all(all->child, count, &code, &stopped);
  if (status == LW_OK && stopped) status = LW_STOPPED;
  if (status == LW_OK && code != 0)
    status = lw_fail(LW_ERROR_INPUT,
                     "steps of %s could not be measured (exit code %d): see what longwave bench "
                     "step %s says, or give --site FILE",
                     m->subject->path, code, m->subject->path);
  return status;
}

/* On `count` ranks that know nothing of each other: the mean. */
static lw_status measure(const measurement *m, copies *all, int count, measured *mean)
{
  lw_status status = LW_OK;
  LW_TRY(run_copies(m, all, count));
  for (int i = 0; i < count; i++) {
    measured one = {0};
    LW_TRY(read_figures(all->path[i], &one));
    mean->seconds += one.seconds / count;
    mean->tokens += one.tokens / count;
    for (int kind = 0; kind < LW_PROFILE_KINDS; kind++) mean->kind[kind] += one.kind[kind] / count;
  }
done:
  return status;
}

/* ---- rates ---- */

static lw_step_rates rates_of(const measurement *m, const measured *alone, const measured *crowded)
{
  /* The order of samples gave longer or shorter ones than the mean. */
  const double drawn = alone->tokens / (m->work.tokens * (double)m->work.batch);
  const double update = alone->kind[LW_PROFILE_OPTIMIZER] + alone->kind[LW_PROFILE_REDUCE];
  const double linear = alone->kind[LW_PROFILE_LINEAR], near = alone->kind[LW_PROFILE_ATTENTION];
  const double rest = fmax(0.0, alone->seconds - update - linear - near);
  const double shortest = 1e-9; /* of what the clock did not see */
  lw_step_rates rates = {.products = 1e-9 * drawn * m->work.products / fmax(linear, shortest),
                         .attention =
                             fmax(1e-6, 1e-9 * drawn * m->work.attention / fmax(near, shortest)),
                         .rest = 1e9 * rest / (drawn * m->work.rows),
                         .update = 1e9 * update / (double)m->work.parameters,
                         .crowding = fmax(1.0, crowded->seconds / alone->seconds)};
  snprintf(rates.job, sizeof rates.job, "%.900s, %lld samples of %.0f tokens", m->subject->path,
           (long long)m->work.batch, m->work.tokens);
  return rates;
}

lw_status lw_plan_measure(const lw_plan_subject *subject, const lw_machine *machine,
                          lw_step_rates *step)
{
  measurement m = {.subject = subject, .threads = machine->threads};
  measured alone = {0}, crowded = {0};
  copies *all = NULL;
  lw_status status = LW_OK;
  int64_t count = machine->cores / machine->threads;
  if (count > LW_CHILDREN_MOST) count = LW_CHILDREN_MOST;
  LW_TRY(LW_TAKE(&m.job, 1));
  LW_TRY(LW_TAKE(&all, 1));
  *m.job = *subject->job;
  LW_TRY(shrink(&m));
  write_sets(&m);
  LW_TRY(lw_temp_make("plan", m.folder));
  lw_log_root(LW_LOG_INFO, "measuring steps of %lld samples: one rank, then %lld at once",
              (long long)m.work.batch, (long long)(count > 1 ? count : 1));
  LW_TRY(measure(&m, all, 1, &alone));
  if (count > 1)
    LW_TRY(measure(&m, all, (int)count, &crowded));
  else
    crowded = alone;
  *step = rates_of(&m, &alone, &crowded);
done:
  if (*m.folder) lw_temp_remove(m.folder);
  lw_mem_give(all);
  lw_mem_give(m.job);
  return status;
}
