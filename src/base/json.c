#include "longwave/base/json.h"
#include "longwave/base/mem.h"
#include "longwave/base/utf8.h"
#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 6, FILE_DIGITS = 15, INDENT = 2, NUMBER = 400 };

lw_status lw_json_init(lw_json *root)
{
  lw_json made = {0};
  lw_status status = LW_TAKE(&made.failed, 1);
  if (status != LW_OK) return status;
  made.value = json_object();
  if (!made.value) {
    lw_mem_give(made.failed);
    return lw_fail(LW_ERROR_MEMORY, "no memory for a JSON document");
  }
  *root = made;
  return LW_OK;
}

void lw_json_done(lw_json *root)
{
  json_decref(root->value);
  lw_mem_give(root->failed);
  *root = (lw_json){0};
}

/* The new value belongs to `in` from here on; a failure frees it. */
static void *add(lw_json in, const char *key, json_t *value)
{
  const int bad =
      key ? json_object_set_new(in.value, key, value) : json_array_append_new(in.value, value);
  if (bad) *in.failed = true;
  return bad ? NULL : value;
}

lw_json lw_json_object(lw_json in, const char *key)
{
  return (lw_json){add(in, key, json_object()), in.failed};
}

lw_json lw_json_array(lw_json in, const char *key)
{
  return (lw_json){add(in, key, json_array()), in.failed};
}

static json_t *repair(const char *text)
{
  char *mended = NULL;
  size_t used = 0;
  assert(text);
  if (LW_TAKE(&mended, 3 * (int64_t)strlen(text) + 1) != LW_OK) return NULL;
  while (*text) {
    const size_t bytes = (size_t)lw_utf8_read(text, LW_UTF8_BYTES, NULL), taken = bytes ? bytes : 3;
    memcpy(mended + used, bytes ? text : "\xEF\xBF\xBD", taken);
    used += taken;
    text += bytes ? bytes : 1;
  }
  json_t *value = json_string(mended);
  lw_mem_give(mended);
  return value;
}

void lw_json_text(lw_json in, const char *key, const char *text)
{
  json_t *value = text ? json_string(text) : json_null();
  add(in, key, value ? value : repair(text));
}

void lw_json_whole(lw_json in, const char *key, int64_t number)
{
  add(in, key, json_integer(number));
}

void lw_json_real(lw_json in, const char *key, double number)
{
  add(in, key, isfinite(number) ? json_real(number) : json_null());
}

void lw_json_printed(lw_json in, const char *key, const char *format, ...)
{
  char number[NUMBER];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(number, sizeof number, format, arguments);
  va_end(arguments);
  lw_json_real(in, key, strtod(number, NULL));
}

void lw_json_bool(lw_json in, const char *key, bool truth)
{
  add(in, key, json_boolean(truth));
}

/* A `<` stands in strings only. */
static int write_for_page(const char *text, size_t bytes, void *data)
{
  FILE *out = data;
  for (const char *end = text + bytes; text < end;) {
    const char *mark = memchr(text, '<', (size_t)(end - text));
    const size_t plain = (size_t)((mark ? mark : end) - text);
    if (fwrite(text, 1, plain, out) != plain) return -1;
    if (mark && fputs("\\u003c", out) < 0) return -1;
    text += plain + (mark != NULL);
  }
  return 0;
}

static int write_plain(const char *text, size_t bytes, void *data)
{
  return fwrite(text, 1, bytes, data) == bytes ? 0 : -1;
}

static lw_status dump(const lw_json *root, json_dump_callback_t write, size_t flags, FILE *out)
{
  if (*root->failed) return lw_fail(LW_ERROR_MEMORY, "no memory for a JSON document");
  if (json_dump_callback(root->value, write, out, flags))
    return ferror(out) ? lw_fail(LW_ERROR_FILE, "cannot write JSON: is the disk full?")
                       : lw_fail(LW_ERROR_MEMORY, "no memory to write a JSON document");
  return LW_OK;
}

lw_status lw_json_write(const lw_json *root, FILE *out)
{
  return dump(root, write_for_page, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS), out);
}

lw_status lw_json_print(const lw_json *root, FILE *out)
{
  lw_status status =
      dump(root, write_plain, JSON_INDENT(INDENT) | JSON_REAL_PRECISION(FILE_DIGITS), out);
  if (status == LW_OK) fputc('\n', out);
  return status;
}
