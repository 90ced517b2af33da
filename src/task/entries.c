#include "entries.h"
#include "entries_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "passed_over.h"
#include <inttypes.h>
#include <string.h>

void lw_entries_done(lw_entries *entries)
{
  for (int64_t i = 0; i < entries->count; i++) {
    lw_mem_give(entries->entry[i].path);
    lw_mem_give(entries->entry[i].class);
    lw_mem_give(entries->entry[i].group);
  }
  lw_mem_give(entries->entry);
  lw_mem_give(entries->first_passed);
  *entries = (lw_entries){0};
}

lw_status lw_entries_say_passed(lw_building *building, const lw_entries *entries,
                                const char *folder, const char *endings)
{
  if (!entries->passed) return LW_OK;
  return lw_building_note(building,
                          "left out: %" PRId64 " file%s of '%s' that do not end in %s, such as "
                          "'%s'\n",
                          entries->passed, lw_plural(entries->passed), folder, endings,
                          entries->first_passed);
}

lw_status lw_entries_add(lw_entries *entries, const char *folder, const char *name)
{
  lw_text path = LW_TEXT_GROWS;
  lw_entry entry = {0};
  lw_status status = LW_OK;
  const bool whole = *name == '/' || !*folder;
  lw_text_add(&path, "%s%s%s", whole ? "" : folder, whole ? "" : "/", name);
  LW_TRY(lw_text_end(&path));
  LW_TRY(LW_EXTEND(&entries->entry, &entries->room, entries->count, entries->count + 1));
  LW_TRY(lw_mem_copy(path.text, &entry.path));
  entry.name = entry.path + strlen(path.text) - strlen(name);
  entries->entry[entries->count++] = entry;
done:
  lw_text_done(&path);
  return status;
}

lw_status lw_entry_set(char **to, const char *text, int64_t length)
{
  if (!text || !length) return LW_OK;
  lw_status status = LW_TAKE(to, length + 1);
  if (status == LW_OK) memcpy(*to, text, (size_t)length);
  return status;
}

void lw_entry_put_in(lw_entries *entries, lw_entry *entry, lw_split split)
{
  entry->has_split = true;
  entry->split = split;
  entries->split[split] = true;
}
