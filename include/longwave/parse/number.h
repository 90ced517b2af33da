/** Decimal numbers in texts, without a locale: [blanks] [sign] digits [mark digits] [e [sign]
 *  digits] [blanks], at least one digit before the exponent. Results are correctly rounded, as
 *  those of strtod. Local. Not here: hexadecimal numbers, thousands separators, "inf" and "nan".
 *  Sources: Clinger, "How to Read Floating Point Numbers Accurately" (1990), for numbers of which
 *  the digits and the power of ten are exact; the long forms are left to strtod. */
#ifndef LONGWAVE_PARSE_NUMBER_H
#define LONGWAVE_PARSE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/** Longer texts are not taken for numbers. */
enum { LW_NUMBER_BYTES_MAX = 1024 };

/** Whether the whole text [length] is a number within the range of a double; *value is untouched
 *  otherwise. mark: between the whole part and the fraction, '.' or ','. Below the range it is 0 or
 *  denormal, as with strtod. */
bool lw_number_read(const char *text, int64_t length, char mark, double *value);

#endif
