/* Tables of options as pages of help. */
#include "longwave/base/look.h"
#include "longwave/base/text.h"
#include "option_inside.h"
#include "option_number.h"
#include <string.h>

/* Longer names have a line to themselves. */
enum { NAME_MOST = 22, MARGIN = 2 };

/* A limit as large as this is not told: the table only needs some number there. */
static const double no_limit = 1e9;

/* "--seed N", "--resume[=auto]", "-h, --help", or the key of a section. name [LW_TEXT_MAX] */
static void print_name(const lw_option_section *section, const lw_option *option, char *name)
{
  const lw_option_type_row *row = lw_option_type_of(option);
  char flag[LW_TEXT_MAX];
  lw_text text = lw_text_in(name, LW_TEXT_MAX);
  if (section->name[0]) {
    lw_text_add(&text, "%s", option->name);
    return;
  }
  lw_option_full_name(section, option, flag);
  lw_text_add(&text, "%s%s", strcmp(option->name, "help") ? "" : "-h, ", flag);
  /* what it can be beside false and true */
  for (int i = 2; row->alone && option->choices && option->choices[i]; i++)
    lw_text_add(&text, "[=%s]", option->choices[i]);
  lw_text_add(&text, "%s", row->argument);
}

/* What a value is: "whole number from 1 to 9", "a, b or c". kind [LW_TEXT_MAX] */
static void print_kind(const lw_option *option, char *kind)
{
  const lw_option_type_row *row = lw_option_type_of(option);
  const char *const *choices = option->choices;
  lw_text text = lw_text_in(kind, LW_TEXT_MAX);
  if (option->type == LW_OPTION_CHOICES) lw_text_add(&text, "one, or a list, of ");
  for (int i = 0; choices && choices[i]; i++)
    lw_text_add(&text, "%s%s", i == 0 ? "" : choices[i + 1] ? ", " : " or ", choices[i]);
  if (!choices) lw_text_add(&text, "%s", row->words);
  if (!row->bounded) return;
  char range[LW_RANGE_MAX];
  lw_number_print_range(option->least, option->greatest < no_limit ? option->greatest : 1e300,
                        range);
  lw_text_add(&text, "%s%s", *range ? " " : "", range);
}

/* Add " [whole number from 1 to 9, default 4]". */
static void add_facts(const lw_option_section *section, const lw_option *option, lw_text *to)
{
  char kind[LW_TEXT_MAX], facts[LW_TEXT_MAX], flag[LW_TEXT_MAX];
  /* A flag that is off by default needs no facts; for one that is on, help tells how to switch it
     off. */
  if (!section->name[0] && lw_option_type_of(option)->alone) {
    lw_option_full_name(section, option, flag);
    if (!strcmp(option->start, "true")) lw_text_add(to, " [default on; off: %s=false]", flag);
    return;
  }
  print_kind(option, kind);
  lw_text list = LW_TEXT_IN(facts);
  const char *comma = strchr(kind, ',') ? "; " : ", ";
  if (*kind) lw_text_add(&list, "%s", kind);
  if (!option->start)
    lw_text_item(&list, comma, "required");
  else if (*option->start)
    lw_text_item(&list, comma, "default %.80s", option->start);
  if (list.used) lw_text_add(to, " [%s]", facts);
}

static int width_of(const lw_option_section *sections, int count)
{
  int width = 0;
  for (lw_option_visit at = {0}; lw_option_each(sections, count, &at);) {
    char name[LW_TEXT_MAX];
    print_name(at.of, at.option, name);
    const int length = (int)strlen(name);
    if (length <= NAME_MOST && length > width) width = length;
  }
  return width;
}

static void print_option(const lw_option_section *section, const lw_option *option, int width,
                         FILE *out)
{
  char name[LW_TEXT_MAX], sentence[3 * LW_TEXT_MAX];
  lw_text text = LW_TEXT_IN(sentence);
  const int indent = MARGIN + width + MARGIN;
  print_name(section, option, name);
  lw_text_add(&text, "%s", option->sentence);
  add_facts(section, option, &text);
  if ((int)strlen(name) > width)
    fprintf(out, "%*s%s\n%*s", MARGIN, "", name, indent, "");
  else
    fprintf(out, "%*s%-*s%*s", MARGIN, "", width, name, MARGIN, "");
  lw_look_wrap(out, sentence, indent, indent);
}

static void print_heading(const lw_option_section *section, bool first, FILE *out)
{
  char heading[2 * LW_TEXT_MAX];
  if (!section->name[0]) return;
  snprintf(heading, sizeof heading, "%s: %s", section->name, section->sentence);
  if (!first) fputc('\n', out);
  lw_look_heading(out, heading);
}

void lw_option_help(const lw_option_section *sections, int count, FILE *out)
{
  const int width = width_of(sections, count);
  for (lw_option_visit at = {0}; lw_option_each(sections, count, &at);) {
    if (at.row == 1) print_heading(at.of, at.section == 0, out);
    print_option(at.of, at.option, width, out);
  }
}
