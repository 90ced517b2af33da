/* Tables and sections: looking up, defaults, single assignments, what is missing, where a value
   came from. Neighbours: option_value.c (text to value), option_yaml.c, option_flags.c,
   option_print.c. */
#include "option_inside.h"
#include <assert.h>
#include <string.h>

/* Longer names are never "near" anything. */
enum { NAME_MAX_LENGTH = 63 };

static int least_of(int a, int b)
{
  return a < b ? a : b;
}

/* How many letters to insert, drop, replace or swap with their neighbour to make b of a. Row i of
   the table, for the first i letters of a, needs the two rows above it only. */
static int edit_distance(const char *a, const char *b)
{
  int rows[3][NAME_MAX_LENGTH + 1];
  int a_length = (int)strlen(a), b_length = (int)strlen(b);
  for (int j = 0; j <= b_length; j++) rows[0][j] = j;
  for (int i = 1; i <= a_length; i++) {
    int *row = rows[i % 3];
    const int *above = rows[(i + 2) % 3], *above_two = rows[(i + 1) % 3];
    row[0] = i;
    for (int j = 1; j <= b_length; j++) {
      int replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
      row[j] = least_of(replaced, 1 + least_of(above[j], row[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = least_of(row[j], above_two[j - 2] + 1);
    }
  }
  return rows[a_length % 3][b_length];
}

const char *lw_option_nearest(const char *wrong, const char *const *names)
{
  size_t length = strlen(wrong);
  if (length > NAME_MAX_LENGTH) return NULL;
  int limit = length < 6 ? 1 : length < 12 ? 2 : 3;
  const char *nearest = NULL;
  for (; *names; names++) {
    if (strlen(*names) > NAME_MAX_LENGTH) continue;
    int distance = edit_distance(wrong, *names);
    if (distance > limit) continue;
    nearest = *names;
    limit = distance - 1; /* the next must be nearer: the first of equals wins */
  }
  return nearest;
}

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

void lw_option_hint(const lw_option_section *sections, int count, const lw_option_section *section,
                    const char *wrong, char *hint)
{
  const lw_option *option = NULL;
  const lw_option_section *home = NULL;
  for (int i = 0; i < count && !option; i++) {
    home = &sections[i];
    option = lw_option_find(home, wrong);
  }
  if (!option && section) {
    const char *names[LW_OPTIONS_MAX + 1] = {NULL};
    for (int i = 0, lines = lw_option_count(section->options); i < lines; i++)
      names[i] = section->options[i].name;
    const char *nearest = lw_option_nearest(wrong, names);
    home = section;
    option = nearest ? lw_option_find(section, nearest) : NULL;
  }
  hint[0] = '\0';
  if (!option) return;
  char name[LW_TEXT_MAX];
  lw_option_full_name(home, option, name);
  snprintf(hint, LW_TEXT_MAX, "; did you mean '%.200s'?", name);
}

void *lw_option_place(const lw_option_section *section, const lw_option *option)
{
  return (char *)section->values + option->place;
}

void lw_option_store(lw_option_section *section, const lw_option *option,
                     const lw_option_value *value, lw_option_origin origin)
{
  memcpy(lw_option_place(section, option), value, lw_option_size(option->type));
  section->origin[option - section->options] = origin;
}

void lw_option_defaults(lw_option_section *sections, int count)
{
  for (lw_option_section *section = sections; section < sections + count; section++) {
    int lines = lw_option_count(section->options);
    for (const lw_option *option = section->options; option < section->options + lines; option++) {
      lw_option_value value = {.reals = {0}};
      char why[LW_TEXT_MAX];
      bool fits =
          !option->start || lw_option_parse(section, option, option->start, false, &value, why);
      assert(fits && "a default breaks the rules of its own table");
      (void)fits;
      lw_option_origin origin = {.source = option->start ? "default" : NULL};
      lw_option_store(section, option, &value, origin);
    }
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
  const char *names[LW_SECTIONS_MAX + 1] = {NULL};
  for (int i = 0; i < count; i++) names[i] = sections[i].name;
  const char *nearest = lw_option_nearest(name, names);
  return lw_fail(LW_ERROR_INPUT,
                 nearest ? "--set %s: unknown section '%s'; did you mean '%s'?"
                         : "--set %s: unknown section '%s'",
                 assignment, name, nearest);
}

lw_status lw_option_set(lw_option_section *sections, int count, const char *assignment)
{
  assert(count <= LW_SECTIONS_MAX);
  size_t dot = strcspn(assignment, ".="), equals = strcspn(assignment, "=");
  if (assignment[dot] != '.' || assignment[equals] != '=' || equals >= LW_TEXT_MAX)
    return lw_fail(LW_ERROR_INPUT,
                   "--set takes section.key=value, not '%.80s'",
                   assignment);

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
  char list[8 * LW_TEXT_MAX] = "";
  size_t used = 0;
  for (const lw_option_section *section = sections; section < sections + count; section++) {
    for (int i = 0; section->options[i].name; i++) {
      if (section->origin[i].source) continue;
      char name[LW_TEXT_MAX];
      lw_option_full_name(section, &section->options[i], name);
      int length =
          snprintf(list + used, sizeof list - used, "%s%s%s'%s' is required: %s", used ? "\n" : "",
                   path ? path : "", path ? ": " : "", name, section->options[i].sentence);
      if (used + (size_t)length >= sizeof list) break;
      used += (size_t)length;
    }
  }
  return used ? lw_fail(LW_ERROR_INPUT, "%s", list) : LW_OK;
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
