/* The types of options: of each its parser and its printer, and one row in the table at the end. */
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/base/utf8.h"
#include "option_inside.h"
#include "option_number.h"
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

/* from->why = "'model.layers' " and the rest; always false, so that a parser can return it. */
__attribute__((format(printf, 2, 3))) static bool refuse(const lw_option_source *from,
                                                         const char *format, ...)
{
  char name[LW_TEXT_MAX];
  lw_option_full_name(from->section, from->option, name);
  lw_text why = lw_text_in(from->why, LW_TEXT_MAX);
  lw_text_add(&why, "'%.200s' ", name);
  va_list arguments;
  va_start(arguments, format);
  lw_text_add_list(&why, format, arguments);
  va_end(arguments);
  return false;
}

/* ---- numbers ---- */

static bool check_range(const lw_option_source *from, double value)
{
  const lw_option *option = from->option;
  char range[LW_RANGE_MAX];
  if (value >= option->least && value <= option->greatest) return true;
  if (fabs(value) >= lw_number_open) return refuse(from, "is too large: %.80s", from->text);
  lw_number_print_range(option->least, option->greatest, range);
  return refuse(from, "must be %s, not %.80s", range, from->text);
}

/* kind: "a number". After a word such as "off", the message repeats the option's sentence, which
   says how to switch it off. */
static bool refuse_number(const lw_option_source *from, const char *kind)
{
  static const char *const nothing[] = {"none", "null", "off", "no", "false", NULL};
  const char *sentence = NULL;
  for (const char *const *word = nothing; *word; word++)
    if (lw_option_alike(*word, from->text)) sentence = from->option->sentence;
  const char *behind = sentence ? ": " : from->quoted ? " in quotes" : "";
  return refuse(from, "must be %s, not '%.80s'%s%.900s", kind, from->text, behind,
                sentence ? sentence : "");
}

static bool read_whole(const lw_option_source *from, const char *kind, int64_t *value)
{
  const lw_number is = from->quoted ? LW_NUMBER_NONE : lw_number_whole(from->text, value);
  if (is == LW_NUMBER_NONE) return refuse_number(from, kind);
  if (is == LW_NUMBER_TOO_LARGE)
    return refuse(from, "is too large for a whole number: %.80s", from->text);
  return check_range(from, (double)*value);
}

static bool parse_int(const lw_option_source *from, lw_option_value *value)
{
  return read_whole(from, "a whole number", &value->whole);
}

static void print_int(lw_text *to, const lw_option_value *value)
{
  lw_text_add(to, "%" PRId64, value->whole);
}

/* auto is 0 */
static bool parse_auto(const lw_option_source *from, lw_option_value *value)
{
  return !strcmp(from->text, "auto") || read_whole(from, "a whole number or auto", &value->whole);
}

static void print_auto(lw_text *to, const lw_option_value *value)
{
  if (value->whole)
    print_int(to, value);
  else
    lw_text_add(to, "auto");
}

static bool read_real(const lw_option_source *from, double *value)
{
  static const char *const not_finite[] = {"inf", "-inf", ".inf", "-.inf", "nan", ".nan", NULL};
  for (const char *const *word = not_finite; *word && !from->quoted; word++)
    if (!strcmp(from->text, *word)) return refuse(from, "must be finite, not %s", from->text);
  const lw_number is = from->quoted ? LW_NUMBER_NONE : lw_number_real(from->text, value);
  if (is == LW_NUMBER_NONE) return refuse_number(from, "a number");
  if (is == LW_NUMBER_TOO_LARGE)
    return refuse(from, "must be finite, but %.80s is too large", from->text);
  return check_range(from, *value);
}

static bool parse_real(const lw_option_source *from, lw_option_value *value)
{
  return read_real(from, &value->real);
}

static void add_real(lw_text *to, const char *between, double value)
{
  char number[LW_NUMBER_MAX];
  lw_number_print(value, number);
  lw_text_add(to, "%s%s", between, number);
}

static void print_real(lw_text *to, const lw_option_value *value)
{
  add_real(to, "", value->real);
}

/* ---- lists of numbers ---- */

/* One item more; of those that are too many the first is refused, the others are passed over. */
static bool parse_item(const lw_option_source *from, lw_option_value *value)
{
  const int64_t index = value->reals.count++;
  if (index == LW_REALS_MAX) return refuse(from, "has more than %d values", LW_REALS_MAX);
  return index > LW_REALS_MAX || read_real(from, &value->reals.value[index]);
}

typedef bool item_parser(const lw_option_source *from, lw_option_value *value);

/* "[0, 0.5]", or without brackets on the command line. */
static bool parse_list(const lw_option_source *from, item_parser *parse, lw_option_value *value)
{
  const char *text = from->text, *end = text + strlen(text);
  char copy[LW_TEXT_MAX];
  lw_option_source item = *from;
  item.text = copy;
  if (end - text >= 2 && text[0] == '[' && end[-1] == ']') text++, end--;
  while (text < end) {
    text += strspn(text, " ");
    size_t span = strcspn(text, ","), length;
    if (span > (size_t)(end - text)) span = (size_t)(end - text);
    for (length = span; length > 0 && text[length - 1] == ' ';) length--;
    if (length >= sizeof copy) return refuse(from, "has an item that is too long");
    snprintf(copy, sizeof copy, "%.*s", (int)length, text);
    if (!parse(&item, value)) return false;
    text += span + 1;
  }
  return true;
}

static bool parse_reals(const lw_option_source *from, lw_option_value *value)
{
  return parse_list(from, parse_item, value);
}

static void print_reals(lw_text *to, const lw_option_value *value)
{
  lw_text_add(to, "[");
  for (int64_t i = 0; i < value->reals.count; i++)
    add_real(to, i ? ", " : "", value->reals.value[i]);
  lw_text_add(to, "]");
}

/* ---- true or false ---- */

static bool parse_bool(const lw_option_source *from, lw_option_value *value)
{
  static const char *const words[] = {"false", "true", "no", "yes", "off", "on", NULL};
  for (int i = 0; words[i] && !from->quoted; i++)
    if (lw_option_alike(words[i], from->text)) {
      value->truth = i % 2;
      return true;
    }
  return refuse(from, "must be true or false, not '%.80s'%s", from->text,
                from->quoted ? " in quotes" : "");
}

static void print_bool(lw_text *to, const lw_option_value *value)
{
  lw_text_add(to, "%s", value->truth ? "true" : "false");
}

/* ---- texts ---- */

/* Well-formed UTF-8 can be saved as YAML and read back; other bytes cannot. */
static bool check_utf8(const lw_option_source *from)
{
  const bool fine = lw_utf8_check(from->text, (int64_t)strlen(from->text)) < 0;
  return fine || refuse(from, "must be UTF-8 text");
}

static bool parse_text(const lw_option_source *from, lw_option_value *value)
{
  /* A row without lengths means any length: an option that must be empty would be useless. */
  double greatest = LW_TEXT_MAX - 1, least = from->option->least;
  if (from->option->greatest > 0) greatest = fmin(greatest, from->option->greatest);
  const size_t length = strlen(from->text);
  if ((double)length < least || (double)length > greatest)
    return refuse(from, "must have %.0f to %.0f bytes, not %zu", least, greatest, length);
  memcpy(value->text, from->text, length);
  return check_utf8(from);
}

void lw_option_texts_done(lw_option_texts *texts)
{
  for (int64_t i = 0; i < texts->count; i++) lw_mem_give(texts->text[i]);
  lw_mem_give(texts->text);
  *texts = (lw_option_texts){0};
}

static bool keep_text(lw_option_texts *texts, const char **text)
{
  char *copy = NULL;
  if (LW_EXTEND(&texts->text, &texts->room, texts->count, texts->count + 1) != LW_OK ||
      lw_mem_copy(*text, &copy) != LW_OK)
    return false;
  texts->text[texts->count++] = copy;
  *text = copy;
  return true;
}

static bool parse_long(const lw_option_source *from, lw_option_value *value)
{
  assert((from->section->texts || !from->section->name[0]) &&
         "borrowed text is for flags: a job is sent to other ranks");
  if ((double)strlen(from->text) < from->option->least) return refuse(from, "must not be empty");
  value->line = from->text;
  if (from->section->name[0] && !keep_text(from->section->texts, &value->line))
    return refuse(from, "does not fit into memory");
  return check_utf8(from);
}

/* Control characters, line ends and byte order marks: YAML takes them only as \u in quotes. */
static bool must_escape(uint32_t code)
{
  return code < ' ' || (code >= 0x7F && code <= 0xA0) || code == 0x2028 || code == 0x2029 ||
         code == 0xFEFF || code == 0xFFFE || code == 0xFFFF;
}

static void print_quoted(lw_text *to, const char *text)
{
  lw_text_add(to, "\"");
  while (*text) {
    uint32_t code = 0;
    const int bytes = lw_utf8_read(text, LW_UTF8_BYTES, &code), taken = bytes ? bytes : 1;
    if (*text == '"' || *text == '\\')
      lw_text_add(to, "\\%c", *text);
    else if (bytes && must_escape(code))
      lw_text_add(to, "\\u%04" PRIX32, code);
    else
      lw_text_add(to, "%.*s", taken, text);
    text += taken;
  }
  lw_text_add(to, "\"");
}

static void print_text(lw_text *to, const lw_option_value *value)
{
  print_quoted(to, value->text);
}

static void print_long(lw_text *to, const lw_option_value *value)
{
  print_quoted(to, value->line);
}

/* ---- one of a list of words ---- */

static bool parse_choice(const lw_option_source *from, lw_option_value *value)
{
  const char *const *choices = from->option->choices;
  char list[LW_TEXT_MAX], hint[LW_TEXT_MAX];
  lw_text words = LW_TEXT_IN(list);
  for (int i = 0; choices[i]; i++) {
    value->choice = i;
    if (!strcmp(choices[i], from->text)) return true;
    lw_text_item(&words, ", ", "%s", choices[i]);
    assert(!words.truncated);
  }
  lw_option_hint_choice(from->section, from->option, from->text, hint);
  return refuse(from, "must be one of %.400s, not '%.80s'%.400s", list, from->text, hint);
}

static bool parse_word(const lw_option_source *from, lw_option_value *value)
{
  const lw_choices before = value->set;
  lw_option_value word = {.choice = 0};
  if (!parse_choice(from, &word)) return false;
  value->set.bits |= 1u << word.choice;
  if (value->set.bits == before.bits) return refuse(from, "names '%s' twice", from->text);
  for (int i = 0; from->option->choices[i]; i++)
    if (!strcmp(from->option->choices[i], "none") && lw_choices_have(value->set, i) && before.bits)
      return refuse(from, "cannot be 'none' and something else at once");
  return true;
}

static bool parse_choices(const lw_option_source *from, lw_option_value *value)
{
  if (!parse_list(from, parse_word, value)) return false;
  return value->set.bits || refuse(from, "must name at least one");
}

/* One word stands without brackets, as a single choice does. */
static void print_words(lw_text *to, const lw_option *option, lw_choices set)
{
  const bool several = set.bits & (set.bits - 1);
  const char *between = several ? "[" : "";
  for (int i = 0; option->choices[i]; i++) {
    if (!lw_choices_have(set, i)) continue;
    lw_text_add(to, "%s", between);
    print_quoted(to, option->choices[i]);
    between = ", ";
  }
  if (several) lw_text_add(to, "]");
}

/* ---- the table ---- */

#define BYTES(member) sizeof(((lw_option_value *)NULL)->member)

static const lw_option_type_row rows[] = {
    [LW_OPTION_INT] = {BYTES(whole), parse_int, print_int, .argument = " N",
                       .words = "whole number", .bounded = true},
    [LW_OPTION_AUTO] = {BYTES(whole), parse_auto, print_auto, .argument = " N",
                        .words = "auto or whole number", .bounded = true},
    [LW_OPTION_REAL] = {BYTES(real), parse_real, print_real, .argument = " X", .words = "number",
                        .bounded = true},
    [LW_OPTION_REALS] = {BYTES(reals), parse_reals, print_reals, .parse_item = parse_item,
                         .argument = " X,X", .words = "list of numbers", .bounded = true},
    [LW_OPTION_BOOL] = {BYTES(truth), parse_bool, print_bool, .argument = "",
                        .words = "true or false", .alone = true},
    [LW_OPTION_TEXT] = {BYTES(text), parse_text, print_text, .argument = " TEXT", .words = ""},
    [LW_OPTION_LONG] = {BYTES(line), parse_long, print_long, .argument = " TEXT", .words = ""},
    [LW_OPTION_CHOICE] = {BYTES(choice), parse_choice, NULL, .argument = " NAME"},
    [LW_OPTION_CHOICES] = {BYTES(set), parse_choices, NULL, .parse_item = parse_word,
                           .argument = " NAME,NAME", .words = "list of words"},
    [LW_OPTION_SWITCH] = {BYTES(choice), parse_choice, NULL, .argument = "", .alone = true},
};

const lw_option_type_row *lw_option_type_of(const lw_option *option)
{
  return &rows[option->type];
}

void lw_option_print(lw_text *to, const lw_option *option, const lw_option_value *value)
{
  if (option->type == LW_OPTION_CHOICES)
    print_words(to, option, value->set);
  else if (option->choices)
    print_quoted(to, option->choices[value->choice]);
  else
    rows[option->type].print(to, value);
}
