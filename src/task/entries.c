#define _POSIX_C_SOURCE 200809L
#include "entries.h"
#include "entries_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include <string.h>
#include <strings.h>

bool lw_split_of(const char *text, int64_t length, lw_split *split)
{
  static const struct {
    const char *word;
    lw_split split;
  } words[] = {{"train", LW_SPLIT_TRAIN},
               {"training", LW_SPLIT_TRAIN},
               {"validation", LW_SPLIT_VALIDATION},
               {"valid", LW_SPLIT_VALIDATION},
               {"val", LW_SPLIT_VALIDATION},
               {"dev", LW_SPLIT_VALIDATION},
               {"test", LW_SPLIT_TEST},
               {"testing", LW_SPLIT_TEST}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if ((int64_t)strlen(words[i].word) == length &&
        !strncasecmp(words[i].word, text, (size_t)length)) {
      *split = words[i].split;
      return true;
    }
  return false;
}

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
