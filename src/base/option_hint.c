/* What a wrong word may have meant: the same word in another spelling, a synonym, or the nearest
   name. */
#include "option_inside.h"
#include <ctype.h>
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

bool lw_option_alike(const char *a, const char *b)
{
  for (;; a++, b++) {
    a += strspn(a, "_-");
    b += strspn(b, "_-");
    if (tolower((unsigned char)*a) != tolower((unsigned char)*b)) return false;
    if (!*a) return true;
  }
}

static bool has_word(const lw_synonym *row, const char *word)
{
  for (const char *list = row->words; *list; list += strspn(list, " ")) {
    const size_t length = strcspn(list, " ");
    char one[NAME_MAX_LENGTH + 1];
    snprintf(one, sizeof one, "%.*s", (int)length, list);
    if (lw_option_alike(one, word)) return true;
    list += length;
  }
  return false;
}

/* The row of a table (NULL: none) that has the word, or NULL. */
static const lw_synonym *find_row(const lw_synonym *table, const char *word)
{
  for (; table && table->words; table++)
    if (has_word(table, word)) return table;
  return NULL;
}

/* What a word stands for: an option of a section, or a synonym that is no option. */
typedef struct match {
  const lw_option_section *section;
  const lw_option *option;
  const lw_synonym *synonym;
} match;

static bool match_synonym(const lw_option_section *section, const char *word, match *found)
{
  for (const lw_synonym *row = section->synonyms; row && row->words; row++) {
    if (!has_word(row, word) || (row->name && !row->name[0])) continue;
    const lw_option *option = row->name ? lw_option_find(section, row->name) : NULL;
    if (row->name && !option) continue;
    *found = (match){section, option, row};
    return true;
  }
  return false;
}

static bool match_known(const lw_option_section *section, const char *word, match *found)
{
  for (const lw_option *option = section->options; option->name; option++)
    if (lw_option_alike(option->name, word)) {
      *found = (match){section, option, NULL};
      return true;
    }
  return match_synonym(section, word, found);
}

static bool match_near(const lw_option_section *section, const char *word, match *found)
{
  const char *names[LW_OPTIONS_MAX + 1] = {NULL};
  for (int i = 0, lines = lw_option_count(section->options); i < lines; i++)
    names[i] = section->options[i].name;
  const char *nearest = lw_option_nearest(word, names);
  if (nearest) *found = (match){section, lw_option_find(section, nearest), NULL};
  return nearest != NULL;
}

typedef bool matcher(const lw_option_section *section, const char *word, match *found);

/* In `first` (may be NULL), then in the others. */
static bool look_through(const lw_option_section *sections, int count,
                         const lw_option_section *first, const char *word, matcher *fits,
                         match *found)
{
  if (first && fits(first, word, found)) return true;
  for (int i = 0; i < count; i++)
    if (&sections[i] != first && fits(&sections[i], word, found)) return true;
  return false;
}

/* "; did you mean 'BEFORE section.name BETWEEN value'? REMARK" */
static void print_match(const match *found, const char *before, const char *between, char *hint)
{
  const lw_synonym *synonym = found->synonym;
  const char *remark = synonym && synonym->remark ? synonym->remark : "";
  const char *value = synonym && synonym->value ? synonym->value : "";
  char name[LW_TEXT_MAX];
  if (!found->option) {
    snprintf(hint, LW_TEXT_MAX, "; %s", remark);
    return;
  }
  lw_option_full_name(found->section, found->option, name);
  snprintf(hint, LW_TEXT_MAX, "; did you mean '%s%.200s%s%s'?%s%s", before, name,
           value[0] || before[0] ? between : "", value, remark[0] ? " " : "", remark);
}

void lw_option_hint(const lw_option_section *sections, int count, const lw_option_section *section,
                    const char *wrong, char *hint)
{
  match found;
  hint[0] = '\0';
  if (look_through(sections, count, section, wrong, match_known, &found) ||
      (section ? match_near(section, wrong, &found)
               : look_through(sections, count, NULL, wrong, match_near, &found)))
    print_match(&found, "", ": ", hint);
}

/* A section by its own name in another spelling, or by a synonym of its own. */
static const char *known_section(const lw_option_section *sections, int count, const char *wrong)
{
  for (const lw_option_section *section = sections; section < sections + count; section++) {
    if (lw_option_alike(section->name, wrong)) return section->name;
    for (const lw_synonym *row = section->synonyms; row && row->words; row++)
      if (row->name && !row->name[0] && has_word(row, wrong)) return section->name;
  }
  return NULL;
}

void lw_option_hint_section(const lw_option_section *sections, int count, const char *wrong,
                            char *hint)
{
  const char *names[LW_SECTIONS_MAX + 1] = {NULL};
  const char *name = known_section(sections, count, wrong);
  match found;
  hint[0] = '\0';
  for (int i = 0; i < count; i++) names[i] = sections[i].name;
  if (!name && look_through(sections, count, NULL, wrong, match_known, &found)) {
    print_match(&found, "", ": ", hint);
    return;
  }
  if (!name) name = lw_option_nearest(wrong, names);
  if (name)
    snprintf(hint, LW_TEXT_MAX, "; did you mean '%.200s'?", name);
  else if (look_through(sections, count, NULL, wrong, match_near, &found))
    print_match(&found, "", ": ", hint);
}

void lw_option_hint_flag(const lw_option_section *flags, const lw_arguments *arguments,
                         const char *wrong, char *hint)
{
  const lw_option_section *keys = arguments->keys;
  const char *const set[] = {"set", NULL};
  match found;
  hint[0] = '\0';
  if (match_known(flags, wrong, &found))
    print_match(&found, "", " ", hint);
  else if (keys && look_through(keys, arguments->key_count, NULL, wrong, match_known, &found))
    print_match(&found, "--set ", "=", hint);
  else if (match_near(flags, wrong, &found))
    print_match(&found, "", " ", hint);
  else if (arguments->sets && lw_option_nearest(wrong, set))
    snprintf(hint, LW_TEXT_MAX, "; did you mean '--set'?");
  else if (keys && look_through(keys, arguments->key_count, NULL, wrong, match_near, &found))
    print_match(&found, "--set ", "=", hint);
}

/* "; did you mean 'NAME'? REMARK" */
static void print_word(const char *name, const char *remark, char *hint)
{
  hint[0] = '\0';
  if (name)
    snprintf(hint, LW_TEXT_MAX, "; did you mean '%.200s'?%s%s", name, remark ? " " : "",
             remark ? remark : "");
  else if (remark)
    snprintf(hint, LW_TEXT_MAX, "; %s", remark);
}

const char *lw_option_hint_word(const char *wrong, const char *const *names,
                                const lw_synonym *synonyms, char *hint)
{
  const lw_synonym *row = find_row(synonyms, wrong);
  const char *name = NULL;
  for (int i = 0; names[i] && !name; i++)
    if (lw_option_alike(names[i], wrong)) name = names[i];
  if (!name && row)
    print_word(row->name, row->remark, hint);
  else
    print_word(name ? name : lw_option_nearest(wrong, names), NULL, hint);
  return hint;
}

void lw_option_hint_choice(const lw_option_section *section, const lw_option *option,
                           const char *wrong, char *hint)
{
  for (int i = 0; option->choices[i]; i++)
    if (lw_option_alike(option->choices[i], wrong)) {
      print_word(option->choices[i], NULL, hint);
      return;
    }
  for (const lw_synonym *row = section->synonyms; row && row->words; row++)
    if (row->name && row->value && !strcmp(row->name, option->name) && has_word(row, wrong)) {
      print_word(row->value, row->remark, hint);
      return;
    }
  print_word(lw_option_nearest(wrong, option->choices), NULL, hint);
}
