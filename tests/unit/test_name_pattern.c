/* What names of files tell, lists of files, and words with their counts. */
#include "../../src/task/entries.h"
#include "../../src/task/name_pattern.h"
#include "../../src/task/words.h"
#include "make_task.h"
#include <sys/stat.h>

TestSuite(name_pattern, .init = make_begin, .fini = make_end);

/* All parts as "name=value;", or "-". */
static const char *parts_of(const char *pattern, const char *name)
{
  static char text[256];
  lw_name_parts parts;
  lw_text to = LW_TEXT_IN(text);
  FINE(lw_name_pattern_check(pattern, "--pattern"));
  if (!lw_name_match(pattern, name, &parts)) return "-";
  for (int i = 0; i < parts.count; i++)
    lw_text_add(&to, "%.*s=%.*s;", (int)parts.name[i].length, parts.name[i].text,
                (int)parts.value[i].length, parts.value[i].text);
  return text;
}

Test(name_pattern, parts)
{
  static const struct {
    const char *pattern, *name, *parts;
  } cases[] = {
      {"{class}_{group}_{take}", "7_jackson_0", "class=7;group=jackson;take=0;"},
      {"{class}_{group}_{take}", "7_jackson", "-"},
      {"{class}_{take}", "a_b_3", "class=a;take=b_3;"},
      {"{class}/{name}", "yes/a.b", "class=yes;name=a.b;"},
      {"{class}/{name}", "train/yes/a", "-"},
      {"{split}/{class}/{name}", "train/yes/a", "split=train;class=yes;name=a;"},
      {"{class}/{group}_nohash_{n}||{class}/{group}", "no/12", "class=no;group=12;"},
      {"{class}/{group}_nohash_{n}||{class}/{group}", "no/12_nohash_0", "class=no;group=12;n=0;"},
      {"rec{class}", "rec", "-"},
      {"rec{class}", "records", "class=ords;"},
      {"x", "x", ""},
      {"{a}b", "b", "-"},
      {"{a}b", "bb", "a=b;"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    cr_expect_str_eq(parts_of(cases[i].pattern, cases[i].name), cases[i].parts, "%s of %s: %s",
                     cases[i].name, cases[i].pattern, parts_of(cases[i].pattern, cases[i].name));
  cr_expect(lw_name_pattern_has("{class}/{a}", "a") && !lw_name_pattern_has("{class}", "clas"));
}

Test(name_pattern, bad_patterns_and_rules)
{
  static const struct {
    const char *pattern, *says;
  } cases[] = {{"{class", "a '{' without its '}'"}, {"class}", "a '}' without its '{'"},
               {"{}", "a part without a name"},     {"{a}{b}", "two parts without a letter"},
               {"{a{b}", "a '{' without its '}'"},  {"", "has nothing"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    FAILS(lw_name_pattern_check(cases[i].pattern, "--pattern"), LW_ERROR_INPUT, cases[i].says);
  lw_name_parts parts;
  FINE(lw_name_rule_check("take=0,1", "{class}_{take}", "--test-if"));
  FAILS(lw_name_rule_check("tak=0", "{take}", "--test-if"), LW_ERROR_INPUT, "has no part {tak}");
  FAILS(lw_name_rule_check("take", "{take}", "--test-if"), LW_ERROR_INPUT, "no rule such as");
  cr_assert(lw_name_match("{class}_{take}", "a_1", &parts));
  cr_expect(lw_name_rule_holds("take=0,1", &parts) && !lw_name_rule_holds("take=0,11", &parts));
  cr_expect(lw_name_rule_holds("class=a", &parts) && !lw_name_rule_holds("", &parts));
}

/* ---- files ---- */

static const char *const endings[] = {".wav", NULL};
static lw_entry_settings settings;
static lw_entries entries;

/* "name class group split;" of all. */
static lw_status list_all(char *all, size_t room)
{
  static const char *const splits[] = {"train", "validation", "test"};
  lw_text to = lw_text_in(all, room);
  lw_entries_done(&entries);
  lw_status status = lw_entries_read(&settings, endings, false, &entries);
  for (int64_t i = 0; status == LW_OK && i < entries.count; i++) {
    const lw_entry *entry = &entries.entry[i];
    lw_text_add(&to, "%s %s %s %s;", entry->name, entry->class, entry->group ? entry->group : "-",
                entry->has_split ? splits[entry->split] : "-");
  }
  return status;
}

static void set(char option[LW_TEXT_MAX], const char *value)
{
  snprintf(option, LW_TEXT_MAX, "%s", value);
}

static void make_files(void)
{
  for (const char *const *name = (const char *const[]){"f", "f/a", "f/b", NULL}; *name; name++)
    cr_assert_eq(mkdir(at(*name), 0777), 0);
  text_file("f/a/x_1.wav", "");
  text_file("f/b/y_2.WAV", "");
  text_file("f/b/x_3.wav", "");
  text_file("f/b/.hidden.wav", "");
  text_file("f/README", "");
  settings = (lw_entry_settings){.pattern = "{class}/{group}_{take}"};
  set(settings.folder, at("f"));
}

Test(name_pattern, files_of_a_folder)
{
  char all[512];
  make_files();
  set(settings.test_if, "take=2");
  FINE(list_all(all, sizeof all));
  cr_expect_str_eq(all, "a/x_1.wav a x -;b/x_3.wav b x -;b/y_2.WAV b y test;");
  cr_expect(entries.grouped && entries.split[LW_SPLIT_TEST] && entries.passed == 1);
  cr_expect_str_eq(entries.first_passed, "README");
  set(settings.validation_if, "group=y");
  FAILS(list_all(all, sizeof all), LW_ERROR_INPUT, "y_2.WAV' fits --test-if and --validation-if");
  set(settings.validation_if, "");
  set(settings.pattern, "a/{class}_{take}");
  FAILS(list_all(all, sizeof all), LW_ERROR_INPUT, "b/x_3.wav' does not fit --pattern");
  set(settings.pattern, "{name}_{take}||{class}/{name}");
  set(settings.test_if, "");
  cr_assert_eq(remove(at("f/b/x_3.wav")) | remove(at("f/b/y_2.WAV")), 0);
  FAILS(list_all(all, sizeof all), LW_ERROR_INPUT, "all 1 files have the class 'a', as '");
  text_file("f/b/x_3.wav", "");
  set(settings.pattern, "{split}/{class}_{take}");
  FAILS(list_all(all, sizeof all), LW_ERROR_INPUT, "a/x_1.wav': 'a' is no split");
  set(settings.pattern, "{kind}/{take}");
  FAILS(list_all(all, sizeof all), LW_ERROR_INPUT, "has no part {class}");
  set(settings.folder, at("f/a/none"));
  FAILS(list_all(all, sizeof all), LW_ERROR_FILE, "No such file");
  set(settings.folder, make_folder);
  settings.folder[strlen(settings.folder)] = 0;
  lw_entries_done(&entries);
  lw_entry_settings none = {.pattern = "{class}"};
  FAILS(lw_entries_read(&none, endings, false, &entries), LW_ERROR_INPUT, "--folder or by --list");
  cr_assert_eq(mkdir(at("empty"), 0777), 0);
  text_file("empty/a.mp3", "");
  set(none.folder, at("empty"));
  FAILS(lw_entries_read(&none, endings, false, &entries), LW_ERROR_INPUT,
        "holds no files that end in .wav, but others, such as 'a.mp3'");
  lw_entries_done(&entries);
}

Test(name_pattern, files_of_a_list)
{
  char all[512];
  settings = (lw_entry_settings){.pattern = "{class}"};
  set(settings.list, text_file("list", "f/a.wav, yes, train\n\nb.wav,no , dev,peter\r\n"));
  FINE(list_all(all, sizeof all));
  cr_expect_str_eq(all, "f/a.wav yes - train;b.wav no peter validation;");
  set(settings.list, text_file("list", "Path\tgroup\tclass\nf/a b.wav\tp\tyes\n/b.wav\tq\tno\n"));
  FINE(list_all(all, sizeof all));
  cr_expect_str_eq(all, "f/a b.wav yes p -;/b.wav no q -;");
  cr_expect_str_eq(entries.entry[0].path, at("f/a b.wav"));
  cr_expect_str_eq(entries.entry[1].path, "/b.wav");
  set(settings.list, text_file("list", "a.wav,yes\n,no\n"));
  FAILS(list_all(all, sizeof all), LW_ERROR_INPUT, "list' line 2: has no path");
  set(settings.list, text_file("list", "a.wav,yes\nb.wav\n"));
  FAILS(list_all(all, sizeof all), LW_ERROR_INPUT, "list' line 2: has no class");
  set(settings.list, text_file("list", "a.wav,yes,exam\n"));
  FAILS(list_all(all, sizeof all), LW_ERROR_INPUT, "line 1: the split must be train, validation");
  set(settings.list, text_file("list", "\n"));
  FAILS(list_all(all, sizeof all), LW_ERROR_INPUT, "list' names no files");
  lw_entries_done(&entries);
}

/* ---- words ---- */

Test(name_pattern, words_are_counted)
{
  lw_words words = {0};
  const char **common = NULL;
  int64_t count = 0;
  cr_expect_eq(lw_words_find(&words, "a", 1), -1);
  for (int i = 0; i < 1000; i++) {
    char text[16];
    const int length = snprintf(text, sizeof text, "w%d", i % 300);
    FINE(lw_words_add(&words, text, length));
  }
  FINE(lw_words_add(&words, "w12345", 2)); /* "w1" */
  cr_expect_eq(words.count, 300);
  cr_expect_eq(words.word[lw_words_find(&words, "w7xx", 2)].count, 4);
  cr_expect_eq(lw_words_find(&words, "w300", 4), -1);
  FINE(lw_words_common(&words, 4, &common, &count));
  cr_expect_eq(count, 100);
  cr_expect_str_eq(common[0], "w1"); /* 5 times */
  cr_expect_str_eq(common[1], "w0");
  cr_expect_str_eq(common[2], "w10");
  lw_mem_give(common);
  lw_words_done(&words);
}
