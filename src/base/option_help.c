/* Tables of options as pages of help. */
#include "longwave/base/look.h"
#include "longwave/base/text.h"
#include "option_inside.h"
#include <string.h>

/* Longer names have a line to themselves. */
enum { NAME_MOST = 22, MARGIN = 2 };

/* From here on a limit is there only because the table needs one. */
static const double no_limit = 1e9;

/* "[=auto]": what a switch can be beside true and false. text [LW_TEXT_MAX] */
static void print_words(const lw_option *option, char *text)
{
  lw_text words = lw_text_in(text, LW_TEXT_MAX);
  if (option->type != LW_OPTION_SWITCH) return;
  for (const char *const *word = option->choices + 2; *word; word++)
    lw_text_add(&words, "[=%s]", *word);
}

/* "--seed N", "--resume[=auto]", "-h, --help", or the key of a section. name [LW_TEXT_MAX] */
static void print_name(const lw_option_section *section, const lw_option *option, char *name)
{
  static const char *const values[] = {
      [LW_OPTION_INT] = " N",     [LW_OPTION_AUTO] = " N",    [LW_OPTION_REAL] = " X",
      [LW_OPTION_BOOL] = "",      [LW_OPTION_TEXT] = " TEXT", [LW_OPTION_CHOICE] = " NAME",
      [LW_OPTION_REALS] = " X,X", [LW_OPTION_LONG] = " TEXT", [LW_OPTION_SWITCH] = "",
  };
  if (section->name[0]) {
    snprintf(name, LW_TEXT_MAX, "%s", option->name);
    return;
  }
  char flag[LW_TEXT_MAX], words[LW_TEXT_MAX];
  lw_option_full_name(section, option, flag);
  print_words(option, words);
  snprintf(name, LW_TEXT_MAX, "%s%.80s%.200s%s", strcmp(option->name, "help") ? "" : "-h, ", flag,
           words, values[option->type]);
}

/* "a, b or c". list [LW_TEXT_MAX] */
static void print_choices(const lw_option *option, char *list)
{
  lw_text text = lw_text_in(list, LW_TEXT_MAX);
  for (int i = 0; option->choices[i]; i++)
    lw_text_item(&text, option->choices[i + 1] ? ", " : " or ", "%s", option->choices[i]);
}

/* What a value is: "whole number from 1 to 9". kind [LW_TEXT_MAX] */
static void print_kind(const lw_option *option, char *kind)
{
  static const char *const words[] = {
      [LW_OPTION_INT] = "whole number",
      [LW_OPTION_AUTO] = "auto or whole number",
      [LW_OPTION_REAL] = "number",
      [LW_OPTION_BOOL] = "true or false",
      [LW_OPTION_TEXT] = "",
      [LW_OPTION_CHOICE] = "",
      [LW_OPTION_REALS] = "list of numbers",
      [LW_OPTION_LONG] = "",
      [LW_OPTION_SWITCH] = "",
  };
  const bool bounded = option->type
  == LW_OPTION_INT || option->type
  == LW_OPTION_AUTO || option->type
  == LW_OPTION_REAL || option->type
  == LW_OPTION_REALS;
  const double greatest = option->greatest < no_limit ? option->greatest : 1e300;
  char range[3 * LW_NUMBER_MAX] = "";
  if (option->type == LW_OPTION_CHOICE || option->type == LW_OPTION_SWITCH) {
    print_choices(option, kind);
    return;
  }
  if (bounded) lw_option_print_range(option->least, greatest, range);
  snprintf(kind, LW_TEXT_MAX, "%s%s%s", words[option->type], range[0] ? " " : "", range);
}

/* A flag that is off until it is given needs no words; one that is on needs to be told how. */
static void print_switch(const lw_option *option, char *facts)
{
  char flag[LW_TEXT_MAX];
  lw_option_full_name(&(lw_option_section){.name = ""}, option, flag);
  facts[0] = '\0';
  if (!strcmp(option->start, "true"))
    snprintf(facts, LW_TEXT_MAX, " [default on; off: %.80s=false]", flag);
}

/* " [whole number from 1 to 9, default 4]". facts [LW_TEXT_MAX] */
static void print_facts(const lw_option_section *section, const lw_option *option, char *facts)
{
  char kind[LW_TEXT_MAX], start[LW_TEXT_MAX] = "";
  if (!section->name[0] && (option->type == LW_OPTION_BOOL || option->type == LW_OPTION_SWITCH)) {
    print_switch(option, facts);
    return;
  }
  print_kind(option, kind);
  if (!option->start)
    snprintf(start, sizeof start, "required");
  else if (option->start[0])
    snprintf(start, sizeof start, "default %.80s", option->start);
  const char *comma = kind[0] && start[0] ? strchr(kind, ',') ? "; " : ", " : "";
  facts[0] = '\0';
  if (kind[0] || start[0]) snprintf(facts, LW_TEXT_MAX, " [%.700s%s%.100s]", kind, comma, start);
}

static int width_of(const lw_option_section *sections, int count)
{
  int width = 0;
  for (const lw_option_section *section = sections; section < sections + count; section++)
    for (const lw_option *option = section->options; option->name; option++) {
      char name[LW_TEXT_MAX];
      print_name(section, option, name);
      const int length = (int)strlen(name);
      if (length <= NAME_MOST && length > width) width = length;
    }
  return width;
}

static void print_option(const lw_option_section *section, const lw_option *option, int width,
                         FILE *out)
{
  char name[LW_TEXT_MAX], facts[LW_TEXT_MAX], text[3 * LW_TEXT_MAX];
  const int indent = MARGIN + width + MARGIN;
  print_name(section, option, name);
  print_facts(section, option, facts);
  snprintf(text, sizeof text, "%s%s", option->sentence, facts);
  if ((int)strlen(name) > width)
    fprintf(out, "%*s%s\n%*s", MARGIN, "", name, indent, "");
  else
    fprintf(out, "%*s%-*s%*s", MARGIN, "", width, name, MARGIN, "");
  lw_look_wrap(out, text, indent, indent);
}

void lw_option_help(const lw_option_section *sections, int count, FILE *out)
{
  const int width = width_of(sections, count);
  for (const lw_option_section *section = sections; section < sections + count; section++) {
    char heading[2 * LW_TEXT_MAX];
    snprintf(heading, sizeof heading, "%s: %s", section->name, section->sentence);
    if (section->name[0] && section != sections) fputc('\n', out);
    if (section->name[0]) lw_look_heading(out, heading);
    for (const lw_option *option = section->options; option->name; option++)
      print_option(section, option, width, out);
  }
}
