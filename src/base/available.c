#define _POSIX_C_SOURCE 200809L
#include "longwave/base/available.h"
#include "longwave/base/whole.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

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

/* ---- control groups ---- */

/* What one group allows: a number of something, or INT64_MAX. */
typedef int64_t allowance(const char *root, const char *folder, const char *group);

/* The number in a file of a group; -1: none. */
static int64_t group_number(const char *root, const char *folder, const char *group,
                            const char *file, const char *name)
{
  char path[2 * PATH_ROOM];
  snprintf(path, sizeof path, "%s%s%s/%s", root, folder, group, file);
  return number_in(path, name);
}

/* "No limit" is written as "max", or as a number larger than any memory. */
static int64_t left_of(int64_t limit, int64_t use, int64_t cached)
{
  const int64_t no_limit = INT64_C(1) << 60;
  if (limit < 0 || limit >= no_limit || use < 0) return INT64_MAX;
  if (cached > 0) use -= lw_smaller(cached, use);
  return limit > use ? limit - use : 0;
}

static int64_t memory2(const char *root, const char *folder, const char *group)
{
  return left_of(group_number(root, folder, group, "memory.max", ""),
                 group_number(root, folder, group, "memory.current", ""),
                 group_number(root, folder, group, "memory.stat", "inactive_file "));
}

static int64_t memory1(const char *root, const char *folder, const char *group)
{
  return left_of(group_number(root, folder, group, "memory.limit_in_bytes", ""),
                 group_number(root, folder, group, "memory.usage_in_bytes", ""),
                 group_number(root, folder, group, "memory.stat", "total_inactive_file "));
}

/* Whole cores, at least one: a thread that has only half a core would make the others wait. */
static int64_t cores_of(int64_t quota, int64_t period)
{
  if (quota <= 0 || period <= 0) return INT64_MAX;
  return quota > period ? quota / period : 1;
}

/* "200000 100000", or "max 100000" */
static int64_t cores2(const char *root, const char *folder, const char *group)
{
  char path[2 * PATH_ROOM];
  long long quota = -1, period = -1;
  snprintf(path, sizeof path, "%s%s%s/cpu.max", root, folder, group);
  FILE *file = fopen(path, "r");
  if (!file) return INT64_MAX;
  if (fscanf(file, "%lld %lld", &quota, &period) != 2) quota = -1;
  fclose(file);
  return cores_of(quota, period);
}

static int64_t cores1(const char *root, const char *folder, const char *group)
{
  return cores_of(group_number(root, folder, group, "cpu.cfs_quota_us", ""),
                  group_number(root, folder, group, "cpu.cfs_period_us", ""));
}

/* The group and all groups that contain it. Inside a container the path may be the host's, and only
   its last part, or nothing of it, may exist: groups that cannot be read set no bound. */
static int64_t least_above(const char *root, const char *folder, const char *full,
                           allowance *allowed)
{
  char group[PATH_ROOM];
  int64_t left = INT64_MAX;
  snprintf(group, sizeof group, "%s", full);
  for (char *end; *group; *end = '\0') {
    left = lw_smaller(left, allowed(root, folder, group));
    end = strrchr(group, '/');
    if (!end) break;
  }
  return lw_smaller(left, allowed(root, folder, ""));
}

/* Whether a list "cpu,cpuacct" has the controller. */
static bool lists(const char *controllers, const char *controller)
{
  const size_t length = strlen(controller);
  for (const char *at = controllers; (at = strstr(at, controller)); at += length)
    if ((at == controllers || at[-1] == ',') && (at[length] == ',' || !at[length])) return true;
  return false;
}

/* A line "0::/path" is of version 2; "4:cpu,cpuacct:/path" of version 1, whose folder has the name
   of the list, of one of the list, or both. */
static int64_t groups(const char *root, const char *controller, allowance *version2,
                      allowance *version1)
{
  char path[PATH_ROOM], line[PATH_ROOM], folder[PATH_ROOM];
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
    if (!*++controllers) {
      left = lw_smaller(left, least_above(root, "/sys/fs/cgroup", group, version2));
    } else if (lists(controllers, controller)) {
      snprintf(folder, sizeof folder, "/sys/fs/cgroup/%.200s", controllers);
      left = lw_smaller(left, least_above(root, folder, group, version1));
      snprintf(folder, sizeof folder, "/sys/fs/cgroup/%s", controller);
      left = lw_smaller(left, least_above(root, folder, group, version1));
    }
  }
  fclose(file);
  return left;
}

int64_t lw_available_cores(const char *root)
{
  return groups(root, "cpu", cores2, cores1);
}

int64_t lw_available_node(const char *root)
{
  return lw_smaller(meminfo(root), groups(root, "memory", memory2, memory1));
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
