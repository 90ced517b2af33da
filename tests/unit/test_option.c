/* Job files and --set: what is read, and every refusal with its place and words. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/base/mem.h"
#include "option_case.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

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
    {"model:\n  layers: 1e-3\n", "j.yaml:2:11: 'model.layers' must be a whole number, not '1e-3'"},
    {"model:\n  layers: 1e4\n", "j.yaml:2:11: 'model.layers' must be from 1 to 1000, not 1e4"},
    {"model:\n  dropout: off\n",
     "j.yaml:2:12: 'model.dropout' must be a number, not 'off': part dropped"},
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
    {"run:\n  resume: 2\n", "j.yaml:2:11: 'run.resume' must be true or false, not '2'"},
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
                              "while scanning for the next token; indent with spaces, not tabs"},
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
                   "cannot open /no/such/file: No such file or directory; check the path");

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
    {"layers=3", "--set takes section.key=value, not 'layers=3'; did you mean 'model.layers'?"},
    {"model.layers", "--set takes section.key=value, not 'model.layers'"},
    {"", "--set takes section.key=value, not ''"},
    {"modle.layers=3", "--set modle.layers=3: unknown section 'modle'; did you mean 'model.layers'?"},
    {"zebra.layers=3",
     "--set zebra.layers=3: unknown section 'zebra'; did you mean 'model.layers'?"},
    {"zebra.zebra=3", "--set zebra.zebra=3: unknown section 'zebra'"},
    {"model.layer=3",
     "--set model.layer=3: unknown key 'model.layer'; did you mean 'model.layers'?"},
    {"model.layers=0", "--set model.layers=0: 'model.layers' must be from 1 to 1000, not 0"},
    {"model.layers=", "--set model.layers=: 'model.layers' must be a whole number, not ''"},
    {"model.rates=[0 1]", "--set model.rates=[0 1]: 'model.rates' must be a number, not '0 1'"},
    {"run.name=\xC3", "--set run.name=\xC3: 'run.name' must be UTF-8 text"},
    {"run.name=\xC0\x80", "--set run.name=\xC0\x80: 'run.name' must be UTF-8 text"},
    {"run.name=\xED\xA0\x80", "--set run.name=\xED\xA0\x80: 'run.name' must be UTF-8 text"},
};

/* Powers of ten, points and underscores, as long as the number is whole, exactly. */
Test(option, whole_numbers_as_they_are_written)
{
  static const struct {
    const char *text;
    int64_t value; /* -1: no whole number */
  } tried[] = {{"1e3", 1000},       {"2.5e3", 2500},    {"1E+2", 100},      {"12.0", 12},
               {"1_000_000", 1000000}, {"9007199254740993", 9007199254740993},
               {"100e-2", 1},       {"0e9", 0},         {"0.25e2", 25},     {"1.5", -1},
               {"1e-3", -1},        {"1_", -1},         {"_1", -1},         {"1__0", -1},
               {"e3", -1},          {"1e", -1},         {"1.", -1},         {".5e1", -1},
               {"1e3x", -1},        {"01e3", -1},       {"1e9999", -1},     {"10k", -1},
               {"1e30", -1}};
  for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
    char assignment[64];
    start();
    snprintf(assignment, sizeof assignment, "run.seed=%s", tried[i].text);
    cr_expect_eq(lw_option_set(sections, 2, assignment), tried[i].value < 0 ? LW_ERROR_INPUT : LW_OK,
                 "%s", assignment);
    cr_expect_eq(v.seed, tried[i].value < 0 ? 1 : tried[i].value, "%s", assignment);
  }
  start();
  cr_assert_eq(lw_option_set(sections, 2, "run.shift=1_000.5"), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(v.shift, 1000.5);
}

Test(option, truth_as_it_is_written)
{
  static const char *const words[] = {"false", "true", "False", "True", "no", "yes", "OFF", "On"};
  for (int i = 0; i < 8; i++) {
    char assignment[64];
    start();
    v.resume = i % 2 == 0;
    snprintf(assignment, sizeof assignment, "run.resume=%s", words[i]);
    cr_expect_eq(lw_option_set(sections, 2, assignment), LW_OK, "%s", lw_fail_message());
    cr_expect_eq(v.resume, i % 2, "%s", assignment);
  }
}

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
