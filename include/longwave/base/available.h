/** Memory that processes on this node may still take before the system ends one of them, and time
 *  of its processors. Linux only; what cannot be read sets no bound. Local. */
#ifndef LONGWAVE_BASE_AVAILABLE_H
#define LONGWAVE_BASE_AVAILABLE_H

#include <stdint.h>

/** Bytes for all processes of this one's control group together: the least of what the node has
 *  available (/proc/meminfo) and, for the group and those it stands in, limit minus use without
 *  what is only cached files (control groups v2 and v1); INT64_MAX when nothing is known. root: the
 *  prefix of /proc and /sys, "" except in tests. */
int64_t lw_available_node(const char *root);

/** Cores whose time all processes of this one's control group may take together (cpu.max, or in
 *  version 1 cpu.cfs_quota_us), rounded down, at least 1, the least of the group and those it
 *  stands in; INT64_MAX without such a quota. A container whose CPUs are limited by time still sees
 *  all of the node's. */
int64_t lw_available_cores(const char *root);

/** Bytes of address space that this process may still take (RLIMIT_AS); INT64_MAX without limit. */
int64_t lw_available_process(void);

#endif
