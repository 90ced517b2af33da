/* Options of sbatch as people type them, so that a line for sbatch is also one for submit. */
#include "longwave/base/mem.h"
#include "submit.h"
#include <stdio.h>
#include <string.h>

typedef struct known {
  char letter;      /* 0: there is no short form */
  const char *name; /* of sbatch */
  const char *own;  /* the flag of submit that means the same; NULL: passed on */
  bool alone;       /* takes no value */
} known;

static const known table[] = {
    {'N', "nodes", "nodes", false},
    {'n', "ntasks", "ranks", false},
    {0, "ntasks-per-node", "ranks-per-node", false},
    {'c', "cpus-per-task", "threads", false},
    {'t', "time", "time", false},
    {'p', "partition", "partition", false},
    {'A', "account", "account", false},
    {'J', "job-name", "name", false},
    {'a', "array", "seeds", false},
    {'q', "qos", NULL, false},
    {'w', "nodelist", NULL, false},
    {'x', "exclude", NULL, false},
    {'C', "constraint", NULL, false},
    {'d', "dependency", NULL, false},
    {'b', "begin", NULL, false},
    {'L', "licenses", NULL, false},
    {'M', "clusters", NULL, false},
    {'G', "gpus", NULL, false},
    {'m', "distribution", NULL, false},
    {'S', "core-spec", NULL, false},
    {'o', "output", NULL, false},
    {'e', "error", NULL, false},
    {'H', "hold", NULL, true},
    {'O', "overcommit", NULL, true},
    {'s', "oversubscribe", NULL, true},
    {0, "mem", NULL, false},
    {0, "mem-per-cpu", NULL, false},
    {0, "gres", NULL, false},
    {0, "gpus-per-node", NULL, false},
    {0, "reservation", NULL, false},
    {0, "mail-type", NULL, false},
    {0, "mail-user", NULL, false},
    {0, "comment", NULL, false},
    {0, "hint", NULL, false},
    {0, "priority", NULL, false},
    {0, "prefer", NULL, false},
    {0, "tmp", NULL, false},
    {0, "mincpus", NULL, false},
    {0, "switches", NULL, false},
    {0, "deadline", NULL, false},
    {0, "export", NULL, false},
    {0, "wckey", NULL, false},
    {0, "network", NULL, false},
    {0, "ntasks-per-socket", NULL, false},
    {0, "ntasks-per-core", NULL, false},
    {0, "sockets-per-node", NULL, false},
    {0, "cores-per-socket", NULL, false},
    {0, "threads-per-core", NULL, false},
    {0, "contiguous", NULL, true},
    {0, "spread-job", NULL, true},
    {0, "use-min-nodes", NULL, true},
};

static const known *find(const char *word)
{
  const size_t length = strcspn(word, "=");
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    const known *k = &table[i];
    const bool same = strlen(k->name) + 2 == length && !strncmp(word + 2, k->name, length - 2);
    if (word[1] == '-' ? same : k->letter && word[1] == k->letter) return k;
  }
  return NULL;
}

typedef struct translation {
  char **list;     /* [2 * argc + 2], owned words */
  int own, passed; /* words at its front; words from argc + 1 on */
  int argc, index;
  char **argv;
} translation;

static lw_status add(char **where, const char *name, const char *value)
{
  const int64_t room = (int64_t)(strlen(name) + (value ? strlen(value) : 0)) + 4;
  lw_status status = LW_TAKE(where, room);
  if (status == LW_OK && value)
    snprintf(*where, (size_t)room, "--%s=%s", name, value);
  else if (status == LW_OK)
    snprintf(*where, (size_t)room, "--%s", name);
  return status;
}

/* Of "-pX", "-p X", "--partition X" and "--partition=X". */
static lw_status take_value(translation *t, const char **value)
{
  const char *word = t->argv[t->index], *equals = strchr(word, '=');
  const bool is_long = word[1] == '-';
  if (!is_long && word[2])
    *value = word + 2;
  else if (is_long && equals)
    *value = equals + 1;
  else if (t->index + 1 < t->argc)
    *value = t->argv[++t->index];
  else
    return lw_fail(LW_ERROR_INPUT, "'%s' needs a value, as sbatch takes it", word);
  return LW_OK;
}

static lw_status translate_word(translation *t)
{
  const char *word = t->argv[t->index], *value = NULL;
  const known *k = word[0] == '-' && word[1] ? find(word) : NULL;
  if (!k) return lw_mem_copy(word, &t->list[t->own++]);
  lw_status status = k->alone ? LW_OK : take_value(t, &value);
  if (status != LW_OK) return status;
  char **where = k->own ? &t->list[t->own++] : &t->list[t->argc + 1 + t->passed++];
  return add(where, k->own ? k->own : k->name, value);
}

lw_status lw_sbatch_translate(int argc, char **argv, char ***list, int *count)
{
  translation t = {.argc = argc, .argv = argv};
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&t.list, 2 * argc + 2));
  for (; t.index < argc && strcmp(argv[t.index], "--") != 0; t.index++) LW_TRY(translate_word(&t));
  if (t.passed > 0 || t.index < argc) LW_TRY(lw_mem_copy("--", &t.list[t.own++]));
  for (int i = 0; i < t.passed; i++) {
    t.list[t.own++] = t.list[argc + 1 + i];
    t.list[argc + 1 + i] = NULL;
  }
  for (t.index++; t.index < argc; t.index++) LW_TRY(lw_mem_copy(argv[t.index], &t.list[t.own++]));
  *count = t.own;
  *list = t.list;
  t.list = NULL;
done:
  for (int i = 0; t.list && i < 2 * argc + 2; i++) lw_mem_give(t.list[i]);
  lw_mem_give(t.list);
  return status;
}

void lw_sbatch_free(char **list)
{
  for (char **word = list; word && *word; word++) lw_mem_give(*word);
  lw_mem_give(list);
}
