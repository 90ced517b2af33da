/** What tasks share that build a data set of format version 2 (data/builder.h): notes, which part
 *  of a source a rank takes, and shares of splits where some are given. */
#ifndef LONGWAVE_TASK_BUILDING_H
#define LONGWAVE_TASK_BUILDING_H

#include "longwave/task/task.h"

/** What is asked of a sample, in the same words wherever a task lets choose. */
#define LW_QUESTION_CHOICES(TYPE, ITEM)                                                            \
  TYPE(lw_question)                                                                                \
  ITEM(LW_QUESTION_CLASS, "class")                                                                 \
  ITEM(LW_QUESTION_CLASSES, "classes")                                                             \
  ITEM(LW_QUESTION_NUMBERS, "numbers")                                                             \
  ITEM(LW_QUESTION_STEP_CLASS, "step-class")                                                       \
  ITEM(LW_QUESTION_STEP_NUMBERS, "step-numbers")                                                   \
  ITEM(LW_QUESTION_NEXT_VALUES, "next-values")
LW_CHOICE(LW_QUESTION_CHOICES);

const lw_target *lw_question_target(lw_question question);
/** Whether it asks for numbers; whether it asks at each step. */
static inline bool lw_question_numbers(lw_question question)
{
  return question == LW_QUESTION_NUMBERS || question == LW_QUESTION_STEP_NUMBERS;
}
static inline bool lw_question_steps(lw_question question)
{
  return question == LW_QUESTION_STEP_CLASS || question == LW_QUESTION_STEP_NUMBERS;
}

/** What becomes of values that are missing, when a data set is made (what a model sees in their
 *  place: data/input.h). */
#define LW_PREPARE_MISSING_CHOICES(TYPE, ITEM)                                                     \
  TYPE(lw_prepare_missing)                                                                         \
  ITEM(LW_PREPARE_MISSING_REFUSE, "refuse")                                                        \
  ITEM(LW_PREPARE_MISSING_KEEP, "keep")
LW_CHOICE(LW_PREPARE_MISSING_CHOICES);

/** "train", "validation", "test", and what others call them ("valid", "val", "dev"), in any case:
 *  false for another text [length]. */
bool lw_split_of(const char *text, int64_t length, lw_split *split);

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
