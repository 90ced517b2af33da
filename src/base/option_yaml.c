/* Job files: YAML events of libyaml walked by our tables. Two passes over the same text: the first
   collects every mistake, the second stores, so that a file with a mistake changes nothing. */
#include "option_inside.h"
#include "longwave/base/input.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <yaml.h>

enum { FILE_MAX_BYTES = 1 << 20, DEPTH_MAX = 64 };

typedef struct mistakes {
  char lines[7 * LW_TEXT_MAX]; /* fits the message of lw_fail */
  lw_text text;                /* in lines */
  int hidden;
} mistakes;

typedef struct reader {
  lw_option_section *sections;
  int count;
  const char *name, *text;
  size_t length;
  bool storing; /* the second pass */
  bool broken;  /* no YAML: nothing more can be read */
  yaml_parser_t parser;
  yaml_event_t event; /* the current one; YAML_NO_EVENT before the first and after the last */
  mistakes *mistakes;
} reader;

/* Add "file:line:column: sentence", kept on one line even when a quoted value holds line ends.
   Once the file is found to be no YAML, what else seems wrong is noise, so nothing follows. */
__attribute__((format(printf, 3, 4))) static void blame(reader *r, yaml_mark_t mark,
                                                        const char *format, ...)
{
  if (r->broken) return;
  mistakes *list = r->mistakes;
  char line[2 * LW_TEXT_MAX];
  lw_text text = LW_TEXT_IN(line);
  lw_text_add(&text, "%.400s:%zu:%zu: ", r->name, mark.line + 1, mark.column + 1);
  va_list arguments;
  va_start(arguments, format);
  lw_text_add_list(&text, format, arguments);
  va_end(arguments);
  for (char *c = line; *c; c++)
    if ((unsigned char)*c < ' ' || *c == 127) *c = ' ';

  if (list->hidden || text.used + 2 > list->text.room - list->text.used)
    list->hidden++;
  else
    lw_text_item(&list->text, "\n", "%s", line);
}

/* For errors in the bytes libyaml gives an offset only. */
static yaml_mark_t mark_of_offset(const reader *r, size_t offset)
{
  yaml_mark_t mark = {.index = offset};
  for (size_t i = 0; i < offset && i < r->length; i++) {
    bool line_end = r->text[i] == '\n';
    mark.line += line_end;
    mark.column = line_end ? 0 : mark.column + (((unsigned char)r->text[i] & 0xC0) != 0x80);
  }
  return mark;
}

static void blame_yaml(reader *r)
{
  const yaml_parser_t *parser = &r->parser;
  const char *problem = parser->problem ? parser->problem : "out of memory";
  if (parser->error == YAML_READER_ERROR) {
    blame(r, mark_of_offset(r, parser->problem_offset), "not YAML text: %s", problem);
    return;
  }
  size_t index = parser->problem_mark.index; /* in characters: right for a hint in ASCII files */
  bool tab = index < r->length && r->text[index] == '\t';
  blame(r, parser->problem_mark, "not YAML: %s%s%s%s", problem, parser->context ? ", " : "",
        parser->context ? parser->context : "", tab ? "; indent with spaces, not tabs" : "");
}

static yaml_event_type_t next(reader *r)
{
  if (r->broken) return YAML_NO_EVENT;
  yaml_event_delete(&r->event);
  if (!yaml_parser_parse(&r->parser, &r->event)) {
    blame_yaml(r);
    r->broken = true;
    r->event = (yaml_event_t){.type = YAML_NO_EVENT};
  }
  return r->event.type;
}

/* Leave the last event of the node whose first event is the current one. */
static void skip(reader *r)
{
  int depth = 0;
  do {
    yaml_event_type_t type = r->event.type;
    depth += type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT;
    depth -= type == YAML_MAPPING_END_EVENT || type == YAML_SEQUENCE_END_EVENT;
    if (depth > DEPTH_MAX) {
      blame(r, r->event.start_mark, "nested deeper than %d levels", DEPTH_MAX);
      r->broken = true;
    }
  } while (depth > 0 && next(r) != YAML_NO_EVENT && !r->broken);
}

/* Anchors, aliases and tags make a file mean more than it shows. True: the node has none. */
static bool check_plain_node(reader *r)
{
  const yaml_char_t *anchor = NULL, *tag = NULL;
  if (r->event.type == YAML_ALIAS_EVENT) {
    blame(r, r->event.start_mark, "aliases (*%s) are not supported: write the value out",
          (const char *)r->event.data.alias.anchor);
    return false;
  }
  if (r->event.type == YAML_SCALAR_EVENT) {
    anchor = r->event.data.scalar.anchor;
    tag = r->event.data.scalar.tag;
  } else if (r->event.type == YAML_MAPPING_START_EVENT) {
    anchor = r->event.data.mapping_start.anchor;
    tag = r->event.data.mapping_start.tag;
  } else if (r->event.type == YAML_SEQUENCE_START_EVENT) {
    anchor = r->event.data.sequence_start.anchor;
    tag = r->event.data.sequence_start.tag;
  }
  if (anchor)
    blame(r, r->event.start_mark, "anchors (&%s) are not supported: remove it",
          (const char *)anchor);
  if (tag)
    blame(r, r->event.start_mark, "tags (%s) are not supported: remove it", (const char *)tag);
  return !anchor && !tag;
}

/* The current scalar's text, or NULL (with the reason told) when it is no text of ours. */
static const char *scalar_text(reader *r, const char *what)
{
  const char *text = (const char *)r->event.data.scalar.value;
  if (strlen(text) == r->event.data.scalar.length) return text;
  blame(r, r->event.start_mark, "%s must not hold a zero byte", what);
  return NULL;
}

static bool is_quoted(const reader *r)
{
  return r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
}

static bool is_nothing(const reader *r)
{
  static const char *const nothing[] = {"", "~", "null", "Null", "NULL", NULL};
  if (r->event.type != YAML_SCALAR_EVENT || is_quoted(r)) return false;
  for (const char *const *word = nothing; *word; word++)
    if (strcmp((const char *)r->event.data.scalar.value, *word) == 0) return true;
  return false;
}

/* Where "none" is a choice, YAML's null means it. */
static bool has_none(const lw_option *option)
{
  for (int i = 0; option->choices && option->choices[i]; i++)
    if (!strcmp(option->choices[i], "none")) return true;
  return false;
}

typedef bool parser(const lw_option_source *from, lw_option_value *value);

static void read_scalar(reader *r, lw_option_source *from, parser *parse, lw_option_value *value)
{
  from->text = is_nothing(r) && has_none(from->option) ? "none" : scalar_text(r, "a value");
  from->quoted = is_quoted(r);
  if (from->text && !parse(from, value)) blame(r, r->event.start_mark, "%s", from->why);
}

static void read_list(reader *r, lw_option_source *from, const char *name, lw_option_value *value)
{
  const lw_option_type_row *row = lw_option_type_of(from->option);
  const yaml_mark_t mark = r->event.start_mark;
  int items = 0;
  for (; next(r) != YAML_SEQUENCE_END_EVENT && !r->broken; items++)
    if (!check_plain_node(r)) {
      skip(r);
    } else if (r->event.type != YAML_SCALAR_EVENT) {
      blame(r, r->event.start_mark, "'%s' must be a %s only", name, row->words);
      skip(r);
    } else {
      read_scalar(r, from, row->parse_item, value);
    }
  if (!items && from->option->choices) blame(r, mark, "'%s' must name at least one", name);
}

static void read_value(reader *r, lw_option_section *section, const lw_option *option,
                       lw_option_origin origin)
{
  const lw_option_type_row *row = lw_option_type_of(option);
  const yaml_mark_t mark = r->event.start_mark;
  char name[LW_TEXT_MAX], why[LW_TEXT_MAX];
  lw_option_source from = {.section = section, .option = option, .why = why};
  lw_option_value value = {.reals = {0}};
  lw_option_full_name(section, option, name);
  if (!check_plain_node(r)) {
    skip(r);
  } else if (is_nothing(r) && !has_none(option)) {
    blame(r, mark, "'%s' has no value", name);
  } else if (r->event.type == YAML_SEQUENCE_START_EVENT && row->parse_item) {
    read_list(r, &from, name, &value);
  } else if (r->event.type == YAML_SCALAR_EVENT && (!row->parse_item || option->choices)) {
    read_scalar(r, &from, row->parse, &value);
  } else {
    blame(r, mark,
          !row->parse_item  ? "'%s' must be a single value, not a list or a mapping"
          : option->choices ? "'%s' must be a word or a list of words"
                            : "'%s' must be a list such as [0, 0.5]",
          name);
    skip(r);
  }
  if (r->storing) lw_option_store(section, option, &value, origin);
}

/* The text of a key; NULL, with the reason told, when it is no key. */
static const char *key_text(reader *r)
{
  if (r->event.type == YAML_SCALAR_EVENT)
    return check_plain_node(r) ? scalar_text(r, "a key") : NULL;
  if (check_plain_node(r)) blame(r, r->event.start_mark, "a key must be a single word");
  skip(r);
  return NULL;
}

/* Has this key been given? If not, remember its line. */
static bool check_once(reader *r, const char *section, const char *dot, const char *key, int *line)
{
  if (*line == 0) {
    *line = (int)r->event.start_mark.line + 1;
    return true;
  }
  blame(r, r->event.start_mark, "'%s%s%s' is given twice, first in line %d", section, dot, key,
        *line);
  return false;
}

static void read_key(reader *r, lw_option_section *section, int *lines)
{
  const char *key = key_text(r);
  const lw_option *option = key ? lw_option_find(section, key) : NULL;
  lw_option_origin origin = {.source = r->name,
                             .line = (int)r->event.start_mark.line + 1,
                             .column = (int)r->event.start_mark.column + 1};
  if (key && !option) {
    char hint[LW_TEXT_MAX];
    lw_option_hint(r->sections, r->count, section, key, hint);
    blame(r, r->event.start_mark, "unknown key '%s.%.200s'%s", section->name, key, hint);
  }
  if (option && !check_once(r, section->name, ".", key, &lines[option - section->options]))
    option = NULL;
  next(r);
  if (option)
    read_value(r, section, option, origin);
  else
    skip(r);
}

static void read_section(reader *r, lw_option_section *section)
{
  if (!check_plain_node(r)) {
    skip(r);
  } else if (r->event.type == YAML_MAPPING_START_EVENT) {
    int lines[LW_OPTIONS_MAX] = {0};
    while (next(r) != YAML_MAPPING_END_EVENT && !r->broken) read_key(r, section, lines);
  } else if (!is_nothing(r)) {
    blame(r, r->event.start_mark, "section '%s' must hold lines 'key: value'", section->name);
    skip(r);
  }
}

static void blame_section(reader *r, const char *key)
{
  char hint[LW_TEXT_MAX];
  lw_option_hint_section(r->sections, r->count, key, hint);
  blame(r, r->event.start_mark, "unknown section '%.200s'%s", key, hint);
}

static void read_root(reader *r)
{
  int lines[LW_SECTIONS_MAX] = {0};
  while (next(r) != YAML_MAPPING_END_EVENT && !r->broken) {
    const char *key = key_text(r);
    lw_option_section *section = key ? lw_option_find_section(r->sections, r->count, key) : NULL;
    if (key && !section) blame_section(r, key);
    if (section && !check_once(r, "", "", key, &lines[section - r->sections])) section = NULL;
    next(r);
    if (section)
      read_section(r, section);
    else
      skip(r);
  }
}

static void read_stream(reader *r)
{
  next(r); /* the start of the stream */
  if (next(r) != YAML_DOCUMENT_START_EVENT) return;
  next(r);
  bool plain = check_plain_node(r);
  if (plain && r->event.type == YAML_MAPPING_START_EVENT) {
    read_root(r);
  } else {
    if (plain && !is_nothing(r))
      blame(r, r->event.start_mark, "a job file holds sections such as '%s:', nothing else",
            r->sections[0].name);
    skip(r);
  }
  next(r); /* the end of the document */
  if (next(r) == YAML_DOCUMENT_START_EVENT)
    blame(r, r->event.start_mark, "a second document begins here; a job file holds one");
}

static lw_status walk(reader *r)
{
  if (!yaml_parser_initialize(&r->parser)) return lw_fail(LW_ERROR_MEMORY, "out of memory");
  yaml_parser_set_input_string(&r->parser, (const unsigned char *)r->text, r->length);
  read_stream(r);
  yaml_event_delete(&r->event);
  yaml_parser_delete(&r->parser);
  const mistakes *list = r->mistakes;
  if (list->hidden) return lw_fail(LW_ERROR_INPUT, "%s\n(and %d more)", list->lines, list->hidden);
  return list->text.used ? lw_fail(LW_ERROR_INPUT, "%s", list->lines) : LW_OK;
}

static lw_status read_bytes(lw_option_section *sections, int count, const char *text, size_t length,
                            const char *name)
{
  assert(count <= LW_SECTIONS_MAX);
  if (length > FILE_MAX_BYTES)
    return lw_fail(LW_ERROR_INPUT,
                   "%s: larger than %d bytes, so it is not a job file; give a YAML file", name,
                   FILE_MAX_BYTES);
  lw_status status = LW_OK;
  for (int pass = 0; pass < 2 && status == LW_OK; pass++) {
    mistakes list;
    list.text = LW_TEXT_IN(list.lines);
    list.hidden = 0;
    reader r = {.sections = sections,
                .count = count,
                .name = name,
                .text = text,
                .length = length,
                .storing = pass == 1,
                .mistakes = &list};
    status = walk(&r);
  }
  return status;
}

lw_status lw_option_read_text(lw_option_section *sections, int count, const char *text,
                              const char *name)
{
  return read_bytes(sections, count, text, strlen(text), name);
}

lw_status lw_option_read_file(lw_option_section *sections, int count, const char *path)
{
  char *text = NULL;
  lw_status status = LW_OK;
  FILE *file = fopen(path, "rb");
  if (!file) return lw_fail(LW_ERROR_FILE, "cannot open %s: %s", path, lw_reason(errno));
  lw_input_note(path);
  LW_TRY(LW_TAKE(&text, FILE_MAX_BYTES + 1));
  size_t length = fread(text, 1, FILE_MAX_BYTES + 1, file);
  if (ferror(file)) LW_TRY(lw_fail(LW_ERROR_FILE, "cannot read %s: %s", path, lw_reason(errno)));
  LW_TRY(read_bytes(sections, count, text, length, path));
done:
  lw_mem_give(text);
  fclose(file);
  return status;
}
