/** Two sections of options of every type, for the tests of job files and --set. */
#ifndef TESTS_SUPPORT_OPTION_CASE_H
#define TESTS_SUPPORT_OPTION_CASE_H

#include "longwave/base/option.h"
#include <math.h>
#include <string.h>

#define ATTENTION_WORDS(TYPE, ITEM)                                                                \
  TYPE(attention_word)                                                                             \
  ITEM(ATTENTION_LAS, "las")                                                                       \
  ITEM(ATTENTION_FULL, "full")                                                                     \
  ITEM(ATTENTION_LOCAL, "local")
LW_CHOICE(ATTENTION_WORDS);

typedef struct values {
  int64_t layers, seed;
  double dropout, shift;
  bool resume;
  char name[LW_TEXT_MAX], path[LW_TEXT_MAX];
  attention_word attention;
  lw_reals rates;
} values;

#define AT(member) LW_AT(values, member)
static const lw_option model_options[] = {
    LW_INT_ROW("layers", FUNCTION, AT(layers), "2", 1, 1000, "blocks"),
    LW_REAL_ROW("dropout", FUNCTION, AT(dropout), "0.1", 0, 0.999, "part dropped"),
    LW_CHOICE_ROW("attention", FUNCTION, AT(attention), ATTENTION_WORDS, "las", "engine"),
    LW_REALS_ROW("rates", FUNCTION, AT(rates), "[0, 0.5]", 0, 1, "one a head"),
    {0},
};
static const lw_option run_options[] = {
    LW_TEXT_ROW("name", RUN, AT(name), "plain", 1, 20, "of the run"),
    LW_TEXT_ROW("path", RUN, AT(path), NULL, 1, 1000, "samples"),
    LW_INT_ROW("seed", SEED, AT(seed), "1", 0, 1e18, "start of all numbers"),
    LW_REAL_ROW("shift", RUN, AT(shift), "0", -INFINITY, INFINITY, "any number"),
    LW_BOOL_ROW("resume", RUN, AT(resume), "false", "go on"),
    {0},
};

static values v;
static lw_option_section sections[2];

static inline void start(void)
{
  memset(&v, 0xFF, sizeof v);
  sections[0] = (lw_option_section){"model", "the network", model_options, &v, {{0}}, NULL, NULL};
  sections[1] = (lw_option_section){"run", "the run", run_options, &v, {{0}}, NULL, NULL};
  lw_option_defaults(sections, 2);
}

static inline lw_status read_text(const char *text)
{
  start();
  return lw_option_read_text(sections, 2, text, "j.yaml");
}

#endif
