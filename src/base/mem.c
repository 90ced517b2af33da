#define _POSIX_C_SOURCE 200809L
#include "longwave/base/mem.h"
#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A header before each block remembers its size and keeps the block aligned. */
enum { HEADER = LW_MEM_ALIGNMENT };
static_assert(HEADER >= sizeof(int64_t), "the size of a block has room in its header");
static _Atomic int64_t live, peak;

lw_status lw_mem_take(int64_t count, int64_t size, void **out)
{
  if (count < 0 || size <= 0 || count > (INT64_MAX - 2 * HEADER) / size)
    return lw_fail(LW_ERROR_MEMORY, "cannot allocate %lld items of %lld bytes", (long long)count,
                   (long long)size);
  int64_t bytes = count * size;
  int64_t room = (bytes + HEADER - 1) / HEADER * HEADER + HEADER;
  char *block = aligned_alloc(HEADER, (size_t)room);
  if (!block)
    return lw_fail(LW_ERROR_MEMORY,
                   "out of memory: %.1f MiB requested with %.1f MiB in use; use a smaller batch or "
                   "model, or more ranks",
                   (double)bytes / 1048576.0, (double)live / 1048576.0);
  memset(block, 0, (size_t)room);
  memcpy(block, &bytes, sizeof bytes);
  int64_t now = atomic_fetch_add(&live, bytes) + bytes;
  for (int64_t seen = peak; now > seen && !atomic_compare_exchange_weak(&peak, &seen, now);) {
  }
  *out = block + HEADER;
  return LW_OK;
}

void lw_mem_give(void *block)
{
  if (!block) return;
  char *start = (char *)block - HEADER;
  int64_t bytes;
  memcpy(&bytes, start, sizeof bytes);
  atomic_fetch_sub(&live, bytes);
  free(start);
}

int64_t lw_mem_live(void)
{
  return live;
}

int64_t lw_mem_peak(void)
{
  return peak;
}
