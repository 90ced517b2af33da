/* Memory that is left, read from copies of the system's files. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/base/available.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define ROOM (TEMP_FOLDER_MAX + 128)
static char root[TEMP_FOLDER_MAX];

/* A file under the root, with its folders. */
static void put(const char *name, const char *text)
{
  char path[ROOM];
  snprintf(path, sizeof path, "%s%s", root, name);
  for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')); *at++ = '/') {
    *at = '\0';
    mkdir(path, 0700);
  }
  FILE *file = fopen(path, "w");
  cr_assert(file && fputs(text, file) >= 0 && !fclose(file), "cannot write %s", path);
}

static void begin(void)
{
  cr_assert(temp_folder_make(root));
  put("/proc/meminfo", "MemTotal: 9000 kB\nMemFree:  1 kB\nMemAvailable:   4000 kB\n");
}

Test(available, is_what_the_node_has_where_nothing_limits)
{
  begin();
  cr_assert_eq(lw_available_node(root), 4000 * 1024);
  put("/proc/self/cgroup", "0::/a/b\n");
  cr_assert_eq(lw_available_node(root), 4000 * 1024, "groups without files");
  put("/sys/fs/cgroup/a/b/memory.max", "max\n");
  put("/sys/fs/cgroup/a/b/memory.current", "17\n");
  cr_assert_eq(lw_available_node(root), 4000 * 1024, "a group without limit");
  cr_assert(temp_folder_remove(root));
}

Test(available, is_the_least_of_a_group_and_those_above_it)
{
  begin();
  put("/proc/self/cgroup", "9:name=systemd:/x\n0::/a/b\n");
  put("/sys/fs/cgroup/a/b/memory.max", "3000000\n");
  put("/sys/fs/cgroup/a/b/memory.current", "1000000\n");
  cr_assert_eq(lw_available_node(root), 2000000);
  put("/sys/fs/cgroup/a/b/memory.stat", "anon 5\ninactive_file 400000\nactive_file 3\n");
  cr_assert_eq(lw_available_node(root), 2400000, "cached files can go");
  put("/sys/fs/cgroup/a/memory.max", "2500000\n");
  put("/sys/fs/cgroup/a/memory.current", "1500000\n");
  cr_assert_eq(lw_available_node(root), 1000000);
  put("/sys/fs/cgroup/a/memory.current", "2600000\n");
  cr_assert_eq(lw_available_node(root), 0);
  cr_assert(temp_folder_remove(root));
}

Test(available, knows_the_first_version_of_groups)
{
  begin();
  put("/proc/self/cgroup", "5:devices:/d\n4:memory:/of/host\n0::/\n");
  put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  put("/sys/fs/cgroup/memory/memory.usage_in_bytes", "1000\n");
  cr_assert_eq(lw_available_node(root), 4000 * 1024, "no limit");
  put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "5000\n");
  put("/sys/fs/cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 300\n");
  cr_assert_eq(lw_available_node(root), 4300, "inside a container the group is the root");
  cr_assert(temp_folder_remove(root));
}

Test(available, cores_are_those_of_the_least_quota_above)
{
  begin();
  cr_assert_eq(lw_available_cores(root), INT64_MAX);
  put("/proc/self/cgroup", "0::/a/b\n");
  put("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  cr_assert_eq(lw_available_cores(root), INT64_MAX);
  put("/sys/fs/cgroup/a/cpu.max", "250000 100000\n");
  cr_assert_eq(lw_available_cores(root), 2, "a group above, rounded down");
  put("/sys/fs/cgroup/a/b/cpu.max", "50000 100000\n");
  cr_assert_eq(lw_available_cores(root), 1, "never none");
  put("/sys/fs/cgroup/a/b/cpu.max", "");
  put("/sys/fs/cgroup/cpu.max", "100000 100000\n");
  cr_assert_eq(lw_available_cores(root), 1, "inside a container the group is the root");
  cr_assert(temp_folder_remove(root));
}

Test(available, cores_of_the_first_version_of_groups)
{
  begin();
  put("/proc/self/cgroup", "5:cpuset:/s\n4:cpu,cpuacct:/d/e\n3:cpuacct:/x\n");
  put("/sys/fs/cgroup/cpuset/s/cpu.cfs_quota_us", "100000\n");
  put("/sys/fs/cgroup/cpuset/s/cpu.cfs_period_us", "100000\n");
  cr_assert_eq(lw_available_cores(root), INT64_MAX, "cpuset is another controller");
  put("/sys/fs/cgroup/cpu,cpuacct/d/cpu.cfs_quota_us", "300000\n");
  put("/sys/fs/cgroup/cpu,cpuacct/d/cpu.cfs_period_us", "100000\n");
  put("/sys/fs/cgroup/cpu,cpuacct/d/e/cpu.cfs_quota_us", "-1\n");
  put("/sys/fs/cgroup/cpu,cpuacct/d/e/cpu.cfs_period_us", "100000\n");
  cr_assert_eq(lw_available_cores(root), 3);
  put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "200000\n");
  put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  cr_assert_eq(lw_available_cores(root), 2, "by its other name, inside a container");
  cr_assert(temp_folder_remove(root));
}

Test(available, is_without_bound_where_nothing_is_known)
{
  cr_assert(temp_folder_make(root));
  cr_assert_eq(lw_available_node(root), INT64_MAX);
  cr_assert(temp_folder_remove(root));
}

Test(available, obeys_the_limit_of_the_process)
{
  struct rlimit limit;
  cr_assert_eq(getrlimit(RLIMIT_AS, &limit), 0);
  if (limit.rlim_max != RLIM_INFINITY) cr_skip("there is a limit already");
  cr_assert_eq(lw_available_process(), INT64_MAX);
  limit.rlim_cur = (rlim_t)1 << 46; /* sanitizers take 2^44 and more */
  cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
  int64_t left = lw_available_process();
  cr_assert(left > INT64_C(1) << 45 && left < INT64_C(1) << 46, "%lld", (long long)left);
}
