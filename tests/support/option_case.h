/** Two sections of options of every type, for the tests of job files and --set. */
#ifndef TESTS_SUPPORT_OPTION_CASE_H
#define TESTS_SUPPORT_OPTION_CASE_H

#include "longwave/base/option.h"
#include <math.h>
#include <string.h>

typedef struct values {
  int64_t layers, seed;
  double dropout, shift;
  bool resume;
  char name[LW_TEXT_MAX], path[LW_TEXT_MAX];
  int attention;
  lw_reals rates;
} values;

#define AT(member) offsetof(values, member)
static const char *const attentions[] = {"las", "full", "local", NULL};
static const lw_option model_options[] = {
    {"layers", LW_OPTION_INT, AT(layers), "2", 1, 1000, NULL, "blocks"},
    {"dropout", LW_OPTION_REAL, AT(dropout), "0.1", 0, 0.999, NULL, "part dropped"},
    {"attention", LW_OPTION_CHOICE, AT(attention), "las", 0, 0, attentions, "engine"},
    {"rates", LW_OPTION_REALS, AT(rates), "[0, 0.5]", 0, 1, NULL, "one a head"},
    {0},
};
static const lw_option run_options[] = {
    {"name", LW_OPTION_TEXT, AT(name), "plain", 1, 20, NULL, "of the run"},
    {"path", LW_OPTION_TEXT, AT(path), NULL, 1, 1000, NULL, "samples"},
    {"seed", LW_OPTION_INT, AT(seed), "1", 0, 1e18, NULL, "start of all numbers"},
    {"shift", LW_OPTION_REAL, AT(shift), "0", -INFINITY, INFINITY, NULL, "any number"},
    {"resume", LW_OPTION_BOOL, AT(resume), "false", 0, 0, NULL, "go on"},
    {0},
};

static values v;
static lw_option_section sections[2];

static inline void start(void)
{
  memset(&v, 0xFF, sizeof v);
  sections[0] = (lw_option_section){"model", "the network", model_options, &v, {{0}}, NULL};
  sections[1] = (lw_option_section){"run", "the run", run_options, &v, {{0}}, NULL};
  lw_option_defaults(sections, 2);
}

static inline lw_status read_text(const char *text)
{
  start();
  return lw_option_read_text(sections, 2, text, "j.yaml");
}

#endif
