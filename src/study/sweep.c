/* The runs of a study, each trained and tested by this program, started anew. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/study/sweep.h"
#include "longwave/base/child.h"
#include "longwave/study/study_order.h"
#include "longwave/study/study_tune.h"
#include "longwave/base/bar.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/base/text.h"
#include "longwave/run/newest.h"
#include "longwave/study/table.h"
#include "longwave/train/standing.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct sweep {
  lw_world *world;
  lw_study *study;
  char program[LW_TEXT_MAX]; /* this one */
  char words[LW_TEXT_MAX];   /* of the launcher, 0 between them */
  const char *launch[64];
  int launch_count;
  int64_t failed;
  int first_code; /* of the first failure */
  char failures[LW_TEXT_MAX];
  lw_run_paths begun; /* those with a folder, in the order of the study */
  int64_t left;       /* runs that are not finished, the one at hand among them */
  int64_t worked;     /* runs that took their time in this sweep, */
  double seconds;     /* and how much of it */
} sweep;

/* ---- starting ---- */

static lw_status prepare(sweep *s, const char *launch)
{
  char *rest = NULL;
  const ssize_t length = readlink("/proc/self/exe", s->program, sizeof s->program - 1);
  if (length <= 0)
    return lw_fail(LW_ERROR_FILE, "cannot find this program's own file by /proc/self/exe: is "
                                  "/proc mounted?");
  s->program[length] = 0;
  snprintf(s->words, sizeof s->words, "%s", *launch ? launch : s->study->launch);
  for (char *word = strtok_r(s->words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
    if (s->launch_count == 64)
      return lw_fail(LW_ERROR_INPUT,
                     "--launch: more than 64 words; write a script, and give its name");
    s->launch[s->launch_count++] = word;
  }
  return LW_OK;
}

enum { ARGV = 2 * LW_STUDY_SETS + 128 };
static void train_words(const sweep *s, const lw_study_task *run, const char **argv)
{
  int n = 0;
  for (int i = 0; i < s->launch_count; i++) argv[n++] = s->launch[i];
  argv[n++] = s->program;
  argv[n++] = "train";
  argv[n++] = s->study->job;
  argv[n++] = "--run";
  argv[n++] = run->folder;
  argv[n++] = "--resume=auto";
  for (int i = 0; i < run->set_count; i++) {
    argv[n++] = "--set";
    argv[n++] = run->sets[i];
  }
  if (lw_log_flag()) argv[n++] = lw_log_flag();
  argv[n] = NULL;
}

static void print_words(const char *const *argv, FILE *out)
{
  for (; *argv; argv++) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
    if (**argv && (*argv)[strspn(*argv, plain)] == 0) {
      fputs(*argv, out);
    } else {
      fputc('\'', out);
      for (const char *c = *argv; *c; c++)
        if (*c == '\'')
          fputs("'\\''", out);
        else
          fputc(*c, out);
      fputc('\'', out);
    }
    fputc(argv[1] ? ' ' : '\n', out);
  }
}

/* ---- going through ---- */

static lw_status start(const char *const *argv, int *code)
{
  bool stopped = false;
  lw_status status = lw_child_run(&(lw_child){.argv = argv}, code, &stopped);
  /* A signal that came before training could catch it has cost nothing. */
  stopped = stopped || *code == lw_status_exit_code(LW_STOPPED) || *code == 128 + SIGUSR1 ||
            *code == 128 + SIGTERM;
  if (status == LW_OK && stopped) {
    lw_log_root(LW_LOG_INFO, "stopped; the same command continues");
    status = lw_fail(LW_STOPPED, "stopped");
  }
  return status;
}

static void note_failure(sweep *s, const lw_study_task *run, int code)
{
  lw_text list = lw_text_behind(s->failures, sizeof s->failures);
  lw_log_root(LW_LOG_ERROR, "%s ended with exit code %d", run->name, code);
  lw_text_item(&list, ", ", "%s", run->name);
  if (s->failed++ == 0) s->first_code = code;
}

static lw_status test_run(const sweep *s, const lw_study_task *run, int *code)
{
  char checkpoint[LW_TEXT_MAX];
  const char *argv[128];
  bool untested;
  int n = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_run_untested(run->folder, checkpoint, &untested));
  if (!untested) goto done;
  for (int i = 0; i < s->launch_count; i++) argv[n++] = s->launch[i];
  argv[n++] = s->program;
  argv[n++] = "evaluate";
  argv[n++] = checkpoint;
  argv[n++] = "--keep";
  if (lw_log_flag()) argv[n++] = lw_log_flag();
  argv[n] = NULL;
  LW_TRY(start(argv, code));
done:
  return status;
}

/* Which run, and how far the study is. */
static void announce(const sweep *s, const lw_study_task *run, bool begun, bool finished)
{
  const long long count = s->study->count, left = s->left;
  char far[96], clock[32];
  lw_text to = LW_TEXT_IN(far);
  if (!finished && left > 0) lw_text_add(&to, "; %lld done, %lld left", count - left, left);
  if (to.used && s->worked > 0) {
    lw_clock_text(s->seconds / (double)s->worked * (double)left, clock, sizeof clock);
    lw_text_add(&to, ", about %s", clock);
  }
  lw_log_root(LW_LOG_INFO, "== run %lld of %lld: %s%s%s", (long long)run->number + 1, count,
              run->name,
              finished ? ", finished already"
              : begun  ? ", resumed"
                       : "",
              far);
}

static lw_status do_run(sweep *s, lw_study_task *run)
{
  const char *argv[ARGV];
  const double began = lw_clock();
  bool begun, finished;
  int code = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_study_task_look(run, &begun, &finished));
  announce(s, run, begun, finished);
  if (!finished && lw_study_task_data(run, &code)) {
    train_words(s, run, argv);
    LW_TRY(start(argv, &code));
  }
  if (code == 0) LW_TRY(test_run(s, run, &code));
  if (code != 0) note_failure(s, run, code);
  if (!finished) {
    s->left--;
    s->worked++;
    s->seconds += lw_clock() - began;
  }
done:
  return status;
}

static void note_folder(sweep *s, const lw_study_task *run)
{
  char path[LW_PATH_MAX];
  if (lw_folder_path(run->folder, "job.yaml", path) == LW_OK && access(path, F_OK) == 0)
    memcpy(s->begun.path[s->begun.count++], run->folder, LW_TEXT_MAX);
}

/* The exit codes of the runs are those of our own statuses. */
static lw_status status_of(int code)
{
  static const lw_status all[] = {LW_ERROR_INPUT,  LW_ERROR_MEMORY,   LW_ERROR_FILE,
                                  LW_ERROR_FORMAT, LW_ERROR_DIVERGED, LW_ERROR_STALLED,
                                  LW_ERROR_STUCK};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (lw_status_exit_code(all[i]) == code) return all[i];
  return LW_ERROR_FILE;
}

/* All mistakes first; and how many runs are to be done. */
static lw_status look_at_all(sweep *s, lw_study_task *run, const lw_sweep_request *request)
{
  bool begun, finished;
  lw_status status = LW_OK;
  LW_TRY(lw_study_tune(s->study, s->world, false, run));
  for (int64_t i = 0; i < s->study->count; i++) {
    LW_TRY(lw_study_task_take(s->study, s->world, i, run));
    if (request->list || request->only) continue;
    LW_TRY(lw_study_task_look(run, &begun, &finished));
    s->left += !finished;
  }

done:
  return status;
}

static lw_status go_to(sweep *s, lw_study_task *run, const lw_sweep_request *request, int64_t i)
{
  lw_status status = LW_OK;
  LW_TRY(lw_study_task_take(s->study, s->world, i, run));
  if (request->list) {
    const char *argv[ARGV];
    train_words(s, run, argv);
    print_words(argv, request->out);
  } else {
    LW_TRY(do_run(s, run));
    note_folder(s, run);
  }
done:
  return status;
}

/* Runs [from, to); what is not known is left out. */
static lw_status go_through(sweep *s, lw_study_task *run, const lw_sweep_request *request,
                            int64_t from, int64_t to)
{
  int64_t unknown = 0;
  lw_status status = LW_OK;
  for (int64_t i = from; i < to; i++) {
    if (lw_study_known(s->study, i))
      LW_TRY(go_to(s, run, request, i));
    else
      unknown++;
  }
  if (unknown > 0)
    lw_log_root(LW_LOG_INFO, "%lld more runs, with other seeds: their settings are chosen when %s",
                (long long)unknown, request->list ? "these are finished" : "the others are");
done:
  return status;
}

static lw_status go_to_one(sweep *s, lw_study_task *run, const lw_sweep_request *request)
{
  const int64_t count = s->study->count, only = request->only;
  if (only > count)
    return lw_fail(LW_ERROR_INPUT, "--only %lld: the study has %lld runs; use a smaller number",
                   (long long)only, (long long)count);
  if (!lw_study_known(s->study, only - 1)) return lw_study_fail_unknown(s->study, only - 1);
  return go_to(s, run, request, only - 1);
}

/* First the runs that decide, then those that they decide about. */
static lw_status go_to_all(sweep *s, lw_study_task *run, const lw_sweep_request *request)
{
  const lw_study *study = s->study;
  lw_status status = LW_OK;
  LW_TRY(go_through(s, run, request, 0, study->first));
  if (!request->list) {
    LW_TRY(lw_study_tune(s->study, s->world, true, run));
    LW_TRY(lw_study_order_write(study));
  }
  LW_TRY(go_through(s, run, request, study->first, study->count));
  if (s->begun.count > 0)
    LW_TRY(lw_table_show(&s->begun, &(lw_table_request){.columns = NULL}, request->out));
done:
  return status;
}

static lw_status go(sweep *s, lw_study_task *run, const lw_sweep_request *request)
{
  lw_status status = LW_OK;
  LW_TRY(look_at_all(s, run, request));
  if (!request->list) LW_TRY(lw_study_order_write(s->study));
  LW_TRY(request->only ? go_to_one(s, run, request) : go_to_all(s, run, request));
  if (s->failed > 0)
    status =
        lw_fail(status_of(s->first_code), "%lld of %lld runs failed: %s; see their messages above",
                (long long)s->failed, (long long)s->study->count, s->failures);
done:
  return status;
}

lw_status lw_sweep_run(lw_world *world, const char *path, const lw_sweep_request *request)
{
  sweep s = {.world = world};
  lw_study *study = NULL;
  lw_study_task *run = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&study, 1));
  LW_TRY(LW_TAKE(&run, 1));
  LW_TRY(lw_study_read(study, path));
  s.study = study;
  LW_TRY(LW_TAKE(&s.begun.path, study->count));
  LW_TRY(prepare(&s, request->launch));
  LW_TRY(go(&s, run, request));
done:
  if (study) lw_study_done(study);
  lw_run_paths_done(&s.begun);
  lw_mem_give(study);
  lw_mem_give(run);
  return status;
}
