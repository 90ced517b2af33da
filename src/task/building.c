#define _POSIX_C_SOURCE 200809L
#include "building.h"
#include "longwave/array/layout.h"
#include "longwave/base/mem.h"
#include "longwave/data/target.h"
#include <stdarg.h>
#include <string.h>
#include <strings.h>

const lw_target *lw_question_target(lw_question question)
{
  static const lw_target *const targets[] = {
      [LW_QUESTION_CLASS] = &lw_target_class,
      [LW_QUESTION_CLASSES] = &lw_target_several,
      [LW_QUESTION_NUMBERS] = &lw_target_numbers,
      [LW_QUESTION_STEP_CLASS] = &lw_target_step_class,
      [LW_QUESTION_STEP_NUMBERS] = &lw_target_step_numbers,
      [LW_QUESTION_NEXT_VALUES] = &lw_target_next_values,
  };
  return targets[question];
}

bool lw_split_of(const char *text, int64_t length, lw_split *split)
{
  static const struct {
    const char *word;
    lw_split split;
  } words[] = {{"train", LW_SPLIT_TRAIN},
               {"training", LW_SPLIT_TRAIN},
               {"validation", LW_SPLIT_VALIDATION},
               {"valid", LW_SPLIT_VALIDATION},
               {"val", LW_SPLIT_VALIDATION},
               {"dev", LW_SPLIT_VALIDATION},
               {"test", LW_SPLIT_TEST},
               {"testing", LW_SPLIT_TEST}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if ((int64_t)strlen(words[i].word) == length &&
        !strncasecmp(words[i].word, text, (size_t)length)) {
      *split = words[i].split;
      return true;
    }
  return false;
}

lw_split_rule lw_building_rule(const lw_option_section *flags, lw_split_rule rule,
                               const bool given[LW_SPLITS])
{
  if (given[LW_SPLIT_VALIDATION] && !lw_task_given(flags, "validation")) rule.validation = 0;
  if (given[LW_SPLIT_TEST] && !lw_task_given(flags, "test")) rule.test = 0;
  return rule;
}

/* Add to *text, which is NULL or ends with its 0. */
__attribute__((format(printf, 2, 0))) static lw_status add(char **text, const char *format,
                                                           va_list arguments)
{
  lw_text to = {.text = *text, .grows = true};
  if (*text) to.used = (int64_t)strlen(*text);
  if (*text) to.room = to.used + 1;
  lw_text_add_list(&to, format, arguments);
  const lw_status status = lw_text_end(&to);
  *text = to.text;
  return status;
}

lw_status lw_building_origin(lw_building *building, const char *format, ...)
{
  va_list arguments;
  lw_mem_give(building->origin);
  building->origin = NULL;
  va_start(arguments, format);
  const lw_status status = add(&building->origin, format, arguments);
  va_end(arguments);
  return status;
}

lw_status lw_building_origin_of(lw_building *building, const char *what, const char *const *paths,
                                int count)
{
  lw_text list = LW_TEXT_GROWS;
  lw_status status = LW_OK;
  for (int i = 0; i < count; i++)
    if (paths[i] && *paths[i]) lw_text_item(&list, ", ", "%s", paths[i]);
  LW_TRY(lw_text_end(&list));
  LW_TRY(lw_building_origin(building, "%s %s", what, list.text));
done:
  lw_text_done(&list);
  return status;
}

lw_status lw_building_note(lw_building *building, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  const lw_status status = add(&building->notes, format, arguments);
  va_end(arguments);
  return status;
}

void lw_building_part(const lw_building *building, int64_t count, int64_t *first, int64_t *behind)
{
  *first = lw_layout_first(count, building->world->size, building->world->rank);
  *behind = *first + lw_layout_count(count, building->world->size, building->world->rank);
}
