/** What tasks share that build a data set of format version 2 (data/builder.h): notes, which part
 *  of a source a rank takes, and shares of splits where some are given. */
#ifndef LONGWAVE_TASK_BUILDING_H
#define LONGWAVE_TASK_BUILDING_H

#include "longwave/task/task.h"

/** The rule of the options, in which splits that some samples are put into have no share unless it
 *  was given. */
lw_split_rule lw_building_rule(const lw_option_section *flags, lw_split_rule rule,
                               const bool given[LW_SPLITS]);

/** Set the origin: "sounds of a, b" from the paths [count], of which some may be "" or NULL. */
LW_MUST_USE lw_status lw_building_origin_of(lw_building *building, const char *what,
                                            const char *const *paths, int count);
/** Set the origin; add to the notes (a whole line, with its end). */
LW_MUST_USE lw_status lw_building_origin(lw_building *building, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
LW_MUST_USE lw_status lw_building_note(lw_building *building, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** This rank's part [*first, *behind) of `count` pieces of a source. */
void lw_building_part(const lw_building *building, int64_t count, int64_t *first, int64_t *behind);

#endif
