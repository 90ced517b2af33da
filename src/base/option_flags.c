/* The command line of a subcommand, by the same tables as job files. */
#include "option_inside.h"
#include <ctype.h>
#include <string.h>

typedef struct scan {
  lw_option_section *flags;
  int argc, index; /* argv[index] is being read */
  char **argv;
  lw_arguments *arguments;
  int words, sets; /* collected so far */
} scan;

/* Words that begin with '-' are flags, but for a lone '-' and negative numbers. */
static bool is_flag(const char *word)
{
  return word[0] == '-' && word[1] != '\0' && word[1] != '.' && !isdigit((unsigned char)word[1]);
}

/* "--batch-size=4" to "batch_size". name [LW_TEXT_MAX] */
static void table_name(const char *word, char *name)
{
  const char *start = word + strspn(word, "-");
  snprintf(name, LW_TEXT_MAX, "%.*s", (int)strcspn(start, "="), start);
  for (char *c = name; *c; c++)
    if (*c == '-') *c = '_';
}

static lw_status fail_unknown(const scan *s, const char *word, const char *name)
{
  char hint[LW_TEXT_MAX];
  lw_option_hint_flag(s->flags, s->arguments, name, hint);
  return lw_fail(LW_ERROR_INPUT, "unknown flag '%.*s'%s", (int)strcspn(word, "="), word,
                 hint[0] ? hint : "; --help lists them");
}

static lw_status add_word(scan *s, const char *word)
{
  if (s->words == s->arguments->word_room)
    return lw_fail(LW_ERROR_INPUT, "one argument too many: '%s'; remove it, or see --help", word);
  s->arguments->words[s->words++] = word;
  return LW_OK;
}

/* A flag that is true or false, or a switch, stands alone, or has one of its words behind it. */
static bool stands_alone(const scan *s, const lw_option *option)
{
  static const char *const truths[] = {"true", "false", NULL};
  if (!lw_option_type_of(option)->alone || strchr(s->argv[s->index], '=')) return false;
  if (s->index + 1 == s->argc) return true;
  for (const char *const *word = option->choices ? option->choices : truths; *word; word++)
    if (!strcmp(s->argv[s->index + 1], *word)) return false;
  return true;
}

/* The value after '=', or the next word. */
static lw_status take_value(scan *s, const char **value)
{
  const char *word = s->argv[s->index], *equals = strchr(word, '=');
  if (equals) {
    *value = equals + 1;
    return LW_OK;
  }
  if (s->index + 1 == s->argc) return lw_fail(LW_ERROR_INPUT, "'%s' needs a value", word);
  const char *next = s->argv[s->index + 1];
  if (is_flag(next))
    return lw_fail(LW_ERROR_INPUT, "'%s' needs a value; if '%s' is meant, write %s=%s", word, next,
                   word, next);
  s->index++;
  *value = next;
  return LW_OK;
}

static lw_status add_set(scan *s)
{
  const char *value = NULL;
  lw_status status = LW_OK;
  LW_TRY(take_value(s, &value));
  if (s->sets == s->arguments->set_room)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "more than %d --set; write them into the job file",
                   s->arguments->set_room));
  s->arguments->sets[s->sets++] = value;
done:
  return status;
}

static lw_status read_flag(scan *s, bool *given)
{
  const char *word = s->argv[s->index], *text = "true";
  char name[LW_TEXT_MAX], why[LW_TEXT_MAX];
  table_name(word, name);
  if (strncmp(word, "--", 2) == 0 && s->arguments->sets && strcmp(name, "set") == 0)
    return add_set(s);
  const lw_option *option = strncmp(word, "--", 2) == 0 ? lw_option_find(s->flags, name) : NULL;
  if (!option) return fail_unknown(s, word, name);
  if (given[option - s->flags->options])
    return lw_fail(LW_ERROR_INPUT, "'%.*s' is given twice; remove one", (int)strcspn(word, "="),
                   word);
  given[option - s->flags->options] = true;

  lw_status status = LW_OK;
  if (!stands_alone(s, option)) LW_TRY(take_value(s, &text));
  const lw_option_source from = {.section = s->flags, .option = option, .text = text, .why = why};
  if (!lw_option_take(&from, (lw_option_origin){.source = word}))
    LW_TRY(lw_fail(LW_ERROR_INPUT, "%s", why));
done:
  return status;
}

/* A request for help is always granted, whatever else is given; no flag takes "--help" as its
   value. */
static bool gives_help(lw_option_section *flags, int argc, char **argv)
{
  const lw_option *help = lw_option_find(flags, "help");
  bool asked = false;
  for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
    asked = asked || !strcmp(argv[i], "--help") || !strcmp(argv[i], "-h");
  if (help && asked)
    lw_option_store(flags, help, &(lw_option_value){.truth = true},
                    (lw_option_origin){.source = "--help"});
  return help && asked;
}

lw_status lw_option_arguments(lw_option_section *flags, int argc, char **argv,
                              lw_arguments *arguments)
{
  scan s = {.flags = flags, .argc = argc, .argv = argv, .arguments = arguments};
  bool given[LW_OPTIONS_MAX] = {false}, words_only = false;
  lw_status status = LW_OK;
  arguments->word_count = arguments->set_count = 0;
  if (gives_help(flags, argc, argv)) return LW_OK;
  for (s.index = 1; s.index < argc; s.index++) {
    const char *word = argv[s.index];
    if (!words_only && strcmp(word, "--") == 0)
      words_only = true;
    else if (words_only || !is_flag(word))
      LW_TRY(add_word(&s, word));
    else
      LW_TRY(read_flag(&s, given));
  }
  arguments->word_count = s.words;
  arguments->set_count = s.sets;
done:
  return status;
}
