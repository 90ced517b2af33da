#include "longwave/task/task.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/data/equals.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lw_product_done(lw_product *product)
{
  for (int split = 0; split < LW_SPLITS; split++) lw_samples_done(&product->samples[split]);
  lw_list_done(&product->classes);
  lw_mem_give(product->origin);
  lw_mem_give(product->notes);
  product->origin = product->notes = NULL;
  product->note_room = 0;
}

/* ---- texts that grow ---- */

/* Add to *text, NULL at first, that has *room bytes. */
__attribute__((format(printf, 3, 0))) static lw_status add(char **text, int64_t *room,
                                                           const char *format, va_list arguments)
{
  lw_text to = {.text = *text, .room = *room, .grows = true};
  if (*text) to.used = (int64_t)strlen(*text);
  lw_text_add_list(&to, format, arguments);
  const lw_status status = lw_text_end(&to);
  *text = to.text;
  *room = to.room;
  return status;
}

lw_status lw_product_origin(lw_product *product, const char *format, ...)
{
  int64_t room = 0;
  va_list arguments;
  lw_mem_give(product->origin);
  product->origin = NULL;
  va_start(arguments, format);
  lw_status status = add(&product->origin, &room, format, arguments);
  va_end(arguments);
  return status;
}

lw_status lw_product_note(lw_product *product, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  lw_status status = add(&product->notes, &product->note_room, format, arguments);
  va_end(arguments);
  return status;
}

/* ---- lists ---- */

static int by_entry(const void *a, const void *b)
{
  return strcmp(((const lw_list_key *)a)->entry, ((const lw_list_key *)b)->entry);
}

static lw_status sort_list(lw_list *list, const char *what)
{
  for (int64_t i = 0; i < list->count; i++) list->sorted[i] = (lw_list_key){list->entry[i], i};
  qsort(list->sorted, (size_t)list->count, sizeof *list->sorted, by_entry);
  for (int64_t i = 0; i < list->count; i++) {
    const char *entry = list->sorted[i].entry;
    if (!*entry) return lw_fail(LW_ERROR_INPUT, "%s has an empty entry; remove it", what);
    if (i && !strcmp(entry, list->sorted[i - 1].entry))
      return lw_fail(LW_ERROR_INPUT, "%s has '%s' twice; remove one", what, entry);
  }
  return LW_OK;
}

lw_status lw_list_split_at(const char *text, char separator, const char *what, lw_list *out)
{
  const char stop[] = {separator, 0};
  lw_list list = {.count = 1};
  lw_status status = LW_OK;
  for (const char *c = text; *c; c++) list.count += *c == separator;
  LW_TRY(lw_mem_copy(text, &list.text));
  LW_TRY(LW_TAKE(&list.entry, list.count));
  LW_TRY(LW_TAKE(&list.sorted, list.count));
  char *piece = list.text;
  for (int64_t i = 0; i < list.count; i++) {
    list.entry[i] = piece;
    piece += strcspn(piece, stop);
    if (*piece) *piece++ = 0;
  }
  LW_TRY(sort_list(&list, what));
  lw_list_done(out);
  *out = list;
  list = (lw_list){0};
done:
  lw_list_done(&list);
  return status;
}

lw_status lw_list_split(const char *text, const char *what, lw_list *out)
{
  return lw_list_split_at(text, ',', what, out);
}

lw_status lw_list_take(const char *const *entries, int64_t count, const char *what, lw_list *out)
{
  const char separator = '\x1f'; /* of units; an entry may hold commas */
  int64_t room = 1, used = 0;
  char *text = NULL;
  lw_status status = LW_OK;
  for (int64_t k = 0; k < count; k++) room += (int64_t)strlen(entries[k]) + 1;
  LW_TRY(LW_TAKE(&text, room));
  for (int64_t k = 0; k < count; k++) {
    if (k) text[used++] = separator;
    memcpy(text + used, entries[k], strlen(entries[k]));
    used += (int64_t)strlen(entries[k]);
  }
  status = lw_list_split_at(text, separator, what, out);
done:
  lw_mem_give(text);
  return status;
}

void lw_list_done(lw_list *list)
{
  lw_mem_give(list->text);
  lw_mem_give(list->entry);
  lw_mem_give(list->sorted);
  *list = (lw_list){0};
}

/* strcmp of text [length] and a whole text */
static int compare(const char *text, int64_t length, const char *whole)
{
  const int order = strncmp(text, whole, (size_t)length);
  return order ? order : -(whole[length] != 0);
}

int64_t lw_list_find(const lw_list *list, const char *text, int64_t length)
{
  int64_t low = 0, high = list->count;
  if (memchr(text, 0, (size_t)length)) return -1;
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    const int order = compare(text, length, list->sorted[middle].entry);
    if (!order) return list->sorted[middle].index;
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return -1;
}

/* ---- classes ---- */

/* Whether a name reads as a number that is not its own index. */
static bool is_foreign_index(const char *name, int64_t index)
{
  char *end = NULL;
  const double number = strtod(name, &end);
  return !*end && name[strcspn(name, "0123456789")] && number != (double)index;
}

static lw_status accept_classes(lw_product *product, const char *what)
{
  product->labels_are_indices = true;
  product->recipe.classes = product->classes.count;
  product->recipe.class_names = product->classes.entry;
  for (int64_t k = 0; k < product->classes.count; k++) {
    const char *name = product->classes.entry[k];
    if (strlen(name) >= LW_NAME_MAX)
      return lw_fail(LW_ERROR_INPUT, "%s: the name '%s' is longer than %d bytes; shorten it", what,
                     name, LW_NAME_MAX - 1);
    if (is_foreign_index(name, k)) product->labels_are_indices = false;
  }
  return LW_OK;
}

lw_status lw_product_name_classes(lw_product *product, const char *list, const char *what)
{
  lw_status status = lw_list_split(list, what, &product->classes);
  return status == LW_OK ? accept_classes(product, what) : status;
}

lw_status lw_product_take_classes(lw_product *product, const char *const *names, int64_t count,
                                  const char *what)
{
  const lw_status status = lw_list_take(names, count, what, &product->classes);
  return status == LW_OK ? accept_classes(product, what) : status;
}

int32_t lw_product_label(const lw_product *product, const char *label, int64_t length)
{
  const int64_t named = lw_list_find(&product->classes, label, length);
  int64_t index = 0, digits = 0;
  if (named >= 0) return (int32_t)named;
  if (!product->labels_are_indices) return -1;
  for (; digits < length && label[digits] >= '0' && label[digits] <= '9'; digits++)
    if ((index = 10 * index + label[digits] - '0') >= product->classes.count) return -1;
  const bool plain = digits && (digits == 1 || label[0] != '0');
  const bool whole = length == digits || (length == digits + 2 && !memcmp(label + digits, ".0", 2));
  return plain && whole ? (int32_t)index : -1;
}

const char *lw_product_label_rule(const lw_product *product, char *text)
{
  if (product->labels_are_indices)
    snprintf(text, LW_TEXT_MAX, "is none of 0..%" PRId64 " and not the name of a class",
             product->classes.count - 1);
  else
    snprintf(text, LW_TEXT_MAX,
             "is not the name of a class; because some classes have numbers as names, a label must "
             "be the name itself");
  return text;
}

/* ---- samples that are equal ---- */

lw_status lw_product_count_duplicates(lw_product *product, const bool given[LW_SPLITS])
{
  static const char *const earlier[] = {"", "train", "train or validation"};
  lw_equals equals;
  lw_status status = lw_equals_samples(product->samples, false, &equals);
  if (status != LW_OK) return status;
  int64_t(*const again)[LW_SPLITS] = equals.again;
  const int64_t in_train = again[LW_SPLIT_VALIDATION][LW_SPLIT_TRAIN];
  const int64_t in_both =
      again[LW_SPLIT_TEST][LW_SPLIT_TRAIN] + again[LW_SPLIT_TEST][LW_SPLIT_VALIDATION];
  const int64_t common[LW_SPLITS] = {0, in_train, in_both};
  for (int split = 1; split < LW_SPLITS; split++) {
    const int64_t count = product->samples[split].count;
    if (given[split] && count && 10 * common[split] >= 9 * count)
      return lw_fail(
          LW_ERROR_INPUT,
          "%" PRId64 " of %" PRId64
          " %s samples are also in %s: the splits are mixed up, or one file was given twice",
          common[split], count, lw_split_name((lw_split)split), earlier[split]);
  }
  return lw_product_note(product,
                         "duplicates: %" PRId64 " within train, %" PRId64
                         " validation samples in train, %" PRId64
                         " test samples in train or validation\n",
                         again[LW_SPLIT_TRAIN][LW_SPLIT_TRAIN], in_train, in_both);
}

/* ---- options of a task ---- */

static bool was_given(const lw_option_section *flags, int option, const char *name)
{
  return !strcmp(flags->options[option].name, name) &&
         strcmp(flags->origin[option].source, "default") != 0;
}

bool lw_task_given(const lw_option_section *flags, const char *name)
{
  for (int i = 0; flags->options[i].name; i++)
    if (was_given(flags, i, name)) return true;
  return false;
}

lw_status lw_task_forbid(const lw_option_section *flags, const char *const *names, const char *why)
{
  for (int i = 0; flags->options[i].name; i++)
    for (int n = 0; names[n]; n++)
      if (was_given(flags, i, names[n]))
        return lw_fail(LW_ERROR_INPUT, "'%s' has no meaning %s; remove it", flags->origin[i].source,
                       why);
  return LW_OK;
}
