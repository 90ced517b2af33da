#define _POSIX_C_SOURCE 200809L
#include "longwave/io/output.h"
#include "longwave/base/input.h"
#include "longwave/io/h5.h"
#include "longwave/io/safetensors.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { HEAD = 512 };
static const char hdf5_begins[] = "\x89HDF\r\n\x1a\n";

const lw_output_kind lw_output_picture = {"a PNG picture", "\x89PNG\r\n\x1a\n", NULL, 0};
const lw_output_kind lw_output_dataset = {"a data set", NULL, "longwave-dataset", 0};
const lw_output_kind lw_output_checkpoint = {"a checkpoint", NULL, "longwave-checkpoint", 0};
const lw_output_kind lw_output_logits = {"a file of logits", NULL, "longwave-logits", 0};
const lw_output_kind lw_output_gradients = {"a file of gradients", NULL, "longwave-gradients", 0};
const lw_output_kind lw_output_attention = {"a file of attention weights", NULL,
                                            "longwave-attention", 0};

const lw_output_kind lw_output_predictions = {"a file of predictions", NULL, "longwave-predictions",
                                              0};
const lw_output_kind lw_output_explanation = {"a file of an explanation", NULL,
                                              "longwave-explanation", 0};
const lw_output_kind lw_output_prediction_table = {"a table of predictions", "sample,", NULL, 0};

const lw_output_kind lw_output_torch = {"a model in PyTorch",
                                        "\"\"\"A model of Longwave in plain PyTorch", NULL, 0};
const lw_output_kind lw_output_safetensors = {
    "a file of safetensors of Longwave", "{\"__metadata__\":{\"" LW_SAFETENSORS_OURS "\":", NULL,
    8};

static const lw_output_kind *const kinds[] = {
    &lw_output_dataset,   &lw_output_checkpoint,  &lw_output_logits,     &lw_output_gradients,
    &lw_output_attention, &lw_output_predictions, &lw_output_explanation};
enum { KINDS = sizeof kinds / sizeof *kinds };

const lw_output_kind *lw_output_kind_of(const char *format)
{
  for (int i = 0; i < KINDS; i++)
    if (!strcmp(kinds[i]->format, format)) return kinds[i];
  return NULL;
}

static bool begins(const char *head, size_t bytes, const char *text)
{
  return bytes >= strlen(text) && !memcmp(head, text, strlen(text));
}

/* For files of earlier versions, which have no such attribute. */
static const lw_output_kind *kind_of_unnamed(const lw_h5 *file)
{
  if (lw_h5_has(file, "/logits") && lw_h5_has(file, "/labels")) return &lw_output_logits;
  return lw_h5_has(file, "/parameters") ? &lw_output_gradients : NULL;
}

/* The kind of an HDF5 file, or NULL. A file that cannot be opened may have been of any kind; a run
   may replace its own damaged checkpoints. */
static const lw_output_kind *look_inside(const char *path, const lw_output_kind *wanted)
{
  char format[64];
  lw_h5 *file = NULL;
  const lw_output_kind *found = NULL;
  if (lw_h5_open(path, &file) != LW_OK) return wanted == &lw_output_checkpoint ? wanted : NULL;
  if (lw_h5_text_room(file, "/", "format") < 0)
    found = kind_of_unnamed(file);
  else if (lw_h5_get_text(file, "/", "format", format, sizeof format) == LW_OK)
    found = lw_output_kind_of(format);
  lw_h5_close(&file);
  lw_input_forget(path); /* only looked at */
  return found;
}

/* In a sentence: "it is ..." */
static const char *describe(const char *head, size_t bytes, const lw_output_kind *found)
{
  if (found) return found->name;
  if (begins(head, bytes, hdf5_begins)) return "another HDF5 file, or a damaged one";
  if (begins(head, bytes, lw_output_picture.begins)) return lw_output_picture.name;
  if (begins(head, bytes, "\x1f\x8b")) return "a gzip file";
  if (begins(head, bytes, "<!DOCTYPE") || begins(head, bytes, "<html")) return "an HTML page";
  for (size_t i = 0; i < bytes; i++)
    if (!isprint((unsigned char)head[i]) && !isspace((unsigned char)head[i]) && !(head[i] & 0x80))
      return "a file of another kind";
  return "a text file";
}

static lw_status check_kind(const char *path, const lw_output_kind *kind)
{
  char head[HEAD];
  FILE *file = fopen(path, "rb");
  if (!file)
    return lw_fail(LW_ERROR_FILE, "cannot replace '%s', because it cannot be read: %s", path,
                   lw_reason(errno));
  const size_t bytes = fread(head, 1, sizeof head, file);
  fclose(file);
  const bool hdf5 = begins(head, bytes, hdf5_begins);
  const lw_output_kind *found = hdf5 ? look_inside(path, kind) : NULL;
  const bool same = kind->begins && (size_t)kind->at <= bytes &&
                    begins(head + kind->at, bytes - (size_t)kind->at, kind->begins);
  if (kind->begins ? same : found == kind) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "cannot write '%s': it is %s, not %s; give another name, or remove it first", path,
                 describe(head, bytes, found), kind->name);
}

lw_status lw_output_check(const char *path, const lw_output_kind *kind)
{
  struct stat about;
  if (stat(path, &about)) return LW_OK;
  if (S_ISDIR(about.st_mode))
    return lw_fail(LW_ERROR_FILE, "cannot write '%s': it is a folder; give a file in it", path);
  if (!S_ISREG(about.st_mode))
    return lw_fail(LW_ERROR_INPUT, "cannot write '%s': it is not a regular file; give another name",
                   path);
  if (lw_input_is(path))
    return lw_fail(LW_ERROR_INPUT, "cannot write '%s': this command reads it; give another name",
                   path);
  return about.st_size > 0 ? check_kind(path, kind) : LW_OK;
}
