/* Names of classes, tokens, channels and numbers. */
#include "dataset_inside.h"
#include "longwave/base/mem.h"
#include <string.h>

/* One text behind those before it. */
static lw_status read_name(const lw_h5 *file, const char *array, int64_t index, lw_names *names,
                           int64_t *used, int64_t *room)
{
  enum { LONGEST = 4096 };
  char text[LONGEST];
  lw_status status = lw_h5_read_text(file, array, index, text, sizeof text);
  if (status != LW_OK) return status;
  const int64_t length = (int64_t)strlen(text) + 1;
  status = LW_EXTEND(&names->bytes, room, *used, *used + length);
  if (status != LW_OK) return status;
  memcpy(names->bytes + *used, text, (size_t)length);
  names->first[index] = *used;
  *used += length;
  return LW_OK;
}

lw_status lw_dataset_read_names(const lw_h5 *file, const char *name, int64_t count, lw_names *out,
                                uint32_t *sum)
{
  lw_names names = {.count = count};
  int64_t used = 0, room = 0;
  lw_status status = LW_OK;
  int64_t there = lw_h5_texts_count(file, name);
  LW_TRY(lw_h5_sound(file));
  if (there != count)
    return lw_fail(LW_ERROR_FORMAT, "'%s': array '%s' must hold %lld texts (-1: none) and has %lld",
                   lw_h5_path(file), name, (long long)count, (long long)there);
  LW_TRY(LW_TAKE(&names.first, count));
  for (int64_t i = 0; i < count; i++) LW_TRY(read_name(file, name, i, &names, &used, &room));
  LW_TRY(lw_dataset_read_sum(file, name, sum));
  if (*sum != lw_crc32(0, names.bytes, used))
    LW_TRY(lw_fail(LW_ERROR_FORMAT, "'%s': array '%s' does not match its checksum; %s",
                   lw_h5_path(file), name, LW_DATASET_MAKE_AGAIN));
  *out = names;
  names = (lw_names){0};
done:
  lw_names_done(&names);
  return status;
}

lw_status lw_dataset_list_names(const lw_names *names, int64_t count, const char ***out)
{
  if (count == 0 || !names->count) return LW_OK;
  lw_status status = LW_TAKE(out, count);
  for (int64_t k = 0; status == LW_OK && k < count; k++) (*out)[k] = lw_names_at(names, k);
  return status;
}
