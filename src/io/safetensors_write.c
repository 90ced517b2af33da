/* Writing: the head is composed by hand, so that the same arrays always give the same bytes. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/base/aside.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/base/whole.h"
#include "longwave/io/output.h"
#include "longwave/io/safetensors.h"
#include <string.h>

enum { LENGTH_BYTES = 8, ALIGNMENT = 8 };

static int64_t items_of(const lw_safetensors_content *content, int64_t i)
{
  return content->dims[i][0] * (content->rank[i] > 1 ? content->dims[i][1] : 1);
}

static void put_text(lw_text *head, const char *text)
{
  lw_text_add(head, "\"");
  for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
    if (*c == '"' || *c == '\\')
      lw_text_add(head, "\\%c", *c);
    else if (*c < ' ')
      lw_text_add(head, "\\u%04x", *c);
    else
      lw_text_add(head, "%c", *c);
  }
  lw_text_add(head, "\"");
}

static lw_status compose(const lw_safetensors_content *content, lw_text *head)
{
  int64_t offset = 0;
  lw_text_add(head, "{\"" LW_SAFETENSORS_TEXTS "\":{");
  for (const char *const *text = content->texts; *text; text += 2) {
    if (text != content->texts) lw_text_add(head, ",");
    put_text(head, text[0]);
    lw_text_add(head, ":");
    put_text(head, text[1]);
  }
  lw_text_add(head, "}");
  for (int64_t i = 0; i < content->count; i++) {
    const int64_t end = offset + items_of(content, i) * (int64_t)sizeof(float);
    lw_text_add(head, ",");
    put_text(head, content->names[i]);
    lw_text_add(head, ":{\"dtype\":\"F32\",\"shape\":[%lld", (long long)content->dims[i][0]);
    if (content->rank[i] > 1) lw_text_add(head, ",%lld", (long long)content->dims[i][1]);
    lw_text_add(head, "],\"data_offsets\":[%lld,%lld]}", (long long)offset, (long long)end);
    offset = end;
  }
  lw_text_add(head, "}");
  while (head->used % ALIGNMENT) lw_text_add(head, " ");
  return lw_text_end(head);
}

static lw_status put(FILE *out, const void *data, int64_t bytes, const char *path)
{
  if (fwrite(data, 1, (size_t)bytes, out) == (size_t)bytes) return LW_OK;
  return lw_fail(LW_ERROR_FILE, "cannot write all of '%s': is the disk full?", path);
}

static lw_status put_arrays(const lw_safetensors_content *content, const lw_aside *aside)
{
  float *data = NULL;
  int64_t room = 0;
  lw_status status = LW_OK;
  for (int64_t i = 0; i < content->count; i++) {
    const int64_t items = items_of(content, i);
    LW_TRY(lw_mem_grow((void **)&data, &room, items, sizeof *data));
    LW_TRY(content->fill(i, data, content->context));
    LW_TRY(put(aside->stream, data, items * (int64_t)sizeof *data, aside->path));
  }
done:
  lw_mem_give(data);
  return status;
}

lw_status lw_safetensors_write(const char *path, const lw_safetensors_content *content)
{
  lw_text head = LW_TEXT_GROWS;
  lw_aside aside = LW_ASIDE_NONE;
  lw_status status = LW_OK;
  LW_TRY(lw_output_check(path, &lw_output_safetensors));
  LW_TRY(compose(content, &head));
  LW_TRY(lw_aside_open_text(path, &aside));
  const uint64_t length = (uint64_t)head.used;
  LW_TRY(put(aside.stream, &length, LENGTH_BYTES, path));
  LW_TRY(put(aside.stream, head.text, head.used, path));
  status = put_arrays(content, &aside);
done:
  lw_text_done(&head);
  return lw_aside_end(&aside, status);
}
