/* Job files: exact round trips, the text of help, names near a wrong one, numbers or auto. */
#define _POSIX_C_SOURCE 200809L
#include "option_case.h"
#include "longwave/base/mem.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void assert_same_after_reading_back(void)
{
  static char text[1 << 16];
  lw_text saved = LW_TEXT_IN(text);
  lw_option_save(sections, 2, &saved);
  cr_assert_not(saved.truncated);
  values kept = v;
  start();
  cr_assert_eq(lw_option_read_text(sections, 2, text, "saved"), LW_OK, "%s\n%s", text,
               lw_fail_message());
  cr_assert_arr_eq(kept.name, v.name, LW_TEXT_MAX);
  cr_assert_arr_eq(kept.path, v.path, LW_TEXT_MAX);
  cr_assert_arr_eq(&kept.rates, &v.rates, sizeof v.rates);
  cr_assert_arr_eq(&kept.dropout, &v.dropout, sizeof v.dropout);
  cr_assert_arr_eq(&kept.shift, &v.shift, sizeof v.shift);
  cr_assert(kept.layers == v.layers && kept.seed == v.seed && kept.resume == v.resume &&
            kept.attention == v.attention);
}

Test(option, saving_reads_back_exactly)
{
  static const double hard[] = {0.1,
                                1.0 / 3,
                                1e-320,
                                5e-324,
                                1.7976931348623157e308,
                                -0.0,
                                1e22,
                                1e23,
                                0.3,
                                2.2250738585072014e-308,
                                -12.5e7,
                                123456789012345680.0};
  for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) {
    start();
    cr_assert_eq(lw_option_set(sections, 2, "run.path=x"), LW_OK);
    v.shift = hard[i];
    v.rates = (lw_reals){.count = 2, .value = {1.0 / (double)(i + 3), 1.0}};
    assert_same_after_reading_back();
  }
}

Test(option, saved_text_is_quoted_safely)
{
  static const char *const texts[] = {"null",
                                      "~",
                                      "true",
                                      "a: b # c",
                                      "'",
                                      "\"\\",
                                      "- x",
                                      "a\nb\tc\r",
                                      " lead and trail ",
                                      "\x01\x7F",
                                      "gr\xC3\xBC\xC3\x9F",
                                      "\xC2\x85\xE2\x80\xA8\xEF\xBB\xBF",
                                      "\xF0\x9F\x8C\x8A",
                                      "*x",
                                      "%y",
                                      "{}",
                                      "\xEF\xBF\xBF"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    start();
    char assignment[LW_TEXT_MAX];
    snprintf(assignment, sizeof assignment, "run.path=%s", texts[i]);
    cr_assert_eq(lw_option_set(sections, 2, assignment), LW_OK, "%s", lw_fail_message());
    assert_same_after_reading_back();
    cr_assert_str_eq(v.path, texts[i]);
  }
}

Test(option, saving_looks_like_a_job_file)
{
  char text[1024];
  start();
  lw_text saved = LW_TEXT_IN(text);
  lw_option_save(sections, 2, &saved);
  cr_assert_str_eq(text, "model:\n"
                         "  layers: 2\n"
                         "  dropout: 0.1\n"
                         "  attention: \"las\"\n"
                         "  rates: [0, 0.5]\n"
                         "run:\n"
                         "  name: \"plain\"\n"
                         "  path: \"\"\n"
                         "  seed: 1\n"
                         "  shift: 0\n"
                         "  resume: false\n");
}

static void print_help(const lw_option_section *section, int count, char *text, size_t room)
{
  FILE *out = fmemopen(text, room, "w");
  lw_option_help(section, count, out);
  fclose(out);
}

Test(option, help_of_sections)
{
  static char text[4096];
  start();
  print_help(sections, 2, text, sizeof text);
  cr_assert_str_eq(text,
                   "model: the network\n"
                   "  layers     blocks [whole number from 1 to 1000, default 2]\n"
                   "  dropout    part dropped [number from 0 to 0.999, default 0.1]\n"
                   "  attention  engine [las, full or local; default las]\n"
                   "  rates      one a head [list of numbers from 0 to 1, default [0, 0.5]]\n"
                   "\n"
                   "run: the run\n"
                   "  name       of the run [default plain]\n"
                   "  path       samples [required]\n"
                   "  seed       start of all numbers [whole number at least 0, default 1]\n"
                   "  shift      any number [number, default 0]\n"
                   "  resume     go on [true or false, default false]\n",
                   "%s", text);
}

Test(option, help_of_flags)
{
  static const lw_option options[] = {
      LW_INT_ROW("batch_size", FLAG, AT(layers), "0", 0, 1e12,
                 "samples that are computed at a time, over all ranks, as many as fit; 0: as many "
                 "as a piece"),
      LW_TEXT_ROW("a_name_that_is_long_itself", FLAG, AT(name), "", 0, 9, "where"),
      LW_BOOL_ROW("dense", FLAG, AT(resume), "true", "also that"),
      LW_BOOL_ROW("help", FLAG, AT(resume), "false", "this text"),
      {0}};
  static char text[4096];
  const lw_option_section flags = {"", "", options, &v, {{0}}, NULL, NULL};
  print_help(&flags, 1, text, sizeof text);
  cr_assert_str_eq(
      text,
      "  --batch-size N  samples that are computed at a time, over all ranks, as many\n"
      "                  as fit; 0: as many as a piece [whole number at least 0,\n"
      "                  default 0]\n"
      "  --a-name-that-is-long-itself TEXT\n"
      "                  where\n"
      "  --dense         also that [default on; off: --dense=false]\n"
      "  -h, --help      this text\n",
      "%s", text);
}

Test(option, nearest_is_near_or_nothing)
{
  static const char *const names[] = {"layers", "heads", "width", "learning_rate", NULL};
  cr_assert_str_eq(lw_option_nearest("layer", names), "layers");
  cr_assert_str_eq(lw_option_nearest("haeds", names), "heads");
  cr_assert_str_eq(lw_option_nearest("lerning-rate", names), "learning_rate");
  cr_assert_null(lw_option_nearest("zebra", names));
  cr_assert_null(lw_option_nearest("", names));
  char long_name[200];
  memset(long_name, 'x', sizeof long_name - 1);
  long_name[sizeof long_name - 1] = '\0';
  cr_assert_null(lw_option_nearest(long_name, names));
}

/* ---- texts of any length ---- */

Test(option, long_texts_of_a_text_live_with_the_section)
{
  typedef struct long_values {
    const char *list, *other;
  } long_values;
  static const lw_option options[] = {
      LW_LONG_ROW("list", FLAG, LW_AT(long_values, list), "", 0, "of any length"),
      LW_LONG_ROW("other", FLAG, LW_AT(long_values, other), "as it was", 0, "the same"),
      {0}};
  char text[3000] = "task:\n  list: \"", *saved;
  long_values own;
  lw_option_texts texts = {0};
  lw_option_section section = {.name = "task", .options = options, .values = &own, .texts = &texts};
  const size_t head = strlen(text);
  memset(text + head, 'x', sizeof text - head - 4);
  strcpy(text + sizeof text - 4, "\"\n");
  lw_option_defaults(&section, 1);
  cr_assert_eq(lw_mem_copy(text, &saved), LW_OK);
  cr_assert_eq(lw_option_read_text(&section, 1, saved, "saved"), LW_OK, "%s", lw_fail_message());
  lw_mem_give(saved);
  cr_assert_eq(strlen(own.list), sizeof text - head - 4);
  cr_assert_str_eq(own.other, "as it was");
  lw_option_texts_done(&texts);
  cr_assert_eq(lw_mem_live(), 0);
}

/* ---- numbers or auto ---- */

Test(option, a_number_may_be_auto)
{
  static const lw_option options[] = {
      LW_AUTO_ROW("ranks", FLAG, AT(seed), "auto", 1, 9, "that share"), {0}};
  static const struct {
    const char *set, *saved, *refused;
    int64_t value;
  } tried[] = {{"x.ranks=3", "x:\n  ranks: 3\n", NULL, 3},
               {"x.ranks=auto", "x:\n  ranks: auto\n", NULL, 0},
               {"x.ranks=0", NULL, "'x.ranks' must be from 1 to 9, not 0", 0},
               {"x.ranks=-1", NULL, "'x.ranks' must be from 1 to 9, not -1", 0},
               {"x.ranks=Auto", NULL, "'x.ranks' must be a whole number or auto, not 'Auto'", 0}};
  lw_option_section one = {"x", "ranks", options, &v, {{0}}, NULL, NULL};
  char text[256];
  v.seed = 77;
  lw_option_defaults(&one, 1);
  cr_assert_eq(v.seed, 0);
  for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
    lw_status status = lw_option_set(&one, 1, tried[i].set);
    cr_assert_eq(status == LW_OK, tried[i].refused == NULL, "%s", tried[i].set);
    if (tried[i].refused) {
      cr_assert(strstr(lw_fail_message(), tried[i].refused), "%s", lw_fail_message());
      continue;
    }
    cr_assert_eq(v.seed, tried[i].value);
    lw_text saved = LW_TEXT_IN(text);
    lw_option_save(&one, 1, &saved);
    cr_assert_str_eq(text, tried[i].saved);
    v.seed = 5;
    cr_assert_eq(lw_option_read_text(&one, 1, text, "j.yaml"), LW_OK, "%s", lw_fail_message());
    cr_assert_eq(v.seed, tried[i].value);
  }
}
