#define _POSIX_C_SOURCE 200809L
#include "text_folder.h"
#include "longwave/base/utf8.h"
#include "longwave/base/work.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_ROOM = 2 * LW_TEXT_MAX + 512, FOLDERS_NAMED = 8 };

typedef struct reading {
  lw_product *product;
  const char *path, *like;
  lw_samples *samples;
  lw_passed_over *passed;
} reading;

/* By the number that a name begins with, then by the rest: 2_7.txt before 10_9.txt. */
static int by_number(const struct dirent **a, const struct dirent **b)
{
  const long long x = strtoll((*a)->d_name, NULL, 10), y = strtoll((*b)->d_name, NULL, 10);
  return x != y ? (x < y ? -1 : 1) : strcmp((*a)->d_name, (*b)->d_name);
}

static int is_content(const struct dirent *entry)
{
  return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static void free_entries(struct dirent **entries, int count)
{
  for (int i = 0; i < count; i++) free(entries[i]);
  free(entries);
}

static void join(char path[PATH_ROOM], const char *folder, const char *name)
{
  if (snprintf(path, PATH_ROOM, "%s/%s", folder, name) >= PATH_ROOM)
    path[0] = 0; /* options and names of files are shorter */
}

/* A file, or a link to one, of the right name. What cannot be looked at counts as one: reading it
 * tells why. */
static bool is_document(const char *folder, const char *name)
{
  char path[PATH_ROOM];
  struct stat about;
  const char *end = strrchr(name, '.');
  if (name[0] == '.' || !end || strcmp(end, ".txt") != 0) return false;
  join(path, folder, name);
  return stat(path, &about) != 0 || S_ISREG(about.st_mode);
}

bool lw_text_is_folder(const char *path)
{
  struct stat about;
  return !stat(path, &about) && S_ISDIR(about.st_mode);
}

/* ---- the folder of a class ---- */

static lw_status read_document(const reading *in, const char *path, int32_t label)
{
  lw_source *source = NULL;
  char *text = NULL;
  int64_t length = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_source_open(path, &source));
  LW_TRY(lw_source_rest(source, &text, &length));
  lw_source_cleaned(source, &in->passed->cleaned);
  if (length && text[length - 1] == '\n') {
    length--;
    in->passed->last_ends++;
  }
  const int64_t bad = lw_utf8_check(text, length);
  if (!length) LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' is empty; download or make it again", path));
  if (bad >= 0) LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' is not UTF-8 at byte %" PRId64, path, bad));
  LW_TRY(lw_samples_add(in->samples, (const uint8_t *)text, length, label));
done:
  lw_source_close(&source);
  return status;
}

static lw_status read_entries(const reading *in, const char *folder, int32_t label,
                              struct dirent **entries, int count)
{
  const char *passed = NULL;
  int documents = 0;
  lw_work work = {0};
  char name[64];
  lw_status status = LW_OK;
  snprintf(name, sizeof name, "reading %s", strrchr(folder, '/') + 1);
  lw_work_begin(&work, name, "documents", count);
  for (int i = 0; i < count; lw_work_show(&work, ++i)) {
    char path[PATH_ROOM];
    const char *entry = entries[i]->d_name;
    const bool document = is_document(folder, entry);
    documents += document;
    if (!document && !passed) passed = entry;
    join(path, folder, entry);
    if (document) LW_TRY(read_document(in, path, label));
  }
  if (!documents)
    LW_TRY(lw_fail(
        LW_ERROR_FILE, "'%s' holds no .txt files%s%s%s; the folder of a class was expected", folder,
        passed ? ", but others, such as '" : "", passed ? passed : "", passed ? "'" : ""));
  if (passed)
    LW_TRY(lw_product_note(in->product,
                           "left out: %d of %d entries of '%s', which do not end in .txt, are "
                           "hidden or are folders, such as '%s'\n",
                           count - documents, count, folder, passed));
done:
  lw_work_end(&work);
  return status;
}

static lw_status read_class(const reading *in, int32_t label)
{
  char folder[PATH_ROOM];
  struct dirent **entries = NULL;
  join(folder, in->path, in->product->classes.entry[label]);
  const int count = scandir(folder, &entries, is_content, by_number);
  lw_status status = LW_OK;
  if (count < 0 && errno == ENOENT && in->like) return LW_OK;
  if (count < 0)
    return lw_fail(LW_ERROR_FILE,
                   "'%s' holds no .txt files: %s; the folder of a class was expected", folder,
                   lw_reason(errno));
  status = read_entries(in, folder, label, entries, count);
  free_entries(entries, count);
  return status;
}

/* ---- what stands beside the classes ---- */

/* Documents in a folder that is no class; -1: it cannot be read. */
static int64_t count_documents(const char *folder)
{
  struct dirent **entries = NULL;
  const int count = scandir(folder, &entries, is_content, NULL);
  int64_t documents = count < 0 ? -1 : 0;
  for (int i = 0; i < count; i++) documents += is_document(folder, entries[i]->d_name);
  if (count >= 0) free_entries(entries, count);
  return documents;
}

static lw_status say_folder(const reading *in, const char *name, int64_t documents)
{
  if (in->like && documents)
    return lw_fail(LW_ERROR_INPUT,
                   "'%s/%s' is not a class of '%s' (--like); remove the folder, or give the "
                   "classes to be read by --class-names",
                   in->path, name, in->like);
  if (documents < 0)
    return lw_product_note(in->product,
                           "left out: folder '%s/%s', which is no class and cannot be read\n",
                           in->path, name);
  return lw_product_note(in->product,
                         "left out: folder '%s/%s' with %" PRId64
                         " document%s, which is no class of --class-names\n",
                         in->path, name, documents, lw_plural(documents));
}

static lw_status say_others(const reading *in, struct dirent **entries, int count)
{
  const char *file = NULL;
  int64_t files = 0, folders = 0, more = 0;
  lw_status status = LW_OK;
  for (int i = 0; i < count; i++) {
    char path[PATH_ROOM];
    const char *name = entries[i]->d_name;
    if (lw_list_find(&in->product->classes, name, (int64_t)strlen(name)) >= 0) continue;
    join(path, in->path, name);
    if (!lw_text_is_folder(path)) {
      if (!files++) file = name;
      continue;
    }
    const int64_t documents = count_documents(path);
    if (++folders <= FOLDERS_NAMED || in->like) LW_TRY(say_folder(in, name, documents));
    if (folders > FOLDERS_NAMED && documents > 0) more += documents;
  }
  if (folders > FOLDERS_NAMED)
    LW_TRY(lw_product_note(in->product,
                           "left out: %" PRId64 " folders more of '%s' with %" PRId64
                           " documents, which are no classes of --class-names\n",
                           folders - FOLDERS_NAMED, in->path, more));
  if (files)
    LW_TRY(lw_product_note(in->product,
                           "left out: %" PRId64 " file%s of '%s' beside the folders of classes, "
                           "such as '%s'\n",
                           files, lw_plural(files), in->path, file));
done:
  return status;
}

lw_status lw_text_folder_read(lw_product *product, const char *path, const char *like,
                              lw_samples *samples, lw_passed_over *passed)
{
  const reading in = {product, path, like, samples, passed};
  struct dirent **entries = NULL;
  lw_status status = LW_OK;
  for (int64_t k = 0; k < product->recipe.classes; k++) LW_TRY(read_class(&in, (int32_t)k));
  const int count = scandir(path, &entries, is_content, alphasort);
  if (count < 0)
    LW_TRY(lw_fail(LW_ERROR_FILE, "cannot read the folder '%s': %s", path, lw_reason(errno)));
  status = say_others(&in, entries, count);
  free_entries(entries, count);
done:
  return status;
}
