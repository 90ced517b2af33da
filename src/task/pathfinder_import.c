#define _POSIX_C_SOURCE 200809L
#include "pathfinder_import.h"
#include "longwave/base/mem.h"
#include "longwave/base/work.h"
#include "longwave/task/images.h"
#include "longwave/io/png.h"
#include "longwave/parse/source.h"
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_MAX_BYTES = 2 * LW_TEXT_MAX, FIELD_MAX = 255 };

/* What a line says of its picture. */
typedef struct entry {
  char folder[FIELD_MAX + 1], file[FIELD_MAX + 1];
  int label;
} entry;

static lw_status read_entry(const char *path, int64_t number, const char *line, entry *out)
{
  char label[8], rest;
  const int found = sscanf(line, "%255s %255s %*s %7s%c", out->folder, out->file, label, &rest);
  if (found < 3)
    return lw_fail(LW_ERROR_INPUT,
                   "'%s' line %" PRId64
                   ": folder, file, index and label are expected, not '%.60s'; "
                   "is the download complete?",
                   path, number, line);
  if (strcmp(label, "0") != 0 && strcmp(label, "1") != 0)
    return lw_fail(LW_ERROR_INPUT, "'%s' line %" PRId64 ": label '%s' is neither 0 nor 1", path,
                   number, label);
  out->label = label[0] - '0';
  return LW_OK;
}

/* What is the same for all pictures. */
typedef struct frame {
  const char *folder;
  int64_t side, background;
  uint8_t *rgba, *grey; /* [side, side, 4], [side, side] */
} frame;

/* Stored levels become grey; what is not opaque lies on the background, a half goes up. */
static lw_status make_grey(const frame *f, const char *picture)
{
  for (int64_t i = 0; i < f->side * f->side; i++) {
    const uint8_t *pixel = f->rgba + 4 * i;
    const int opacity = pixel[3], level = lw_grey_of(LW_GREY_LUMA, pixel[0], pixel[1], pixel[2]);
    if (opacity < 255 && f->background < 0)
      return lw_fail(LW_ERROR_INPUT,
                     "the picture '%s' is transparent at row %" PRId64 ", column %" PRId64
                     "; give --background with the grey level (0 to 255) to lay it on, or save it "
                     "without transparency",
                     picture, i / f->side, i % f->side);
    f->grey[i] = (uint8_t)((opacity * level + (255 - opacity) * (int)f->background + 127) / 255);
  }
  return LW_OK;
}

static lw_status read_picture(const frame *f, const char *picture)
{
  lw_status status = lw_png_read(picture, f->side, f->side, f->rgba);
  return status == LW_OK ? make_grey(f, picture) : status;
}

/* What to do about a picture that cannot be taken. */
static const char *mend_of(lw_status status)
{
  if (status == LW_ERROR_FORMAT) return "; is --size right?";
  return status == LW_ERROR_FILE ? "; to leave out the picture delete the line" : "";
}

static lw_status import_batch(const frame *f, const char *path, lw_samples *samples)
{
  char picture[PATH_MAX_BYTES + 2 * FIELD_MAX + 3];
  lw_source *source = NULL;
  char *line = NULL;
  int64_t length = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_source_open(path, &source));
  for (int64_t number = 1;; number++) {
    entry one;
    LW_TRY(lw_source_line(source, &line, &length));
    if (!line && number == 1)
      LW_TRY(lw_fail(LW_ERROR_INPUT,
                     "'%s' is empty"
                     "; download or make it again",
                     path));
    if (!line) break;
    if (number == 1 && length >= 6 && !memcmp(line, "\x93NUMPY", 6))
      LW_TRY(lw_fail(LW_ERROR_FORMAT,
                     "'%s' is a binary NumPy file; the release has text: save it with "
                     "numpy.savetxt(path, numpy.load(path), fmt='%%s')",
                     path));
    LW_TRY(read_entry(path, number, line, &one));
    snprintf(picture, sizeof picture, "%s/%s/%s", f->folder, one.folder, one.file);
    lw_status read = read_picture(f, picture);
    if (read != LW_OK)
      LW_TRY(lw_fail(read, "'%s' line %" PRId64 ": %s%s", path, number, lw_fail_message(),
                     mend_of(read)));
    LW_TRY(lw_samples_add(samples, f->grey, f->side * f->side, one.label));
  }
done:
  lw_source_close(&source);
  return status;
}

/* path [PATH_MAX_BYTES] out */
static bool is_there(const char *folder, int64_t batch, char *path)
{
  snprintf(path, PATH_MAX_BYTES, "%s/metadata/%" PRId64 ".npy", folder, batch);
  return access(path, F_OK) == 0;
}

/* Batches are numbered without a gap. */
static lw_status expect_last(const char *folder, int64_t batches)
{
  char path[PATH_MAX_BYTES];
  lw_status status = LW_OK;
  snprintf(path, sizeof path, "%s/metadata", folder);
  DIR *metadata = opendir(path);
  if (!metadata) return LW_OK; /* there is no batch at all, which the caller tells */
  for (const struct dirent *file; status == LW_OK && (file = readdir(metadata));) {
    char *end;
    const long long number = strtoll(file->d_name, &end, 10);
    if (end != file->d_name && !strcmp(end, ".npy") && number > batches)
      status =
          lw_fail(LW_ERROR_FILE,
                  "'%s/%" PRId64 ".npy' is missing, but %s is there; is the download complete?",
                  path, batches, file->d_name);
  }
  closedir(metadata);
  return status;
}

lw_status lw_pathfinder_import(const char *folder, int64_t side, int64_t background,
                               lw_samples *samples)
{
  char path[PATH_MAX_BYTES];
  lw_work work = {0};
  frame f = {.folder = folder, .side = side, .background = background};
  int64_t batches = 0;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&f.rgba, 4 * side * side));
  LW_TRY(LW_TAKE(&f.grey, side * side));
  while (is_there(folder, batches, path)) batches++;
  lw_work_begin(&work, "reading pictures", "files of metadata", batches);
  for (int64_t i = 0; is_there(folder, i, path); lw_work_show(&work, ++i))
    LW_TRY(import_batch(&f, path, samples));
  LW_TRY(expect_last(folder, batches));
  if (!samples->count)
    LW_TRY(lw_fail(LW_ERROR_FILE,
                   "'%s' holds no pictures; name the folder of one level, such as "
                   "pathfinder32/curv_contour_length_14, with metadata/0.npy in it",
                   folder));
done:
  lw_work_end(&work);
  lw_mem_give(f.grey);
  lw_mem_give(f.rgba);
  return status;
}
