/* Flags, words and --set on a command line: taken, and every refusal with its words. */
#include "longwave/base/option.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define RESUME_WORDS(TYPE, ITEM)                                                                   \
  TYPE(resume_word)                                                                                \
  ITEM(RESUME_NO, "false")                                                                         \
  ITEM(RESUME_YES, "true")                                                                         \
  ITEM(RESUME_AUTO, "auto")
LW_CHOICE(RESUME_WORDS);

typedef struct flag_values {
  int64_t batch_size;
  double shift;
  bool quick, help;
  resume_word resume;
  char out[LW_TEXT_MAX];
} flag_values;

static const lw_option flag_options[] = {
    LW_INT_ROW("batch_size", FLAG, LW_AT(flag_values, batch_size), "8", 1, 64, "samples"),
    LW_REAL_ROW("shift", FLAG, LW_AT(flag_values, shift), "0", -1, 1, "moves"),
    LW_BOOL_ROW("quick", FLAG, LW_AT(flag_values, quick), "false", "less work"),
    LW_SWITCH_ROW("resume", FLAG, LW_AT(flag_values, resume), RESUME_WORDS, "false", "go on"),
    LW_TEXT_ROW("out", FLAG, LW_AT(flag_values, out), NULL, 1, 100, "result"),
    LW_BOOL_ROW("help", FLAG, LW_AT(flag_values, help), "false", "this text"),
    {0},
};

static flag_values flags;
static lw_option_section flag_section;
static const char *words[2], *sets[2];
static lw_arguments arguments;

/* The words of `line` between blanks, after the subcommand's name, as arguments. */
static lw_status read_flags(const char *line)
{
  static char copy[256];
  char *argv[32] = {"train"};
  int argc = 1;
  snprintf(copy, sizeof copy, "%s", line);
  for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
  flag_section = (lw_option_section){"", "", flag_options, &flags, {{0}}, NULL, NULL};
  lw_option_defaults(&flag_section, 1);
  arguments = (lw_arguments){.words = words, .word_room = 2, .sets = sets, .set_room = 2};
  return lw_option_arguments(&flag_section, argc, argv, &arguments);
}

Test(option_flags, flags_words_and_sets)
{
  lw_status status = read_flags("job.yaml --batch-size 4 --shift -0.5 --quick --out=a=b "
                                "--set model.layers=2 --set=run.seed=3 -");
  cr_assert_eq(status, LW_OK, "%s", lw_fail_message());
  cr_assert_eq(flags.batch_size, 4);
  cr_assert_eq(flags.shift, -0.5);
  cr_assert(flags.quick);
  cr_assert_not(flags.help);
  cr_assert_str_eq(flags.out, "a=b");
  cr_assert_eq(arguments.word_count, 2);
  cr_assert_str_eq(words[0], "job.yaml");
  cr_assert_str_eq(words[1], "-");
  cr_assert_eq(arguments.set_count, 2);
  cr_assert_str_eq(sets[0], "model.layers=2");
  cr_assert_str_eq(sets[1], "run.seed=3");
  char where[LW_TEXT_MAX];
  cr_assert_str_eq(lw_option_where(&flag_section, 1, "shift", where), "--shift");
  cr_assert_str_eq(lw_option_where(&flag_section, 1, "help", where), "default");
}

Test(option_flags, words_after_two_dashes_and_negative_words)
{
  cr_assert_eq(read_flags("--quick=false -- --quick"), LW_OK, "%s", lw_fail_message());
  cr_assert_not(flags.quick);
  cr_assert_eq(arguments.word_count, 1);
  cr_assert_str_eq(words[0], "--quick");
  cr_assert_eq(read_flags("-0.5 -.5"), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(arguments.word_count, 2);
}

/* A truth may stand behind its flag, in either way; another word is no truth. */
Test(option_flags, truths_may_be_written_out)
{
  cr_assert_eq(read_flags("--quick true"), LW_OK, "%s", lw_fail_message());
  cr_assert(flags.quick);
  cr_assert_eq(arguments.word_count, 0);
  cr_assert_eq(read_flags("--quick false job.yaml --help=true"), LW_OK, "%s", lw_fail_message());
  cr_assert_not(flags.quick);
  cr_assert(flags.help);
  cr_assert_eq(arguments.word_count, 1);
  cr_assert_eq(read_flags("--quick truth -- true"), LW_OK, "%s", lw_fail_message());
  cr_assert(flags.quick);
  cr_assert_eq(arguments.word_count, 2);
  cr_assert_str_eq(words[1], "true");
}

/* As a truth, with more words: what is none of them is left where it stands. */
Test(option_flags, switches_stand_alone_or_have_one_of_their_words)
{
  static const struct {
    const char *line;
    int value, words;
  } cases[] = {{"", 0, 0},
               {"--resume", 1, 0},
               {"--resume job.yaml", 1, 1},
               {"--resume=auto job.yaml", 2, 1},
               {"--resume auto job.yaml", 2, 1},
               {"--resume ./auto", 1, 1},
               {"job.yaml --resume --quick", 1, 1},
               {"--resume=false", 0, 0},
               {"--resume -- auto", 1, 1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    cr_assert_eq(read_flags(cases[i].line), LW_OK, "%s", lw_fail_message());
    cr_assert_eq((int)flags.resume, cases[i].value, "%s", cases[i].line);
    cr_assert_eq(arguments.word_count, cases[i].words, "%s", cases[i].line);
  }
}

/* No limit of length, and borrowed: the very bytes of the command line. */
Test(option_flags, long_texts_are_borrowed)
{
  typedef struct name_flags {
    const char *names;
  } name_flags;
  static const lw_option options[] = {
      LW_LONG_ROW("names", FLAG, LW_AT(name_flags, names), "none", 1, "of classes"), {0}};
  static char text[100000];
  name_flags own = {NULL};
  char *argv[] = {"prepare", "--names", text};
  lw_option_section section = {"", "", options, &own, {{0}}, NULL, NULL};
  lw_option_defaults(&section, 1);
  cr_assert_str_eq(own.names, "none");
  memset(text, 'x', sizeof text - 1);
  cr_assert_eq(lw_option_arguments(&section, 3, argv, &(lw_arguments){0}), LW_OK, "%s",
               lw_fail_message());
  cr_assert_eq(own.names, text);
  section.name = "prepare";
  lw_text saved = LW_TEXT_GROWS;
  lw_option_save(&section, 1, &saved);
  cr_assert_eq(lw_text_end(&saved), LW_OK);
  cr_assert_eq(saved.used, (int64_t)sizeof text + 20);
  lw_text_done(&saved);
  section.name = "";
  text[0] = '\0';
  cr_assert_eq(lw_option_arguments(&section, 3, argv, &(lw_arguments){0}), LW_ERROR_INPUT);
  cr_assert_str_eq(lw_fail_message(), "'--names' must not be empty");
}

/* Whoever asks gets help, also beside a mistake; what stands behind "--" is a word. */
Test(option_flags, help_comes_before_all_else)
{
  static const char *const asking[] = {"-h", "--help", "a b c -h", "--zebra --help", "--shift -h"};
  for (size_t i = 0; i < sizeof asking / sizeof *asking; i++) {
    cr_assert_eq(read_flags(asking[i]), LW_OK, "%s", lw_fail_message());
    cr_assert(flags.help, "%s", asking[i]);
    cr_assert_eq(arguments.word_count, 0);
  }
  cr_assert_eq(read_flags("-- -h"), LW_OK);
  cr_assert_not(flags.help);
  cr_assert_eq(arguments.word_count, 1);
}

static const struct {
  const char *text, *message;
} flag_refusals[] = {
    {"--bach-size 4", "unknown flag '--bach-size'; did you mean '--batch-size'?"},
    {"--bach-size=4", "unknown flag '--bach-size'; did you mean '--batch-size'?"},
    {"--sett x", "unknown flag '--sett'; did you mean '--set'?"},
    {"--zebra", "unknown flag '--zebra'; --help lists them"},
    {"-quick", "unknown flag '-quick'; did you mean '--quick'?"},
    {"-x", "unknown flag '-x'; --help lists them"},
    {"--shift", "'--shift' needs a value"},
    {"--shift --quick", "'--shift' needs a value; if '--quick' is meant, write --shift=--quick"},
    {"--shift 2", "'--shift' must be from -1 to 1, not 2"},
    {"--batch-size 1.5", "'--batch-size' must be a whole number, not '1.5'"},
    {"--quick=maybe", "'--quick' must be true or false, not 'maybe'"},
    {"--resume=atuo",
     "'--resume' must be one of false, true, auto, not 'atuo'; did you mean 'auto'?"},
    {"--quick --quick", "'--quick' is given twice; remove one"},
    {"a b c", "one argument too many: 'c'; remove it, or see --help"},
    {"--set a --set b --set c", "more than 2 --set; write them into the job file"},
};

Test(option_flags, flag_refusals)
{
  for (size_t i = 0; i < sizeof flag_refusals / sizeof *flag_refusals; i++) {
    cr_assert_eq(read_flags(flag_refusals[i].text), LW_ERROR_INPUT, "%s", flag_refusals[i].text);
    cr_assert_str_eq(lw_fail_message(), flag_refusals[i].message, "%s", lw_fail_message());
  }
}

Test(option_flags, flags_may_be_required_and_sets_unwanted)
{
  cr_assert_eq(read_flags("--quick"), LW_OK);
  cr_assert_eq(lw_option_check_required(&flag_section, 1, NULL), LW_ERROR_INPUT);
  cr_assert_str_eq(lw_fail_message(), "'--out' is required: result");
  char *argv[] = {"inspect", "--set", "a.b=1"};
  arguments.sets = NULL;
  cr_assert_eq(lw_option_arguments(&flag_section, 3, argv, &arguments), LW_ERROR_INPUT);
  cr_assert_str_eq(lw_fail_message(), "unknown flag '--set'; --help lists them");
}
