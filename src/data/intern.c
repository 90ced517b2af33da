#include "intern.h"
#include "longwave/base/hash.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include <assert.h>
#include <string.h>

enum { SLOTS_LEAST = 64 };

const char *lw_intern_at(const lw_intern *names, int64_t number)
{
  assert(number >= 0 && number < names->count);
  return names->bytes + names->first[number];
}

/* The slot of a name: its own, or the empty one where it belongs. */
static int64_t slot_of(const lw_intern *names, const char *name)
{
  const int64_t mask = names->slots - 1;
  int64_t at = (int64_t)lw_hash_text(LW_HASH_BEGIN, name) & mask;
  while (names->slot[at] && strcmp(lw_intern_at(names, names->slot[at] - 1), name) != 0)
    at = (at + 1) & mask;
  return at;
}

int32_t lw_intern_find(const lw_intern *names, const char *name)
{
  return names->slots ? names->slot[slot_of(names, name)] - 1 : -1;
}

/* At most half of the slots are in use. */
static lw_status make_slots(lw_intern *names)
{
  if (2 * (names->count + 1) <= names->slots) return LW_OK;
  int32_t *slot = NULL;
  const int64_t slots = names->slots ? 2 * names->slots : SLOTS_LEAST;
  lw_status status = LW_TAKE(&slot, slots);
  if (status != LW_OK) return status;
  lw_mem_give(names->slot);
  names->slot = slot;
  names->slots = slots;
  for (int64_t i = 0; i < names->count; i++)
    slot[slot_of(names, lw_intern_at(names, i))] = (int32_t)i + 1;
  return LW_OK;
}

lw_status lw_intern_add(lw_intern *names, const char *name, int32_t *number)
{
  const int64_t bytes = (int64_t)strlen(name) + 1;
  lw_status status = LW_OK;
  *number = lw_intern_find(names, name);
  if (*number >= 0) return LW_OK;
  if (names->count >= INT32_MAX)
    return lw_fail(LW_ERROR_INPUT, "there are more than %d different names", INT32_MAX);
  LW_TRY(make_slots(names));
  LW_TRY(LW_EXTEND(&names->bytes, &names->room, names->used, names->used + bytes));
  LW_TRY(LW_EXTEND(&names->first, &names->first_room, names->count, names->count + 1));
  memcpy(names->bytes + names->used, name, (size_t)bytes);
  names->first[names->count] = names->used;
  names->used += bytes;
  const int64_t at = slot_of(names, name);
  *number = (int32_t)names->count++;
  names->slot[at] = *number + 1;
done:
  return status;
}

void lw_intern_done(lw_intern *names)
{
  lw_mem_give(names->bytes);
  lw_mem_give(names->first);
  lw_mem_give(names->slot);
  *names = (lw_intern){0};
}

static lw_status add_all(lw_intern *names, const char *bytes, int64_t used)
{
  lw_status status = LW_OK;
  int32_t number;
  for (const char *name = bytes; status == LW_OK && name < bytes + used; name += strlen(name) + 1)
    status = lw_intern_add(names, name, &number);
  return status;
}

lw_status lw_intern_union(const lw_world *world, const lw_intern *own, lw_intern *all)
{
  char *bytes = NULL;
  lw_status status = LW_OK;
  for (int rank = 0; rank < world->size; rank++) {
    int64_t used = own->used;
    lw_broadcast_from(world, rank, &used, sizeof used);
    LW_TRY_TOGETHER(world, LW_TAKE(&bytes, used));
    if (rank == world->rank && used) memcpy(bytes, own->bytes, (size_t)used);
    lw_broadcast_from(world, rank, bytes, used);
    LW_TRY_TOGETHER(world, add_all(all, bytes, used));
    lw_mem_give(bytes);
    bytes = NULL;
  }
done:
  lw_mem_give(bytes);
  return status;
}
