#define _POSIX_C_SOURCE 200809L
#include "entries_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "name_pattern.h"
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { DEPTH_MOST = 16 };

/* ---- a folder ---- */

typedef struct walk {
  const char *top;
  const char *const *endings;
  lw_entries *entries;
} walk;

static const char *ending_of(const char *name, const char *const *endings)
{
  const char *end = strrchr(name, '.');
  for (; end && *endings; endings++)
    if (!strcasecmp(end, *endings)) return end;
  return NULL;
}

static lw_status take_file(walk *in, const char *name)
{
  lw_entries *entries = in->entries;
  if (ending_of(name, in->endings)) return lw_entries_add(entries, in->top, name);
  return entries->passed++ ? LW_OK : lw_mem_copy(name, &entries->first_passed);
}

/* below: from the top, with a '/' behind it, or "". Links to folders are followed. */
static lw_status walk_folder(walk *in, const char *below, int depth)
{
  lw_text path = LW_TEXT_GROWS, name = LW_TEXT_GROWS;
  struct stat about;
  DIR *folder = NULL;
  lw_status status = LW_OK;
  lw_text_add(&path, "%s/%s", in->top, below);
  LW_TRY(lw_text_end(&path));
  folder = opendir(path.text);
  if (!folder || depth > DEPTH_MOST)
    LW_TRY(lw_fail(LW_ERROR_FILE, "cannot read the folder '%s': %s", path.text,
                   folder ? "too many folders in each other" : lw_reason(errno)));
  assert(folder);
  for (struct dirent *item; (item = readdir(folder));) {
    if (item->d_name[0] == '.') continue;
    path.used = name.used = 0;
    lw_text_add(&path, "%s/%s%s", in->top, below, item->d_name);
    lw_text_add(&name, "%s%s", below, item->d_name);
    LW_TRY(lw_text_end(&path));
    LW_TRY(lw_text_end(&name));
    const bool is_folder = !stat(path.text, &about) && S_ISDIR(about.st_mode);
    if (is_folder) lw_text_add(&name, "/");
    LW_TRY(lw_text_end(&name));
    LW_TRY(is_folder ? walk_folder(in, name.text, depth + 1) : take_file(in, name.text));
  }
done:
  if (folder) closedir(folder);
  lw_text_done(&name);
  lw_text_done(&path);
  return status;
}

static int by_name(const void *a, const void *b)
{
  return strcmp(((const lw_entry *)a)->name, ((const lw_entry *)b)->name);
}

/* ---- what a name tells ---- */

static lw_status place_by_name(const lw_entry_settings *own, const lw_name_parts *parts,
                               lw_entries *entries, lw_entry *entry)
{
  const lw_piece word = lw_name_part(parts, "split");
  lw_split split = LW_SPLIT_TRAIN;
  const bool test = lw_name_rule_holds(own->test_if, parts);
  const bool validation = lw_name_rule_holds(own->validation_if, parts);
  if (test && validation)
    return lw_fail(LW_ERROR_INPUT, "'%s' fits --test-if and --validation-if; change one of them",
                   entry->path);
  if (word.text && !lw_split_of(word.text, word.length, &split))
    return lw_fail(LW_ERROR_INPUT, "'%s': '%.*s' is no split; train, validation and test are",
                   entry->path, (int)word.length, word.text);
  if (word.text) lw_entry_put_in(entries, entry, split);
  if (test) lw_entry_put_in(entries, entry, LW_SPLIT_TEST);
  if (validation) lw_entry_put_in(entries, entry, LW_SPLIT_VALIDATION);
  return LW_OK;
}

static lw_status tell_by_name(const lw_entry_settings *own, bool unlabelled, lw_entries *entries,
                              lw_entry *entry)
{
  lw_name_parts parts;
  char *name = NULL;
  lw_status status = LW_OK;
  LW_TRY(lw_mem_copy(entry->name, &name));
  *strrchr(name, '.') = 0;
  if (!lw_name_match(own->pattern, name, &parts) && !unlabelled)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "'%s' does not fit --pattern '%s'; change the pattern, add one for such names "
                   "behind a '||', or remove the file",
                   entry->path, own->pattern));
  const lw_piece class = lw_name_part(&parts, "class"), group = lw_name_part(&parts, "group");
  if (!class.text && !unlabelled)
    LW_TRY(
        lw_fail(LW_ERROR_INPUT,
                "'%s': --pattern '%s' has no part {class}; name the part of it that is the class",
                entry->path, own->pattern));
  LW_TRY(lw_entry_set(&entry->class, class.text, class.length));
  LW_TRY(lw_entry_set(&entry->group, group.text, group.length));
  LW_TRY(place_by_name(own, &parts, entries, entry));
done:
  lw_mem_give(name);
  return status;
}

static lw_status read_folder(const lw_entry_settings *own, const char *const *endings,
                             bool unlabelled, lw_entries *entries)
{
  walk in = {own->folder, endings, entries};
  lw_status status = LW_OK;
  LW_TRY(lw_name_pattern_check(own->pattern, "--pattern"));
  LW_TRY(lw_name_rule_check(own->validation_if, own->pattern, "--validation-if"));
  LW_TRY(lw_name_rule_check(own->test_if, own->pattern, "--test-if"));
  LW_TRY(walk_folder(&in, "", 0));
  if (!entries->count)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' holds no files that end in %s%s%s%s", own->folder,
                   endings[0], entries->passed ? ", but others, such as '" : "",
                   entries->passed ? entries->first_passed : "", entries->passed ? "'" : ""));
  qsort(entries->entry, (size_t)entries->count, sizeof *entries->entry, by_name);
  for (int64_t i = 0; i < entries->count; i++)
    LW_TRY(tell_by_name(own, unlabelled, entries, &entries->entry[i]));
done:
  return status;
}

/* A pattern that does not find the class gives all files the same one. */
static lw_status check_classes(const lw_entry_settings *own, const lw_entries *entries)
{
  const char *first = entries->entry[0].class;
  for (int64_t i = 1; i < entries->count; i++)
    if (strcmp(entries->entry[i].class, first) != 0) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "all %" PRId64 " files have the class '%s', as '%s' by %s '%s'; at least two "
                 "classes are needed",
                 entries->count, first, entries->entry[0].path,
                 own->list[0] ? "--list" : "--pattern", own->list[0] ? own->list : own->pattern);
}

lw_status lw_entries_read(const lw_entry_settings *settings, const char *const *endings,
                          bool unlabelled, lw_entries *entries)
{
  lw_status status = LW_OK;
  if (settings->list[0])
    LW_TRY(lw_entry_list_read(settings->list, settings->folder, unlabelled, entries));
  else if (settings->folder[0])
    LW_TRY(read_folder(settings, endings, unlabelled, entries));
  else
    LW_TRY(lw_fail(LW_ERROR_INPUT, "give the files by --folder or by --list"));
  for (int64_t i = 0; i < entries->count; i++) entries->grouped |= entries->entry[i].group != NULL;
  if (!unlabelled) LW_TRY(check_classes(settings, entries));
done:
  return status;
}
