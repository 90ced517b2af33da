#define _POSIX_C_SOURCE 200809L
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/parse/source.h"
#include "signals.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char header_ending[] = ".hea";

void lw_records_done(lw_records *records)
{
  for (int64_t i = 0; i < records->count; i++) lw_mem_give(records->record[i].path);
  lw_mem_give(records->record);
  *records = (lw_records){0};
}

/* Of a name that ends in .hea, without that. */
static int64_t stem_of(const char *name)
{
  const int64_t length = (int64_t)strlen(name), ending = sizeof header_ending - 1;
  const bool ends = length > ending && !strcmp(name + length - ending, header_ending);
  return ends ? length - ending : length;
}

/* folder: [length] bytes, with its '/'. */
static lw_status add(lw_records *records, const char *folder, int64_t length, const char *name)
{
  lw_text path = LW_TEXT_GROWS;
  lw_status status = LW_OK;
  lw_text_add(&path, "%.*s%.*s", (int)length, folder, (int)stem_of(name), name);
  LW_TRY(lw_text_end(&path));
  LW_TRY(LW_EXTEND(&records->record, &records->room, records->count, records->count + 1));
  LW_TRY(lw_mem_copy(path.text, &records->record[records->count].path));
  records->count++;
done:
  lw_text_done(&path);
  return status;
}

static int is_header(const struct dirent *entry)
{
  return entry->d_name[0] != '.' && stem_of(entry->d_name) < (int64_t)strlen(entry->d_name);
}

static lw_status add_folder(lw_records *records, const char *path)
{
  struct dirent **entries = NULL;
  const int64_t length = (int64_t)strlen(path);
  const int count = scandir(path, &entries, is_header, alphasort);
  lw_status status = LW_OK;
  lw_text folder = LW_TEXT_GROWS;
  if (count < 0) return lw_fail(LW_ERROR_FILE, "cannot read '%s': %s", path, lw_reason(errno));
  lw_text_add(&folder, "%s%s", path, length && path[length - 1] == '/' ? "" : "/");
  LW_TRY(lw_text_end(&folder));
  if (!count)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' holds no records: no file there ends in .hea", path));
  for (int i = 0; i < count; i++)
    LW_TRY(add(records, folder.text, folder.used, entries[i]->d_name));
done:
  for (int i = 0; i < count; i++) free(entries[i]);
  free(entries);
  lw_text_done(&folder);
  return status;
}

/* A file with the name of a record on each line. */
static lw_status add_names(lw_records *records, const char *path)
{
  lw_source *source = NULL;
  const char *slash = strrchr(path, '/');
  const int64_t before = records->count;
  char *line = NULL;
  int64_t length = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_source_open(path, &source));
  for (int64_t number = 1;; number++) {
    LW_TRY(lw_source_line(source, &line, &length));
    if (!line) break;
    line += strspn(line, " \t");
    line[strcspn(line, " \t")] = 0;
    if (!*line) continue;
    if (line[strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./")])
      LW_TRY(lw_fail(LW_ERROR_INPUT,
                     "'%s' line %lld: '%.40s' is no name of a record; a file of names, a record or "
                     "a folder was expected",
                     path, (long long)number, line));
    LW_TRY(add(records, path, slash ? slash - path + 1 : 0, line));
  }
  if (records->count == before) LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' names no records", path));
done:
  lw_source_close(&source);
  return status;
}

static lw_status add_source(lw_records *records, const char *path)
{
  struct stat about;
  lw_text header = LW_TEXT_GROWS;
  lw_status status = LW_OK;
  lw_text_add(&header, "%.*s%s", (int)stem_of(path), path, header_ending);
  LW_TRY(lw_text_end(&header));
  if (!access(header.text, F_OK))
    LW_TRY(add(records, "", 0, path));
  else if (!stat(path, &about) && S_ISDIR(about.st_mode))
    LW_TRY(add_folder(records, path));
  else
    LW_TRY(add_names(records, path));
done:
  lw_text_done(&header);
  return status;
}

static int by_path(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static lw_status check_once(const lw_records *records)
{
  const char **paths = NULL;
  lw_status status = LW_TAKE(&paths, records->count);
  if (status != LW_OK) return status;
  for (int64_t i = 0; i < records->count; i++) paths[i] = records->record[i].path;
  qsort(paths, (size_t)records->count, sizeof *paths, by_path);
  for (int64_t i = 1; i < records->count && status == LW_OK; i++)
    if (!strcmp(paths[i], paths[i - 1]))
      status = lw_fail(LW_ERROR_INPUT, "the record '%s' is given twice; name it once", paths[i]);
  lw_mem_give(paths);
  return status;
}

lw_status lw_records_find(const char *const source[LW_SPLITS], lw_records *records)
{
  lw_list list = {0};
  lw_status status = LW_OK;
  for (int split = 0; split < LW_SPLITS; split++) {
    const int64_t before = records->count;
    if (!source[split][0]) continue;
    LW_TRY(lw_list_split(source[split], "the list of records", &list));
    for (int64_t i = 0; i < list.count; i++) LW_TRY(add_source(records, list.entry[i]));
    for (int64_t i = before; i < records->count; i++) records->record[i].split = (lw_split)split;
  }
  LW_TRY(check_once(records));
done:
  lw_list_done(&list);
  return status;
}
