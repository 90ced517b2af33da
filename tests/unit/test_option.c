/* Job files and --set: every refusal with its place and words, and exact round trips. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/base/option.h"
#include "longwave/base/mem.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
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

static void start(void)
{
  memset(&v, 0xFF, sizeof v);
  sections[0] = (lw_option_section){"model", "the network", model_options, &v, {{0}}};
  sections[1] = (lw_option_section){"run", "the run", run_options, &v, {{0}}};
  lw_option_defaults(sections, 2);
}

static lw_status read_text(const char *text)
{
  start();
  return lw_option_read_text(sections, 2, text, "j.yaml");
}

Test(option, defaults_fill_everything)
{
  start();
  cr_assert_eq(v.layers, 2);
  cr_assert_eq(v.dropout, 0.1);
  cr_assert_eq(v.attention, 0);
  cr_assert_eq(v.rates.count, 2);
  cr_assert_eq(v.rates.value[1], 0.5);
  cr_assert_str_eq(v.name, "plain");
  cr_assert_str_eq(v.path, "", "a required option stays zero");
  cr_assert_eq(v.resume, false);
}

Test(option, a_file_gives_every_type)
{
  lw_status status = read_text("# a job\n"
                               "model:\n"
                               "  layers: 12\n"
                               "  dropout: 2.5e-1\n"
                               "  attention: 'full'\n"
                               "  rates: [0, 0.25, 1]\n"
                               "run:\n"
                               "  name: two words\n"
                               "  path: \"a: b\"\n"
                               "  seed: 1000000000000000000\n"
                               "  shift: -1e300\n"
                               "  resume: true\n");
  cr_assert_eq(status, LW_OK, "%s", lw_fail_message());
  cr_assert_eq(v.layers, 12);
  cr_assert_eq(v.dropout, 0.25);
  cr_assert_eq(v.attention, 1);
  cr_assert_eq(v.rates.count, 3);
  cr_assert_eq(v.rates.value[1], 0.25);
  cr_assert_str_eq(v.name, "two words");
  cr_assert_str_eq(v.path, "a: b");
  cr_assert_eq(v.seed, 1000000000000000000);
  cr_assert_eq(v.shift, -1e300);
  cr_assert_eq(v.resume, true);
}

Test(option, nothing_given_is_fine)
{
  static const char *const texts[] = {"", "\n", "# only a remark\n", "---\n", "model:\n", "{}"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    cr_assert_eq(read_text(texts[i]), LW_OK, "%s: %s", texts[i], lw_fail_message());
    cr_assert_eq(v.layers, 2);
  }
}

/* What is wrong with a text, in full. */
static const struct refusal {
  const char *text, *message;
} refusals[] = {
    {"modle:\n  layers: 1\n", "j.yaml:1:1: unknown section 'modle'; did you mean 'model'?"},
    {"layers: 1\n", "j.yaml:1:1: unknown section 'layers'; did you mean 'model.layers'?"},
    {"zebra: 1\n", "j.yaml:1:1: unknown section 'zebra'"},
    {"model:\n  layer: 1\n", "j.yaml:2:3: unknown key 'model.layer'; did you mean 'model.layers'?"},
    {"model:\n  dropuot: 1\n",
     "j.yaml:2:3: unknown key 'model.dropuot'; did you mean 'model.dropout'?"},
    {"model:\n  seed: 1\n", "j.yaml:2:3: unknown key 'model.seed'; did you mean 'run.seed'?"},
    {"model:\n  zebra: {a: [1, 2]}\n", "j.yaml:2:3: unknown key 'model.zebra'"},
    {"model:\n  layers: 1\n  layers: 1\n",
     "j.yaml:3:3: 'model.layers' is given twice, first in line 2"},
    {"model:\nrun:\nmodel:\n  layers: 1\n", "j.yaml:3:1: 'model' is given twice, first in line 1"},
    {"model:\n  layers: 1e3\n", "j.yaml:2:11: 'model.layers' must be a whole number, not '1e3'"},
    {"model:\n  layers: 0x4\n", "j.yaml:2:11: 'model.layers' must be a whole number, not '0x4'"},
    {"model:\n  layers: 010\n", "j.yaml:2:11: 'model.layers' must be a whole number, not '010'"},
    {"model:\n  layers: +1\n", "j.yaml:2:11: 'model.layers' must be a whole number, not '+1'"},
    {"model:\n  layers: 12abc\n",
     "j.yaml:2:11: 'model.layers' must be a whole number, not '12abc'"},
    {"model:\n  layers: '4'\n",
     "j.yaml:2:11: 'model.layers' must be a whole number, not '4' in quotes"},
    {"model:\n  layers: 0\n", "j.yaml:2:11: 'model.layers' must be from 1 to 1000, not 0"},
    {"run:\n  seed: -1\n", "j.yaml:2:9: 'run.seed' must be at least 0, not -1"},
    {"run:\n  seed: 99999999999999999999\n",
     "j.yaml:2:9: 'run.seed' is too large for a whole number: 99999999999999999999"},
    {"run:\n  seed: 1000000000000000001000\n",
     "j.yaml:2:9: 'run.seed' is too large for a whole number: 1000000000000000001000"},
    {"run:\n  seed: 9000000000000000000\n",
     "j.yaml:2:9: 'run.seed' is too large: 9000000000000000000"},
    {"model:\n  layers:\n", "j.yaml:2:10: 'model.layers' has no value"},
    {"model:\n  layers: null\n", "j.yaml:2:11: 'model.layers' has no value"},
    {"model:\n  layers: [1]\n",
     "j.yaml:2:11: 'model.layers' must be a single value, not a list or a mapping"},
    {"model:\n  layers:\n    a: 1\n",
     "j.yaml:3:5: 'model.layers' must be a single value, not a list or a mapping"},
    {"model:\n  dropout: 1.0\n", "j.yaml:2:12: 'model.dropout' must be from 0 to 0.999, not 1.0"},
    {"model:\n  dropout: 0,1\n", "j.yaml:2:12: 'model.dropout' must be a number, not '0,1'"},
    {"model:\n  dropout: 1e\n", "j.yaml:2:12: 'model.dropout' must be a number, not '1e'"},
    {"model:\n  dropout: 0x1p-2\n", "j.yaml:2:12: 'model.dropout' must be a number, not '0x1p-2'"},
    {"run:\n  shift: .nan\n", "j.yaml:2:10: 'run.shift' must be finite, not .nan"},
    {"run:\n  shift: inf\n", "j.yaml:2:10: 'run.shift' must be finite, not inf"},
    {"run:\n  shift: 1e999\n", "j.yaml:2:10: 'run.shift' must be finite, but 1e999 is too large"},
    {"run:\n  resume: yes\n", "j.yaml:2:11: 'run.resume' must be true or false, not 'yes'"},
    {"run:\n  resume: 'true'\n",
     "j.yaml:2:11: 'run.resume' must be true or false, not 'true' in quotes"},
    {"run:\n  name: ''\n", "j.yaml:2:9: 'run.name' must have 1 to 20 bytes, not 0"},
    {"run:\n  name: a name that is too long\n",
     "j.yaml:2:9: 'run.name' must have 1 to 20 bytes, not 23"},
    {"run:\n  name: \"a\\0b\"\n", "j.yaml:2:9: a value must not hold a zero byte"},
    {"model:\n  attention: ful\n", "j.yaml:2:14: 'model.attention' must be one of las, full, "
                                   "local, not 'ful'; did you mean 'full'?"},
    {"model:\n  attention: zebra\n",
     "j.yaml:2:14: 'model.attention' must be one of las, full, local, not 'zebra'"},
    {"model:\n  rates: 0.5\n", "j.yaml:2:10: 'model.rates' must be a list such as [0, 0.5]"},
    {"model:\n  rates: [0, 2, x]\n", "j.yaml:2:14: 'model.rates' must be from 0 to 1, not 2\n"
                                     "j.yaml:2:17: 'model.rates' must be a number, not 'x'"},
    {"model:\n  rates: [0, [1]]\n", "j.yaml:2:14: 'model.rates' must be a list of numbers only"},
    {"model: 3\n", "j.yaml:1:8: section 'model' must hold lines 'key: value'"},
    {"model: [3]\n", "j.yaml:1:8: section 'model' must hold lines 'key: value'"},
    {"- model\n", "j.yaml:1:1: a job file holds sections such as 'model:', nothing else"},
    {"model\n", "j.yaml:1:1: a job file holds sections such as 'model:', nothing else"},
    {"[a, b]: 1\n", "j.yaml:1:1: a key must be a single word"},
    {"model: &m\n  layers: 1\n", "j.yaml:1:8: anchors (&m) are not supported: remove it"},
    {"model:\n  layers: &l 1\nrun:\n  seed: *l\n",
     "j.yaml:2:11: anchors (&l) are not supported: remove it\n"
     "j.yaml:4:9: aliases (*l) are not supported: write the value out"},
    {"model:\n  layers: !!int 1\n",
     "j.yaml:2:11: tags (tag:yaml.org,2002:int) are not supported: remove it"},
    {"model:\n---\nrun:\n", "j.yaml:2:1: a second document begins here; a job file holds one"},
    {"model:\n\tlayers: 1\n", "j.yaml:2:1: not YAML: found character that cannot start any token, "
                              "while scanning for the next token; indent with blanks, not tabs"},
    {"model:\n  rates: [1\n",
     "j.yaml:3:1: not YAML: did not find expected ',' or ']', while parsing a flow sequence"},
    {"model:\n  layers: \x01\n", "j.yaml:2:11: not YAML text: control characters are not allowed"},
    {"model:\n  layers: \xFF\n", "j.yaml:2:11: not YAML text: invalid leading UTF-8 octet"},
    {"run:\n  name: \"a\\nb, a name that is too long\"\n  resume: \"a\\nb\"\n",
     "j.yaml:2:9: 'run.name' must have 1 to 20 bytes, not 28\n"
     "j.yaml:3:11: 'run.resume' must be true or false, not 'a b' in quotes"},
};

Test(option, every_refusal_says_what_and_where)
{
  for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
    cr_assert_eq(read_text(refusals[i].text), LW_ERROR_INPUT, "taken: %s", refusals[i].text);
    cr_assert_str_eq(lw_fail_message(), refusals[i].message, "for %s\n   %s\nnot %s",
                     refusals[i].text, lw_fail_message(), refusals[i].message);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

Test(option, all_mistakes_in_one_go_and_nothing_is_changed)
{
  cr_assert_eq(read_text("model:\n"
                         "  layers: 7\n"
                         "  dropout: much\n"
                         "rnu:\n"
                         "  resume: maybe\n"
                         "run:\n"
                         "  resume: maybe\n"
                         "  pth: x\n"),
               LW_ERROR_INPUT);
  cr_assert_str_eq(lw_fail_message(),
                   "j.yaml:3:12: 'model.dropout' must be a number, not 'much'\n"
                   "j.yaml:4:1: unknown section 'rnu'; did you mean 'run'?\n"
                   "j.yaml:7:11: 'run.resume' must be true or false, not 'maybe'\n"
                   "j.yaml:8:3: unknown key 'run.pth'; did you mean 'run.path'?");
  cr_assert_eq(v.layers, 2, "the good line of a bad file is not stored");
}

Test(option, more_mistakes_than_fit_are_counted)
{
  char text[20000] = "model:\n";
  size_t used = strlen(text);
  for (int i = 0; i < 1000; i++) used += (size_t)sprintf(text + used, "  zebra%d: 1\n", i);
  cr_assert_eq(read_text(text), LW_ERROR_INPUT);
  const char *message = lw_fail_message();
  int lines = 1;
  for (const char *c = message; *c; c++) lines += *c == '\n';
  int hidden = 0;
  cr_assert_eq(sscanf(strrchr(message, '\n'), "\n(and %d more)", &hidden), 1, "%s", message);
  cr_assert_eq(lines - 1 + hidden, 1000);
}

Test(option, a_list_may_be_full_but_not_fuller)
{
  char text[4096] = "model:\n  rates: [0";
  for (int i = 1; i < LW_REALS_MAX; i++) strcat(text, ",0");
  char *end = text + strlen(text);
  strcpy(end, "]\n");
  cr_assert_eq(read_text(text), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(v.rates.count, LW_REALS_MAX);
  strcpy(end, ",0,0,0]\nrun:\n  seed: x\n");
  cr_assert_eq(read_text(text), LW_ERROR_INPUT);
  cr_assert_str_eq(lw_fail_message(), "j.yaml:2:523: 'model.rates' has more than 256 values\n"
                                      "j.yaml:4:9: 'run.seed' must be a whole number, not 'x'");
}

Test(option, deep_nesting_is_refused)
{
  char text[4096] = "model:\n  zebra: ";
  memset(text + strlen(text), '[', 1000);
  cr_assert_eq(read_text(text), LW_ERROR_INPUT);
  cr_assert_str_eq(lw_fail_message(), "j.yaml:2:3: unknown key 'model.zebra'\n"
                                      "j.yaml:2:74: nested deeper than 64 levels");
}

static char *write_file(const char *folder, const char *name, const char *bytes, size_t length)
{
  static char path[TEMP_FOLDER_MAX + 64];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "wb");
  cr_assert_not_null(file);
  cr_assert_eq(fwrite(bytes, 1, length, file), length);
  fclose(file);
  return path;
}

Test(option, files_are_read_and_refused)
{
  char folder[TEMP_FOLDER_MAX];
  cr_assert(temp_folder_make(folder));
  start();
  const char *text = "model:\n  layers: 3\n";
  const char *path = write_file(folder, "good.yaml", text, strlen(text));
  cr_assert_eq(lw_option_read_file(sections, 2, path), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(v.layers, 3);
  cr_assert_eq(lw_option_read_file(sections, 2, folder), LW_ERROR_FILE, "a folder is no file");
  cr_assert_eq(lw_option_read_file(sections, 2, "/no/such/file"), LW_ERROR_FILE);
  cr_assert_str_eq(lw_fail_message(),
                   "cannot open /no/such/file: No such file or directory; look at the path");

  size_t length = (1 << 20) + 1;
  char *large = malloc(length);
  memset(large, '\n', length);
  path = write_file(folder, "large.yaml", large, length - 1);
  cr_assert_eq(lw_option_read_file(sections, 2, path), LW_OK, "one MiB is not too large");
  path = write_file(folder, "larger.yaml", large, length);
  cr_assert_eq(lw_option_read_file(sections, 2, path), LW_ERROR_INPUT);
  free(large);
  path = write_file(folder, "zero.yaml", "model:\n  layers: \0001\n", 20);
  cr_assert_eq(lw_option_read_file(sections, 2, path), LW_ERROR_INPUT, "a zero byte passed");
  cr_assert(temp_folder_remove(folder));
  cr_assert_eq(lw_mem_live(), 0);
}

Test(option, origins_are_told)
{
  char where[LW_TEXT_MAX];
  cr_assert_eq(read_text("model:\n  layers: 3\n  dropout: 0.5\n"), LW_OK);
  cr_assert_eq(lw_option_set(sections, 2, "model.dropout=0"), LW_OK);
  cr_assert_str_eq(lw_option_where(sections, 2, "model.layers", where), "j.yaml:2:3");
  cr_assert_str_eq(lw_option_where(sections, 2, "model.dropout", where), "--set");
  cr_assert_str_eq(lw_option_where(sections, 2, "run.seed", where), "default");
  cr_assert_str_eq(lw_option_where(sections, 2, "run.path", where), "not given");
}

static const struct refusal set_refusals[] = {
    {"layers=3", "--set takes section.key=value, not 'layers=3'"},
    {"model.layers", "--set takes section.key=value, not 'model.layers'"},
    {"", "--set takes section.key=value, not ''"},
    {"modle.layers=3", "--set modle.layers=3: unknown section 'modle'; did you mean 'model'?"},
    {"zebra.layers=3", "--set zebra.layers=3: unknown section 'zebra'"},
    {"model.layer=3",
     "--set model.layer=3: unknown key 'model.layer'; did you mean 'model.layers'?"},
    {"model.layers=0", "--set model.layers=0: 'model.layers' must be from 1 to 1000, not 0"},
    {"model.layers=", "--set model.layers=: 'model.layers' must be a whole number, not ''"},
    {"model.rates=[0 1]", "--set model.rates=[0 1]: 'model.rates' must be a number, not '0 1'"},
    {"run.name=\xC3", "--set run.name=\xC3: 'run.name' must be UTF-8 text"},
    {"run.name=\xC0\x80", "--set run.name=\xC0\x80: 'run.name' must be UTF-8 text"},
    {"run.name=\xED\xA0\x80", "--set run.name=\xED\xA0\x80: 'run.name' must be UTF-8 text"},
};

Test(option, set_changes_one_value)
{
  start();
  cr_assert_eq(lw_option_set(sections, 2, "model.layers=9"), LW_OK);
  cr_assert_eq(lw_option_set(sections, 2, "run.name=a=b.c"), LW_OK);
  cr_assert_eq(lw_option_set(sections, 2, "model.rates=0, 0.25,1 "), LW_OK, "%s",
               lw_fail_message());
  cr_assert_eq(v.layers, 9);
  cr_assert_str_eq(v.name, "a=b.c");
  cr_assert_eq(v.rates.count, 3);
  cr_assert_eq(v.rates.value[1], 0.25);
  cr_assert_eq(lw_option_set(sections, 2, "model.rates=[]"), LW_OK);
  cr_assert_eq(v.rates.count, 0);
  for (size_t i = 0; i < sizeof set_refusals / sizeof *set_refusals; i++) {
    cr_assert_eq(lw_option_set(sections, 2, set_refusals[i].text), LW_ERROR_INPUT);
    cr_assert_str_eq(lw_fail_message(), set_refusals[i].message, "%s", lw_fail_message());
  }
  cr_assert_eq(v.layers, 9);
}

Test(option, required_options_are_missed)
{
  start();
  cr_assert_eq(lw_option_check_required(sections, 2, "j.yaml"), LW_ERROR_INPUT);
  cr_assert_str_eq(lw_fail_message(), "j.yaml: 'run.path' is required: samples");
  cr_assert_eq(lw_option_set(sections, 2, "run.path=x"), LW_OK);
  cr_assert_eq(lw_option_check_required(sections, 2, "j.yaml"), LW_OK);
}

static void assert_same_after_reading_back(void)
{
  static char text[1 << 16];
  int64_t length = lw_option_save(sections, 2, text, sizeof text);
  cr_assert_eq(length, (int64_t)strlen(text));
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
  char text[1024], cut[10];
  start();
  int64_t length = lw_option_save(sections, 2, text, sizeof text);
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
  cr_assert_eq(lw_option_save(sections, 2, cut, sizeof cut), length);
  cr_assert_str_eq(cut, "model:\n  ", "cut, and ended");
  cr_assert_eq(lw_option_save(sections, 2, NULL, 0), length);
}

Test(option, help_is_aligned)
{
  start();
  char *text = NULL;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  lw_option_help(sections, 2, out);
  fclose(out);
  cr_assert_str_eq(text,
                   "model: the network\n"
                   "  layers     whole from 1 to 1000    default 2         blocks\n"
                   "  dropout    number from 0 to 0.999  default 0.1       part dropped\n"
                   "  attention  las|full|local          default las       engine\n"
                   "  rates      [numbers] from 0 to 1   default [0, 0.5]  one a head\n"
                   "\n"
                   "run: the run\n"
                   "  name       text                    default plain     of the run\n"
                   "  path       text                    required          samples\n"
                   "  seed       whole at least 0        default 1         start of all numbers\n"
                   "  shift      number                  default 0         any number\n"
                   "  resume     true|false              default false     go on\n",
                   "%s", text);
  free(text);
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

/* ---- numbers or auto ---- */

Test(option, a_number_may_be_auto)
{
  static const lw_option options[] = {
      {"ranks", LW_OPTION_AUTO, AT(seed), "auto", 1, 9, NULL, "that share"}, {0}};
  static const struct {
    const char *set, *saved, *refused;
    int64_t value;
  } tried[] = {{"x.ranks=3", "x:\n  ranks: 3\n", NULL, 3},
               {"x.ranks=auto", "x:\n  ranks: auto\n", NULL, 0},
               {"x.ranks=0", NULL, "'x.ranks' must be from 1 to 9, not 0", 0},
               {"x.ranks=-1", NULL, "'x.ranks' must be from 1 to 9, not -1", 0},
               {"x.ranks=Auto", NULL, "'x.ranks' must be a whole number or auto, not 'Auto'", 0}};
  lw_option_section one = {"x", "ranks", options, &v, {{0}}};
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
    lw_option_save(&one, 1, text, sizeof text);
    cr_assert_str_eq(text, tried[i].saved);
    v.seed = 5;
    cr_assert_eq(lw_option_read_text(&one, 1, text, "j.yaml"), LW_OK, "%s", lw_fail_message());
    cr_assert_eq(v.seed, tried[i].value);
  }
}
