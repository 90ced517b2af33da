#define _POSIX_C_SOURCE 200809L
#include "longwave/base/aside.h"
#include "longwave/base/hash.h"
#include "longwave/base/input.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/base/signals.h"
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* NAME_ROOM: of a name on all usual file systems. TRIES: files of one process aside at once. */
enum { NAME_ROOM = 255, HOST_ROOM = 32, ENDING_ROOM = 80, TRIES = 100 };
static const char mark[] = ".tmp-";

static lw_status fail(const char *path, int reason)
{
  return lw_fail(LW_ERROR_FILE, "cannot write '%s': %s", path, lw_reason(reason));
}

/* ---- signals ---- */

/* The temporary names that are open, for a handler of signals, which has no argument. */
enum { OPEN_MOST = 8 };
static char *volatile open_names[OPEN_MOST];

/* was NULL: the name is there from now on; now NULL: it is gone. */
static void note_open(char *was, char *now)
{
  for (int i = 0; i < OPEN_MOST; i++)
    if (open_names[i] == was) {
      open_names[i] = now;
      return;
    }
}

static void remove_and_leave(int number)
{
  const struct sigaction usual = {.sa_handler = SIG_DFL};
  for (int i = 0; i < OPEN_MOST; i++)
    if (open_names[i]) unlink(open_names[i]);
  sigaction(number, &usual, NULL);
  raise(number); /* ends the process once the handler has returned */
}

void lw_aside_remove_on_signals(void)
{
  lw_signals_catch(remove_and_leave, NULL);
}

/* ---- names ---- */

/* Equal for two processes only if the number of one names it to the other as well: the same host,
   started once, and the same space of process numbers (containers have their own). */
static uint32_t machine_tag(const char *host)
{
  char text[128] = "";
  uint32_t sum = lw_hash_text(LW_HASH_BEGIN, host);
  FILE *boot = fopen("/proc/sys/kernel/random/boot_id", "r");
  if (boot && fgets(text, sizeof text, boot)) sum = lw_hash_text(sum, text);
  if (boot) fclose(boot);
  const ssize_t length = readlink("/proc/self/ns/pid", text, sizeof text - 1);
  text[length > 0 ? length : 0] = 0;
  return lw_hash_text(sum, text);
}

static const char *host_name(char host[HOST_ROOM + 1])
{
  char whole[256] = "";
  gethostname(whole, sizeof whole - 1);
  snprintf(host, HOST_ROOM + 1, "%.*s", HOST_ROOM, whole);
  for (char *c = host; *c; c++)
    if (*c == '/') *c = '_';
  return host;
}

/* The folder of a path and the name in it, as two owned texts in one block. */
typedef struct destination {
  char *block;
  const char *folder, *name;
} destination;

static lw_status destination_of(const char *path, destination *out)
{
  const size_t bytes = strlen(path) + 1;
  lw_status status = LW_TAKE(&out->block, 2 * (int64_t)bytes + 2);
  if (status != LW_OK) return status;
  memcpy(out->block, path, bytes);
  memcpy(out->block + bytes + 1, path, bytes);
  out->folder = dirname(out->block);
  out->name = basename(out->block + bytes + 1);
  return LW_OK;
}

/* What is left of NAME where the ending must fit in, too. */
static int kept_of(const char *name)
{
  const size_t length = strlen(name), most = NAME_ROOM - ENDING_ROOM;
  return (int)(length < most ? length : most);
}

static void write_name(const destination *at, int turn, char *out, size_t room)
{
  char host[HOST_ROOM + 1];
  host_name(host);
  snprintf(out, room, "%s/%.*s%s%08x-%ld-%d-%s", at->folder, kept_of(at->name), at->name, mark,
           (unsigned)machine_tag(host), (long)getpid(), turn, host);
}

bool lw_aside_is_temporary(const char *name)
{
  const char *found = strstr(name, mark);
  const size_t length = strlen(name);
  unsigned tag;
  long process;
  int turn;
  if (length > 4 && !strcmp(name + length - 4, ".tmp")) return true; /* of earlier versions */
  return found && sscanf(found + sizeof mark - 1, "%8x-%ld-%d-", &tag, &process, &turn) == 3;
}

/* A zombie, a process that ended but that its parent has not waited for, counts as gone. */
static bool is_gone(long process)
{
  char path[64], text[512] = "";
  if (kill((pid_t)process, 0) && errno == ESRCH) return true;
  snprintf(path, sizeof path, "/proc/%ld/stat", process);
  FILE *file = fopen(path, "r");
  if (!file) return false;
  text[fread(text, 1, sizeof text - 1, file)] = 0;
  fclose(file);
  const char *name_end = strrchr(text, ')'); /* "17 (name) Z 1 ..." */
  return name_end && (!strncmp(name_end, ") Z", 3) || !strncmp(name_end, ") X", 3));
}

/* Whether `name` is what a process of this machine that is gone left of NAME. */
static bool is_orphan(const char *name, const destination *at, uint32_t own_tag)
{
  const int kept = kept_of(at->name);
  unsigned tag;
  long process;
  if (strncmp(name, at->name, (size_t)kept) != 0) return false;
  if (strncmp(name + kept, mark, sizeof mark - 1) != 0) return false;
  if (sscanf(name + kept + sizeof mark - 1, "%8x-%ld-", &tag, &process) != 2) return false;
  return tag == own_tag && process > 0 && is_gone(process);
}

static void remove_orphans(const destination *at)
{
  char host[HOST_ROOM + 1];
  const uint32_t tag = machine_tag(host_name(host));
  DIR *directory = opendir(at->folder);
  if (!directory) return;
  const int folder = dirfd(directory);
  assert(folder >= 0);
  for (struct dirent *entry; (entry = readdir(directory));)
    if (is_orphan(entry->d_name, at, tag)) unlinkat(folder, entry->d_name, 0);
  closedir(directory);
}

/* ---- on the disk ---- */

/* Not a failure of the disk but a call that the file system does not know. */
static bool is_refusal(int reason)
{
  return reason == EINVAL || reason == ENOTSUP || reason == EOPNOTSUPP || reason == ENOSYS ||
         reason == ENOTTY;
}

lw_status lw_file_sync(int file, const char *path)
{
  static bool told = false;
  int failed;
  do failed = fsync(file);
  while (failed && errno == EINTR);
  if (!failed) return LW_OK;
  if (!is_refusal(errno))
    return lw_fail(LW_ERROR_FILE, "cannot save '%s' on the disk: %s", path, lw_reason(errno));
  if (!told)
    lw_log_root(LW_LOG_WARN,
                "the file system of '%s' cannot tell when a file is on the disk (%s): after a "
                "power failure the newest files may be missing",
                path, lw_reason(errno));
  told = true;
  return LW_OK;
}

/* The new name is valid once it is there; if it may not survive a power failure, that is a
   warning. */
static void sync_folder(const char *folder)
{
  static bool told = false;
  int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool failed = file < 0 || fsync(file);
  const int reason = errno;
  if (file >= 0) close(file);
  if (failed && !told)
    lw_log_root(LW_LOG_WARN,
                "cannot save the file names of folder '%s' on the disk (%s): after a power failure "
                "the newest files may be missing",
                folder, lw_reason(reason));
  told = told || failed;
}

/* ---- a file ---- */

/* Opens a temporary name that nobody has: all but `path` is filled in. */
static lw_status make(const destination *at, lw_aside *aside)
{
  const int64_t room = (int64_t)strlen(at->folder) + NAME_ROOM + 2;
  lw_status status = LW_TAKE(&aside->temporary, room);
  if (status != LW_OK) return status;
  remove_orphans(at);
  for (int turn = 0; turn < TRIES; turn++) {
    write_name(at, turn, aside->temporary, (size_t)room);
    aside->file = open(aside->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (aside->file >= 0) note_open(NULL, aside->temporary);
    if (aside->file >= 0) return LW_OK;
    if (errno != EEXIST) break;
  }
  status = fail(aside->path, errno);
  lw_mem_give(aside->temporary); /* it is not ours to remove */
  aside->temporary = NULL;
  return status;
}

lw_status lw_aside_open(const char *path, lw_aside *out)
{
  lw_aside own = LW_ASIDE_NONE;
  destination at = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_mem_copy(path, &own.path));
  LW_TRY(destination_of(path, &at));
  LW_TRY(make(&at, &own));
  *out = own;
  own = LW_ASIDE_NONE;
done:
  lw_aside_done(&own);
  lw_mem_give(at.block);
  return status;
}

lw_status lw_aside_open_text(const char *path, lw_aside *out)
{
  lw_aside own = LW_ASIDE_NONE;
  lw_status status = lw_aside_open(path, &own);
  if (status != LW_OK) return status;
  assert(own.file >= 0);
  own.stream = fdopen(own.file, "w+");
  if (!own.stream) {
    status = fail(path, errno);
    lw_aside_done(&own);
    return status;
  }
  own.file = -1;
  *out = own;
  return LW_OK;
}

lw_status lw_aside_reserve(const lw_aside *aside, int64_t bytes)
{
  int reason = ftruncate(aside->file, bytes) ? errno : 0;
  if (!reason) do
      reason = posix_fallocate(aside->file, 0, bytes);
    while (reason == EINTR);
  if (!reason || is_refusal(reason)) return LW_OK;
  return lw_fail(LW_ERROR_FILE, "cannot write '%s': reserving %.1f MiB: %s", aside->path,
                 (double)bytes / 1048576.0, lw_reason(reason));
}

lw_status lw_aside_close(lw_aside *aside)
{
  int failed = 0, reason = 0;
  if (aside->stream) {
    failed = ferror(aside->stream);
    reason = failed ? EIO : 0;
    if (fclose(aside->stream)) failed = 1, reason = errno;
  } else if (aside->file >= 0 && close(aside->file)) {
    failed = 1, reason = errno;
  }
  aside->stream = NULL;
  aside->file = -1;
  return failed ? fail(aside->path, reason) : LW_OK;
}

static lw_status sync_open(const lw_aside *aside)
{
  if (aside->stream && (fflush(aside->stream) || ferror(aside->stream)))
    return fail(aside->path, errno);
  const int file = aside->stream ? fileno(aside->stream) : aside->file;
  return file >= 0 ? lw_file_sync(file, aside->path) : LW_OK;
}

static lw_status rename_to(const char *temporary, const char *path)
{
  if (rename(temporary, path))
    return lw_fail(LW_ERROR_FILE, "cannot rename '%s' to '%s': %s", temporary, path,
                   lw_reason(errno));
  return LW_OK;
}

lw_status lw_aside_publish(lw_aside *aside)
{
  destination at = {0};
  lw_status status = LW_OK;
  LW_TRY(destination_of(aside->path, &at));
  LW_TRY(sync_open(aside));
  LW_TRY(lw_aside_close(aside));
  LW_TRY(rename_to(aside->temporary, aside->path));
  lw_input_own(aside->path);
  note_open(aside->temporary, NULL);
  lw_mem_give(aside->temporary);
  aside->temporary = NULL;
  sync_folder(at.folder);
done:
  lw_mem_give(at.block);
  return status;
}

void lw_aside_done(lw_aside *aside)
{
  if (aside->stream) fclose(aside->stream);
  if (aside->file >= 0) close(aside->file);
  if (aside->temporary) unlink(aside->temporary);
  if (aside->temporary) note_open(aside->temporary, NULL);
  lw_mem_give(aside->temporary);
  lw_mem_give(aside->path);
  *aside = LW_ASIDE_NONE;
}

lw_status lw_aside_end(lw_aside *aside, lw_status status)
{
  if (status == LW_OK) status = lw_aside_publish(aside);
  lw_aside_done(aside);
  return status;
}

lw_status lw_aside_link(const char *path, const char *target)
{
  destination at = {0};
  char *temporary = NULL;
  lw_status status = LW_OK;
  LW_TRY(destination_of(path, &at));
  const int64_t room = (int64_t)strlen(at.folder) + NAME_ROOM + 2;
  LW_TRY(LW_TAKE(&temporary, room));
  remove_orphans(&at);
  write_name(&at, 0, temporary, (size_t)room);
  unlink(temporary);
  if (symlink(target, temporary))
    LW_TRY(lw_fail(LW_ERROR_FILE, "cannot make the link '%s': %s", path, lw_reason(errno)));
  status = rename_to(temporary, path);
  if (status != LW_OK) unlink(temporary);
done:
  lw_mem_give(temporary);
  lw_mem_give(at.block);
  return status;
}
