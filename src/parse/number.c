#include "longwave/parse/number.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* (-1)^negative * digits * 10^exponent; exact: no digit was dropped but zeros. */
typedef struct decimal {
  uint64_t digits; /* below 10^19 */
  int64_t exponent;
  bool negative, exact;
} decimal;

static inline bool is_digit(char byte)
{
  return byte >= '0' && byte <= '9';
}

/* Append the digits that come; behind_mark: they are of the fraction. Returns the end of them. */
static inline const char *take_digits(const char *at, const char *end, bool behind_mark,
                                      decimal *number)
{
  const uint64_t room = UINT64_C(1000000000000000000);
  for (; at < end && is_digit(*at); at++) {
    if (number->digits < room) {
      number->digits = number->digits * 10 + (uint64_t)(*at - '0');
      number->exponent -= behind_mark;
    } else {
      number->exact &= *at == '0';
      number->exponent += !behind_mark;
    }
  }
  return at;
}

/* at: behind the 'e'. NULL: no digit comes. */
static const char *take_exponent(const char *at, const char *end, decimal *number)
{
  const int64_t most = 100000;
  int64_t exponent = 0;
  const bool negative = at < end && *at == '-';
  if (at < end && (*at == '-' || *at == '+')) at++;
  if (at == end || !is_digit(*at)) return NULL;
  for (; at < end && is_digit(*at); at++)
    if (exponent < most) exponent = exponent * 10 + (*at - '0');
  number->exponent += negative ? -exponent : exponent;
  return at;
}

static bool take(const char *at, const char *end, char mark, decimal *number)
{
  number->exact = true;
  if (at < end && (*at == '-' || *at == '+')) number->negative = *at++ == '-';
  const char *begin = at;
  at = take_digits(at, end, false, number);
  int64_t count = at - begin;
  if (at < end && *at == mark) {
    begin = ++at;
    at = take_digits(at, end, true, number);
    count += at - begin;
  }
  if (!count) return false;
  if (at < end && (*at == 'e' || *at == 'E')) at = take_exponent(at + 1, end, number);
  return at == end;
}

/* The exact powers of ten; the first ones are whole numbers of 64 bits. */
enum { POWERS = 23, WHOLE_POWERS = 20 };
static const double powers[POWERS] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

__extension__ typedef unsigned __int128 wide;

/* digits / 10^places. Both are shifted so that their highest bit is set; the quotient of digits *
   2^63 has 63 or 64 bits then, and a remainder only decides about ties, as one bit more. */
static double divide(uint64_t digits, int64_t places)
{
  const uint64_t divisor = (uint64_t)powers[places];
  const int up = __builtin_clzll(digits), divisor_up = __builtin_clzll(divisor);
  const wide dividend = (wide)(digits << up) << 63;
  uint64_t quotient = (uint64_t)(dividend / (divisor << divisor_up));
  quotient |= dividend % (divisor << divisor_up) != 0;
  quotient = quotient >> 1 | (quotient & 1); /* positive as int64_t */
  return ldexp((double)(int64_t)quotient, divisor_up - up - 62);
}

static bool convert_short(const decimal *number, double *value)
{
  const int64_t exponent = number->exponent;
  if (!number->digits)
    *value = 0.0;
  else if (!number->exact || exponent <= -POWERS || exponent >= POWERS)
    return false;
  else if (number->digits <= UINT64_C(1) << 53)
    *value = exponent < 0 ? (double)(int64_t)number->digits / powers[-exponent]
                          : (double)(int64_t)number->digits * powers[exponent];
  else if (exponent < 0 && exponent > -WHOLE_POWERS)
    *value = divide(number->digits, -exponent);
  else if (exponent >= 0 && exponent < WHOLE_POWERS)
    *value = (double)((wide)number->digits * (uint64_t)powers[exponent]);
  else
    return false;
  if (number->negative) *value = -*value;
  return true;
}

static bool convert_long(const char *text, int64_t length, char mark, double *value)
{
  char copy[LW_NUMBER_BYTES_MAX + 1];
  if (length > LW_NUMBER_BYTES_MAX) return false;
  memcpy(copy, text, (size_t)length);
  copy[length] = 0;
  char *at = strchr(copy, mark);
  if (at) *at = '.';
  const double result = strtod(copy, NULL);
  if (!isfinite(result)) return false;
  *value = result;
  return true;
}

bool lw_number_read(const char *text, int64_t length, char mark, double *value)
{
  decimal number = {0};
  const char *end = text + length;
  while (text < end && (*text == ' ' || *text == '\t')) text++;
  while (text < end && (end[-1] == ' ' || end[-1] == '\t')) end--;
  return take(text, end, mark, &number) &&
         (convert_short(&number, value) || convert_long(text, end - text, mark, value));
}
