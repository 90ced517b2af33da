#include "sample_set.h"
#include "longwave/base/hash.h"
#include "longwave/base/mem.h"
#include <string.h>

enum { FIRST_ROOM = 1024 };

/* The low bits choose the slot, so the high ones are folded in. */
static uint64_t hash_of(const uint8_t *bytes, int64_t count)
{
  const uint64_t hash = lw_hash_bytes(bytes, count);
  return hash ^ hash >> 32;
}

static bool same(const lw_sample_set *set, const lw_sample_slot *slot, const uint8_t *bytes,
                 int64_t count)
{
  const lw_samples *samples = &set->samples[slot->split];
  int64_t first = samples->offsets[slot->sample - 1];
  return samples->offsets[slot->sample] - first == count &&
         !memcmp(samples->bytes + first, bytes, (size_t)count);
}

int lw_sample_set_find(const lw_sample_set *set, const uint8_t *bytes, int64_t count)
{
  if (!set->count) return -1;
  uint64_t hash = hash_of(bytes, count), mask = (uint64_t)set->room - 1;
  for (uint64_t i = hash & mask; set->slots[i].sample; i = (i + 1) & mask)
    if (set->slots[i].hash == hash && same(set, &set->slots[i], bytes, count))
      return set->slots[i].split;
  return -1;
}

static void put_into(lw_sample_slot *slots, int64_t room, lw_sample_slot slot)
{
  uint64_t mask = (uint64_t)room - 1, i = slot.hash & mask;
  while (slots[i].sample) i = (i + 1) & mask;
  slots[i] = slot;
}

static lw_status grow(lw_sample_set *set)
{
  lw_sample_slot *more = NULL;
  int64_t room = set->room ? 2 * set->room : FIRST_ROOM;
  lw_status status = LW_TAKE(&more, room);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < set->room; i++)
    if (set->slots[i].sample) put_into(more, room, set->slots[i]);
  lw_mem_give(set->slots);
  set->slots = more;
  set->room = room;
  return LW_OK;
}

lw_status lw_sample_set_add(lw_sample_set *set, lw_split split, int64_t sample)
{
  /* at most half full, so that a search ends soon */
  if (2 * (set->count + 1) > set->room) {
    lw_status status = grow(set);
    if (status != LW_OK) return status;
  }
  const lw_samples *samples = &set->samples[split];
  int64_t first = samples->offsets[sample];
  uint64_t hash = hash_of(samples->bytes + first, samples->offsets[sample + 1] - first);
  put_into(set->slots, set->room, (lw_sample_slot){hash, sample + 1, (int32_t)split});
  set->count++;
  return LW_OK;
}

void lw_sample_set_done(lw_sample_set *set)
{
  lw_mem_give(set->slots);
  *set = (lw_sample_set){.samples = set->samples};
}
