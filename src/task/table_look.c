/* What the train file shows before any file is read: the names of columns or variables, the form of
 * times, the names of classes. */
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/parse/source.h"
#include "table_inside.h"
#include <inttypes.h>
#include <string.h>

/* ---- names of classes ---- */

static lw_status read_class_file(const char *path, lw_product *product)
{
  lw_source *source = NULL;
  lw_text names = LW_TEXT_GROWS;
  char *line = NULL;
  int64_t length = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_source_open(path, &source));
  for (;;) {
    LW_TRY(lw_source_line(source, &line, &length));
    if (!line) break;
    if (memchr(line, ',', (size_t)length))
      LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s': the class name '%.40s' has a comma", path, line));
    if (length) lw_text_item(&names, ",", "%s", line);
  }
  LW_TRY(lw_text_end(&names));
  LW_TRY(lw_product_name_classes(product, names.text, path));
done:
  lw_text_done(&names);
  lw_source_close(&source);
  return status;
}

static lw_status name_classes(lw_table_reader *reader)
{
  const lw_table_settings *own = reader->own;
  const lw_list *targets = &reader->targets;
  if (own->question == LW_QUESTION_CLASSES && targets->count > 1)
    return lw_product_take_classes(&reader->classes, targets->entry, targets->count, "--target");
  if (own->class_file[0]) return read_class_file(own->class_file, &reader->classes);
  if (own->classes[0]) return lw_product_name_classes(&reader->classes, own->classes, "--classes");
  return LW_OK;
}

/* ---- variables of the long form ---- */

/* Names in the order of strcmp, each a text of its own. */
typedef struct words {
  char **word; /* [count] */
  int64_t count, room;
} words;

static lw_status add_word(words *list, const char *text)
{
  int64_t low = 0, high = list->count;
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    const int order = strcmp(list->word[middle], text);
    if (!order) return LW_OK;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  char *own = NULL;
  lw_status status = LW_EXTEND(&list->word, &list->room, list->count, list->count + 1);
  if (status == LW_OK) status = lw_mem_copy(text, &own);
  if (status != LW_OK) return status;
  memmove(list->word + low + 1, list->word + low, (size_t)(list->count - low) * sizeof own);
  list->word[low] = own;
  list->count++;
  return LW_OK;
}

static lw_status collect(lw_table_reader *reader, int64_t variable, const lw_list *left_out,
                         words *list)
{
  char name[LW_NAME_MAX];
  bool more = false;
  lw_status status = LW_OK;
  reader->left = reader->own->limit ? reader->own->limit : INT64_MAX;
  for (;;) {
    LW_TRY(lw_table_next(reader, &more));
    if (!more) break;
    const lw_cell cell = lw_delimited_word(reader->table, variable);
    if (!cell.length || cell.length >= LW_NAME_MAX)
      return lw_delimited_refuse(reader->table, variable,
                                 "the name of a variable has 1 to %d bytes", LW_NAME_MAX - 1);
    if (left_out->count && lw_list_find(left_out, cell.text, cell.length) >= 0) continue;
    memcpy(name, cell.text, (size_t)cell.length);
    name[cell.length] = 0;
    LW_TRY(add_word(list, name));
  }
done:
  return status;
}

/* The channels are the variables that the train file has, in the order of their names. */
static lw_status find_variables(lw_table_reader *reader)
{
  const lw_table_settings *own = reader->own;
  words list = {0};
  lw_list left_out = {0};
  int64_t variable = 0;
  lw_status status = LW_OK;
  if (own->channels[0]) return lw_list_split(own->channels, "--channels", &reader->channels);
  if (own->leave_out[0]) LW_TRY(lw_list_split(own->leave_out, "--leave-out", &left_out));
  LW_TRY(lw_delimited_find(reader->table, own->variable, &variable));
  LW_TRY(collect(reader, variable, &left_out, &list));
  if (!list.count)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' has no rows behind its header",
                   lw_delimited_path(reader->table)));
  LW_TRY(
      lw_list_take((const char *const *)list.word, list.count, own->variable, &reader->channels));
done:
  for (int64_t i = 0; i < list.count; i++) lw_mem_give(list.word[i]);
  lw_mem_give(list.word);
  lw_list_done(&left_out);
  return status;
}

/* ---- all of it ---- */

/* The first record tells the form of times. */
static lw_status look_at_time(lw_table_reader *reader)
{
  bool more = false;
  double seconds = 0.0;
  lw_status status = LW_OK;
  reader->form = reader->own->time_form;
  if (reader->form != LW_MOMENT_AUTO || !reader->own->time[0]) return LW_OK;
  LW_TRY(lw_delimited_find(reader->table, reader->own->time, &reader->at.time));
  reader->left = 1;
  LW_TRY(lw_table_next(reader, &more));
  if (more) status = lw_table_time(reader, &seconds);
done:
  return status;
}

lw_status lw_table_look(lw_table_reader *reader)
{
  const lw_table_settings *own = reader->own;
  const char *path = own->source[LW_SPLIT_TRAIN];
  lw_status status = LW_OK;
  LW_TRY(lw_table_open(own, path, &reader->table));
  LW_TRY(lw_table_name_columns(reader, reader->table));
  LW_TRY(name_classes(reader));
  LW_TRY(look_at_time(reader));
  if (own->rows == LW_TABLE_VALUE && !lw_table_named_before(reader)) {
    lw_delimited_close(&reader->table);
    LW_TRY(lw_table_open(own, path, &reader->table));
    LW_TRY(find_variables(reader));
  }
  reader->counts = (lw_table_counts){0};
done:
  lw_delimited_close(&reader->table);
  return status;
}
