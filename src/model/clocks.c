#include "longwave/model/clock.h"

/* Tests with a clock of their own bring another table, which takes the place of this file. */
const lw_clock_row *const lw_clock_table[] = {&lw_clock_time, &lw_clock_learned, &lw_clock_content,
                                              NULL};
