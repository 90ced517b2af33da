#define _POSIX_C_SOURCE 200809L
#include "longwave/base/available.h"
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

static int64_t least(int64_t a, int64_t b)
{
  return a < b ? a : b;
}

/* The number behind `name` in a file of lines "name number"; with name "", the file's first word.
   -1: none. */
static int64_t number_in(const char *path, const char *name)
{
  char line[256];
  long long number = -1;
  FILE *file = fopen(path, "r");
  if (!file) return -1;
  while (number < 0 && fgets(line, sizeof line, file))
    if (!strncmp(line, name, strlen(name)) && sscanf(line + strlen(name), "%lld", &number) != 1)
      number = -1;
  fclose(file);
  return number;
}

static int64_t meminfo(const char *root)
{
  char path[PATH_ROOM];
  snprintf(path, sizeof path, "%s/proc/meminfo", root);
  int64_t kibibytes = number_in(path, "MemAvailable:");
  return kibibytes < 0 ? INT64_MAX : kibibytes * 1024;
}

/* The files of one version of control groups. */
typedef struct group_kind {
  const char *folder, *limit, *use, *cached;
} group_kind;
static const group_kind version2 = {"/sys/fs/cgroup", "memory.max", "memory.current",
                                    "inactive_file "};
static const group_kind version1 = {"/sys/fs/cgroup/memory", "memory.limit_in_bytes",
                                    "memory.usage_in_bytes", "total_inactive_file "};

/* What one group leaves; no limit reads as "max" or as a number that no memory has. */
static int64_t left_in(const char *root, const group_kind *kind, const char *group)
{
  char path[2 * PATH_ROOM];
  const int64_t no_limit = INT64_C(1) << 60;
  snprintf(path, sizeof path, "%s%s%s/%s", root, kind->folder, group, kind->limit);
  int64_t limit = number_in(path, "");
  snprintf(path, sizeof path, "%s%s%s/%s", root, kind->folder, group, kind->use);
  int64_t use = number_in(path, "");
  snprintf(path, sizeof path, "%s%s%s/memory.stat", root, kind->folder, group);
  int64_t cached = number_in(path, kind->cached);
  if (limit < 0 || limit >= no_limit || use < 0) return INT64_MAX;
  if (cached > 0) use -= least(cached, use);
  return limit > use ? limit - use : 0;
}

/* The group and all it stands in. Inside a container the path may be the host's, of which only the
   last part, or nothing, is there: groups that cannot be read set no bound. */
static int64_t left_above(const char *root, const group_kind *kind, char *group)
{
  int64_t left = INT64_MAX;
  for (char *end; *group; *end = '\0') {
    left = least(left, left_in(root, kind, group));
    end = strrchr(group, '/');
    if (!end) break;
  }
  return least(left, left_in(root, kind, ""));
}

/* "0::/path" is version 2; "4:memory:/path", the controllers a list, version 1. */
static int64_t groups(const char *root)
{
  char path[PATH_ROOM], line[PATH_ROOM];
  int64_t left = INT64_MAX;
  snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
  FILE *file = fopen(path, "r");
  if (!file) return left;
  while (fgets(line, sizeof line, file)) {
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group) continue;
    *group++ = '\0';
    group[strcspn(group, "\n")] = '\0';
    if (!strcmp(controllers, ":"))
      left = least(left, left_above(root, &version2, group));
    else if (strstr(controllers, "memory"))
      left = least(left, left_above(root, &version1, group));
  }
  fclose(file);
  return left;
}

int64_t lw_available_node(const char *root)
{
  return least(meminfo(root), groups(root));
}

int64_t lw_available_process(void)
{
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur == RLIM_INFINITY) return INT64_MAX;
  int64_t pages = number_in("/proc/self/statm", "");
  int64_t use = pages < 0 ? 0 : pages * sysconf(_SC_PAGESIZE);
  int64_t whole = limit.rlim_cur > (rlim_t)INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
  return whole > use ? whole - use : 0;
}
