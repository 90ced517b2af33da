/* Defaults, single assignments, what is missing, where a value came from. */
#include "longwave/base/text.h"
#include "option_inside.h"
#include <assert.h>
#include <string.h>

void lw_option_store(lw_option_section *section, const lw_option *option,
                     const lw_option_value *value, lw_option_origin origin)
{
  memcpy(lw_option_place(section, option), value, lw_option_size(option->type));
  section->origin[option - section->options] = origin;
}

void lw_option_defaults(lw_option_section *sections, int count)
{
  for (lw_option_visit at = {0}; lw_option_each(sections, count, &at);) {
    const char *start = at.option->start;
    lw_option_value value = {.reals = {0}};
    char why[LW_TEXT_MAX];
    bool fits = !start || lw_option_parse(at.of, at.option, start, false, &value, why);
    assert(at.row <= LW_OPTIONS_MAX && "a table has more rows than origins");
    assert(fits && "a default breaks the rules of its own table");
    (void)fits;
    lw_option_origin origin = {.source = start ? "default" : NULL};
    lw_option_store(&sections[at.section], at.option, &value, origin);
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

  lw_option_value value;
  char why[LW_TEXT_MAX];
  if (!lw_option_parse(section, option, assignment + equals + 1, false, &value, why))
    return lw_fail(LW_ERROR_INPUT, "--set %s: %s", assignment, why);
  lw_option_store(section, option, &value, (lw_option_origin){.source = "--set"});
  return LW_OK;
}

lw_status lw_option_check_required(const lw_option_section *sections, int count, const char *path)
{
  char list[8 * LW_TEXT_MAX];
  lw_text text = LW_TEXT_IN(list);
  for (const lw_option_section *section = sections; section < sections + count; section++) {
    for (int i = 0; section->options[i].name; i++) {
      if (section->origin[i].source) continue;
      char name[LW_TEXT_MAX];
      lw_option_full_name(section, &section->options[i], name);
      lw_text_item(&text, "\n", "%s%s'%s' is required: %s", path ? path : "", path ? ": " : "",
                   name, section->options[i].sentence);
    }
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
