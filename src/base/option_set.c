/* Values into sections (defaults, assignments) and out of them as text; what is missing; where a
   value came from. */
#include "longwave/base/text.h"
#include "option_inside.h"
#include <assert.h>
#include <string.h>

void lw_option_store(lw_option_section *section, const lw_option *option,
                     const lw_option_value *value, lw_option_origin origin)
{
  memcpy((char *)section->values + option->offset, value, lw_option_type_of(option)->bytes);
  section->origin[option - section->options] = origin;
}

bool lw_option_take(const lw_option_source *from, lw_option_origin origin)
{
  lw_option_value value = {.reals = {0}};
  const bool fits = lw_option_type_of(from->option)->parse(from, &value);
  if (fits) lw_option_store(from->section, from->option, &value, origin);
  return fits;
}

void lw_option_defaults(lw_option_section *sections, int count)
{
  for (lw_option_visit at = {0}; lw_option_each(sections, count, &at);) {
    char why[LW_TEXT_MAX];
    const lw_option_source from = {.section = &sections[at.section],
                                   .option = at.option,
                                   .text = at.option->start,
                                   .why = why};
    assert(at.row <= LW_OPTIONS_MAX && "a table has more rows than origins");
    bool fits = true;
    if (from.text)
      fits = lw_option_take(&from, (lw_option_origin){.source = "default"});
    else
      lw_option_store(from.section, from.option, &(lw_option_value){.reals = {0}},
                      (lw_option_origin){.source = NULL});
    assert(fits && "a default breaks the rules of its own table");
    (void)fits;
  }
}

static lw_status fail_unknown(lw_option_section *sections, int count, lw_option_section *section,
                              const char *assignment, const char *name)
{
  char hint[LW_TEXT_MAX];
  if (section) {
    lw_option_hint(sections, count, section, name, hint);
    return lw_fail(LW_ERROR_INPUT, "--set %s: unknown key '%s.%s'%s", assignment, section->name,
                   name, hint);
  }
  /* In a section that is not there, the key may still tell what is meant. */
  const char *key = name + strlen(name) + 1;
  lw_option_hint(sections, count, NULL, key, hint);
  if (!hint[0]) lw_option_hint_section(sections, count, name, hint);
  return lw_fail(LW_ERROR_INPUT, "--set %s: unknown section '%s'%s", assignment, name, hint);
}

/* "lr=0.1" and "lr" lack a section. */
static lw_status fail_form(lw_option_section *sections, int count, const char *assignment)
{
  char name[LW_TEXT_MAX], hint[LW_TEXT_MAX] = "";
  snprintf(name, sizeof name, "%.*s", (int)strcspn(assignment, "="), assignment);
  if (name[0]) lw_option_hint_section(sections, count, name, hint);
  return lw_fail(LW_ERROR_INPUT, "--set takes section.key=value, not '%.80s'%s", assignment, hint);
}

lw_status lw_option_set(lw_option_section *sections, int count, const char *assignment)
{
  assert(count <= LW_SECTIONS_MAX);
  size_t dot = strcspn(assignment, ".="), equals = strcspn(assignment, "=");
  if (assignment[dot] != '.' || assignment[equals] != '=' || equals >= LW_TEXT_MAX)
    return fail_form(sections, count, assignment);

  char name[LW_TEXT_MAX];
  snprintf(name, sizeof name, "%.*s", (int)equals, assignment);
  name[dot] = '\0';
  lw_option_section *section = lw_option_find_section(sections, count, name);
  if (!section) return fail_unknown(sections, count, NULL, assignment, name);
  const lw_option *option = lw_option_find(section, name + dot + 1);
  if (!option) return fail_unknown(sections, count, section, assignment, name + dot + 1);

  char why[LW_TEXT_MAX];
  const lw_option_source from = {
      .section = section, .option = option, .text = assignment + equals + 1, .why = why};
  if (!lw_option_take(&from, (lw_option_origin){.source = "--set"}))
    return lw_fail(LW_ERROR_INPUT, "--set %s: %s", assignment, why);
  return LW_OK;
}

lw_status lw_option_check_required(const lw_option_section *sections, int count, const char *path)
{
  char list[8 * LW_TEXT_MAX];
  lw_text text = LW_TEXT_IN(list);
  for (lw_option_visit at = {0}; lw_option_each(sections, count, &at);) {
    char name[LW_TEXT_MAX];
    if (at.of->origin[at.row - 1].source) continue;
    lw_option_full_name(at.of, at.option, name);
    lw_text_item(&text, "\n", "%s%s'%s' is required: %s", path ? path : "", path ? ": " : "", name,
                 at.option->sentence);
  }
  return *list ? lw_fail(LW_ERROR_INPUT, "%s", list) : LW_OK;
}

const char *lw_option_where(const lw_option_section *sections, int count, const char *name,
                            char *buffer)
{
  size_t dot = strcspn(name, ".");
  const char *key = name[dot] ? name + dot + 1 : name;
  size_t section_length = name[dot] ? dot : 0;
  snprintf(buffer, LW_TEXT_MAX, "%s", name);
  for (const lw_option_section *section = sections; section < sections + count; section++) {
    if (strlen(section->name) != section_length ||
        strncmp(section->name, name, section_length) != 0)
      continue;
    const lw_option *option = lw_option_find(section, key);
    if (!option) continue;
    lw_option_origin origin = section->origin[option - section->options];
    if (origin.line > 0)
      snprintf(buffer, LW_TEXT_MAX, "%s:%d:%d", origin.source, origin.line, origin.column);
    else
      snprintf(buffer, LW_TEXT_MAX, "%s", origin.source ? origin.source : "not given");
  }
  return buffer;
}

void lw_option_save_value(const lw_option_section *section, const lw_option *option, lw_text *to)
{
  lw_option_value value;
  memcpy(&value, (const char *)section->values + option->offset, lw_option_type_of(option)->bytes);
  lw_option_print(to, option, &value);
}

void lw_option_save(const lw_option_section *sections, int count, lw_text *to)
{
  for (const lw_option_section *section = sections; section < sections + count; section++) {
    assert(section->name[0] && "flags have no section to be saved in");
    lw_text_add(to, "%s:\n", section->name);
    for (const lw_option *option = section->options; option->name; option++) {
      lw_text_add(to, "  %s: ", option->name);
      lw_option_save_value(section, option, to);
      lw_text_add(to, "\n");
    }
  }
}
