/** What the files of the option reader share: one value, its parser and its sentences.
 *  Not for other modules; the door is longwave/base/option.h. */
#ifndef LONGWAVE_BASE_OPTION_INSIDE_H
#define LONGWAVE_BASE_OPTION_INSIDE_H

#include "longwave/base/option.h"

enum { LW_SECTIONS_MAX = 32, LW_NUMBER_MAX = 40 };

/** Room for a value of any type; stored by copying the bytes its type takes. */
typedef union lw_option_value {
  int64_t whole;
  double real;
  bool truth;
  char text[LW_TEXT_MAX];
  int choice;
  lw_reals reals;
  const char *line;
} lw_option_value;

/** The value at an option's place, and how many bytes it takes. */
void *lw_option_place(const lw_option_section *section, const lw_option *option);
size_t lw_option_size(lw_option_type type);

/** "model.layers" for people, "--batch-size" when the section is a subcommand's flags.
 *  name [LW_TEXT_MAX] */
void lw_option_full_name(const lw_option_section *section, const lw_option *option, char *name);

/** Lines of a table, asserted to be at most LW_OPTIONS_MAX. */
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
/** The same behind an unknown value of an LW_OPTION_CHOICE. */
void lw_option_hint_choice(const lw_option_section *section, const lw_option *option,
                           const char *wrong, char *hint);

/** Text to value. `quoted` text is no number and no truth value. false: why [LW_TEXT_MAX] says what
 *  is wrong. */
bool lw_option_parse(const lw_option_section *section, const lw_option *option, const char *text,
                     bool quoted, lw_option_value *value, char *why);
/** One item of an LW_OPTION_REALS, or an LW_OPTION_REAL. */
bool lw_option_parse_real(const lw_option_section *section, const lw_option *option,
                          const char *text, bool quoted, double *value, char *why);

/** Put the value into the section's struct and note where it came from. */
void lw_option_store(lw_option_section *section, const lw_option *option,
                     const lw_option_value *value, lw_option_origin origin);

/** The shortest decimal that reads back as the same double. number [LW_NUMBER_MAX] */
void lw_option_print_real(double value, char *number);
/** "from 1 to 1000", "at least 0", "at most 9" or "" (no bound). range [3 * LW_NUMBER_MAX] */
void lw_option_print_range(double least, double greatest, char *range);

#endif
