/* base/mem.h for many ranks in one process. Large blocks hold numbers that nobody computes: ranks
   that ask for the same size get the same memory. */
#include "longwave/base/mem.h"
#include <smpi/smpi.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 64, SHARED = 4 << 20, UNIT = 1 << 16 };

typedef struct header {
  int64_t bytes, shared;
} header;

static int64_t live, peak;

lw_status lw_mem_take(int64_t count, int64_t size, void **out)
{
  int64_t bytes = count * size;
  int64_t room = (bytes + HEADER + UNIT - 1) / UNIT * UNIT;
  const int64_t shared = bytes >= SHARED;
  /* Blocks are known by a name and a number: here the size. */
  char *block = shared ? smpi_shared_malloc((size_t)room, "numbers", (int)(room / UNIT))
                       : aligned_alloc(HEADER, (size_t)(bytes + 2 * HEADER - 1) / HEADER * HEADER);
  if (!block) return lw_fail(LW_ERROR_MEMORY, "no memory for %lld bytes", (long long)bytes);
  if (!shared) memset(block, 0, (size_t)(bytes + HEADER));
  memcpy(block, &(header){bytes, shared}, sizeof(header));
  live += bytes;
  if (live > peak) peak = live;
  *out = block + HEADER;
  return LW_OK;
}

void lw_mem_give(void *block)
{
  if (!block) return;
  char *start = (char *)block - HEADER;
  header own;
  memcpy(&own, start, sizeof own);
  live -= own.bytes;
  if (own.shared)
    smpi_shared_free(start);
  else
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
