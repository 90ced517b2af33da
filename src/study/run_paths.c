#define _XOPEN_SOURCE 700
#include "longwave/study/run_paths.h"
#include "longwave/run/named.h"
#include "longwave/study/study_order.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/base/temp.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/data/dataset.h"
#include "longwave/run/checkpoint_test.h"
#include "longwave/run/folder.h"
#include "longwave/train/job.h"
#include "longwave/run/kept.h"
#include "longwave/run/newest.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- which ---- */

static bool has(const char *folder, const char *name)
{
  char path[LW_PATH_MAX];
  struct stat about;
  return lw_folder_path(folder, name, path) == LW_OK && stat(path, &about) == 0;
}

/* The same folder by another way is the same run: it must not count as two seeds. */
static bool is_listed(const lw_run_paths *paths, const char *folder)
{
  struct stat one, other;
  if (stat(folder, &one) != 0) return false;
  for (int64_t i = 0; i < paths->count; i++)
    if (stat(paths->path[i], &other) == 0 && one.st_dev == other.st_dev &&
        one.st_ino == other.st_ino)
      return true;
  return false;
}

static lw_status add_path(lw_run_paths *paths, int64_t *room, const char *folder)
{
  if (is_listed(paths, folder)) return LW_OK;
  if (strlen(folder) >= LW_TEXT_MAX)
    return lw_fail(LW_ERROR_INPUT, "the path %s is too long; use a shorter one", folder);
  lw_status status = LW_EXTEND(&paths->path, room, paths->count, paths->count + 1);
  if (status != LW_OK) return status;
  snprintf(paths->path[paths->count++], LW_TEXT_MAX, "%s", folder);
  return LW_OK;
}

typedef struct listing {
  lw_run_paths *paths;
  int64_t *room;
} listing;

static lw_status add_named(void *context, const char *folder)
{
  const listing *to = context;
  return has(folder, "job.yaml") ? add_path(to->paths, to->room, folder) : LW_OK;
}

/* The run folders right below: first those of a study in its order, then the others by name. */
static lw_status add_below(lw_run_paths *paths, int64_t *room, const char *folder, bool *any)
{
  struct dirent **entries = NULL;
  char path[LW_PATH_MAX];
  lw_status status = lw_study_order_each(folder, add_named, &(listing){paths, room});
  const int count = scandir(folder, &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
    if (status == LW_OK && entries[i]->d_name[0] != '.' && has(path, "job.yaml")) {
      status = add_path(paths, room, path);
      *any = true;
    }
    free(entries[i]);
  }
  free(entries);
  return status;
}

static lw_status find_local(const char *const *words, int count, lw_run_paths *paths)
{
  int64_t room = 0;
  lw_named named;
  lw_status status = LW_OK;
  for (int i = 0; i < count; i++) {
    LW_TRY(lw_named_find(words[i], &named));
    bool any = named.kind == LW_NAMED_RUN ||
               (named.kind == LW_NAMED_FOLDER && has(named.folder, "job.yaml"));
    if (any)
      LW_TRY(add_path(paths, &room, named.folder));
    else if (named.kind == LW_NAMED_FOLDER)
      LW_TRY(add_below(paths, &room, named.folder, &any));
    if (!any) LW_TRY(lw_named_refuse(&named));
  }
done:
  return status;
}

lw_status lw_run_paths_find(const lw_world *world, const char *const *words, int count,
                            lw_run_paths *out)
{
  lw_run_paths paths = {0};
  lw_status status = LW_OK;
  if (count == 0) return lw_fail(LW_ERROR_INPUT, "no run folder given, such as runs/mine");
  LW_TRY_ON_ROOT(world, find_local(words, count, &paths));
  lw_broadcast(world, &paths.count, (int64_t)sizeof paths.count);
  if (world->rank > 0) status = LW_TAKE(&paths.path, paths.count);
  LW_TRY_TOGETHER(world, status);
  lw_broadcast(world, paths.path, paths.count * (int64_t)sizeof *paths.path);
  *out = paths;
  paths = (lw_run_paths){0};
done:
  lw_run_paths_done(&paths);
  return status;
}

void lw_run_paths_done(lw_run_paths *paths)
{
  lw_temp_remove(paths->aside);
  lw_mem_give(paths->path);
  *paths = (lw_run_paths){0};
}

/* ---- tests ---- */

static lw_status find_untested(const char *folder, lw_checkpoint_info *info, char *checkpoint,
                               bool *untested)
{
  lw_kept kept = {0};
  lw_dataset *dataset = NULL;
  lw_job *job = NULL;
  bool found = false;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&job, 1));
  LW_TRY(lw_checkpoint_read_info(checkpoint, info));
  LW_TRY(lw_kept_read(folder, LW_SPLIT_TEST, info->checksum, info->data.objective, &kept, &found));
  *untested = false;
  if (found) goto done;
  LW_TRY(lw_job_from_text(job, info->job, checkpoint));
  if (lw_job_open_data(job, &dataset) != LW_OK)
    lw_log_root(LW_LOG_WARN, "%s cannot be tested: %s", folder, lw_fail_message());
  else if (lw_checkpoint_check_data(checkpoint, info, dataset, false) != LW_OK)
    lw_log_root(LW_LOG_WARN, "%s cannot be tested: %s", folder, lw_fail_message());
  else if (lw_dataset_describe(dataset)->checksum != info->data_checksum)
    lw_log_root(LW_LOG_WARN, "%s cannot be tested: %s has been made again since the training",
                folder, job->data.path);
  else
    *untested = lw_dataset_describe(dataset)->count[LW_SPLIT_TEST] > 0;
done:
  lw_kept_done(&kept);
  lw_dataset_close(&dataset);
  lw_mem_give(job);
  return status;
}

lw_status lw_run_untested(const char *folder, char *checkpoint, bool *untested)
{
  lw_checkpoint_info *info = NULL;
  lw_status status = LW_OK;
  *untested = false;
  LW_TRY(LW_TAKE(&info, 1));
  LW_TRY(lw_newest_shown(folder, info, checkpoint));
  if (!*checkpoint) goto done;
  LW_TRY(find_untested(folder, info, checkpoint, untested));
done:
  lw_mem_give(info);
  return status;
}

bool lw_run_passed_over(const char *folder, lw_status *status)
{
  if (*status != LW_ERROR_FORMAT && *status != LW_ERROR_FOREIGN && *status != LW_ERROR_INPUT &&
      *status != LW_ERROR_FILE)
    return false;
  lw_log_root(LW_LOG_WARN, "%s is skipped: %s", folder, lw_fail_message());
  *status = LW_OK;
  return true;
}

lw_status lw_run_paths_aside(const lw_run_paths *paths, int64_t i, char *folder)
{
  char name[32];
  *folder = 0;
  if (!*paths->aside) return LW_OK;
  snprintf(name, sizeof name, "%lld", (long long)i);
  return lw_folder_path(paths->aside, name, folder);
}

/* Where the test of a run goes that one may only read. folder [LW_PATH_MAX] out: "" where the run
   itself takes it. Root. */
static lw_status choose_place(lw_run_paths *paths, int64_t i, char *folder)
{
  lw_status status = LW_OK;
  *folder = 0;
  if (access(paths->path[i], W_OK) == 0 || (errno != EACCES && errno != EROFS)) goto done;
  lw_log_root(LW_LOG_WARN, "%s is read-only: its test is not kept, and is repeated each time",
              paths->path[i]);
  if (!*paths->aside) LW_TRY(lw_temp_make("tests", paths->aside));
  LW_TRY(lw_run_paths_aside(paths, i, folder));
  if (mkdir(folder, 0777))
    status = lw_fail(LW_ERROR_FILE, "cannot make the folder %s: %s", folder, lw_reason(errno));
done:
  return status;
}

/* The checkpoint of a run to be tested; "": it is tested already, or cannot be. */
typedef struct untested {
  char checkpoint[LW_TEXT_MAX];
} untested;

/* What has been told once would be told again by whoever reads the list: a run that is passed over
   leaves it. Root. list [paths->count] out. Returns how many wait for their test in *count. */
static lw_status find_all_untested(lw_run_paths *paths, untested *list, int64_t *count)
{
  lw_status status = LW_OK;
  *count = 0;
  for (int64_t i = 0; i < paths->count && status == LW_OK;) {
    bool waits;
    status = lw_run_untested(paths->path[i], list[i].checkpoint, &waits);
    if (lw_run_passed_over(paths->path[i], &status)) {
      const int64_t behind = --paths->count - i;
      memmove(paths->path[i], paths->path[i + 1], (size_t)behind * sizeof *paths->path);
      continue;
    }
    if (!waits) *list[i].checkpoint = 0;
    *count += waits;
    i++;
  }
  return status;
}

static lw_status test_path(lw_world *world, lw_run_paths *paths, int64_t i, const char *checkpoint)
{
  char folder[LW_PATH_MAX] = "";
  lw_status status = LW_OK;
  lw_log_root(LW_LOG_INFO, "testing %s", checkpoint);
  LW_TRY_ON_ROOT(world, choose_place(paths, i, folder));
  LW_TRY(lw_checkpoint_test_and_keep(world, checkpoint, LW_SPLIT_TEST, folder));
done:
  return status;
}

lw_status lw_run_paths_test(lw_world *world, lw_run_paths *paths)
{
  untested *list = NULL;
  int64_t count = 0, tested = 0;
  lw_work work = {0};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(&list, paths->count));
  LW_TRY_ON_ROOT(world, find_all_untested(paths, list, &count));
  lw_broadcast(world, &paths->count, (int64_t)sizeof paths->count);
  lw_broadcast(world, paths->path, paths->count * (int64_t)sizeof *paths->path);
  lw_broadcast(world, list, paths->count * (int64_t)sizeof *list);
  lw_work_begin(&work, "testing", "runs", count);
  for (int64_t i = 0; i < paths->count; i++) {
    if (!*list[i].checkpoint) continue;
    LW_TRY(test_path(world, paths, i, list[i].checkpoint));
    lw_work_show(&work, ++tested);
  }
done:
  lw_work_end(&work);
  lw_mem_give(list);
  return status;
}
