#include "option_number.h"
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 64 };

/* A decimal number taken apart: digits without '_' and '.', zeros after them, the power of ten. */
typedef struct decimal {
  bool negative;
  char digits[2 * DIGITS];
  int count, power;
} decimal;

/* Whether a '_' stands between two digits, and so means nothing. first: the first of the text */
static bool is_separator(const char *c, const char *first)
{
  return *c == '_' && c > first && isdigit((unsigned char)c[-1]) && isdigit((unsigned char)c[1]);
}

/* Moves *text behind its digits; false when there is none, or there are too many. */
static bool take_digits(const char **text, decimal *number)
{
  const int before = number->count;
  for (const char *first = *text;; ++*text) {
    if (is_separator(*text, first)) continue;
    if (!isdigit((unsigned char)**text)) return number->count > before;
    if (number->count == DIGITS) return false;
    number->digits[number->count++] = **text;
  }
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?: a leading 0 means octal to some readers of
   YAML, so it is refused. */
static bool take_decimal(const char *text, decimal *number)
{
  *number = (decimal){.negative = *text == '-'};
  memset(number->digits, '0', sizeof number->digits);
  text += number->negative;
  const bool zero = *text == '0';
  if (!take_digits(&text, number) || (zero && number->count > 1)) return false;
  const int whole = number->count;
  if (*text == '.' && (text++, !take_digits(&text, number))) return false;
  number->power = whole - number->count;
  if (*text != 'e' && *text != 'E') return *text == '\0';
  const char *exponent = text + 1;
  const bool sign = *exponent == '+' || *exponent == '-';
  const size_t length = strspn(exponent + sign, "0123456789");
  if (length < 1 || length > 3) return false;
  number->power += (int)strtol(exponent, NULL, 10);
  return exponent[sign + length] == '\0';
}

lw_number lw_number_whole(const char *text, int64_t *value)
{
  decimal number;
  char plain[sizeof number.digits + 2];
  if (!take_decimal(text, &number)) return LW_NUMBER_NONE;
  for (; number.power < 0 && number.count > 0; number.power++)
    if (number.digits[--number.count] != '0') return LW_NUMBER_NONE;
  /* So many zeros make any other digit too large. */
  if (number.power > 0) number.count += number.power < DIGITS ? number.power : DIGITS;
  snprintf(plain, sizeof plain, "%s%.*s", number.negative ? "-" : "", number.count, number.digits);
  errno = 0;
  *value = strtoll(plain, NULL, 10);
  return errno == ERANGE ? LW_NUMBER_TOO_LARGE : LW_NUMBER_FINE;
}

lw_number lw_number_real(const char *text, double *value)
{
  enum { ROOM = 1024 };
  char plain[ROOM], *end = NULL;
  size_t used = 0;
  for (const char *c = text; *c && used < ROOM - 1; c++)
    if (!is_separator(c, text)) plain[used++] = *c;
  plain[used] = '\0';
  /* The letters of a decimal number: keeps out the blanks, 0x and infinity that strtod takes. */
  if (!used || text[0] == '+' || plain[strspn(plain, "0123456789+-.eE")]) return LW_NUMBER_NONE;
  *value = strtod(plain, &end);
  if (*end) return LW_NUMBER_NONE;
  return isfinite(*value) ? LW_NUMBER_FINE : LW_NUMBER_TOO_LARGE;
}

void lw_number_print(double value, char *text)
{
  for (int digits = 1; digits <= 17; digits++) {
    snprintf(text, LW_NUMBER_MAX, "%.*g", digits, value);
    if (strtod(text, NULL) == value) return;
  }
}

/* Bounds are for people: 1000000, not 1e+06. */
static void print_bound(double bound, char *text)
{
  if (fabs(bound) < 1e15 && floor(bound) == bound)
    snprintf(text, LW_NUMBER_MAX, "%.0f", bound);
  else
    lw_number_print(bound, text);
}

void lw_number_print_range(double least, double greatest, char *range)
{
  char low[LW_NUMBER_MAX], high[LW_NUMBER_MAX];
  print_bound(least, low);
  print_bound(greatest, high);
  range[0] = '\0';
  if (least > -lw_number_open && greatest < lw_number_open)
    snprintf(range, LW_RANGE_MAX, "from %s to %s", low, high);
  else if (least > -lw_number_open)
    snprintf(range, LW_RANGE_MAX, "at least %s", low);
  else if (greatest < lw_number_open)
    snprintf(range, LW_RANGE_MAX, "at most %s", high);
}
