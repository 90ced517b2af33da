#include "longwave/study/study.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/base/tree.h"
#include "longwave/run/named.h"
#include "longwave/train/job.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 255 }; /* of a folder, on all usual file systems */

typedef struct reader {
  lw_study *study;
  const char *path;
  lw_job *scratch; /* settings are tried on it, one by one */
} reader;

__attribute__((format(printf, 3, 4))) static lw_status blame(const reader *r, const lw_tree *node,
                                                             const char *format, ...)
{
  char sentence[2 * LW_TEXT_MAX];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(sentence, sizeof sentence, format, arguments);
  va_end(arguments);
  return lw_fail(LW_ERROR_INPUT, "%s:%d:%d: %s", r->path, node->line, node->column, sentence);
}

/* "0.1" or "[0, 0.1]" as --set takes it. text [LW_TEXT_MAX] */
static lw_status value_text(const reader *r, const lw_tree *node, char *text)
{
  lw_text to = lw_text_in(text, LW_TEXT_MAX);
  if (node->kind == LW_TREE_TEXT) {
    lw_text_add(&to, "%s", node->text);
  } else {
    lw_text_add(&to, "[");
    for (const lw_tree *item = node->child; item; item = item->next) {
      if (node->kind != LW_TREE_LIST || item->kind != LW_TREE_TEXT)
        return blame(r, item, "a value or a list of values is expected here");
      lw_text_add(&to, "%s%s", item->text, item->next ? ", " : "");
    }
    lw_text_add(&to, "]");
  }
  if (!to.truncated) return LW_OK;
  return blame(r, node, "this value is too long: at most %d bytes", LW_TEXT_MAX - 1);
}

/* ---- settings ---- */

/* Add key=value to a choice, after a trial. */
static lw_status add_setting(const reader *r, lw_study_choice *choice, const char *key,
                             const lw_tree *value)
{
  lw_study_set *set = &choice->sets[choice->set_count];
  char text[LW_TEXT_MAX];
  lw_option_section sections[LW_JOB_SECTIONS];
  lw_status status = LW_OK;
  LW_TRY(value_text(r, value, text));
  set->line = value->line, set->column = value->column;
  if (snprintf(set->text, LW_TEXT_MAX, "%s=%s", key, text) >= LW_TEXT_MAX)
    LW_TRY(blame(r, value, "this setting is too long: at most %d bytes", LW_TEXT_MAX - 1));
  lw_job_sections(r->scratch, sections);
  if (lw_option_set(sections, LW_JOB_SECTIONS, set->text) != LW_OK) {
    snprintf(text, sizeof text, "%s", lw_fail_message());
    LW_TRY(blame(r, value, "%s", text));
  }
  choice->set_count++;
done:
  return status;
}

static lw_status take_sets(lw_study_choice *choice, int64_t count)
{
  return LW_TAKE(&choice->sets, count);
}

/* A group: `section.key: value` and `section: {key: value}`. */
static lw_status read_group(const reader *r, const lw_tree *group, lw_study_choice *choice)
{
  char key[LW_TEXT_MAX];
  lw_status status = LW_OK;
  if (group->kind != LW_TREE_MAPPING)
    LW_TRY(blame(r, group, "settings are expected here, such as {attention.window: 3}"));
  LW_TRY(take_sets(choice, LW_STUDY_SETS));
  for (const lw_tree *entry = group->child; entry; entry = entry->next) {
    const bool section = entry->kind == LW_TREE_MAPPING;
    for (const lw_tree *leaf = section ? entry->child : entry; leaf;
         leaf = section ? leaf->next : NULL) {
      if (choice->set_count == LW_STUDY_SETS)
        LW_TRY(blame(r, leaf, "more than %d settings; remove some", LW_STUDY_SETS));
      snprintf(key, sizeof key, "%.400s%s%.400s", entry->key, section ? "." : "",
               section ? leaf->key : "");
      LW_TRY(add_setting(r, choice, key, leaf));
    }
  }
done:
  return status;
}

/* Letters that a folder's name may have everywhere. */
static void clean(char *label)
{
  static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_+";
  for (char *c = label; *c; c++)
    if (!strchr(good, *c)) *c = '-';
}

/* ---- axes ---- */

static lw_status add_axis(const reader *r, const lw_tree *node, lw_study_axis **axis)
{
  lw_study *study = r->study;
  int64_t count = 0;
  for (const lw_tree *child = node->child; child; child = child->next) count++;
  if (study->axis_count == LW_STUDY_AXES)
    return blame(r, node, "more than %d settings vary; divide it into several studies",
                 LW_STUDY_AXES);
  if (count == 0) return blame(r, node, "nothing to choose from; give values");
  *axis = &study->axes[study->axis_count++];
  lw_status status = LW_TAKE(&(*axis)->choices, count);
  if (status == LW_OK) (*axis)->count = count;
  return status;
}

/* `section.key: [a, b]`: one choice a value, each named by the key's last word, `name`. */
static lw_status read_values(const reader *r, const lw_tree *list, const char *key,
                             const char *name)
{
  lw_study_axis *axis = NULL;
  char text[LW_TEXT_MAX];
  lw_status status = LW_OK;
  if (list->kind != LW_TREE_LIST)
    LW_TRY(blame(r, list, "'%s' must be a list of values to try, such as [1, 2]", list->key));
  LW_TRY(add_axis(r, list, &axis));
  assert(axis);
  lw_study_choice *choice = axis->choices;
  for (const lw_tree *value = list->child; value; value = value->next, choice++) {
    LW_TRY(take_sets(choice, 1));
    LW_TRY(add_setting(r, choice, key, value));
    LW_TRY(value_text(r, value, text));
    snprintf(choice->label, sizeof choice->label, "%.60s-%.60s", name, text);
    clean(choice->label);
  }
done:
  return status;
}

static lw_status read_groups(const reader *r, const lw_tree *groups)
{
  lw_study_axis *axis = NULL;
  lw_status status = LW_OK;
  if (groups->kind != LW_TREE_MAPPING)
    LW_TRY(blame(r, groups,
                 "'%s' must hold named groups of settings, or be named section.key and hold a list",
                 groups->key));
  LW_TRY(add_axis(r, groups, &axis));
  assert(axis);
  lw_study_choice *choice = axis->choices;
  for (const lw_tree *group = groups->child; group; group = group->next, choice++) {
    snprintf(choice->label, sizeof choice->label, "%.100s", group->key);
    clean(choice->label);
    LW_TRY(read_group(r, group, choice));
  }
done:
  return status;
}

static lw_status read_grid(const reader *r, const lw_tree *grid)
{
  lw_status status = LW_OK;
  if (grid->kind != LW_TREE_MAPPING)
    LW_TRY(blame(r, grid, "'%s' must hold lines 'key: ...'", grid->key));
  for (const lw_tree *entry = grid->child; entry; entry = entry->next) {
    const char *dot = strrchr(entry->key, '.');
    if (dot)
      LW_TRY(read_values(r, entry, entry->key, dot + 1));
    else
      LW_TRY(read_groups(r, entry));
  }
done:
  return status;
}

/* Changes for all runs: an axis with a single, nameless choice. */
static lw_status read_set(const reader *r, const lw_tree *set)
{
  lw_study *study = r->study;
  lw_study_axis *axis = &study->axes[study->axis_count++];
  lw_status status = LW_TAKE(&axis->choices, 1);
  if (status != LW_OK) return status;
  axis->count = 1;
  return read_group(r, set, axis->choices);
}

/* ---- the file ---- */

static lw_status read_text(const reader *r, const lw_tree *node, char *text)
{
  assert(node);
  if (node->kind != LW_TREE_TEXT) return blame(r, node, "'%s' must be a text", node->key);
  snprintf(text, LW_TEXT_MAX, "%s", node->text);
  return LW_OK;
}

static lw_status check_keys(const reader *r, const lw_tree *root)
{
  static const char *const keys[] = {"job", "runs", "launch", "seeds", "set", "grid", "tune", NULL};
  for (const lw_tree *entry = root->child; entry; entry = entry->next) {
    bool known = false;
    for (const char *const *key = keys; *key; key++) known = known || !strcmp(*key, entry->key);
    const char *near = known ? NULL : lw_option_nearest(entry->key, keys);
    if (near) return blame(r, entry, "unknown key '%s'; did you mean '%s'?", entry->key, near);
    if (!known)
      return blame(r, entry,
                   "unknown key '%s': there are job, runs, launch, seeds, set, grid and tune",
                   entry->key);
  }
  return LW_OK;
}

/* Runs of axes [from, to). Errors: too many. */
static lw_status count_axes(const reader *r, int64_t from, int64_t to, int64_t *count)
{
  const lw_study *study = r->study;
  *count = 1;
  for (int64_t i = from; i < to; i++) {
    *count *= study->axes[i].count;
    if (*count > LW_STUDY_RUNS)
      return lw_fail(LW_ERROR_INPUT, "%s: more than %d runs; divide it into several studies",
                     r->path, LW_STUDY_RUNS);
  }
  return LW_OK;
}

static lw_status count_runs(const reader *r)
{
  lw_study *study = r->study;
  int64_t all;
  lw_status status = LW_OK;
  LW_TRY(count_axes(r, 0, study->axis_count, &all));
  LW_TRY(count_axes(r, 0, study->tune_from, &study->combinations));
  LW_TRY(count_axes(r, study->tune_from, study->tune_to, &study->choices));
  LW_TRY(count_axes(r, study->tune_to, study->axis_count, &study->seeds));
  study->first = study->choices > 1 ? study->combinations * study->choices : all;
  study->count = study->choices > 1 ? study->first + study->combinations * (study->seeds - 1) : all;
  LW_TRY(LW_TAKE(&study->chosen, study->combinations));
  for (int64_t i = 0; i < study->combinations; i++) study->chosen[i] = -1;
done:
  return status;
}

static lw_status read_root(const reader *r, const lw_tree *root)
{
  lw_study *study = r->study;
  const lw_tree *node;
  lw_status status = LW_OK;
  LW_TRY(check_keys(r, root));
  if (!(node = lw_tree_find(root, "job")))
    LW_TRY(
        lw_fail(LW_ERROR_INPUT, "%s: 'job' is missing: the job file that the runs share", r->path));
  LW_TRY(read_text(r, node, study->job));
  lw_named_default_run(r->path, study->runs);
  if ((node = lw_tree_find(root, "runs"))) LW_TRY(read_text(r, node, study->runs));
  if ((node = lw_tree_find(root, "launch"))) LW_TRY(read_text(r, node, study->launch));
  if ((node = lw_tree_find(root, "set"))) LW_TRY(read_set(r, node));
  if ((node = lw_tree_find(root, "grid"))) LW_TRY(read_grid(r, node));
  study->tune_from = study->axis_count;
  if ((node = lw_tree_find(root, "tune"))) LW_TRY(read_grid(r, node));
  study->tune_to = study->axis_count;
  if ((node = lw_tree_find(root, "seeds"))) LW_TRY(read_values(r, node, "train.seed", "seed"));
  LW_TRY(count_runs(r));
done:
  return status;
}

static int by_name(const void *a, const void *b)
{
  return strcmp(a, b);
}

/* Two runs in one folder would each take the other's for its own. */
static lw_status check_names(const reader *r)
{
  const int64_t count = r->study->count;
  char(*names)[LW_TEXT_MAX] = NULL;
  const char *sets[LW_STUDY_SETS];
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&names, count));
  for (int64_t i = 0; i < count; i++) lw_study_run(r->study, i, sets, names[i]);
  for (int64_t i = 0; i < count; i++)
    if (strlen(names[i]) > NAME_BYTES)
      LW_TRY(lw_fail(LW_ERROR_INPUT,
                     "%s: a run would be named %s: the name of a folder has at most %d bytes; give "
                     "its groups shorter names, or group settings under a name",
                     r->path, names[i], NAME_BYTES));
  qsort(names, (size_t)count, sizeof *names, by_name);
  for (int64_t i = 1; i < count; i++)
    if (!strcmp(names[i - 1], names[i]))
      LW_TRY(lw_fail(LW_ERROR_INPUT,
                     "%s: two runs would be named %s: a value is given twice; remove one", r->path,
                     names[i]));
done:
  lw_mem_give(names);
  return status;
}

lw_status lw_study_read(lw_study *study, const char *path)
{
  reader r = {.study = study, .path = path};
  lw_tree *root = NULL;
  lw_option_section sections[LW_JOB_SECTIONS];
  lw_status status = LW_OK;
  memset(study, 0, sizeof *study);
  snprintf(study->path, sizeof study->path, "%s", path);
  LW_TRY(LW_TAKE(&r.scratch, 1));
  lw_job_sections(r.scratch, sections);
  lw_option_defaults(sections, LW_JOB_SECTIONS);
  LW_TRY(lw_tree_read(path, &root));
  LW_TRY(read_root(&r, root));
  LW_TRY(check_names(&r));
done:
  lw_tree_destroy(&root);
  lw_mem_give(r.scratch);
  if (status != LW_OK) lw_study_done(study);
  return status;
}

void lw_study_done(lw_study *study)
{
  for (int64_t i = 0; i < study->axis_count; i++) {
    for (int64_t k = 0; k < study->axes[i].count; k++) lw_mem_give(study->axes[i].choices[k].sets);
    lw_mem_give(study->axes[i].choices);
  }
  lw_mem_give(study->chosen);
  memset(study, 0, sizeof *study);
}

int64_t lw_study_combination(const lw_study *study, int64_t run)
{
  if (run >= study->first) return (run - study->first) / (study->seeds - 1);
  return run / (study->choices > 1 ? study->choices : study->seeds);
}

int64_t lw_study_first_run(const lw_study *study, int64_t combination, int64_t choice)
{
  return combination * study->choices + choice;
}

bool lw_study_known(const lw_study *study, int64_t run)
{
  return run < study->first || study->chosen[lw_study_combination(study, run)] >= 0;
}

/* The place of a run among all combinations of all axes. What is not known yet is the first choice.
 */
static int64_t place_of(const lw_study *study, int64_t run)
{
  if (study->choices == 1) return run;
  if (run < study->first) return run * study->seeds;
  const int64_t combination = lw_study_combination(study, run), others = study->seeds - 1;
  const int64_t choice = study->chosen[combination] >= 0 ? study->chosen[combination] : 0;
  return lw_study_first_run(study, combination, choice) * study->seeds + 1 +
         (run - study->first) % others;
}

/* choices [axis_count] out: those that make this run. */
static void choose(const lw_study *study, int64_t run, const lw_study_choice **choices)
{
  int64_t place = place_of(study, run);
  for (int64_t i = study->axis_count - 1; i >= 0; i--) {
    choices[i] = &study->axes[i].choices[place % study->axes[i].count];
    place /= study->axes[i].count;
  }
}

int lw_study_run(const lw_study *study, int64_t run, const char **sets, char *name)
{
  const lw_study_choice *choices[LW_STUDY_AXES];
  lw_text to = lw_text_in(name, LW_TEXT_MAX);
  int count = 0;
  choose(study, run, choices);
  for (int64_t i = 0; i < study->axis_count; i++) {
    const lw_study_choice *choice = choices[i];
    for (int64_t k = 0; k < choice->set_count && count < LW_STUDY_SETS; k++)
      sets[count++] = choice->sets[k].text;
    if (*choice->label) lw_text_item(&to, "_", "%s", choice->label);
  }
  if (!*name) lw_text_add(&to, "run");
  return count;
}

void lw_study_location(const lw_study *study, int64_t run, const char *key, char *location)
{
  const lw_study_choice *choices[LW_STUDY_AXES];
  const size_t length = strlen(key);
  choose(study, run, choices);
  *location = 0;
  for (int64_t i = 0; i < study->axis_count; i++)
    for (int64_t k = 0; k < choices[i]->set_count; k++) {
      const lw_study_set *set = &choices[i]->sets[k];
      if (!strncmp(set->text, key, length) && set->text[length] == '=')
        snprintf(location, LW_TEXT_MAX, "%.900s:%d:%d", study->path, set->line, set->column);
    }
}
