/* A library for LD_PRELOAD that lets calls of the C library fail, as a full, sick or odd file system
 * would. fault.h tells how tests ask for it; $LONGWAVE_FAULTS holds the rules, one after the other:
 *
 *   CALL [path=PART] [after=N] [times=M] [rank=R] [errno=NAME | nap=MILLISECONDS | short];
 *
 * A call matches when its path, or that of its open file, contains PART. The first N matching calls
 * pass, the next M (without it: all) are struck: they fail with errno (without it: EIO), or take a
 * nap and pass, or write only half. Counted in each process by itself. */
#define _GNU_SOURCE
#undef _FORTIFY_SOURCE   /* its inline functions have the names of ours */
#undef _FILE_OFFSET_BITS /* both open and open64 are wanted */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { RULES_MAX = 8, PART_MAX = 128, PATH_ROOM = 4096 };

typedef enum blow { FAIL, NAP, SHORT } blow;

typedef struct rule {
  char call[24], part[PART_MAX];
  long after, times, rank; /* -1: any */
  long seen;
  blow blow;
  int reason;
  long nap; /* milliseconds */
} rule;

static rule rules[RULES_MAX];
static int rule_count = -1; /* not read yet */

static int reason_of(const char *name)
{
  static const struct {
    const char *name;
    int code;
  } known[] = {{"EACCES", EACCES}, {"EAGAIN", EAGAIN},   {"EDQUOT", EDQUOT}, {"EEXIST", EEXIST},
               {"EFBIG", EFBIG},   {"EINTR", EINTR},     {"EINVAL", EINVAL}, {"EIO", EIO},
               {"EMFILE", EMFILE}, {"ENOENT", ENOENT},   {"ENOLCK", ENOLCK}, {"ENOSPC", ENOSPC},
               {"ENOSYS", ENOSYS}, {"ENOTSUP", ENOTSUP}, {"EOPNOTSUPP", EOPNOTSUPP}, {"EPERM", EPERM},
               {"EROFS", EROFS}, {"ESTALE", ESTALE}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (!strcmp(known[i].name, name)) return known[i].code;
  fprintf(stderr, "fault.c knows no errno '%s'\n", name);
  _exit(99);
}

static void read_word(rule *r, const char *word)
{
  const char *value = strchr(word, '=');
  value = value ? value + 1 : "";
  if (!strncmp(word, "path=", 5))
    snprintf(r->part, sizeof r->part, "%s", value);
  else if (!strncmp(word, "after=", 6))
    r->after = strtol(value, NULL, 10);
  else if (!strncmp(word, "times=", 6))
    r->times = strtol(value, NULL, 10);
  else if (!strncmp(word, "rank=", 5))
    r->rank = strtol(value, NULL, 10);
  else if (!strncmp(word, "errno=", 6))
    r->reason = reason_of(value);
  else if (!strncmp(word, "nap=", 4))
    r->blow = NAP, r->nap = strtol(value, NULL, 10);
  else if (!strcmp(word, "short"))
    r->blow = SHORT;
  else
    snprintf(r->call, sizeof r->call, "%s", word);
}

static void read_rules(void)
{
  static char text[4096];
  char *line_place, *word_place;
  rule_count = 0;
  snprintf(text, sizeof text, "%s", getenv("LONGWAVE_FAULTS") ? getenv("LONGWAVE_FAULTS") : "");
  for (char *line = strtok_r(text, ";", &line_place); line && rule_count < RULES_MAX;
       line = strtok_r(NULL, ";", &line_place)) {
    rule r = {.times = -1, .rank = -1, .reason = EIO};
    for (char *word = strtok_r(line, " ", &word_place); word;
         word = strtok_r(NULL, " ", &word_place))
      read_word(&r, word);
    rules[rule_count++] = r;
  }
}

static bool concerns(const rule *r, const char *call, const char *path)
{
  const char *rank = getenv("OMPI_COMM_WORLD_RANK");
  if (strcmp(r->call, call) != 0 || !strstr(path, r->part)) return false;
  return r->rank < 0 || (rank ? strtol(rank, NULL, 10) : 0) == r->rank;
}

/* The rule that strikes this call now, or NULL; naps are slept here. */
static const rule *strike(const char *call, const char *path)
{
  if (rule_count < 0) read_rules();
  for (int i = 0; i < rule_count; i++) {
    rule *r = &rules[i];
    if (!concerns(r, call, path)) continue;
    const long turn = __atomic_fetch_add(&r->seen, 1, __ATOMIC_RELAXED);
    if (turn < r->after || (r->times >= 0 && turn >= r->after + r->times)) continue;
    if (r->blow != NAP) return r;
    nanosleep(&(struct timespec){r->nap / 1000, r->nap % 1000 * 1000000}, NULL);
  }
  return NULL;
}

/* Whether the call must fail; errno is set. */
static bool fails(const char *call, const char *path)
{
  const rule *r = strike(call, path);
  if (r) errno = r->reason;
  return r != NULL;
}

static const char *path_of(int file)
{
  static __thread char path[PATH_ROOM];
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  path[length > 0 ? length : 0] = 0;
  return path;
}

/* Bytes a write may take: all, or half of them; -1 with errno when it must fail. */
static ssize_t allowed(int file, size_t bytes)
{
  const int before = errno;
  const rule *r = strike("write", path_of(file));
  errno = before;
  if (!r) return (ssize_t)bytes;
  if (r->blow == SHORT) return (ssize_t)((bytes + 1) / 2);
  errno = r->reason;
  return -1;
}

/* `real`: the function of this name that would have been called without us. */
#define REAL(name)                                                                                 \
  __typeof__(&name) real;                                                                          \
  *(void **)&real = dlsym(RTLD_NEXT, #name)

/* ---- opening: "open" ---- */

#define OPEN(name)                                                                                 \
  int name(const char *path, int flags, ...)                                                       \
  {                                                                                                \
    REAL(name);                                                                                    \
    va_list rest;                                                                                  \
    va_start(rest, flags);                                                                         \
    const mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;                \
    va_end(rest);                                                                                  \
    return fails("open", path) ? -1 : real(path, flags, mode);                                     \
  }
OPEN(open)
OPEN(open64)

#define FOPEN(name)                                                                                \
  FILE *name(const char *path, const char *mode)                                                   \
  {                                                                                                \
    REAL(name);                                                                                    \
    return fails("open", path) ? NULL : real(path, mode);                                          \
  }
FOPEN(fopen)
FOPEN(fopen64)

/* ---- reading: "read" ---- */

ssize_t read(int file, void *data, size_t bytes)
{
  REAL(read);
  return fails("read", path_of(file)) ? -1 : real(file, data, bytes);
}

#define PREAD(name, place)                                                                         \
  ssize_t name(int file, void *data, size_t bytes, place at)                                       \
  {                                                                                                \
    REAL(name);                                                                                    \
    return fails("read", path_of(file)) ? -1 : real(file, data, bytes, at);                        \
  }
PREAD(pread, off_t)
PREAD(pread64, off64_t)

/* ---- writing: "write" ---- */

ssize_t write(int file, const void *data, size_t bytes)
{
  REAL(write);
  const ssize_t now = allowed(file, bytes);
  return now < 0 ? -1 : real(file, data, (size_t)now);
}

#define PWRITE(name, place)                                                                        \
  ssize_t name(int file, const void *data, size_t bytes, place at)                                 \
  {                                                                                                \
    REAL(name);                                                                                    \
    const ssize_t now = allowed(file, bytes);                                                      \
    return now < 0 ? -1 : real(file, data, (size_t)now, at);                                       \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

/* The first piece stands for all: half of it is less than was asked for. */
#define PWRITEV(name, place)                                                                       \
  ssize_t name(int file, const struct iovec *pieces, int count, place at)                          \
  {                                                                                                \
    REAL(name);                                                                                    \
    const size_t bytes = count > 0 ? pieces[0].iov_len : 0;                                        \
    const ssize_t now = allowed(file, bytes);                                                      \
    if (now < 0) return -1;                                                                        \
    const struct iovec first = {count > 0 ? pieces[0].iov_base : NULL, (size_t)now};               \
    return (size_t)now < bytes ? real(file, &first, 1, at) : real(file, pieces, count, at);        \
  }
PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)

/* ---- "fsync" of files, "fsync_folder", "fallocate", "lock" ---- */

int fsync(int file)
{
  REAL(fsync);
  struct stat about;
  const bool folder = !fstat(file, &about) && S_ISDIR(about.st_mode);
  return fails(folder ? "fsync_folder" : "fsync", path_of(file)) ? -1 : real(file);
}

#define FALLOCATE(name, place)                                                                     \
  int name(int file, place first, place bytes)                                                     \
  {                                                                                                \
    REAL(name);                                                                                    \
    const int before = errno; /* this call returns its reason */                                   \
    if (!fails("fallocate", path_of(file))) return real(file, first, bytes);                       \
    const int reason = errno;                                                                      \
    errno = before;                                                                                \
    return reason;                                                                                 \
  }
FALLOCATE(posix_fallocate, off_t)
FALLOCATE(posix_fallocate64, off64_t)

#define FCNTL(name)                                                                                \
  int name(int file, int command, ...)                                                             \
  {                                                                                                \
    REAL(name);                                                                                    \
    va_list rest;                                                                                  \
    va_start(rest, command);                                                                       \
    void *argument = va_arg(rest, void *);                                                         \
    va_end(rest);                                                                                  \
    const bool locks = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK;        \
    return locks && fails("lock", path_of(file)) ? -1 : real(file, command, argument);             \
  }
FCNTL(fcntl)
FCNTL(fcntl64)

/* ---- the "clock" that never goes back, as if each look at it came a nap later ---- */

int clock_gettime(clockid_t clock, struct timespec *now)
{
  static long looks;
  REAL(clock_gettime);
  const int code = real(clock, now);
  if (rule_count < 0) read_rules();
  if (code != 0 || clock != CLOCK_MONOTONIC) return code;
  for (int i = 0; i < rule_count; i++)
    if (concerns(&rules[i], "clock", "")) {
      const long late = rules[i].nap * __atomic_add_fetch(&looks, 1, __ATOMIC_RELAXED);
      now->tv_sec += late / 1000;
    }
  return code;
}

/* ---- names: "rename" and "link" by the new one, "symlink", "unlink", "mkdir" ---- */

int rename(const char *old, const char *new)
{
  REAL(rename);
  return fails("rename", new) ? -1 : real(old, new);
}

int link(const char *old, const char *new)
{
  REAL(link);
  return fails("link", new) ? -1 : real(old, new);
}

int symlink(const char *target, const char *path)
{
  REAL(symlink);
  return fails("symlink", path) ? -1 : real(target, path);
}

int unlink(const char *path)
{
  REAL(unlink);
  return fails("unlink", path) ? -1 : real(path);
}

int mkdir(const char *path, mode_t mode)
{
  REAL(mkdir);
  return fails("mkdir", path) ? -1 : real(path, mode);
}
