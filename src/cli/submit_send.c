/* A script into its folder, and to sbatch; when that refuses, all is as it was. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/base/mem.h"
#include "longwave/base/signals.h"
#include "slurm.h"
#include "submit.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ANSWER_MAX = 256, MADE_MAX = 64 };
static const char sent_line[] = "# Sent to SLURM as job ";

/* ---- what was not there before ---- */

typedef struct made {
  char *path[MADE_MAX]; /* [count], owned; the innermost last */
  int count;
} made;

/* Of a folder and those above it. */
static lw_status note_missing(made *list, const char *folder)
{
  char path[LW_PATH_MAX];
  snprintf(path, sizeof path, "%s", folder);
  for (char *c = path + 1; list->count < MADE_MAX; c++) {
    const char end = *c;
    if (end && end != '/') continue;
    *c = 0;
    if (access(path, F_OK) != 0) {
      lw_status status = lw_mem_copy(path, &list->path[list->count]);
      if (status != LW_OK) return status;
      list->count++;
    }
    *c = end;
    if (!end) break;
  }
  return LW_OK;
}

/* What others have put there meanwhile stays, and its folders with it. */
static void undo(made *list, bool remove)
{
  while (list->count > 0) {
    char *path = list->path[--list->count];
    if (remove) rmdir(path);
    lw_mem_give(path);
  }
}

static lw_status make_folder(const lw_submission *s, made *list)
{
  char path[LW_PATH_MAX];
  lw_status status = LW_OK;
  LW_TRY(note_missing(list, s->folder));
  if (s->study) return lw_folder_make(s->folder);
  LW_TRY(lw_folder_path(s->folder, "checkpoints", path));
  LW_TRY(note_missing(list, path));
  LW_TRY(lw_folder_path(s->folder, "places", path));
  LW_TRY(note_missing(list, path));
  LW_TRY(lw_folder_create(s->folder));
done:
  return status;
}

/* ---- sending ---- */

static lw_status call_sbatch(const lw_submission *s, const char *path, char answer[ANSWER_MAX])
{
  const char *words[LW_SUBMIT_OPTIONS + 5];
  int used = 0;
  words[used++] = "sbatch", words[used++] = "--parsable";
  for (int i = 0; i < s->option_count; i++) words[used++] = s->option[i];
  words[used++] = "--", words[used++] = path, words[used] = NULL;
  lw_status status = lw_slurm_call(words, answer, ANSWER_MAX);
  answer[strcspn(answer, ";\n")] = '\0';
  return status;
}

/* A comment at the end of the script, which SLURM has its own copy of. */
static void note_job(const char *path, const char *job)
{
  FILE *file = fopen(path, "a");
  if (!file) return;
  fprintf(file, "%s%s\n", sent_line, job);
  fclose(file);
}

static void pass_over(int signal)
{
  (void)signal;
}

lw_status lw_submission_send(const lw_submission *s, const char *text)
{
  char path[LW_PATH_MAX], before[LW_PATH_MAX], answer[ANSWER_MAX] = "";
  struct sigaction handlers[LW_SIGNALS_LEAVE];
  made list = {.count = 0};
  lw_status status = LW_OK;
  LW_TRY(lw_folder_path(s->folder, "submit.sbatch", path));
  LW_TRY(lw_folder_path(s->folder, ".submit.sbatch.before", before));
  lw_signals_catch(pass_over, handlers); /* Ctrl-C ends sbatch, and what was made goes */
  status = make_folder(s, &list);
  const bool replaces = status == LW_OK && rename(path, before) == 0;
  if (status == LW_OK) status = lw_folder_write(s->folder, "submit.sbatch", text);
  if (status == LW_OK) status = call_sbatch(s, path, answer);
  if (status == LW_OK) {
    note_job(path, answer);
    if (replaces) unlink(before);
  } else if (replaces) {
    (void)!rename(before, path);
  } else if (list.count > 0 || access(path, F_OK) == 0) {
    unlink(path);
  }
  undo(&list, status != LW_OK);
  lw_signals_restore(handlers);
  LW_TRY(status);
  printf("\njob %s is in the queue; its script is %s\n"
         "longwave status shows it, longwave cancel %s lets it save and leave\n",
         answer, path, answer);
done:
  return status;
}

void lw_submission_job(const char *folder, char *job)
{
  char path[LW_PATH_MAX], line[512];
  *job = '\0';
  if (lw_folder_path(folder, "submit.sbatch", path) != LW_OK) return;
  FILE *file = fopen(path, "r");
  if (!file) return;
  while (fgets(line, sizeof line, file))
    if (!strncmp(line, sent_line, strlen(sent_line)))
      snprintf(job, 64, "%.*s", (int)strspn(line + strlen(sent_line), "0123456789"),
               line + strlen(sent_line));
  fclose(file);
}
