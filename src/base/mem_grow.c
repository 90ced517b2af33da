#include "longwave/base/mem.h"
#include <string.h>

enum { LEAST = 32 };

lw_status lw_mem_grow(void **block, int64_t *capacity, int64_t count, int64_t size)
{
  if (*block && count <= *capacity) return LW_OK;
  lw_mem_give(*block);
  *block = NULL;
  *capacity = 0;
  lw_status status = lw_mem_take(count, size, block);
  if (status == LW_OK) *capacity = count;
  return status;
}

lw_status lw_mem_extend(void **block, int64_t *capacity, int64_t used, int64_t count, int64_t size)
{
  void *larger = NULL;
  const int64_t before = *block ? *capacity : 0;
  if (*block && count <= before) return LW_OK;
  const int64_t wanted = count > 2 * before ? count : 2 * before;
  const int64_t room = wanted > LEAST ? wanted : LEAST;
  lw_status status = lw_mem_take(room, size, &larger);
  if (status != LW_OK) return status;
  if (*block) memcpy(larger, *block, (size_t)(used * size));
  lw_mem_give(*block);
  *block = larger;
  *capacity = room;
  return LW_OK;
}

lw_status lw_mem_copy(const char *text, char **out)
{
  const int64_t bytes = (int64_t)strlen(text) + 1;
  lw_status status = LW_TAKE(out, bytes);
  if (status == LW_OK) memcpy(*out, text, (size_t)bytes);
  return status;
}
