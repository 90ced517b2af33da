/* Text to value and back, strictly: the same rules for job files, --set, flags and table defaults.
   The program never calls setlocale, so strtod and printf speak the C locale here. */
#include "option_inside.h"
#include "longwave/base/text.h"
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

size_t lw_option_size(lw_option_type type)
{
  static const size_t sizes[] = {
      [LW_OPTION_INT] = sizeof(int64_t),    [LW_OPTION_AUTO] = sizeof(int64_t),
      [LW_OPTION_REAL] = sizeof(double),    [LW_OPTION_BOOL] = sizeof(bool),
      [LW_OPTION_TEXT] = LW_TEXT_MAX,       [LW_OPTION_CHOICE] = sizeof(int),
      [LW_OPTION_REALS] = sizeof(lw_reals), [LW_OPTION_LONG] = sizeof(const char *),
      [LW_OPTION_SWITCH] = sizeof(int),
  };
  return sizes[type];
}

/* why = "'model.layers' " and the rest; always false, so that a parser can return it. */
__attribute__((format(printf, 4, 5))) static bool refuse(const lw_option_section *section,
                                                         const lw_option *option, char *why,
                                                         const char *format, ...)
{
  char name[LW_TEXT_MAX];
  lw_option_full_name(section, option, name);
  lw_text text = lw_text_in(why, LW_TEXT_MAX);
  lw_text_add(&text, "'%.200s' ", name);
  va_list arguments;
  va_start(arguments, format);
  lw_text_add_list(&text, format, arguments);
  va_end(arguments);
  return false;
}

void lw_option_print_real(double value, char *number)
{
  for (int digits = 1; digits <= 17; digits++) {
    snprintf(number, LW_NUMBER_MAX, "%.*g", digits, value);
    if (strtod(number, NULL) == value) return;
  }
}

/* Bounds are for people: 1000000, not 1e+06. */
static void print_bound(double bound, char *number)
{
  if (fabs(bound) < 1e15 && floor(bound) == bound)
    snprintf(number, LW_NUMBER_MAX, "%.0f", bound);
  else
    lw_option_print_real(bound, number);
}

/* Beyond the whole numbers of a double, a bound is there only because the table needs one. */
static const double open_bound = 9e15;

void lw_option_print_range(double least, double greatest, char *range)
{
  char low[LW_NUMBER_MAX], high[LW_NUMBER_MAX];
  size_t room = 3 * LW_NUMBER_MAX;
  print_bound(least, low);
  print_bound(greatest, high);
  range[0] = '\0';
  if (least > -open_bound && greatest < open_bound)
    snprintf(range, room, "from %s to %s", low, high);
  else if (least > -open_bound)
    snprintf(range, room, "at least %s", low);
  else if (greatest < open_bound)
    snprintf(range, room, "at most %s", high);
}

static bool check_range(const lw_option_section *section, const lw_option *option, double value,
                        const char *text, char *why)
{
  if (value >= option->least && value <= option->greatest) return true;
  if (fabs(value) >= open_bound) return refuse(section, option, why, "is too large: %.80s", text);
  char range[3 * LW_NUMBER_MAX];
  lw_option_print_range(option->least, option->greatest, range);
  return refuse(section, option, why, "must be %s, not %.80s", range, text);
}

/* A decimal number taken apart: digits without '_' and '.', with the power of ten behind them. */
typedef struct decimal {
  bool negative;
  char digits[64];
  int count, power;
} decimal;

/* Digits, each '_' between two of them; false when there is none, or something else first. */
static bool take_digits(const char **text, decimal *number)
{
  const int before = number->count;
  for (const char *c = *text;; c++) {
    if (*c == '_' && number->count > before && c[1] >= '0' && c[1] <= '9') continue;
    *text = c;
    if (*c < '0' || *c > '9') return number->count > before;
    if (number->count == (int)sizeof number->digits) return false;
    number->digits[number->count++] = *c;
  }
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?: a leading 0 means octal to some readers of YAML,
   so it is refused. */
static bool take_decimal(const char *text, decimal *number)
{
  *number = (decimal){.negative = *text == '-'};
  text += number->negative;
  const bool zero = *text == '0';
  if (!take_digits(&text, number) || (zero && number->count > 1)) return false;
  const int whole = number->count;
  if (*text == '.' && (text++, !take_digits(&text, number))) return false;
  number->power = whole - number->count;
  if (*text != 'e' && *text != 'E') return *text == '\0';
  char *end = NULL;
  const char *exponent = text + 1;
  const bool sign = *exponent == '+' || *exponent == '-';
  const size_t length = strspn(exponent + sign, "0123456789");
  if (length < 1 || length > 3) return false;
  number->power += (int)strtol(exponent, &end, 10);
  return *end == '\0';
}

/* The whole number that a text is, exactly. false: it is none; ERANGE: too large. */
static bool read_whole(const char *text, int64_t *value)
{
  decimal number;
  errno = 0;
  if (!take_decimal(text, &number)) return false;
  *value = 0;
  for (int i = 0; i < number.count; i++) {
    const int digit = number.digits[i] - '0';
    if (i < number.count + number.power) {
      if (*value > (INT64_MAX - digit) / 10) errno = ERANGE;
      *value = errno ? 0 : 10 * *value + digit;
    } else if (digit != 0) {
      return false;
    }
  }
  for (int i = 0; i < number.power && *value; i++) {
    if (*value > INT64_MAX / 10) errno = ERANGE;
    *value = errno ? 0 : 10 * *value;
  }
  if (number.negative) *value = -*value;
  return true;
}

/* What follows a text that is no number: of a word for nothing, how the option is switched off. */
static const char *reason(const lw_option *option, const char *text, bool quoted, char *tail)
{
  static const char *const nothing[] = {"none", "null", "off", "no", "false", NULL};
  snprintf(tail, LW_TEXT_MAX, "%s", quoted ? " in quotes" : "");
  for (const char *const *word = nothing; *word; word++)
    if (lw_option_alike(*word, text)) snprintf(tail, LW_TEXT_MAX, ": %.900s", option->sentence);
  return tail;
}

static bool parse_whole(const lw_option_section *section, const lw_option *option, const char *text,
                        bool quoted, lw_option_value *value, char *why)
{
  char tail[LW_TEXT_MAX];
  const bool may_be_auto = option->type
  == LW_OPTION_AUTO;
  if (may_be_auto && strcmp(text, "auto") == 0) return true; /* value is 0 */
  if (quoted || !read_whole(text, &value->whole))
    return refuse(section, option, why, "must be a whole number%s, not '%.80s'%s",
                  may_be_auto ? " or auto" : "", text, reason(option, text, quoted, tail));
  if (errno == ERANGE)
    return refuse(section, option, why, "is too large for a whole number: %.80s", text);
  return check_range(section, option, (double)value->whole, text, why);
}

/* Without each '_' between two digits. plain [LW_TEXT_MAX] */
static void strip_underscores(const char *text, char *plain)
{
  size_t used = 0;
  for (const char *c = text; *c && used < LW_TEXT_MAX - 1; c++) {
    const bool between =
        *c == '_' && c > text && isdigit((unsigned char)c[-1]) && isdigit((unsigned char)c[1]);
    if (!between) plain[used++] = *c;
  }
  plain[used] = '\0';
}

bool lw_option_parse_real(const lw_option_section *section, const lw_option *option,
                          const char *text, bool quoted, double *value, char *why)
{
  static const char *const not_finite[] = {"inf", "-inf", ".inf", "-.inf", "nan", ".nan", NULL};
  for (const char *const *word = not_finite; *word && !quoted; word++)
    if (strcmp(text, *word) == 0)
      return refuse(section, option, why, "must be finite, not %s", text);
  /* The letters of a decimal number: keeps out the blanks, 0x and infinity that strtod takes. */
  char *end = NULL, plain[LW_TEXT_MAX], tail[LW_TEXT_MAX];
  strip_underscores(text, plain);
  bool numeric =
      !quoted && text[0] && text[0] != '+' && plain[strspn(plain, "0123456789+-.eE")] == 0;
  double number = numeric ? strtod(plain, &end) : 0.0;
  if (!numeric || *end)
    return refuse(section, option, why, "must be a number, not '%.80s'%s", text,
                  reason(option, text, quoted, tail));
  if (!isfinite(number))
    return refuse(section, option, why, "must be finite, but %.80s is too large", text);
  if (!check_range(section, option, number, text, why)) return false;
  *value = number;
  return true;
}

static bool parse_truth(const lw_option_section *section, const lw_option *option, const char *text,
                        bool quoted, lw_option_value *value, char *why)
{
  static const char *const words[] = {"false", "true", "no", "yes", "off", "on", NULL};
  for (int i = 0; words[i] && !quoted; i++)
    if (lw_option_alike(words[i], text)) {
      value->truth = i % 2;
      return true;
    }
  return refuse(section, option, why, "must be true or false, not '%.80s'%s", text,
                quoted ? " in quotes" : "");
}

/* Well-formed UTF-8 can be saved as YAML and read back; other bytes cannot. */
static bool is_utf8(const char *text)
{
  static const uint32_t least[] = {0, 0x80, 0x800, 0x10000}; /* by following bytes */
  for (const unsigned char *c = (const unsigned char *)text; *c;) {
    int following = *c < 0x80 ? 0 : *c >> 5 == 6 ? 1 : *c >> 4 == 14 ? 2 : *c >> 3 == 30 ? 3 : -1;
    if (following < 0) return false;
    uint32_t point = following ? *c & (0x3Fu >> following) : *c;
    c++;
    for (int i = 0; i < following; i++, c++) {
      if (*c >> 6 != 2) return false;
      point = point << 6 | (*c & 0x3Fu);
    }
    if (point < least[following] || point > 0x10FFFF || point >> 11 == 0x1B) return false;
  }
  return true;
}

static bool parse_text(const lw_option_section *section, const lw_option *option, const char *text,
                       lw_option_value *value, char *why)
{
  /* A table that gives no lengths means any; an option that must be empty would be none. */
  double greatest = LW_TEXT_MAX - 1;
  if (option->greatest > 0 && option->greatest < greatest) greatest = option->greatest;
  size_t length = strlen(text);
  if ((double)length < option->least || (double)length > greatest)
    return refuse(section, option, why, "must have %.0f to %.0f bytes, not %zu", option->least,
                  greatest, length);
  if (!is_utf8(text)) return refuse(section, option, why, "must be UTF-8 text");
  memset(value->text, 0, sizeof value->text);
  memcpy(value->text, text, length);
  return true;
}

static bool parse_long(const lw_option_section *section, const lw_option *option, const char *text,
                       lw_option_value *value, char *why)
{
  assert(!section->name[0] && "borrowed text is for flags: a job is sent to other ranks");
  if ((double)strlen(text) < option->least)
    return refuse(section, option, why, "must not be empty");
  if (!is_utf8(text)) return refuse(section, option, why, "must be UTF-8 text");
  value->line = text;
  return true;
}

static bool parse_choice(const lw_option_section *section, const lw_option *option,
                         const char *text, lw_option_value *value, char *why)
{
  char list[LW_TEXT_MAX];
  lw_text words = LW_TEXT_IN(list);
  for (int i = 0; option->choices[i]; i++) {
    if (strcmp(option->choices[i], text) == 0) {
      value->choice = i;
      return true;
    }
    lw_text_item(&words, ", ", "%s", option->choices[i]);
    assert(!words.cut);
  }
  char hint[LW_TEXT_MAX];
  lw_option_hint_choice(section, option, text, hint);
  return refuse(section, option, why, "must be one of %.400s, not '%.80s'%.400s", list, text, hint);
}

/* "[0, 0.5]", or without brackets on the command line. */
static bool parse_list(const lw_option_section *section, const lw_option *option, const char *text,
                       lw_reals *reals, char *why)
{
  size_t length = strlen(text);
  if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
    text++;
    length -= 2;
  }
  const char *end = text + length;
  reals->count = 0;
  while (text < end) {
    text += strspn(text, " ");
    size_t span = strcspn(text, ",");
    if (span > (size_t)(end - text)) span = (size_t)(end - text);
    char item
    [LW_TEXT_MAX];
    if (span >= sizeof item) return refuse(section, option, why, "has an item that is too long");
    memcpy(item, text, span);
    item
    [span] = '\0';
    for (size_t last = span; last > 0 && item[last - 1] == ' ';) item
    [--last] = '\0';
    if (reals->count == LW_REALS_MAX)
      return refuse(section, option, why, "has more than %d values", LW_REALS_MAX);
    if (!lw_option_parse_real(section, option, item, false, &reals->value[reals->count], why))
      return false;
    reals->count++;
    text += span + 1;
  }
  return true;
}

bool lw_option_parse(const lw_option_section *section, const lw_option *option, const char *text,
                     bool quoted, lw_option_value *value, char *why)
{
  *value = (lw_option_value){.reals = {0}};
  switch (option->type) {
  case LW_OPTION_INT:
  case LW_OPTION_AUTO:
    return parse_whole(section, option, text, quoted, value, why);
  case LW_OPTION_REAL:
    return lw_option_parse_real(section, option, text, quoted, &value->real, why);
  case LW_OPTION_BOOL:
    return parse_truth(section, option, text, quoted, value, why);
  case LW_OPTION_TEXT:
    return parse_text(section, option, text, value, why);
  case LW_OPTION_CHOICE:
  case LW_OPTION_SWITCH:
    return parse_choice(section, option, text, value, why);
  case LW_OPTION_REALS:
    return parse_list(section, option, text, &value->reals, why);
  case LW_OPTION_LONG:
    return parse_long(section, option, text, value, why);
  }
  return false;
}
