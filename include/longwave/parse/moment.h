/** Dates and times of day in texts as seconds. Dates are of the proleptic Gregorian calendar, from
 *  year 0000 to 9999, and become seconds since 1970-01-01 00:00 UTC; where no offset is given, UTC
 *  is taken. No locale, no time zones by name, no leap seconds, no two-digit years. Local.
 *  Source: ISO 8601; Hinnant, "chrono-Compatible Low-Level Date Algorithms", for the count of days.
 */
#ifndef LONGWAVE_PARSE_MOMENT_H
#define LONGWAVE_PARSE_MOMENT_H

#include "longwave/base/choice.h"
#include <stdbool.h>
#include <stdint.h>

/** What a text may be. TIME is HH[:MM[:SS[.f]]] with hours to 24, 24 only as 24:00:00; OFFSET is Z,
 *  +HH, +HHMM or +HH:MM, likewise with '-'. A fraction may have any number of digits, behind '.' or
 *  ','.
 *    auto         iso, clock or number, by the look of the first one: all the others must be alike
 *    iso          YYYY-MM-DD, or YYYY-MM-DD TIME [OFFSET] with a blank or a T between
 *    day_first    DD-MM-YYYY likewise, with '-', '/' or '.'
 *    month_first  MM-DD-YYYY likewise
 *    clock        HH:MM[:SS[.f]], of any number of hours, as a time since some beginning
 *    number       a decimal number, as it is */
#define LW_MOMENT_CHOICES(TYPE, ITEM)                                                              \
  TYPE(lw_moment_form)                                                                             \
  ITEM(LW_MOMENT_AUTO, "auto")                                                                     \
  ITEM(LW_MOMENT_ISO, "iso")                                                                       \
  ITEM(LW_MOMENT_DAY_FIRST, "day_first")                                                           \
  ITEM(LW_MOMENT_MONTH_FIRST, "month_first")                                                       \
  ITEM(LW_MOMENT_CLOCK, "clock")                                                                   \
  ITEM(LW_MOMENT_NUMBER, "number")
LW_CHOICE(LW_MOMENT_CHOICES);

/** Whether the whole text [length] is of the form; *seconds is untouched otherwise. *form: where it
 *  is auto, it becomes the one that was found. */
bool lw_moment_read(const char *text, int64_t length, lw_moment_form *form, double *seconds);

/** How a form is written, for messages: "YYYY-MM-DD, or ...". */
const char *lw_moment_rule(lw_moment_form form);

#endif
