#define _POSIX_C_SOURCE 200809L
#include "longwave/run/newest.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const links[] = {"checkpoints/latest.h5", "checkpoints/best.h5"};
enum { LATEST, BEST, LINKS };

/* path [LW_PATH_MAX] out. */
static bool is_there(const char *folder, int link, char *path)
{
  return lw_folder_path(folder, links[link], path) == LW_OK && access(path, F_OK) == 0;
}

static bool has_step(const char *folder, int64_t step, char *path)
{
  return lw_folder_checkpoint(folder, step, path) == LW_OK && access(path, F_OK) == 0;
}

lw_status lw_newest_steps(const lw_world *world, const char *folder, int64_t **steps,
                          int64_t *count)
{
  int64_t *list = NULL, found = 0;
  lw_status status = LW_OK;
  LW_TRY_ON_ROOT(world, lw_folder_steps(folder, &list, &found));
  lw_broadcast(world, &found, (int64_t)sizeof found);
  LW_TRY_TOGETHER(world, world->rank > 0 ? LW_TAKE(&list, found) : LW_OK);
  lw_broadcast(world, list, found * (int64_t)sizeof *list);
  *steps = list;
  *count = found;
  list = NULL;
done:
  lw_mem_give(list);
  return status;
}

/* Of these steps, newest first. *found false: there is none, or each is damaged. */
static lw_status find_step(const char *folder, const int64_t *steps, int64_t count, char *path,
                           lw_checkpoint_info *info, bool *found)
{
  lw_status status = LW_OK;
  *found = false;
  for (int64_t i = 0; i < count && !*found; i++) {
    LW_TRY(lw_folder_checkpoint(folder, steps[i], path));
    status = lw_checkpoint_read_info(path, info);
    *found = status == LW_OK;
    if (status != LW_ERROR_FORMAT) LW_TRY(status);
    if (!*found && i + 1 < count)
      lw_log_root(LW_LOG_WARN, "%s; trying the previous checkpoint", lw_fail_message());
  }
done:
  return status;
}

lw_status lw_newest_find(const char *folder, char *path, lw_checkpoint_info *info)
{
  int64_t *steps = NULL, count = 0;
  bool found = false;
  lw_status status = LW_OK;
  LW_TRY(lw_folder_steps(folder, &steps, &count));
  LW_TRY(find_step(folder, steps, count, path, info, &found));
  if (found) goto done;
  if (is_there(folder, LATEST, path) || is_there(folder, BEST, path))
    LW_TRY(lw_checkpoint_read_info(path, info));
  else
    *path = 0;
done:
  lw_mem_give(steps);
  return status;
}

void lw_newest_best(const char *folder, const lw_progress *newest, char *path)
{
  char best[LW_PATH_MAX];
  /* Not every file system can move the link on. */
  bool there = newest->best_step > 0 && has_step(folder, newest->best_step, best);
  if (!there) there = is_there(folder, BEST, best);
  if (!there && newest->best_step == 0) return;
  if (there)
    memcpy(path, best, sizeof best);
  else
    lw_log_root(LW_LOG_WARN,
                "%s: the best checkpoint, of step %lld, is missing; the newest is used instead",
                folder, (long long)newest->best_step);
}

lw_status lw_newest_shown(const char *folder, lw_checkpoint_info *newest, char *checkpoint)
{
  char path[LW_PATH_MAX];
  lw_status status = lw_newest_find(folder, path, newest);
  if (status != LW_OK) return status;
  if (*path) lw_newest_best(folder, &newest->progress, path);
  if (snprintf(checkpoint, LW_TEXT_MAX, "%.*s", LW_TEXT_MAX, path) >= LW_TEXT_MAX)
    return lw_fail(LW_ERROR_INPUT, "the path %s is too long; use a shorter one", path);
  return LW_OK;
}

bool lw_newest_any(const char *folder)
{
  char path[LW_PATH_MAX];
  int64_t *steps = NULL, count = 0;
  const bool listed = lw_folder_steps(folder, &steps, &count) == LW_OK;
  lw_mem_give(steps);
  return (listed && count > 0) || is_there(folder, LATEST, path) || is_there(folder, BEST, path);
}

static lw_status adopt(const char *folder, int link, lw_checkpoint_info *info, bool *changed)
{
  char copy[LW_PATH_MAX], path[LW_PATH_MAX];
  struct stat about;
  lw_status status = LW_OK;
  LW_TRY(lw_folder_path(folder, links[link], copy));
  if (lstat(copy, &about) != 0 || !S_ISREG(about.st_mode)) goto done;
  status = lw_checkpoint_read_info(copy, info);
  if (status == LW_ERROR_FORMAT) return LW_OK;
  LW_TRY(status);
  if (has_step(folder, info->progress.step, path)) goto done;
  if (rename(copy, path))
    LW_TRY(lw_fail(LW_ERROR_FILE, "cannot rename %s: %s", copy, lw_reason(errno)));
  *changed = true;
done:
  return status;
}

lw_status lw_newest_adopt(const char *folder, bool *changed)
{
  lw_checkpoint_info *info = NULL;
  lw_status status = LW_OK;
  *changed = false;
  LW_TRY(LW_TAKE(&info, 1));
  for (int link = 0; link < LINKS; link++) LW_TRY(adopt(folder, link, info, changed));
done:
  lw_mem_give(info);
  return status;
}
