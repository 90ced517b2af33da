#include "seen.h"
#include "longwave/base/hash.h"
#include "longwave/base/mem.h"

/* The slot that has the hash, or the free one where it belongs. */
static uint64_t *find(const lw_seen *seen, uint64_t hash)
{
  const uint64_t last = (uint64_t)seen->room - 1;
  uint64_t at = hash & last;
  while (seen->slots[at] && seen->slots[at] != hash) at = (at + 1) & last;
  return &seen->slots[at];
}

static lw_status grow(lw_seen *seen)
{
  lw_seen larger = {.room = seen->room ? 2 * seen->room : 1024, .count = seen->count};
  const lw_status status = LW_TAKE(&larger.slots, larger.room);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < seen->room; i++)
    if (seen->slots[i]) *find(&larger, seen->slots[i]) = seen->slots[i];
  lw_mem_give(seen->slots);
  *seen = larger;
  return LW_OK;
}

lw_status lw_seen_add(lw_seen *seen, const char *text, int64_t length, bool *again)
{
  const uint64_t hash = lw_hash_bytes((const uint8_t *)text, length) | 1;
  const lw_status status = 2 * seen->count >= seen->room ? grow(seen) : LW_OK;
  if (status != LW_OK) return status;
  uint64_t *slot = find(seen, hash);
  *again = *slot != 0;
  seen->count += !*slot;
  *slot = hash;
  return LW_OK;
}

void lw_seen_done(lw_seen *seen)
{
  lw_mem_give(seen->slots);
  *seen = (lw_seen){0};
}
