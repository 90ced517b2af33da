/** Tables of options. One table drives parsing, defaults, help, validation, saving and the rules of
 *  what may change, for a section of a job file and for the flags of a subcommand alike. A job file
 *  overrides the defaults of the table, --set overrides a job file. Every mistake of a file is
 *  collected, with file:line:column and the nearest valid name, before the reader gives up. Not
 *  here: rules between options (heads divide width): the module that owns them checks, and uses
 *  lw_option_where to say where the value came from; what follows from a role (train/job.h,
 *  study/). Local: the root reads, the caller broadcasts the structs.
 *
 *  To add an option: 1. a member of the section's struct; 2. a row of its table, by the macro of
 *  the member's type:
 *      LW_INT_ROW("window", FUNCTION, AT(window), "3", 1, 1025, "tokens averaged over"),
 *  Whether it may change at a resume, makes another row of a table and stands in reports follows
 *  from the role. A new type of options is described in src/base/option_inside.h. */
#ifndef LONGWAVE_BASE_OPTION_H
#define LONGWAVE_BASE_OPTION_H

#include "longwave/base/choice.h"
#include "longwave/base/status.h"
#include "longwave/base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { LW_TEXT_MAX = 1024, LW_REALS_MAX = 256, LW_OPTIONS_MAX = 64 };

typedef enum lw_option_type {
  LW_OPTION_INT,     /* int64_t; 1000, 1_000 or 1e3, but exact; no 0x */
  LW_OPTION_AUTO,    /* int64_t; as INT, or auto, which is 0 */
  LW_OPTION_REAL,    /* double; finite */
  LW_OPTION_BOOL,    /* bool; true, yes, on or false, no, off, in any case */
  LW_OPTION_TEXT,    /* char[LW_TEXT_MAX]; least..greatest bound its length */
  LW_OPTION_CHOICE,  /* enumeration of a list (base/choice.h) or index of a table, by its words */
  LW_OPTION_CHOICES, /* lw_choices: one word of a list, or [several], none of them twice; the word
                        none stands alone */
  LW_OPTION_SWITCH, /* the same as CHOICE with the words false, true and others; alone it is true */
  LW_OPTION_REALS,  /* lw_reals; [0, 0.1, 0.5], each within least..greatest */
  LW_OPTION_LONG,   /* const char *, borrowed from the command line; at least `least` bytes, with
                       no upper limit; only for the flags of a subcommand, which no rank sends */
} lw_option_type;

typedef struct lw_reals {
  int64_t count;
  double value[LW_REALS_MAX];
} lw_reals;

/** What an option decides. */
typedef enum lw_option_role {
  LW_ROLE_FLAG = 0,        /* it is a flag of a subcommand: nothing of a job */
  LW_ROLE_FUNCTION = 1,    /* the function that is learnt */
  LW_ROLE_SEED = 2,        /* which of the runs that differ by chance alone */
  LW_ROLE_RUN = 4,         /* how it is learnt: data, batches, rates, evaluations */
  LW_ROLE_LENGTH = 8,      /* for how long */
  LW_ROLE_INCIDENTAL = 16, /* where and how fast it is computed, what is told and saved: results
                              are the same but for rounding */
  LW_ROLES_FIXED = LW_ROLE_FUNCTION | LW_ROLE_SEED, /* a resumed training must keep them */
  LW_ROLES_FREE = LW_ROLE_RUN | LW_ROLE_LENGTH | LW_ROLE_INCIDENTAL, /* and may change these */
  /* runs that differ in one of them are not repeats of one another */
  LW_ROLES_APART = LW_ROLE_FUNCTION | LW_ROLE_RUN | LW_ROLE_LENGTH,
} lw_option_role;

/** One row of a table, written by one of the macros below. The table ends with a NULL name. */
typedef struct lw_option {
  const char *name;
  lw_option_type type;
  lw_option_role role;
  size_t offset; /* in the section's struct, bytes */
  /* default as text, parsed like any other; NULL: the option is required */
  const char *start;
  double least, greatest;     /* inclusive */
  const char *const *choices; /* NULL-ended, for CHOICE, CHOICES and SWITCH */
  const char *sentence;       /* for help */
} lw_option;

/** Where a row's value is: a member of the section's struct. */
#define LW_AT(owner, member) owner, member

/** Rows. They do not compile for a member of another type than the row's.
 *  name      in job files and --set; on the command line '_' is '-'
 *  role      FLAG, FUNCTION, SEED, RUN, LENGTH or INCIDENTAL
 *  at        LW_AT; each table has its own #define AT(member) LW_AT(lw_train_options, member)
 *  choices   a list of base/choice.h; the member has its type
 *  words     NULL-ended, of a table that has a file of its own; the member is an int, the index */
#define LW_INT_ROW(name, role, at, start, least, greatest, sentence)                               \
  LW_ROW(name, INT, role, int64_t *, at, start, least, greatest, NULL, sentence)
#define LW_AUTO_ROW(name, role, at, start, least, greatest, sentence)                              \
  LW_ROW(name, AUTO, role, int64_t *, at, start, least, greatest, NULL, sentence)
#define LW_REAL_ROW(name, role, at, start, least, greatest, sentence)                              \
  LW_ROW(name, REAL, role, double *, at, start, least, greatest, NULL, sentence)
#define LW_REALS_ROW(name, role, at, start, least, greatest, sentence)                             \
  LW_ROW(name, REALS, role, lw_reals *, at, start, least, greatest, NULL, sentence)
#define LW_BOOL_ROW(name, role, at, start, sentence)                                               \
  LW_ROW(name, BOOL, role, bool *, at, start, 0, 0, NULL, sentence)
#define LW_TEXT_ROW(name, role, at, start, least, greatest, sentence)                              \
  LW_ROW(name, TEXT, role, char(*)[LW_TEXT_MAX], at, start, least, greatest, NULL, sentence)
#define LW_LONG_ROW(name, role, at, start, least, sentence)                                        \
  LW_ROW(name, LONG, role, const char **, at, start, least, 0, NULL, sentence)
#define LW_CHOICE_ROW(name, role, at, choices, start, sentence)                                    \
  LW_ROW(name, CHOICE, role, LW_CHOICE_POINTER(choices), at, start, 0, 0,                          \
         ((const char *const[]){LW_CHOICE_WORDS(choices)}), sentence)
#define LW_CHOICES_ROW(name, role, at, choices, start, sentence)                                   \
  LW_ROW(name, CHOICES, role, lw_choices *, at, start, 0, 0,                                       \
         ((const char *const[]){LW_CHOICE_WORDS(choices)}), sentence)
#define LW_SWITCH_ROW(name, role, at, choices, start, sentence)                                    \
  LW_ROW(name, SWITCH, role, LW_CHOICE_POINTER(choices), at, start, 0, 0,                          \
         ((const char *const[]){LW_CHOICE_WORDS(choices)}), sentence)
#define LW_WORDS_ROW(name, role, at, words, start, sentence)                                       \
  LW_ROW(name, CHOICE, role, int *, at, start, 0, 0, words, sentence)
/* pointer: the only type that the address of the member may have */
#define LW_ROW(name, type, role, pointer, owner, member, start, least, greatest, words, sentence)  \
  {                                                                                                \
    name, LW_OPTION_##type, LW_ROLE_##role,                                                        \
        _Generic(&((owner *)0)->member, pointer                                                    \
                 : offsetof(owner, member)),                                                       \
        start, least, greatest, words, sentence                                                    \
  }

/** Words that people know from other programs, and what they are called here: they are suggested,
 *  never accepted. Compared without case, '_' and '-'. A table ends with NULL words; the first row
 *  that fits counts. */
typedef struct lw_synonym {
  const char *words;  /* split by blanks */
  const char *name;   /* an option of the section (rows without it do not count); "": the section
                         itself; NULL: there is no such thing, as the remark says */
  const char *value;  /* the value that is meant, also where a word stands for a value; or NULL */
  const char *remark; /* a sentence without its full stop, or NULL */
} lw_synonym;

/** Where a value came from. line 0: not from a file; `source` then says "default", "--set" or
 *  the flag. */
typedef struct lw_option_origin {
  const char *source; /* borrowed: the path handed to lw_option_read_file, or a fixed string */
  int line, column;
} lw_option_origin;

/** Values of type LONG that were read from a text: they live until lw_option_texts_done.
 *  Zero-initialise. */
typedef struct lw_option_texts {
  char **text; /* [count] */
  int64_t count, room;
} lw_option_texts;
void lw_option_texts_done(lw_option_texts *texts);

typedef struct lw_option_section {
  const char *name; /* "model"; "" for the flags of a subcommand */
  const char *sentence;
  const lw_option *options;
  void *values; /* borrowed: the struct that `offset` points into */
  lw_option_origin origin[LW_OPTIONS_MAX];
  const lw_synonym *synonyms; /* or NULL */
  lw_option_texts *texts;     /* of LONG values in a text; NULL: they may only come as flags */
} lw_option_section;

/** One option at a time, in the order of sections and tables:
 *      for (lw_option_visit at = {0}; lw_option_each(sections, count, &at);) ...
 *  false: there are no more. Local. */
typedef struct lw_option_visit {
  int section, row;            /* of the next one */
  const lw_option_section *of; /* borrowed: of this one */
  const lw_option *option;
} lw_option_visit;
bool lw_option_each(const lw_option_section *sections, int count, lw_option_visit *at);

/** Fill every struct from the defaults; required ones stay zero. */
void lw_option_defaults(lw_option_section *sections, int count);

/** Read the YAML file at `path` (root a mapping of section names). Local.
 *  Errors: LW_ERROR_FILE; LW_ERROR_INPUT with one sentence a line, all mistakes of the file, in
 *  order. */
LW_MUST_USE lw_status lw_option_read_file(lw_option_section *sections, int count, const char *path);

/** The same from text in memory (a job kept in a checkpoint); `name` stands for the file in
 *  messages. */
LW_MUST_USE lw_status lw_option_read_text(lw_option_section *sections, int count, const char *text,
                                          const char *name);

/** Apply "model.layers=4". Errors: LW_ERROR_INPUT. */
LW_MUST_USE lw_status lw_option_set(lw_option_section *sections, int count, const char *assignment);

/** Errors: LW_ERROR_INPUT naming every required option that nothing has given. */
LW_MUST_USE lw_status lw_option_check_required(const lw_option_section *sections, int count,
                                               const char *path);

/** "jobs/x.yaml:7:3" or "--set" or "default" of "model.heads", for messages. buffer
 *  [LW_TEXT_MAX] */
const char *lw_option_where(const lw_option_section *sections, int count, const char *name,
                            char *buffer);

/** Add all sections with all values, given or not, as YAML text that lw_option_read_text takes when
 *  every required value was given. */
void lw_option_save(const lw_option_section *sections, int count, lw_text *to);

/** Add the value of one option as lw_option_save writes it: 4, "cosine" in quotes, [0, 0.5]. */
void lw_option_save_value(const lw_option_section *section, const lw_option *option, lw_text *to);

/** Print each section under its heading: of each option its name, its sentence, the kind of its
 *  value, its range or choices, its default; in lines of LW_LOOK_COLUMNS characters
 *  (base/look.h). */
void lw_option_help(const lw_option_section *sections, int count, FILE *out);

/** Flags of a subcommand: "--name value", "--name=value"; "--flag" alone for a BOOL or a SWITCH, or
 *  with one of its words (true, false, ...) as value in either way: any other word after it is not
 *  its value; '_' in a table name is '-' on the command line. Arguments that are no flags go to
 *  words[0..*word_count), at most `word_room` (more are refused). "--set x=y" may stand any number
 *  of times when `sets` is not NULL; collected in sets[0..*set_count). "--help" or "-h", in a table
 *  with a BOOL "help", sets it, and nothing else is read. Errors: LW_ERROR_INPUT, with the nearest
 *  valid flag. */
typedef struct lw_arguments {
  const char **words; /* [word_room] out, borrowed from argv */
  int word_room, word_count;
  const char **sets; /* [set_room] out, or NULL */
  int set_room, set_count;
  const lw_option_section *keys; /* [key_count] what --set may name, for suggestions; or NULL */
  int key_count;
} lw_arguments;
LW_MUST_USE lw_status lw_option_arguments(lw_option_section *flags, int argc, char **argv,
                                          lw_arguments *arguments);

/** Whether two words are equal apart from case, '_' and '-'. */
bool lw_option_alike(const char *a, const char *b);

/** What to say behind an unknown word of a list: "; did you mean 'train'?", from the same word
 *  otherwise written, the synonyms (may be NULL), the nearest name; or "".
 *  names NULL-ended; hint [LW_TEXT_MAX] out, returned. */
const char *lw_option_hint_word(const char *wrong, const char *const *names,
                                const lw_synonym *synonyms, char *hint);

/** The valid name nearest to `wrong` by edit distance, or NULL when none is near. names:
 *  NULL-ended. */
const char *lw_option_nearest(const char *wrong, const char *const *names);

#endif
