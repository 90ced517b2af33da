#define _XOPEN_SOURCE 700
#include "longwave/run/named.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/run/newest.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- telling apart ---- */

static bool has(const char *folder, const char *name)
{
  char path[LW_PATH_MAX];
  return lw_folder_path(folder, name, path) == LW_OK && access(path, F_OK) == 0;
}

static bool is_run(const char *folder)
{
  return (has(folder, "job.yaml") && has(folder, "lives.csv")) || lw_newest_any(folder);
}

static void drop_slashes(char *path)
{
  for (size_t end = strlen(path); end > 1 && path[end - 1] == '/';) path[--end] = 0;
}

/* "runs/mine/job.yaml" to "runs/mine", "job.yaml" to ".", if the last part is `name` or, with name
   NULL, any. folder [LW_TEXT_MAX] in and out. */
static bool split_name(char *folder, const char *name)
{
  char *slash = strrchr(folder, '/');
  if (name && strcmp(slash ? slash + 1 : folder, name) != 0) return false;
  if (!slash)
    snprintf(folder, LW_TEXT_MAX, ".");
  else
    slash[slash == folder] = 0;
  return true;
}

/* Whether the folder is that of a run's checkpoints: then *folder is the run's. */
static bool is_inside(char *folder)
{
  char outer[LW_TEXT_MAX], again[LW_PATH_MAX];
  struct stat one, other;
  snprintf(outer, sizeof outer, "%s", folder);
  if (!split_name(outer, "checkpoints") &&
      snprintf(outer, sizeof outer, "%.*s/..", LW_TEXT_MAX - 4, folder) >= (int)sizeof outer)
    return false;
  if (lw_folder_path(outer, "checkpoints", again) != LW_OK || stat(folder, &one) ||
      stat(again, &other) || one.st_dev != other.st_dev || one.st_ino != other.st_ino ||
      !is_run(outer))
    return false;
  memcpy(folder, outer, sizeof outer);
  return true;
}

static lw_named_kind tell_folder(lw_named *named)
{
  return is_run(named->folder) || is_inside(named->folder) ? LW_NAMED_RUN : LW_NAMED_FOLDER;
}

static lw_named_kind tell_file(lw_named *named)
{
  const size_t length = strlen(named->folder);
  const bool hdf5 = length > 3 && !strcmp(named->folder + length - 3, ".h5");
  if (split_name(named->folder, "job.yaml") && is_run(named->folder)) return LW_NAMED_RUN;
  if (hdf5 && split_name(named->folder, NULL) && is_inside(named->folder))
    return LW_NAMED_CHECKPOINT;
  *named->folder = 0;
  return LW_NAMED_FILE;
}

lw_status lw_named_find(const char *word, lw_named *out)
{
  struct stat about;
  *out = (lw_named){.kind = LW_NAMED_NONE};
  const size_t length = strlen(word);
  if (length >= LW_TEXT_MAX)
    return lw_fail(LW_ERROR_INPUT, "the path %s is too long; take a shorter one", word);
  memcpy(out->word, word, length + 1);
  if (stat(word, &about) != 0) return LW_OK;
  memcpy(out->folder, word, length + 1);
  drop_slashes(out->folder);
  out->kind = S_ISDIR(about.st_mode) ? tell_folder(out) : tell_file(out);
  return LW_OK;
}

/* ---- refusals ---- */

enum { LISTED = 8 };

/* The runs right below a folder, by name, at most LISTED, then "..."; returns how many there are.
   text [room] out */
static int list_runs(const char *folder, char *text, size_t room)
{
  struct dirent **entries = NULL;
  char path[LW_PATH_MAX];
  int runs = 0;
  lw_text list = lw_text_in(text, room);
  const int count = scandir(folder, &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    if (entries[i]->d_name[0] != '.' && lw_folder_path(folder, entries[i]->d_name, path) == LW_OK &&
        is_run(path) && runs++ <= LISTED)
      lw_text_item(&list, ", ", "%s", runs > LISTED ? "..." : path);
    free(entries[i]);
  }
  free(entries);
  return runs;
}

bool lw_named_holds_runs(const lw_named *named)
{
  char text[LW_TEXT_MAX];
  return list_runs(named->folder, text, sizeof text) > 0;
}

lw_status lw_named_refuse(const lw_named *named)
{
  char text[2 * LW_TEXT_MAX] = "";
  if (named->kind == LW_NAMED_NONE)
    return lw_fail(LW_ERROR_INPUT,
                   "there is no file or folder %s; name a run folder, such as runs/demo",
                   named->word);
  if (named->kind == LW_NAMED_CHECKPOINT)
    return lw_fail(LW_ERROR_INPUT, "%s is a checkpoint; name its run folder, %s", named->word,
                   named->folder);
  if (named->kind == LW_NAMED_FILE)
    return lw_fail(LW_ERROR_INPUT,
                   "%s is a file, not a run folder; name a folder such as runs/demo", named->word);
  const int runs = list_runs(named->folder, text, sizeof text);
  if (runs > 0)
    return lw_fail(LW_ERROR_INPUT, "%s is not a run folder, but holds %d run%s: name one (%s)",
                   named->folder, runs, runs > 1 ? "s" : "", text);
  return lw_fail(LW_ERROR_INPUT,
                 "%s is not a run folder: there is no job.yaml in it and no checkpoint; name one "
                 "that 'longwave train' has made",
                 named->folder);
}

/* ---- jobs ---- */

void lw_named_default_run(const char *job, char *run)
{
  const char *slash = strrchr(job, '/'), *name = slash ? slash + 1 : job;
  const char *dot = strrchr(name, '.');
  int length = dot && dot > name ? (int)(dot - name) : (int)strlen(name);
  snprintf(run, LW_TEXT_MAX, "runs/%.*s", length, name);
}

static lw_status job_of_run(const lw_named *named, char *job)
{
  if (!has(named->folder, "job.yaml"))
    return lw_fail(LW_ERROR_INPUT,
                   "there is no job.yaml in %s: 'longwave inspect --job %s >FILE.yaml' writes the "
                   "job of its newest checkpoint; then give FILE.yaml and --run %s",
                   named->folder, named->folder, named->folder);
  if (snprintf(job, LW_TEXT_MAX, "%s/job.yaml", named->folder) >= LW_TEXT_MAX)
    return lw_fail(LW_ERROR_INPUT, "the path %s is too long; take a shorter one", named->folder);
  return LW_OK;
}

/* A folder that was asked for: a run by any of its names, or one that is still to be made. */
static lw_status settle_run(char *run)
{
  lw_named named;
  lw_status status = lw_named_find(run, &named);
  if (status == LW_OK && named.kind == LW_NAMED_RUN) memcpy(run, named.folder, sizeof named.folder);
  drop_slashes(run);
  return status;
}

lw_status lw_named_job(const char *word, char *job, char *run)
{
  lw_named named;
  lw_status status = LW_OK;
  if (*run) LW_TRY(settle_run(run));
  LW_TRY(lw_named_find(word, &named));
  if (named.kind == LW_NAMED_FOLDER || named.kind == LW_NAMED_CHECKPOINT)
    LW_TRY(lw_named_refuse(&named));
  if (named.kind == LW_NAMED_RUN) {
    LW_TRY(job_of_run(&named, job));
    if (!*run) memcpy(run, named.folder, sizeof named.folder);
  } else {
    memcpy(job, named.word, sizeof named.word);
    if (!*run) lw_named_default_run(word, run);
  }
done:
  return status;
}

/* ---- checkpoints ---- */

/* path [LW_TEXT_MAX] out */
static lw_status pick_of_run(const char *folder, lw_named_pick pick, char *path)
{
  char newest[LW_PATH_MAX], found[LW_PATH_MAX];
  lw_checkpoint_info *info = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&info, 1));
  LW_TRY(lw_newest_find(folder, newest, info));
  if (!*newest)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "the run %s has no checkpoint yet; train it first", folder));
  memcpy(found, newest, sizeof found);
  if (pick == LW_NAMED_BEST) lw_newest_best(folder, &info->progress, found);
  const bool best = pick == LW_NAMED_BEST &&
                    (strcmp(found, newest) != 0 || info->progress.best_step == info->progress.step);
  if (snprintf(path, LW_TEXT_MAX, "%.*s", LW_TEXT_MAX, found) >= LW_TEXT_MAX)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "the path %s is too long; take a shorter one", found));
  lw_log_root(LW_LOG_INFO, "%s: the %s checkpoint is %s", folder, best ? "best" : "newest", path);
done:
  lw_mem_give(info);
  return status;
}

static lw_status pick_local(const char *word, lw_named_pick pick, char *path)
{
  lw_named named;
  lw_status status = LW_OK;
  LW_TRY(lw_named_find(word, &named));
  if (named.kind == LW_NAMED_FOLDER) LW_TRY(lw_named_refuse(&named));
  if (named.kind == LW_NAMED_RUN)
    LW_TRY(pick_of_run(named.folder, pick, path));
  else
    memcpy(path, named.word, sizeof named.word);
done:
  return status;
}

lw_status lw_named_checkpoint(const lw_world *world, const char *word, lw_named_pick pick,
                              char *path)
{
  lw_status status = LW_OK;
  LW_TRY_ON_ROOT(world, pick_local(word, pick, path));
  lw_broadcast(world, path, LW_TEXT_MAX);
done:
  return status;
}
