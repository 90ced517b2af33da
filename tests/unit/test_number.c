/* Decimal numbers and moments from texts. */
#include "longwave/base/rng.h"
#include "longwave/parse/moment.h"
#include "longwave/parse/number.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reads(const char *text, char mark, double *value)
{
  return lw_number_read(text, (int64_t)strlen(text), mark, value);
}

static void expect_same(const char *text)
{
  const double wanted = strtod(text, NULL);
  double value = NAN;
  cr_assert(reads(text, '.', &value), "%s", text);
  cr_assert(!memcmp(&value, &wanted, sizeof value), "%s: %.17g, not %.17g", text, value, wanted);
}

Test(number, is_the_double_of_strtod)
{
  static const char *const texts[] = {"0",
                                      "-0",
                                      "+1.5",
                                      ".5",
                                      "5.",
                                      "1e22",
                                      "1e23",
                                      "1e-22",
                                      "1e-23",
                                      "9007199254740993",
                                      "9007199254740992e22",
                                      "9007199254740993e-3",
                                      "18446744073709551615",
                                      "9999999999999999999e19",
                                      "9999999999999999999e-19",
                                      "5.827000141143799",
                                      "0.000000000000000000000000000001",
                                      "100000000000000000000000000000000",
                                      "1.00000000000000011102230246251565404236316680908203125",
                                      "1.00000000000000011102230246251565404236316680908203124",
                                      "1.00000000000000011102230246251565404236316680908203126",
                                      "2.2250738585072011e-308",
                                      "4.9e-324",
                                      "1e-400",
                                      "1.7976931348623157e308",
                                      "00000000000000000000000000001.5",
                                      "1.500000000000000000000000000000000000000000",
                                      "1e+05",
                                      "1.30E-04",
                                      "7450580596923828125e-27",
                                      "8.5e-0000000000000000005"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) expect_same(texts[i]);
}

Test(number, at_random_is_the_double_of_strtod)
{
  char text[64];
  for (uint64_t i = 0; i < 50000; i++) {
    const lw_rng rng = {.seed = 1, .stream = LW_RNG_TEST};
    const uint64_t bits = lw_rng_bits(rng, 2 * i), more = lw_rng_bits(rng, 2 * i + 1);
    const int digits = 1 + (int)(more % 19), place = (int)(more >> 8) % 20;
    const uint64_t whole = bits >> (more >> 16) % 60;
    int length =
        snprintf(text, sizeof text, "%s%llu", more >> 40 & 1 ? "-" : "", (unsigned long long)whole);
    if (more >> 41 & 1)
      snprintf(text + length, 32, ".%0*llu", digits, (unsigned long long)(more >> 42) % 1000000);
    else if (more >> 42 & 1)
      snprintf(text + length, 32, "e%d", place - 25 + (more >> 43 & 1 ? 30 : 0));
    expect_same(text);
    /* shortest and longer forms of any double of a common size, and values halfway between two */
    const double value = ldexp((double)(int64_t)bits, -(int)(more >> 48) % 80);
    snprintf(text, sizeof text, "%.*g", digits, value);
    expect_same(text);
    snprintf(text, sizeof text, "%llu.5", (unsigned long long)(1ull << 53) + (bits >> 13));
    expect_same(text);
  }
}

Test(number, anything_else_is_refused)
{
  static const char *const texts[] = {
      "",    " ",    "-",   "+",   ".",     "-.",     "e5",    "1e",    "1e+", "1,5", "1.5.2",
      "1 2", "0x10", "inf", "nan", "1e999", "-1e400", "1_000", "1'000", "--1", "1-",  "1,000.5"};
  double value = 7.0;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    cr_expect(!reads(texts[i], '.', &value) && value == 7.0, "'%s'", texts[i]);
  char longest[2048];
  memset(longest, '0', sizeof longest);
  longest[1] = '.';
  longest[LW_NUMBER_BYTES_MAX - 1] = '1';
  cr_expect(lw_number_read(longest, LW_NUMBER_BYTES_MAX, '.', &value) && value == 0.0);
  memset(longest, '1', sizeof longest);
  cr_expect_not(lw_number_read(longest, LW_NUMBER_BYTES_MAX + 1, '.', &value));
  cr_expect(reads(" \t1.5 ", '.', &value) && value == 1.5);
}

Test(number, with_a_decimal_comma)
{
  double value = 0.0;
  cr_expect(reads("-1,25", ',', &value) && value == -1.25);
  cr_expect(reads("1,2345678901234567890123", ',', &value) && value == 1.2345678901234567890123);
  cr_expect_not(reads("1.5", ',', &value));
  cr_expect_not(reads("1.000,5", ',', &value));
}

/* ---- moments ---- */

static double moment(const char *text, lw_moment_form form)
{
  double seconds = NAN;
  return lw_moment_read(text, (int64_t)strlen(text), &form, &seconds) ? seconds : NAN;
}

Test(moment, of_all_forms)
{
  static const struct {
    const char *text;
    lw_moment_form form;
    double seconds;
  } cases[] = {
      {"1970-01-01", LW_MOMENT_AUTO, 0},
      {"2016-07-01 00:00:00", LW_MOMENT_AUTO, 1467331200},
      {"2016-07-01T12:30", LW_MOMENT_ISO, 1467376200},
      {"2000-02-29 23:59:59.25", LW_MOMENT_ISO, 951868799.25},
      {"1969-12-31T23:59:59Z", LW_MOMENT_ISO, -1},
      {"1970-01-01T02:00:00+02:00", LW_MOMENT_ISO, 0},
      {"1970-01-01 00:00:00 -0130", LW_MOMENT_ISO, 5400},
      {"1970-01-01T01:00+01", LW_MOMENT_ISO, 0},
      {"1970-01-01 24:00", LW_MOMENT_ISO, 86400},
      {"0000-03-01", LW_MOMENT_ISO, -62162035200},
      {"9999-12-31", LW_MOMENT_ISO, 253402214400},
      {"31.12.1969", LW_MOMENT_DAY_FIRST, -86400},
      {"1/2/1970 1:00", LW_MOMENT_DAY_FIRST, NAN},
      {"1/2/1970 01:00", LW_MOMENT_DAY_FIRST, 31 * 86400 + 3600},
      {"1/2/1970", LW_MOMENT_MONTH_FIRST, 86400},
      {"47:59", LW_MOMENT_AUTO, 172740},
      {"00:00:01,5", LW_MOMENT_CLOCK, 1.5},
      {"1:30", LW_MOMENT_CLOCK, 5400},
      {"1.5e3", LW_MOMENT_AUTO, 1500},
      {"20160701", LW_MOMENT_AUTO, 20160701},
      /* refused */
      {"2015-02-29", LW_MOMENT_ISO, NAN},
      {"1900-02-29", LW_MOMENT_ISO, NAN},
      {"2015-13-01", LW_MOMENT_AUTO, NAN},
      {"2015-01-01 24:01", LW_MOMENT_ISO, NAN},
      {"2015-01-01 23:60", LW_MOMENT_ISO, NAN},
      {"2015-01-01 23:59:60", LW_MOMENT_ISO, NAN},
      {"2015-01-01 23", LW_MOMENT_ISO, 1420153200},
      {"2015-01-01T", LW_MOMENT_ISO, NAN},
      {"2015-01-01x", LW_MOMENT_ISO, NAN},
      {"2015-1-1", LW_MOMENT_ISO, NAN},
      {"1.1.15", LW_MOMENT_DAY_FIRST, NAN},
      {"1.1-2015", LW_MOMENT_DAY_FIRST, NAN},
      {"12:30 pm", LW_MOMENT_CLOCK, NAN},
      {"12:30:", LW_MOMENT_CLOCK, NAN},
      {"12:30:01.", LW_MOMENT_CLOCK, NAN},
      {"1970-01-01T00:00+01:", LW_MOMENT_ISO, NAN},
      {"1970-01-01T00:00 CET", LW_MOMENT_ISO, NAN},
      {"yesterday", LW_MOMENT_AUTO, NAN},
      {"", LW_MOMENT_AUTO, NAN},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const double found = moment(cases[i].text, cases[i].form);
    cr_expect(found == cases[i].seconds || (isnan(found) && isnan(cases[i].seconds)), "'%s': %.3f",
              cases[i].text, found);
  }
}

Test(moment, the_first_one_decides)
{
  lw_moment_form form = LW_MOMENT_AUTO;
  double seconds = 0.0;
  cr_expect(lw_moment_read("x", 1, &form, &seconds) == false && form == LW_MOMENT_AUTO);
  cr_expect(lw_moment_read("00:10", 5, &form, &seconds) && form == LW_MOMENT_CLOCK);
  cr_expect_not(lw_moment_read("2015-01-01", 10, &form, &seconds));
  cr_expect_not(lw_moment_read("17", 2, &form, &seconds));
  for (int i = 0; i <= LW_MOMENT_NUMBER; i++) cr_expect(lw_moment_rule((lw_moment_form)i)[0]);
}

/* Every day of 400 years has its successor, and both other orders say the same. */
Test(moment, days_follow_one_another)
{
  static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  double before = moment("1899-12-31", LW_MOMENT_ISO);
  char text[32];
  for (int year = 1900; year < 2300; year++)
    for (int month = 1; month <= 12; month++) {
      const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
      for (int day = 1; day <= length[month - 1] + (month == 2 && leap); day++) {
        snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
        const double now = moment(text, LW_MOMENT_ISO);
        cr_assert_eq(now, before + 86400, "%s", text);
        snprintf(text, sizeof text, "%d/%d/%04d", day, month, year);
        cr_assert_eq(moment(text, LW_MOMENT_DAY_FIRST), now);
        before = now;
      }
    }
}
