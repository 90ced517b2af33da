/* Options as text: saved as YAML that reads back exactly. */
#include "option_inside.h"
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* Text that grows as by snprintf: `length` counts what would have been written. */
typedef struct sheet {
  char *text;
  int64_t room, length;
} sheet;

__attribute__((format(printf, 2, 3))) static void put(sheet *s, const char *format, ...)
{
  bool fits = s->length < s->room;
  va_list arguments;
  va_start(arguments, format);
  s->length += vsnprintf(fits ? s->text + s->length : NULL,
                         fits ? (size_t)(s->room - s->length) : 0, format, arguments);
  va_end(arguments);
}

/* One code point of well-formed UTF-8; *text moves behind it. */
static uint32_t take_point(const unsigned char **text)
{
  const unsigned char *c = *text;
  int following = *c < 0x80 ? 0 : *c < 0xE0 ? 1 : *c < 0xF0 ? 2 : 3;
  uint32_t point = following ? *c & (0x3Fu >> following) : *c;
  c++;
  for (; following > 0 && *c; following--) point = point << 6 | (*c++ & 0x3Fu);
  *text = c;
  return point;
}

/* Control characters, line ends and byte order marks: YAML takes them only as \u in quotes. */
static bool must_escape(uint32_t point)
{
  return point < ' ' || (point >= 0x7F && point <= 0xA0) || point == 0x2028 || point == 0x2029 ||
         point == 0xFEFF || point == 0xFFFE || point == 0xFFFF;
}

static void put_quoted(sheet *s, const char *text)
{
  put(s, "\"");
  for (const unsigned char *c = (const unsigned char *)text; *c;) {
    const unsigned char *start = c;
    uint32_t point = take_point(&c);
    if (point == '"' || point == '\\')
      put(s, "\\%c", (char)point);
    else if (must_escape(point))
      put(s, "\\u%04" PRIX32, point);
    else
      put(s, "%.*s", (int)(c - start), (const char *)start);
  }
  put(s, "\"");
}

static void put_reals(sheet *s, const lw_reals *reals)
{
  put(s, "[");
  for (int64_t i = 0; i < reals->count; i++) {
    char number[LW_NUMBER_MAX];
    lw_option_print_real(reals->value[i], number);
    put(s, "%s%s", i ? ", " : "", number);
  }
  put(s, "]");
}

static void put_value(sheet *s, const lw_option_section *section, const lw_option *option)
{
  lw_option_value copy, *value = &copy;
  memcpy(value, lw_option_place(section, option), lw_option_size(option->type));
  char number[LW_NUMBER_MAX];
  switch (option->type) {
  case LW_OPTION_INT:
    put(s, "%" PRId64, value->whole);
    break;
  case LW_OPTION_AUTO:
    if (value->whole)
      put(s, "%" PRId64, value->whole);
    else
      put(s, "auto");
    break;
  case LW_OPTION_REAL:
    lw_option_print_real(value->real, number);
    put(s, "%s", number);
    break;
  case LW_OPTION_BOOL:
    put(s, "%s", value->truth ? "true" : "false");
    break;
  case LW_OPTION_TEXT:
    put_quoted(s, value->text);
    break;
  case LW_OPTION_CHOICE:
  case LW_OPTION_SWITCH:
    put_quoted(s, option->choices[value->choice]);
    break;
  case LW_OPTION_REALS:
    put_reals(s, &value->reals);
    break;
  case LW_OPTION_LONG:
    put_quoted(s, value->line);
    break;
  }
}

int64_t lw_option_save_value(const lw_option_section *section, const lw_option *option, char *text,
                             int64_t room)
{
  sheet s = {.text = text, .room = room};
  put_value(&s, section, option);
  return s.length;
}

int64_t lw_option_save(const lw_option_section *sections, int count, char *text, int64_t room)
{
  sheet s = {.text = text, .room = room};
  if (room > 0) text[0] = '\0';
  for (const lw_option_section *section = sections; section < sections + count; section++) {
    assert(section->name[0] && "flags have no section to be saved in");
    put(&s, "%s:\n", section->name);
    for (int i = 0; section->options[i].name; i++) {
      put(&s, "  %s: ", section->options[i].name);
      put_value(&s, section, &section->options[i]);
      put(&s, "\n");
    }
  }
  return s.length;
}
