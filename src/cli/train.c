/* longwave train JOB-OR-RUN [--run FOLDER] [--seed N] [--resume] [--set section.key=value ...] */
#define _POSIX_C_SOURCE 200809L
#include "command.h"
#include "longwave/base/bar.h"
#include "longwave/base/log.h"
#include "longwave/base/look.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/run/banner.h"
#include "longwave/run/run.h"
#include "longwave/run/named.h"
#include "longwave/base/signals.h"
#include <stddef.h>
#include <string.h>

typedef struct train_flags {
  char run[LW_TEXT_MAX], seed_set[32]; /* "train.seed=7" */
  int64_t seed;
  lw_run_resume resume;
  bool accept_data, dry_run, help;
} train_flags;

#define AT(member) LW_AT(train_flags, member)
static const lw_option table[] = {
    LW_TEXT_ROW(
        "run", FLAG, AT(run), "", 0, LW_TEXT_MAX - 1,
        "folder of the run; if empty runs/NAME for a job file NAME.yaml, or that of the run named"),
    LW_INT_ROW("seed", FLAG, AT(seed), "-1", -1, 9e18,
               "set train.seed and add -seed-N to the folder name; -1: keep the job's seed"),
    LW_SWITCH_ROW("resume", FLAG, AT(resume), LW_RUN_RESUME_CHOICES, "false",
                  "go on from the newest checkpoint of the folder; auto: if there is one, else "
                  "start at step 0"),
    LW_BOOL_ROW("accept_data", FLAG, AT(accept_data), "false",
                "with --resume: go on although the data set has changed, and say what changed"),
    LW_BOOL_ROW(
        "dry_run", FLAG, AT(dry_run), "false",
        "check everything, time a few steps, say how long the training will take; write nothing"),
    LW_BOOL_ROW("help", FLAG, AT(help), "false", "this text"),
    {0}};

enum { SETS = 256 };
static volatile sig_atomic_t stop_asked;

/* Save and leave at the next step. Ctrl-\ a second time ends the program at once. */
static void ask_to_stop(int signal)
{
  if (signal == SIGQUIT) sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
  stop_asked = 1;
}

/* One of several runs that differ in the seed alone: a --set and a folder of its own. */
static void choose_seed(train_flags *flags, lw_arguments *arguments)
{
  char folder[LW_TEXT_MAX];
  if (flags->seed < 0) return;
  snprintf(flags->seed_set, sizeof flags->seed_set, "train.seed=%lld", (long long)flags->seed);
  arguments->sets[arguments->set_count++] = flags->seed_set;
  snprintf(folder, sizeof folder, "%s", flags->run);
  snprintf(flags->run, sizeof flags->run, "%.900s-seed-%lld", folder, (long long)flags->seed);
}

/* path [LW_TEXT_MAX] out */
static lw_status find_job(const lw_world *world, const char *word, train_flags *flags, char *path)
{
  lw_status status = LW_OK;
  LW_TRY_ON_ROOT(world, lw_named_job(word, path, flags->run));
  lw_broadcast(world, path, LW_TEXT_MAX);
  lw_broadcast(world, flags->run, LW_TEXT_MAX);
done:
  return status;
}

static const char usage[] =
    "usage: longwave train JOB [flags] [--set section.key=value ...]\n\n"
    "Trains as JOB says, a YAML file or the folder of a run, on all ranks that mpirun or srun\n"
    "started. Ctrl-C, TERM, HUP (the terminal is closed; not under nohup), USR1, USR2 and XCPU\n"
    "save a checkpoint at the next step and end; --resume continues from there.\n\nflags:";

static void more_help(void)
{
  puts("\nOptions of a job file, also for --set. Square brackets tell what a value is, and the\n"
       "default: what holds when the job file does not have the option.\n");
  lw_job_help(stdout);
  puts("");
  lw_look_heading(stdout, "exit codes:");
  for (int status = LW_OK; status <= LW_STOPPED; status++)
    printf("  %3d  %s\n", lw_status_exit_code((lw_status)status),
           lw_status_name((lw_status)status));
}

lw_status lw_command_train(lw_world *world, int argc, char **argv)
{
  train_flags flags = {.help = false};
  lw_option_section section = {.name = "", .sentence = usage, .options = table, .values = &flags};
  const char *word = NULL, *sets[SETS + 1];
  char path[LW_TEXT_MAX];
  lw_job job;
  lw_arguments arguments = {.words = &word, .word_room = 1, .sets = sets, .set_room = SETS};
  lw_run_end end;
  lw_status status = LW_OK;
  LW_TRY(lw_command_arguments(world, &section, &flags.help, argc, argv, &arguments));
  if (flags.help) {
    if (!world || world->rank == 0) more_help();
    return LW_OK;
  }
  if (arguments.word_count == 0)
    return lw_fail(LW_ERROR_INPUT, "no job file given: longwave train JOB.yaml");
  if (flags.accept_data && !flags.resume)
    return lw_fail(LW_ERROR_INPUT, "--accept-data is for going on: give --resume, too");
  LW_TRY(find_job(world, word, &flags, path));
  choose_seed(&flags, &arguments);
  lw_signals_catch(ask_to_stop, NULL);
  lw_signals_release();
  LW_TRY(lw_job_read(&job, world, path, sets, arguments.set_count));
  lw_threads_start(job.execution.threads, world);
  lw_run_request request = {.job = &job,
                            .folder = flags.run,
                            .resume = flags.resume,
                            .accept_data = flags.accept_data,
                            .dry_run = flags.dry_run,
                            .bar = world->rank == 0 && lw_terminal_columns() > 0,
                            .stop = &stop_asked};
  LW_TRY(lw_run(&request, world, &end));
  if (end == LW_RUN_STOPPED) status = LW_STOPPED;
done:
  return status;
}
