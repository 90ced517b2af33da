/** Numbers of options: text to number and back. The program never calls setlocale, so strtod and
 *  printf speak the C locale here. Only for the option reader. */
#ifndef LONGWAVE_BASE_OPTION_NUMBER_H
#define LONGWAVE_BASE_OPTION_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

enum { LW_NUMBER_MAX = 40, LW_RANGE_MAX = 3 * LW_NUMBER_MAX };

typedef enum lw_number { LW_NUMBER_FINE, LW_NUMBER_NONE, LW_NUMBER_TOO_LARGE } lw_number;

/** The whole number that a text is, exactly: 1000, 1_000, 1e3. value out, if it is fine */
lw_number lw_number_whole(const char *text, int64_t *value);
/** The finite number that a text is. value out, if it is fine */
lw_number lw_number_real(const char *text, double *value);

/** The shortest decimal that reads back as the same double. text [LW_NUMBER_MAX] */
void lw_number_print(double value, char *text);

/** "from 1 to 1000", "at least 0", "at most 9" or "" (no bound). range [LW_RANGE_MAX] */
void lw_number_print_range(double least, double greatest, char *range);
/** A bound beyond the whole numbers of a double means no bound: the table only needs some
 *  number. */
static const double lw_number_open = 9e15;

#endif
