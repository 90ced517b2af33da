/* What follows from the row of every option of a job: it has one role, its words are those of its
   enumeration, and its role alone says whether a training that goes on may change it. */
#include "longwave/base/mem.h"
#include "longwave/train/job.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { VALUE = 8 * LW_TEXT_MAX, ROOM = 20 * LW_TEXT_MAX };

static lw_job saved, job;
static lw_option_section sections[LW_JOB_SECTIONS];

/* A job as a checkpoint keeps it, and one that is the same. */
static void start(void)
{
  static char text[LW_JOB_TEXT_MAX];
  lw_job_sections(&job, sections);
  lw_option_defaults(sections, LW_JOB_SECTIONS);
  cr_assert_eq(lw_option_set(sections, LW_JOB_SECTIONS, "data.path=x.h5"), LW_OK);
  cr_assert_eq(lw_option_set(sections, LW_JOB_SECTIONS, "train.steps=10"), LW_OK);
  lw_job_text(&job, text);
  cr_assert_eq(lw_job_from_text(&saved, text, "x"), LW_OK, "%s", lw_fail_message());
}

static void set(const lw_option_visit *at, const char *value)
{
  char assignment[2 * LW_TEXT_MAX];
  snprintf(assignment, sizeof assignment, "%s.%s=%s", at->of->name, at->option->name, value);
  cr_assert_eq(lw_option_set(sections, LW_JOB_SECTIONS, assignment), LW_OK, "%s",
               lw_fail_message());
}

/* value [VALUE] out */
static void save(const lw_option_visit *at, char *value)
{
  lw_text to = lw_text_in(value, VALUE);
  lw_option_save_value(at->of, at->option, &to);
}

/* Another value than the one that is there. */
static void change(const lw_option_visit *at)
{
  const lw_option *option = at->option;
  char was[VALUE], is[VALUE], least[64], greatest[64];
  snprintf(least, sizeof least, "%.17g", option->least);
  snprintf(greatest, sizeof greatest, "%.17g", option->greatest);
  const char *other[] = {least, greatest};
  if (option->type == LW_OPTION_TEXT) other[0] = "a", other[1] = "b";
  if (option->type == LW_OPTION_BOOL) other[0] = "true", other[1] = "false";
  if (option->type == LW_OPTION_REALS) other[0] = "[0.5]", other[1] = "[]";
  if (option->choices) other[0] = option->choices[0], other[1] = option->choices[1];
  save(at, was);
  for (int i = 0; i < 2; i++) {
    set(at, other[i]);
    save(at, is);
    if (strcmp(was, is) != 0) return;
  }
  cr_assert(false, "%s.%s has no other value", at->of->name, option->name);
}

Test(option_roles, every_option_of_a_job_has_one)
{
  int count = 0;
  start();
  for (lw_option_visit at = {0}; lw_option_each(sections, LW_JOB_SECTIONS, &at); count++) {
    const int role = (int)at.option->role;
    cr_expect(role && !(role & (role - 1)), "%s.%s", at.of->name, at.option->name);
    cr_expect(!(role & LW_ROLES_FIXED) != !(role & LW_ROLES_FREE), "%s.%s is fixed or free",
              at.of->name, at.option->name);
  }
  cr_expect_gt(count, 50);
}

/* The place of a word is the constant beside it: shown where one that means much is last. */
Test(option_roles, each_word_is_its_constant)
{
  int choices = 0;
  start();
  for (lw_option_visit at = {0}; lw_option_each(sections, LW_JOB_SECTIONS, &at);) {
    for (int i = 0; at.option->choices && at.option->choices[i]; i++, choices++) {
      const char *place = (const char *)at.of->values + at.option->offset;
      char value[VALUE], quoted[VALUE];
      int constant;
      set(&at, at.option->choices[i]);
      memcpy(&constant, place, sizeof constant);
      save(&at, value);
      snprintf(quoted, sizeof quoted, "\"%.100s\"", at.option->choices[i]);
      cr_expect_eq(constant, at.option->type == LW_OPTION_CHOICES ? 1 << i : i, "%s.%s",
                   at.of->name, at.option->name);
      cr_expect_str_eq(value, quoted);
    }
  }
  cr_expect_gt(choices, 20);
  start();
  cr_assert_eq(lw_option_set(sections, LW_JOB_SECTIONS, "attention.decay=list"), LW_OK);
  cr_assert_eq(lw_option_set(sections, LW_JOB_SECTIONS, "model.norm_position=post"), LW_OK);
  cr_assert_eq(lw_option_set(sections, LW_JOB_SECTIONS, "optimizer.schedule=plateau"), LW_OK);
  cr_expect_eq(job.attention.decay, LW_DECAY_LIST);
  cr_expect_eq(job.model.norm_position, LW_NORM_POSITION_POST);
  cr_expect_eq(job.optimizer.schedule, LW_SCHEDULE_PLATEAU);
}

/* Job files and --set take one word or a list; it is saved in the order of the words. */
Test(option_roles, several_words)
{
  static const struct {
    const char *given, *saved;
  } rows[] = {{"rotary", "\"rotary\""},
              {"'learned'", "\"learned\""},
              {"[rotary]", "\"rotary\""},
              {"[rotary, learned]", "[\"learned\", \"rotary\"]"},
              {"[sinusoidal, \"rotary\"]", "[\"sinusoidal\", \"rotary\"]"},
              {"[null]", "\"none\""},
              {"[]", "j.yaml:1:21: 'model.positions' must name at least one"},
              {"[rotary, rotary]", "j.yaml:1:30: 'model.positions' names 'rotary' twice"},
              {"[none, rotary]", "j.yaml:1:28: 'model.positions' cannot be 'none' and something "
                                 "else at once"},
              {"[[rotary]]", "j.yaml:1:22: 'model.positions' must be a list of words only"},
              {"[learned, rope]", "j.yaml:1:31: 'model.positions' must be one of none, learned, "
                                  "sinusoidal, rotary, not 'rope'; did you mean 'rotary'?"},
              {"{a: 1}", "j.yaml:1:21: 'model.positions' must be a word or a list of words"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char text[256], value[VALUE] = "";
    lw_option_visit at = {0};
    start();
    snprintf(text, sizeof text, "model: { positions: %s }\n", rows[i].given);
    const bool fine = rows[i].saved[0] != 'j';
    cr_assert_eq(lw_option_read_text(sections, LW_JOB_SECTIONS, text, "j.yaml"),
                 fine ? LW_OK : LW_ERROR_INPUT, "%s", rows[i].given);
    while (lw_option_each(sections, LW_JOB_SECTIONS, &at))
      if (!strcmp(at.option->name, "positions")) save(&at, value);
    cr_expect_str_eq(fine ? value : lw_fail_message(), rows[i].saved);
  }
  start();
  cr_assert_eq(lw_option_set(sections, LW_JOB_SECTIONS, "model.positions=rotary, learned"), LW_OK);
  cr_expect_eq(job.model.positions.bits, 1u << LW_POSITIONS_LEARNED | 1u << LW_POSITIONS_ROTARY);
  cr_assert_eq(lw_option_set(sections, LW_JOB_SECTIONS, "model.positions="), LW_ERROR_INPUT);
  cr_expect_str_eq(lw_fail_message(),
                   "--set model.positions=: 'model.positions' must name at least one");
}

/* One option after the other is changed between saving and going on. */
Test(option_roles, the_role_says_what_may_change_at_a_resume)
{
  static char refused[ROOM], changes[ROOM], line[ROOM], was[VALUE], is[VALUE];
  start();
  for (lw_option_visit at = {0}; lw_option_each(sections, LW_JOB_SECTIONS, &at);) {
    lw_option_visit now = at;
    start();
    save(&at, was);
    change(&now);
    save(&at, is);
    snprintf(line, sizeof line, "%s.%s: %s in the checkpoint, %s in the job", at.of->name,
             at.option->name, was, is);
    lw_job_compare(&saved, &job, LW_ROLES_FIXED, refused, ROOM);
    lw_job_compare(&saved, &job, LW_ROLES_FREE, changes, ROOM);
    const bool fixed = at.option->role == LW_ROLE_FUNCTION || at.option->role == LW_ROLE_SEED;
    cr_expect_str_eq(refused, fixed ? line : "");
    cr_expect_str_eq(changes, fixed ? "" : line);
  }
  cr_expect_eq(lw_mem_live(), 0);
}

static lw_option_role role_of(const char *section, const char *name)
{
  for (lw_option_visit at = {0}; lw_option_each(sections, LW_JOB_SECTIONS, &at);)
    if (!strcmp(at.of->name, section) && !strcmp(at.option->name, name)) return at.option->role;
  return LW_ROLE_FLAG;
}

/* What a resume has always refused and taken, and what has always made another row of a table. */
Test(option_roles, some_that_must_not_move)
{
  static const struct {
    const char *section, *name;
    bool fixed, apart;
  } known[] = {{"model", "width", true, true},         {"attention", "window", true, true},
               {"data", "max_length", true, true},     {"data", "path", false, true},
               {"train", "seed", true, false},         {"train", "steps", false, true},
               {"train", "batch_size", false, true},   {"optimizer", "clip", false, true},
               {"attention", "engine", false, false},  {"attention", "panel", false, false},
               {"parallel", "sequence", false, false}, {"checkpoint", "keep", false, false},
               {"train", "log_every", false, false},   {"train", "stall_minutes", false, false}};
  start();
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    const lw_option_role role = role_of(known[i].section, known[i].name);
    cr_expect_eq(!!(role & LW_ROLES_FIXED), known[i].fixed, "%s", known[i].name);
    cr_expect_eq(!!(role & LW_ROLES_APART), known[i].apart, "%s", known[i].name);
  }
}
