#include "building.h"
#include "longwave/array/layout.h"
#include "longwave/base/mem.h"
#include <stdarg.h>
#include <string.h>

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
