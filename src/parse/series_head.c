#include "longwave/base/mem.h"
#include "longwave/parse/number.h"
#include "series_inside.h"
#include <string.h>
#include <strings.h>

/* The next word of a text, cut off behind it; *rest moves behind it. NULL: there is none. */
static char *take_word(char **rest)
{
  char *word = *rest + strspn(*rest, " \t");
  if (!*word) return NULL;
  char quote = *word == '\'' || *word == '"' ? *word : 0;
  char *end = quote ? strchr(word + 1, quote) : NULL;
  if (end)
    word++;
  else
    end = word + strcspn(word, " \t");
  *rest = *end ? end + 1 : end;
  *end = 0;
  return word;
}

static bool is_true(const char *word)
{
  return word && !strcasecmp(word, "true");
}

static bool is_count(const char *word, int64_t *count)
{
  double value = 0.0;
  if (!word || !lw_number_read(word, (int64_t)strlen(word), '.', &value)) return false;
  *count = value >= 0.0 && value < 1e9 ? (int64_t)value : -1;
  return (double)*count == value;
}

/* ---- classes ---- */

/* One more class, of a text that stays. */
static lw_status add_class(lw_series *series, const char *name)
{
  lw_series_head *head = &series->head;
  for (int64_t i = 0; i < head->class_count; i++)
    if (!strcmp(series->classes[i], name))
      return lw_series_refuse(series, "the class '%.40s' is named twice", name);
  lw_status status =
      LW_EXTEND(&series->classes, &series->class_room, head->class_count, head->class_count + 1);
  if (status != LW_OK) return status;
  series->classes[head->class_count++] = name;
  head->classes = series->classes;
  return LW_OK;
}

/* "true a b c", "false". */
static lw_status take_class_label(lw_series *series, char *rest)
{
  lw_status status = LW_OK;
  if (!is_true(take_word(&rest))) return LW_OK;
  if (series->class_text) return lw_series_refuse(series, "classes are named a second time");
  series->head.target = LW_SERIES_CLASS;
  LW_TRY(lw_mem_copy(rest, &series->class_text));
  char *names = series->class_text;
  for (char *name = take_word(&names); name; name = take_word(&names))
    LW_TRY(add_class(series, name));
  if (!series->head.class_count)
    status = lw_series_refuse(series, "@classLabel true names no classes");
done:
  return status;
}

/* "{a,b}" of an attribute; a name may stand in quotes. */
static lw_status take_nominal(lw_series *series, const char *type)
{
  lw_status status = LW_OK;
  if (series->class_text) return lw_series_refuse(series, "a second attribute with classes");
  series->head.target = LW_SERIES_CLASS;
  LW_TRY(lw_mem_copy(type + 1, &series->class_text));
  char *at = series->class_text, *last = strrchr(at, '}');
  if (!last) return lw_series_refuse(series, "the list of classes has no closing brace");
  *last = 0;
  while (*at) {
    char *end = at + strcspn(at, ",");
    char *next = *end ? end + 1 : end;
    *end = 0;
    const char *name = take_word(&at);
    if (!name) return lw_series_refuse(series, "an empty name in the list of classes");
    LW_TRY(add_class(series, name));
    at = next;
  }
  if (!series->head.class_count) status = lw_series_refuse(series, "the list of classes is empty");
done:
  return status;
}

/* ---- keys ---- */

/* "name type" of arff and tsf. The last numeric attribute may be the target: read_head decides. */
static lw_status take_attribute(lw_series *series, char *rest)
{
  const char *name = take_word(&rest);
  char *type = rest + strspn(rest, " \t");
  if (!name || !*type)
    return lw_series_refuse(series, "an @attribute has a name and a type, as 'att0 numeric'");
  if (*type == '{') return take_nominal(series, type);
  if (!strcasecmp(type, "relational")) {
    series->relational = series->in_relation = true;
    return LW_OK;
  }
  if (series->in_relation) return LW_OK;
  if (series->head.class_count)
    return lw_series_refuse(series, "an attribute behind the one with classes, which must be last");
  if (!strcasecmp(name, "series_name")) series->name_field = series->attributes;
  series->foreseen |= !strcasecmp(type, "string") || !strcasecmp(type, "date");
  series->attributes++;
  return LW_OK;
}

static lw_status take_name(lw_series *series, char *rest)
{
  const char *name = take_word(&rest);
  if (series->problem || !name) return LW_OK;
  lw_status status = lw_mem_copy(name, &series->problem);
  if (status == LW_OK) series->head.problem = series->problem;
  return status;
}

static lw_status take_dimensions(lw_series *series, char *rest)
{
  if (is_count(take_word(&rest), &series->head.channels) && series->head.channels > 0) return LW_OK;
  return lw_series_refuse(series, "@dimensions is the number of channels, at least 1");
}

/* A line of the header. Keys that change nothing for a reader are passed over: @missing,
   @equalLength, @seriesLength (values are counted), @horizon and such. */
static lw_status take_key(lw_series *series)
{
  lw_series_head *head = &series->head;
  char *rest = series->text + 1;
  const char *key = take_word(&rest);
  if (!key) return lw_series_refuse(series, "an '@' without a key");
  if (!strcasecmp(key, "problemName")) return head->kind = LW_SERIES_TS, take_name(series, rest);
  if (!strcasecmp(key, "relation")) return head->kind = LW_SERIES_ARFF, take_name(series, rest);
  if (!strcasecmp(key, "attribute")) return take_attribute(series, rest);
  if (!strcasecmp(key, "dimensions") || !strcasecmp(key, "dimension"))
    return take_dimensions(series, rest);
  if (!strcasecmp(key, "classLabel")) return take_class_label(series, rest);
  if (!strcasecmp(key, "timeStamps")) head->stamped = is_true(take_word(&rest));
  if (!strcasecmp(key, "univariate") && is_true(take_word(&rest))) head->channels = 1;
  if (!strcasecmp(key, "targetLabel") && is_true(take_word(&rest))) head->target = LW_SERIES_NUMBER;
  if (!strcasecmp(key, "frequency") || !strcasecmp(key, "horizon")) series->foreseen = true;
  if (!strcasecmp(key, "end")) series->in_relation = false;
  return LW_OK;
}

static lw_status end_head(lw_series *series)
{
  lw_series_head *head = &series->head;
  if (head->kind == LW_SERIES_ARFF && series->foreseen) head->kind = LW_SERIES_TSF;
  if (head->kind == LW_SERIES_TS) return LW_OK;
  if (head->kind == LW_SERIES_TSF) {
    head->channels = 1;
    return head->target == LW_SERIES_NOTHING
               ? LW_OK
               : lw_series_refuse(series, "a file of forecasting has no target");
  }
  if (head->target == LW_SERIES_NOTHING && series->attributes) {
    head->target = LW_SERIES_NUMBER;
    series->attributes--;
  }
  if (!series->relational && !series->attributes)
    return lw_series_refuse(series, "the header has no @attribute of values");
  if (!series->relational) head->channels = 1;
  return LW_OK;
}

lw_status lw_series_read_head(lw_series *series)
{
  lw_status status = LW_OK;
  LW_TRY(lw_series_line(series));
  if (!series->text)
    return lw_fail(LW_ERROR_INPUT, "'%s' is empty: it has no line but comments",
                   lw_source_path(series->source));
  if (series->text[0] != '@') {
    series->held = true;
    series->head.kind = LW_SERIES_UCR;
    series->head.target = LW_SERIES_CLASS;
    series->head.channels = 1;
    return LW_OK;
  }
  while (strcasecmp(series->text, "@data") != 0) {
    if (series->text[0] != '@')
      return lw_series_refuse(series, "a line of the header begins with '@'; is '@data' missing?");
    LW_TRY(take_key(series));
    LW_TRY(lw_series_line(series));
    if (!series->text) return lw_series_refuse(series, "the file ends before '@data'");
  }
  status = end_head(series);
done:
  return status;
}
