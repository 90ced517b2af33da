/* longwave status: SLURM's queue, and how far every run is. */
#define _POSIX_C_SOURCE 200809L
#include "command.h"
#include "follow.h"
#include "longwave/base/columns.h"
#include "longwave/base/log.h"
#include "longwave/base/look.h"
#include "longwave/run/folder.h"
#include "longwave/run/lives.h"
#include "longwave/run/metrics.h"
#include "longwave/run/named.h"
#include "slurm.h"
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct status_flags {
  char runs[LW_TEXT_MAX];
  lw_follow follow;
  bool help;
} status_flags;

static const lw_option table[] = {
    LW_TEXT_ROW("runs", FLAG, LW_AT(status_flags, runs), "runs", 1, LW_TEXT_MAX - 1,
                "folder of run folders, where no RUN is given"),
    LW_BOOL_ROW("follow", FLAG, LW_AT(status_flags, follow.on), "false",
                "show it again and again while a run is running; Ctrl-C ends it"),
    LW_INT_ROW("every", FLAG, LW_AT(status_flags, follow.every), "10", 1, 86400,
               "seconds between two looks of --follow"),
    LW_BOOL_ROW("help", FLAG, LW_AT(status_flags, help), "false", "this text"),
    {0}};

enum { QUEUE_MAX = 1 << 16, WORDS = 4096 };

static const char usage[] =
    "usage: longwave status [RUN...] [flags]\n\n"
    "Shows your jobs in SLURM's queue and, for each run folder (RUN is one, or a folder of run\n"
    "folders), its last step, losses, and how its last start ended (lives.csv in the folder has\n"
    "them all).\n\nflags:";

/* ---- the queue ---- */

/* queue [QUEUE_MAX] out: squeue's lines, numbers of jobs first. Where there is no SLURM, or it does
   not answer: "", a word about it and false, for runs can be told of all the same. */
static bool read_queue(char *queue)
{
  static const char *const words[] = {"squeue", "--me",
                                      "--format=%.16i %.10T %.11M %.11l %.5D  %R  %j", NULL};
  lw_status status = lw_slurm_call(words, queue, QUEUE_MAX);
  if (status != LW_OK) {
    *queue = '\0';
    lw_log_root(LW_LOG_WARN, "%s", lw_fail_message());
  }
  return status == LW_OK;
}

/* ---- runs ---- */

/* A life that calls itself running, but whose job is not in the queue, has been lost. */
static const char *end_of(const lw_life *life, const char *queue)
{
  if (life->number == 0) return "-";
  if (!strcmp(life->end, "running") && strcmp(life->job, "-") != 0 && *queue &&
      !lw_slurm_queue_has(queue, life->job))
    return "lost";
  return life->end;
}

/* The name last: those of a study are long. */
static const lw_column columns[] = {{"step", 0, 10, "%.0f", false},
                                    {"loss", 1, 10, "%.4f", true},
                                    {"val. loss", 1, 10, "%.4f", true},
                                    {"val. %", 1, 9, NULL, false},
                                    {"starts", 1, 6, "%.0f", false},
                                    {"last", 2, -8, NULL, false},
                                    {"job", 2, -8, NULL, false},
                                    {"run", 2, 0, NULL, false},
                                    {0}};

/* In percent what is a share; else as it is. */
static const char *leading_text(const lw_metrics_row *row, const lw_objective *objective,
                                char text[LW_SCORE_TEXT])
{
  if (!objective || row->step <= 0) return "-";
  const lw_figure *figure = &objective->figure[objective->leading];
  snprintf(text, LW_SCORE_TEXT, "%.*f", figure->digits,
           figure->factor * row->score.value[objective->leading]);
  return text;
}

static double loss_of(const lw_metrics_row *row)
{
  return row->step > 0 ? row->score.value[0] : (double)NAN;
}

/* running: set if this one is, else left. */
static lw_status print_run(const char *folder, const char *name, const char *queue, bool *running)
{
  char path[LW_PATH_MAX], text[LW_SCORE_TEXT];
  lw_metrics_row rows[] = {{.split = "train"}, {.split = "validation"}};
  const lw_metrics_row *trained = &rows[0], *validated = &rows[1];
  const lw_objective *objective = NULL;
  lw_life life;
  lw_status status = LW_OK;
  LW_TRY(lw_folder_path(folder, "metrics.csv", path));
  if (access(path, F_OK) == 0) LW_TRY(lw_metrics_last(path, rows, 2, &objective));
  LW_TRY(lw_lives_last(folder, &life));
  const char *end = end_of(&life, queue);
  *running = *running || !strcmp(end, "running");
  lw_columns_print(
      stdout, columns,
      (const char *[]){leading_text(validated, objective, text), end,
                       life.number > 0 ? life.job : "-", name},
      (double[]){(double)trained->step, loss_of(trained), loss_of(validated), (double)life.number});
done:
  return status;
}

static int visible(const struct dirent *entry)
{
  return entry->d_name[0] != '.';
}

static lw_status print_below(const char *runs, const char *name, const char *queue, bool *running)
{
  char folder[LW_PATH_MAX], path[LW_PATH_MAX];
  lw_status status = LW_OK;
  LW_TRY(lw_folder_path(runs, name, folder));
  LW_TRY(lw_folder_path(folder, "metrics.csv", path));
  if (access(path, F_OK) == 0) LW_TRY(print_run(folder, name, queue, running));
done:
  return status;
}

static lw_status print_runs(const char *runs, const char *queue, bool *running)
{
  struct dirent **entries = NULL;
  lw_status status = LW_OK;
  int count = scandir(runs, &entries, visible, alphasort);
  if (count < 0)
    return lw_fail(LW_ERROR_FILE, "cannot read the folder %s: %s", runs, lw_reason(errno));
  for (int i = 0; i < count; i++) {
    if (status == LW_OK) status = print_below(runs, entries[i]->d_name, queue, running);
    free(entries[i]);
  }
  free(entries);
  return status;
}

/* Before the queue is asked. may_be_empty: a folder in which there is no run yet is fine. */
static lw_status check_words(const char *const *words, int count, bool may_be_empty)
{
  lw_named named;
  lw_status status = LW_OK;
  for (int i = 0; i < count; i++) {
    LW_TRY(lw_named_find(words[i], &named));
    const bool suits =
        named.kind == LW_NAMED_RUN ||
        (named.kind == LW_NAMED_FOLDER && (may_be_empty || lw_named_holds_runs(&named)));
    if (!suits) LW_TRY(lw_named_refuse(&named));
  }
done:
  return status;
}

static lw_status print_words(const char *const *words, int count, const char *queue, bool *running)
{
  lw_named named;
  lw_status status = LW_OK;
  lw_columns_print(stdout, columns, NULL, NULL);
  for (int i = 0; i < count; i++) {
    LW_TRY(lw_named_find(words[i], &named));
    LW_TRY(named.kind == LW_NAMED_RUN ? print_run(named.folder, named.folder, queue, running)
                                      : print_runs(named.folder, queue, running));
  }
done:
  return status;
}

/* On a terminal each look takes the place of the one before, elsewhere it stands below it. */
static void begin_look(const lw_follow *follow)
{
  char text[32];
  const time_t now = time(NULL);
  struct tm local;
  if (!follow->on) return;
  const char *clear = lw_look_code(stdout, LW_LOOK_CLEAR);
  fputs(*clear || !follow->begun ? clear : "\n", stdout);
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", localtime_r(&now, &local));
  puts(text);
}

lw_status lw_command_status(lw_world *world, int argc, char **argv)
{
  char queue[QUEUE_MAX];
  const char *words[WORDS];
  status_flags flags = {.help = false};
  lw_option_section section = {.name = "", .sentence = usage, .options = table, .values = &flags};
  lw_arguments arguments = {.words = words, .word_room = WORDS};
  bool running, slurm = true;
  lw_status status = LW_OK;
  LW_TRY(lw_command_arguments(world, &section, &flags.help, argc, argv, &arguments));
  if (flags.help) return LW_OK;
  if (world) return lw_slurm_refuse_ranks(argv[0]);
  const bool no_word = arguments.word_count == 0;
  const bool named = !no_word || strcmp(section.origin->source, "default") != 0;
  if (no_word) words[arguments.word_count++] = flags.runs;
  if (named) LW_TRY(check_words(words, arguments.word_count, no_word));
  do {
    running = false;
    begin_look(&flags.follow);
    if (slurm) slurm = read_queue(queue);
    puts(queue);
    if (named || access(flags.runs, F_OK) == 0)
      LW_TRY(print_words(words, arguments.word_count, queue, &running));
    else
      printf("no run yet: there is no folder '%s' here\n", flags.runs);
    fflush(stdout);
  } while (lw_follow_again(NULL, &flags.follow, running));
done:
  return status;
}
