#define _POSIX_C_SOURCE 200809L
#include "longwave/run/folder.h"
#include "longwave/base/aside.h"
#include "longwave/base/input.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/base/whole.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static lw_status fail(const char *what, const char *path)
{
  return lw_fail(LW_ERROR_FILE, "cannot %s %s: %s", what, path, lw_reason(errno));
}

lw_status lw_folder_path(const char *folder, const char *name, char *path)
{
  int length = snprintf(path, LW_PATH_MAX, "%s/%s", folder, name);
  if (length >= LW_PATH_MAX)
    return lw_fail(LW_ERROR_INPUT,
                   "the path %s/%s is too long"
                   "; choose a shorter folder",
                   folder, name);
  return LW_OK;
}

lw_status lw_folder_checkpoint(const char *folder, int64_t step, char *path)
{
  char name[64];
  snprintf(name, sizeof name, "checkpoints/step-%08lld.h5", (long long)step);
  return lw_folder_path(folder, name, path);
}

/* mkdir -p; who may write there is the business of umask. */
static lw_status make_folders(char *path)
{
  char *slash = path;
  do {
    slash = strchr(slash + 1, '/');
    if (slash) *slash = 0;
    if (mkdir(path, 0777) && errno != EEXIST) return fail("make the folder", path);
    if (slash) *slash = '/';
  } while (slash);
  return LW_OK;
}

lw_status lw_folder_make(const char *folder)
{
  char path[LW_PATH_MAX];
  lw_status status = lw_folder_path(folder, "", path);
  if (status == LW_OK) path[strlen(folder)] = 0;
  return status == LW_OK ? make_folders(path) : status;
}

lw_status lw_folder_create(const char *folder)
{
  static const char *const names[] = {"checkpoints", "places"};
  char path[LW_PATH_MAX];
  lw_status status = LW_OK;
  for (size_t i = 0; i < sizeof names / sizeof *names && status == LW_OK; i++) {
    status = lw_folder_path(folder, names[i], path);
    if (status == LW_OK) status = make_folders(path);
  }
  return status;
}

/* The text of a small file, or whether it is another. */
static bool holds(const char *path, const char *text)
{
  char piece[4096];
  bool same = true;
  FILE *file = fopen(path, "rb");
  if (!file) return false;
  for (size_t got = sizeof piece; same && got == sizeof piece; text += got) {
    got = fread(piece, 1, sizeof piece, file);
    same = strnlen(text, got) == got && !memcmp(piece, text, got);
  }
  same = same && !ferror(file) && !*text;
  fclose(file);
  return same;
}

lw_status lw_folder_check_inputs(const char *folder, const char *job, bool resume)
{
  static const char *const names[] = {"job.yaml", "metrics.csv", "train.log", "lives.csv"};
  char path[LW_PATH_MAX];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    lw_status status = lw_folder_path(folder, names[i], path);
    if (status != LW_OK) return status;
    const bool own = i == 0 && (resume || holds(path, job));
    if (lw_input_is(path) && !own)
      return lw_fail(LW_ERROR_INPUT,
                     "%s is read by this command, and the run would replace it: choose another "
                     "folder with --run",
                     path);
  }
  return LW_OK;
}

/* The step in "step-00000100.h5", or -1. */
static int64_t step_of(const char *name)
{
  if (strncmp(name, "step-", 5) != 0) return -1;
  char *end;
  errno = 0;
  long long step = strtoll(name + 5, &end, 10);
  return errno || end == name + 5 || strcmp(end, ".h5") != 0 ? -1 : step;
}

static int newest_first(const void *a, const void *b)
{
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return LW_ORDER(y, x);
}

lw_status lw_folder_steps(const char *folder, int64_t **steps, int64_t *count)
{
  char path[LW_PATH_MAX];
  int64_t *list = NULL, found = 0;
  lw_status status = lw_folder_path(folder, "checkpoints", path);
  if (status != LW_OK) return status;
  DIR *directory = opendir(path);
  if (!directory && errno != ENOENT) return fail("read the folder", path);

  int64_t entries = 0;
  while (directory && readdir(directory)) entries++;
  status = LW_TAKE(&list, entries);
  if (directory) rewinddir(directory);
  for (struct dirent *entry; status == LW_OK && directory && found < entries;) {
    if (!(entry = readdir(directory))) break;
    if (step_of(entry->d_name) >= 0) list[found++] = step_of(entry->d_name);
  }
  if (directory) closedir(directory);
  if (status != LW_OK) return status;
  qsort(list, (size_t)found, sizeof *list, newest_first);
  *steps = list;
  *count = found;
  return LW_OK;
}

/* What a rank that died while writing left behind. Only one run writes in a folder at a time. */
static lw_status remove_temporaries(const char *folder)
{
  char path[LW_PATH_MAX], victim[LW_PATH_MAX];
  lw_status status = lw_folder_path(folder, "checkpoints", path);
  if (status != LW_OK) return status;
  DIR *directory = opendir(path);
  if (!directory) return fail("read the folder", path);
  for (struct dirent *entry; status == LW_OK && (entry = readdir(directory));) {
    if (!lw_aside_is_temporary(entry->d_name)) continue;
    status = lw_folder_path(path, entry->d_name, victim);
    if (status == LW_OK) unlink(victim);
  }
  closedir(directory);
  return status;
}

static bool kept(const lw_folder_rule *rule, int64_t age, int64_t step)
{
  return age < rule->keep || step == rule->best || (rule->every > 0 && step % rule->every == 0);
}

lw_status lw_folder_prune(const char *folder, const lw_folder_rule *rule)
{
  char path[LW_PATH_MAX];
  int64_t *steps = NULL, count = 0;
  lw_status status = LW_OK;
  LW_TRY(remove_temporaries(folder));
  LW_TRY(lw_folder_steps(folder, &steps, &count));
  for (int64_t i = 0; i < count; i++) {
    if (kept(rule, i, steps[i])) continue;
    LW_TRY(lw_folder_checkpoint(folder, steps[i], path));
    if (unlink(path) && errno != ENOENT) {
      status = fail("remove", path);
      goto done;
    }
  }
done:
  lw_mem_give(steps);
  return status;
}

lw_status lw_folder_set_aside(const char *folder, int64_t step)
{
  char path[LW_PATH_MAX], aside[LW_PATH_MAX], name[64];
  snprintf(name, sizeof name, "checkpoints/step-%08lld.h5.damaged", (long long)step);
  lw_status status = lw_folder_checkpoint(folder, step, path);
  if (status == LW_OK) status = lw_folder_path(folder, name, aside);
  if (status != LW_OK) return status;
  return rename(path, aside) ? fail("rename", path) : LW_OK;
}

lw_status lw_folder_link(const char *folder, const char *name, int64_t step)
{
  char target[64], link[LW_PATH_MAX], inside[64];
  snprintf(target, sizeof target, "step-%08lld.h5", (long long)step);
  snprintf(inside, sizeof inside, "checkpoints/%.32s", name);
  lw_status status = lw_folder_path(folder, inside, link);
  return status == LW_OK ? lw_aside_link(link, target) : status;
}

int64_t lw_folder_linked(const char *folder, const char *name)
{
  char link[LW_PATH_MAX], target[LW_PATH_MAX], inside[64];
  snprintf(inside, sizeof inside, "checkpoints/%.32s", name);
  if (lw_folder_path(folder, inside, link) != LW_OK) return -1;
  ssize_t length = readlink(link, target, sizeof target - 1);
  if (length < 0) return -1;
  target[length] = 0;
  const char *slash = strrchr(target, '/');
  const int64_t step = step_of(slash ? slash + 1 : target);
  const bool there =
      step >= 0 && lw_folder_checkpoint(folder, step, link) == LW_OK && access(link, F_OK) == 0;
  return there ? step : -1;
}

/* ---- one run at a time ---- */

static lw_status fail_taken(const char *folder, int file)
{
  char who[256] = "";
  ssize_t length = pread(file, who, sizeof who - 1, 0);
  who[length > 0 ? strcspn(who, "\n") : 0] = 0;
  return lw_fail(LW_ERROR_INPUT,
                 "another run writes in %s%s%s: wait for its end, or choose another folder with "
                 "--run",
                 folder, *who ? ": " : "", who);
}

/* For the one who finds the folder taken; the lock itself does not need it. */
static void sign(int file)
{
  char host[128] = "", text[256];
  gethostname(host, sizeof host - 1);
  int length = snprintf(text, sizeof text, "process %ld on %s\n", (long)getpid(), host);
  if (!ftruncate(file, 0)) (void)!pwrite(file, text, (size_t)length, 0);
}

/* A record lock, not flock: NFS passes it on to the server, which frees it when the node is
   lost. */
lw_status lw_folder_lock(const char *folder, double seconds, int *lock)
{
  char path[LW_PATH_MAX];
  const double end = lw_clock() + seconds;
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  lw_status status = lw_folder_path(folder, "lock", path);
  if (status != LW_OK) return status;
  int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0 && errno == EACCES)
    return lw_fail(LW_ERROR_FILE,
                   "cannot open %s: %s; ask its owner to run chmod -R g+w %s, or choose another "
                   "folder with --run",
                   path, strerror(errno), folder);
  if (file < 0) return fail("open", path);
  while (fcntl(file, F_SETLK, &whole)) {
    const bool taken = errno == EACCES || errno == EAGAIN;
    if (taken && lw_clock() < end) {
      nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
      continue;
    }
    if (taken) status = fail_taken(folder, file);
    close(file);
    *lock = -1;
    return status;
  }
  sign(file);
  *lock = file;
  return LW_OK;
}

/* Opening and closing does not matter to a lock that another process holds. */
static lw_status check_lock(const char *folder)
{
  char path[LW_PATH_MAX];
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  lw_status status = lw_folder_path(folder, "lock", path);
  if (status != LW_OK) return status;
  int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return errno == ENOENT || errno == ENOTDIR ? LW_OK : fail("open", path);
  if (!fcntl(file, F_GETLK, &whole) && whole.l_type != F_UNLCK) status = fail_taken(folder, file);
  close(file);
  return status;
}

/* path [LW_PATH_MAX]: becomes the folder above it. false: there is none. */
static bool go_up(char *path)
{
  char *slash = strrchr(path, '/');
  if (!strcmp(path, ".") || !strcmp(path, "/")) return false;
  if (!slash)
    memcpy(path, ".", 2);
  else
    slash[slash == path] = 0;
  return true;
}

lw_status lw_folder_try(const char *folder)
{
  char path[LW_PATH_MAX];
  struct stat about;
  lw_status status = check_lock(folder);
  if (status == LW_OK) status = lw_folder_path(folder, "checkpoints", path);
  if (status != LW_OK) return status;
  while (stat(path, &about) != 0 && errno == ENOENT && go_up(path)) continue;
  if (stat(path, &about) != 0) return fail("make the folder", folder);
  errno = ENOTDIR;
  if (!S_ISDIR(about.st_mode)) return fail("make the folder", folder);
  return access(path, W_OK | X_OK) ? fail("write in the folder", path) : LW_OK;
}

void lw_folder_unlock(int *lock)
{
  if (*lock >= 0) close(*lock);
  *lock = -1;
}

lw_status lw_folder_write(const char *folder, const char *name, const char *text)
{
  char path[LW_PATH_MAX];
  lw_aside aside = LW_ASIDE_NONE;
  lw_status status = lw_folder_path(folder, name, path);
  if (status == LW_OK) status = lw_aside_open_text(path, &aside);
  if (status == LW_OK) fputs(text, aside.stream); /* what fails shows when it is closed */
  return lw_aside_end(&aside, status);
}
