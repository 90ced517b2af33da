#include "longwave/parse/moment.h"
#include "longwave/parse/number.h"
#include <string.h>

typedef struct reading {
  const char *at, *end;
} reading;

static bool take_byte(reading *in, const char *one_of)
{
  if (in->at == in->end || !*in->at || !strchr(one_of, *in->at)) return false;
  in->at++;
  return true;
}

/* A whole number of least .. most digits. */
static bool take_digits(reading *in, int least, int most, int64_t *number)
{
  int count = 0;
  for (*number = 0; count < most && in->at < in->end && *in->at >= '0' && *in->at <= '9'; count++)
    *number = *number * 10 + (*in->at++ - '0');
  return count >= least;
}

/* Seconds with their fraction, which may be absent. */
static bool take_seconds(reading *in, double *seconds)
{
  int64_t whole = 0, digits = 0;
  double place = 1.0, sum = 0.0;
  if (!take_digits(in, 2, 2, &whole) || whole > 59) return false;
  if (take_byte(in, ".,")) {
    for (; in->at < in->end && *in->at >= '0' && *in->at <= '9'; in->at++, digits++) {
      if (digits >= 15) continue;
      sum = sum * 10 + (*in->at - '0');
      place *= 10;
    }
    if (!digits) return false;
  }
  *seconds = (double)whole + sum / place;
  return true;
}

/* [:MM[:SS[.f]]] behind the hours. */
static bool take_minutes(reading *in, int64_t hours, double *seconds)
{
  int64_t minutes = 0;
  double rest = 0.0;
  if (take_byte(in, ":")) {
    if (!take_digits(in, 2, 2, &minutes) || minutes > 59) return false;
    if (take_byte(in, ":") && !take_seconds(in, &rest)) return false;
  }
  *seconds = (double)(hours * 3600 + minutes * 60) + rest;
  return true;
}

static bool take_offset(reading *in, double *seconds)
{
  int64_t hours = 0, minutes = 0;
  if (in->at == in->end || take_byte(in, "Zz")) return true;
  const bool west = *in->at == '-';
  if (!take_byte(in, "+-") || !take_digits(in, 2, 2, &hours) || hours > 23) return false;
  const bool more = in->at < in->end;
  if (more) take_byte(in, ":");
  if (more && (!take_digits(in, 2, 2, &minutes) || minutes > 59)) return false;
  const double offset = (double)(hours * 3600 + minutes * 60);
  *seconds += west ? offset : -offset;
  return true;
}

/* Days from 1970-01-01: years begin in March here, so that the leap day is their last one. */
static int64_t days(int64_t year, int64_t month, int64_t day)
{
  const int64_t own = month > 2 ? year : year - 1;
  const int64_t era = (own >= 0 ? own : own - 399) / 400, of_era = own - era * 400;
  const int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool is_date(int64_t year, int64_t month, int64_t day)
{
  static const int64_t length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= length[month - 1] + (month == 2 && leap);
}

static bool take_iso_date(reading *in, int64_t *year, int64_t *month, int64_t *day)
{
  return take_digits(in, 4, 4, year) && take_byte(in, "-") && take_digits(in, 2, 2, month) &&
         take_byte(in, "-") && take_digits(in, 2, 2, day);
}

static bool take_other_date(reading *in, int64_t *year, int64_t *first, int64_t *second)
{
  if (!take_digits(in, 1, 2, first) || in->at == in->end) return false;
  const char mark[2] = {*in->at, 0};
  return take_byte(in, "-/.") && take_digits(in, 1, 2, second) && take_byte(in, mark) &&
         take_digits(in, 4, 4, year);
}

static bool read_date(reading in, lw_moment_form form, double *seconds)
{
  int64_t year = 0, month = 0, day = 0, hours = 0;
  double time = 0.0;
  const bool date = form == LW_MOMENT_ISO         ? take_iso_date(&in, &year, &month, &day)
                    : form == LW_MOMENT_DAY_FIRST ? take_other_date(&in, &year, &day, &month)
                                                  : take_other_date(&in, &year, &month, &day);
  if (!date || !is_date(year, month, day)) return false;
  if (in.at < in.end) {
    if (!take_byte(&in, " Tt") || !take_digits(&in, 2, 2, &hours) || hours > 24) return false;
    if (!take_minutes(&in, hours, &time) || time > 86400.0) return false;
    take_byte(&in, " ");
    if (!take_offset(&in, &time)) return false;
  }
  if (in.at < in.end) return false;
  *seconds = (double)days(year, month, day) * 86400.0 + time;
  return true;
}

static bool read_clock(reading in, double *seconds)
{
  int64_t hours = 0;
  double time = 0.0;
  if (!take_digits(&in, 1, 9, &hours) || in.at == in.end || *in.at != ':') return false;
  if (!take_minutes(&in, hours, &time) || in.at < in.end) return false;
  *seconds = time;
  return true;
}

static bool read_as(reading in, lw_moment_form form, double *seconds)
{
  if (form == LW_MOMENT_NUMBER) return lw_number_read(in.at, in.end - in.at, '.', seconds);
  if (form == LW_MOMENT_CLOCK) return read_clock(in, seconds);
  return read_date(in, form, seconds);
}

bool lw_moment_read(const char *text, int64_t length, lw_moment_form *form, double *seconds)
{
  static const lw_moment_form found[] = {LW_MOMENT_ISO, LW_MOMENT_CLOCK, LW_MOMENT_NUMBER};
  const reading in = {text, text + length};
  if (*form != LW_MOMENT_AUTO) return read_as(in, *form, seconds);
  for (int i = 0; i < 3; i++) {
    if (!read_as(in, found[i], seconds)) continue;
    *form = found[i];
    return true;
  }
  return false;
}

const char *lw_moment_rule(lw_moment_form form)
{
  switch (form) {
  case LW_MOMENT_AUTO:
    return "YYYY-MM-DD with HH:MM[:SS] or without, HH:MM[:SS], or a number";
  case LW_MOMENT_ISO:
    return "YYYY-MM-DD, or YYYY-MM-DD HH:MM[:SS]";
  case LW_MOMENT_DAY_FIRST:
    return "DD-MM-YYYY, or DD-MM-YYYY HH:MM[:SS], with '-', '/' or '.'";
  case LW_MOMENT_MONTH_FIRST:
    return "MM-DD-YYYY, or MM-DD-YYYY HH:MM[:SS], with '-', '/' or '.'";
  case LW_MOMENT_CLOCK:
    return "HH:MM, HH:MM:SS or HH:MM:SS.fraction";
  case LW_MOMENT_NUMBER:
    break;
  }
  return "a number";
}
