/** What the files of the option reader share: one value, its type, sentences about wrong words.
 *  Not for other modules; the door is longwave/base/option.h. */
#ifndef LONGWAVE_BASE_OPTION_INSIDE_H
#define LONGWAVE_BASE_OPTION_INSIDE_H

#include "longwave/base/option.h"

enum { LW_SECTIONS_MAX = 32 };

/** Room for a value of any type; stored by copying the bytes that its type takes. */
typedef union lw_option_value {
  int64_t whole;
  double real;
  bool truth;
  char text[LW_TEXT_MAX];
  int choice;
  lw_choices set;
  lw_reals reals;
  const char *line;
} lw_option_value;

/** A text that is to become a value. */
typedef struct lw_option_source {
  lw_option_section *section;
  const lw_option *option;
  const char *text;
  char *why;   /* [LW_TEXT_MAX] out, when it is refused: what is wrong */
  bool quoted; /* then it is no number and no truth value */
} lw_option_source;

/** What a type is. To add one: 1. an lw_option_type and an LW_..._ROW in longwave/base/option.h;
 *  2. a member of lw_option_value, if it has a new C type; 3. its parser, printer and row in
 *  option_types.c. */
typedef struct lw_option_type_row {
  size_t bytes; /* of a value */
  /* Text to value, which is all zeros before. false: refused */
  bool (*parse)(const lw_option_source *from, lw_option_value *value);
  /* Add the value as YAML that reads back exactly. NULL: it is made of the option's choices */
  void (*print)(lw_text *to, const lw_option_value *value);
  /* A list in a job file: add one item. NULL: it is a single value there. With choices it may be
     a single value as well, and has one item or more */
  bool (*parse_item)(const lw_option_source *from, lw_option_value *value);
  /* help: what stands behind the name of a flag; what a value is, where choices do not say it */
  const char *argument, *words;
  bool bounded; /* help tells the least and the greatest value */
  bool alone;   /* as a flag it may stand without a value, and then is true */
} lw_option_type_row;
const lw_option_type_row *lw_option_type_of(const lw_option *option);
void lw_option_print(lw_text *to, const lw_option *option, const lw_option_value *value);

/** Parse the text and put the value into the section's struct, with where it came from. */
bool lw_option_take(const lw_option_source *from, lw_option_origin origin);
void lw_option_store(lw_option_section *section, const lw_option *option,
                     const lw_option_value *value, lw_option_origin origin);

/** "model.layers" for people, "--batch-size" when the section is a subcommand's flags.
 *  name [LW_TEXT_MAX] */
void lw_option_full_name(const lw_option_section *section, const lw_option *option, char *name);

/** Rows of a table, asserted to be at most LW_OPTIONS_MAX. */
int lw_option_count(const lw_option *options);

/** NULL when there is none. */
const lw_option *lw_option_find(const lw_option_section *section, const char *name);
lw_option_section *lw_option_find_section(lw_option_section *sections, int count, const char *name);

/** What to say behind an unknown key of `section` (may be NULL): the option that it means by its
 *  own name or a synonym, in this section, else in another; else a similar one.
 *  hint [LW_TEXT_MAX] becomes "" or "; did you mean 'section.name'?" or "; there is no ..." */
void lw_option_hint(const lw_option_section *sections, int count, const lw_option_section *section,
                    const char *wrong, char *hint);
/** The same behind an unknown section, which may be a key that lacks its section. */
void lw_option_hint_section(const lw_option_section *sections, int count, const char *wrong,
                            char *hint);
/** The same behind an unknown flag, which may be a key of --set (arguments->keys). */
void lw_option_hint_flag(const lw_option_section *flags, const lw_arguments *arguments,
                         const char *wrong, char *hint);
/** The same behind an unknown word of a list of choices. */
void lw_option_hint_choice(const lw_option_section *section, const lw_option *option,
                           const char *wrong, char *hint);

#endif
