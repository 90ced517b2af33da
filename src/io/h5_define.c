/* The definitions of a file to be written, kept until the root makes it. */
#include "h5_writer.h"
#include "longwave/base/mem.h"
#include <stdio.h>
#include <string.h>

typedef lw_h5_entry entry;

bool lw_h5_makes_name(const entry *e)
{
  return e->kind == ENTRY_ARRAY || e->kind == ENTRY_TEXTS || e->kind == ENTRY_LINK;
}

/* A new definition with its names; the caller fills in the rest. It is counted already, so that
   destroy frees it. */
static lw_status add(lw_h5_writer *writer, lw_h5_entry_kind kind, const char *object,
                     const char *name, entry **out)
{
  lw_status status = LW_EXTEND(&writer->entries, &writer->room, writer->count, writer->count + 1);
  if (status != LW_OK) return status;
  entry *e = &writer->entries[writer->count];
  *e = (entry){.kind = kind, .offset = -1};
  if (strlen(name) >= LW_H5_NAME_MAX)
    return lw_fail(LW_ERROR_INPUT, "'%s': the name '%s' is longer than %d bytes", writer->path,
                   name, LW_H5_NAME_MAX - 1);
  if (lw_h5_makes_name(e))
    for (int64_t i = 0; i < writer->count; i++)
      if (lw_h5_makes_name(&writer->entries[i]) && !strcmp(writer->entries[i].name, name))
        return lw_fail(LW_ERROR_INPUT, "'%s': '%s' is defined twice", writer->path, name);
  writer->count++;
  LW_TRY(lw_mem_copy(name, &e->name));
  if (object) LW_TRY(lw_mem_copy(object, &e->object));
  *out = e;
done:
  return status;
}

lw_status lw_h5_writer_array(lw_h5_writer *writer, const char *name, lw_h5_type type, int rank,
                             const int64_t *dims)
{
  int64_t items = 1;
  bool fits = rank >= 1 && rank <= LW_H5_RANK_MAX;
  for (int i = 0; fits && i < rank; i++) {
    fits = dims[i] >= 0 && (!dims[i] || items <= INT64_MAX / 16 / dims[i]);
    if (fits && dims[i]) items *= dims[i];
  }
  if (!fits)
    return lw_fail(LW_ERROR_INPUT, "'%s': array '%s' cannot have this shape (%d dimensions)",
                   writer->path, name, rank);
  entry *e;
  lw_status status = add(writer, ENTRY_ARRAY, NULL, name, &e);
  if (status != LW_OK) return status;
  e->type = type;
  e->rank = rank;
  for (int i = 0; i < rank; i++) e->dims[i] = dims[i];
  return LW_OK;
}

lw_status lw_h5_writer_text_rows(lw_h5_writer *writer, const char *name, int64_t count,
                                 int64_t width)
{
  entry *e;
  lw_status status = add(writer, ENTRY_ARRAY, NULL, name, &e);
  if (status != LW_OK) return status;
  e->rank = 1;
  e->dims[0] = count;
  e->width = width;
  return LW_OK;
}

int64_t lw_h5_row_bytes(const entry *e)
{
  int64_t bytes = e->width ? e->width : lw_h5_type_size(e->type);
  for (int i = 1; i < e->rank; i++) bytes *= e->dims[i];
  return bytes;
}

lw_status lw_h5_writer_texts(lw_h5_writer *writer, const char *name, const char *const *texts,
                             int64_t count)
{
  entry *e;
  lw_status status = add(writer, ENTRY_TEXTS, NULL, name, &e);
  if (status != LW_OK) return status;
  e->count = count;
  e->width = 1;
  for (int64_t i = 0; i < count; i++)
    if ((int64_t)strlen(texts[i]) > e->width) e->width = (int64_t)strlen(texts[i]);
  /* one byte more, so that the last text has its end while it is copied */
  LW_TRY(LW_TAKE(&e->bytes, count * e->width + 1));
  for (int64_t i = 0; i < count; i++) memcpy(e->bytes + i * e->width, texts[i], strlen(texts[i]));
done:
  return status;
}

lw_status lw_h5_writer_text(lw_h5_writer *writer, const char *object, const char *name,
                            const char *text)
{
  entry *e;
  lw_status status = add(writer, ENTRY_TEXT, object, name, &e);
  if (status != LW_OK) return status;
  e->width = (int64_t)strlen(text) + 1;
  return lw_mem_copy(text, &e->bytes);
}

lw_status lw_h5_writer_integer(lw_h5_writer *writer, const char *object, const char *name,
                               int64_t value)
{
  entry *e;
  lw_status status = add(writer, ENTRY_INTEGER, object, name, &e);
  if (status == LW_OK) e->integer = value;
  return status;
}

lw_status lw_h5_writer_real(lw_h5_writer *writer, const char *object, const char *name,
                            double value)
{
  entry *e;
  lw_status status = add(writer, ENTRY_REAL, object, name, &e);
  if (status == LW_OK) e->real = value;
  return status;
}

lw_status lw_h5_writer_link(lw_h5_writer *writer, const char *name, const char *alias)
{
  entry *e;
  return add(writer, ENTRY_LINK, name, alias, &e);
}
