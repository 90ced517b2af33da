/** Making a data set like another one: its ids and the names of its classes mean the same, so that
 *  a model trained on one can read the other. Neighbours: alphabet.h, text.c, retrieval.c,
 *  language.c, images.c. */
#ifndef LONGWAVE_TASK_LIKE_H
#define LONGWAVE_TASK_LIKE_H

#include "longwave/task/task.h"

/** In the settings struct: char like[LW_TEXT_MAX]. */
#define LW_LIKE_OPTION(settings, sentence)                                                         \
  LW_TEXT_ROW("like", FLAG, LW_AT(settings, like), "", 0, LW_TEXT_MAX - 1, sentence)

/** Open the data set that is given by --like, "" for none: *out is then NULL. wanted: kind, target
 *  and pairs that it must have. flags: refuse those in `names` (NULL-ended) beside it. Local.
 *  Errors: LW_ERROR_INPUT, LW_ERROR_FILE, LW_ERROR_FORMAT. */
LW_MUST_USE lw_status lw_like_open(const char *path, const lw_dataset_recipe *wanted,
                                   const lw_option_section *flags, const char *const *names,
                                   lw_dataset **out);

/** The classes of the recipe: those of `other`, or by the list `given` when it is NULL. A list that
 *  was given beside `other` must name the same ones in the same order: LW_ERROR_INPUT. */
LW_MUST_USE lw_status lw_like_classes(const lw_dataset *other, const lw_option_section *flags,
                                      const char *given, lw_product *product);

/** Scale and shift of the values of `other`, whose stored numbers must be bytes as ours are:
 *  LW_ERROR_INPUT. */
LW_MUST_USE lw_status lw_like_scale(const lw_dataset *other, double *scale, double *shift);

/** Whether `other` was made with another value of an option, as far as it records this:
 *  LW_ERROR_INPUT with the flag. name: as in the table; value: as it is saved */
LW_MUST_USE lw_status lw_like_setting(const lw_dataset *other, const char *name, const char *value);

#endif
