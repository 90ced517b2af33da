/* Tables and sections: looking up. Neighbours: option_types.c (text to value and back),
   option_set.c (values into sections and out of them), option_yaml.c, option_flags.c. */
#include "option_inside.h"
#include <assert.h>
#include <string.h>

int lw_option_count(const lw_option *options)
{
  int count = 0;
  while (options[count].name) count++;
  assert(count <= LW_OPTIONS_MAX);
  return count;
}

const lw_option *lw_option_find(const lw_option_section *section, const char *name)
{
  for (const lw_option *option = section->options; option->name; option++)
    if (strcmp(option->name, name) == 0) return option;
  return NULL;
}

bool lw_option_each(const lw_option_section *sections, int count, lw_option_visit *at)
{
  while (at->section < count && !sections[at->section].options[at->row].name) {
    at->section++;
    at->row = 0;
  }
  if (at->section == count) return false;
  at->of = &sections[at->section];
  at->option = &at->of->options[at->row++];
  return true;
}

lw_option_section *lw_option_find_section(lw_option_section *sections, int count, const char *name)
{
  for (int i = 0; i < count; i++)
    if (strcmp(sections[i].name, name) == 0) return &sections[i];
  return NULL;
}

void lw_option_full_name(const lw_option_section *section, const lw_option *option, char *name)
{
  if (section->name[0]) {
    snprintf(name, LW_TEXT_MAX, "%s.%s", section->name, option->name);
    return;
  }
  snprintf(name, LW_TEXT_MAX, "--%s", option->name);
  for (char *c = name; *c; c++)
    if (*c == '_') *c = '-';
}
