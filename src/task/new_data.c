#define _POSIX_C_SOURCE 200809L
#include "longwave/task/new_data.h"
#include "longwave/base/mem.h"
#include "longwave/base/temp.h"
#include "longwave/base/text.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/task/task.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The settings of the training's data set, with other files. */
typedef struct reading {
  const lw_task *task;
  void *values;
  lw_option_texts texts;
  char *joined; /* the files, for an option */
} reading;

static lw_status find_task(const lw_dataset *like, const lw_task **out)
{
  const char *name = lw_dataset_describe(like)->task;
  *out = NULL;
  for (int i = 0; lw_tasks[i]; i++)
    if (!strcmp(lw_tasks[i]->name, name)) *out = lw_tasks[i];
  if (*out && (*out)->build) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "the data of the training have the task '%s', which reads no files for "
                 "predictions; make a data set of them and give that",
                 name);
}

/* ---- files ---- */

static bool is_folder(const char *path)
{
  struct stat about;
  return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static lw_status join(const lw_new_data *how, reading *r)
{
  lw_text all = LW_TEXT_GROWS;
  for (int i = 0; i < how->count; i++) {
    if (how->count > 1 && strchr(how->files[i], ','))
      return lw_fail(LW_ERROR_INPUT, "%s: a name with a comma cannot be one of several; rename it",
                     how->files[i]);
    lw_text_item(&all, ",", "%s", how->files[i]);
  }
  lw_status status = lw_text_end(&all);
  r->joined = all.text;
  return status;
}

/* A file with a path a line, for tasks that read folders. path [room] out */
static lw_status write_list(const lw_new_data *how, const char *folder, char *path, size_t room)
{
  lw_text to = lw_text_in(path, room);
  lw_text_add(&to, "%s/list", folder);
  FILE *out = fopen(path, "w");
  if (!out) return lw_fail(LW_ERROR_FILE, "cannot write '%s'", path);
  for (int i = 0; i < how->count; i++) fprintf(out, "%s\n", how->files[i]);
  if (fclose(out)) return lw_fail(LW_ERROR_FILE, "cannot write '%s'", path);
  return LW_OK;
}

/* ---- settings ---- */

static lw_status set(lw_option_section *flags, const char *name, const char *value)
{
  char flag[LW_TEXT_MAX];
  snprintf(flag, sizeof flag, "--%s", name);
  for (char *c = flag + 2; *c; c++)
    if (*c == '_') *c = '-';
  char *argv[] = {flag, flag, (char *)(uintptr_t)value};
  lw_arguments arguments = {0};
  return lw_option_arguments(flags, 3, argv, &arguments);
}

static lw_status give_files(const lw_new_data *how, reading *r, lw_option_section *flags,
                            const char *list)
{
  const lw_task_source *source = &r->task->source;
  lw_status status = LW_OK;
  for (int i = 0; source->aside[i]; i++) LW_TRY(set(flags, source->aside[i], ""));
  if (*list) {
    LW_TRY(set(flags, source->files, ".")); /* what paths of the list begin from */
    return set(flags, "list", list);
  }
  if (how->count > 1 && !source->many)
    return lw_fail(LW_ERROR_INPUT, "'prepare %s' reads one file at a time: give one, not %d",
                   r->task->name, how->count);
  LW_TRY(join(how, r));
  status = set(flags, source->files, r->joined);
done:
  return status;
}

static lw_status take_settings(const lw_new_data *how, reading *r, lw_option_section *flags,
                               const char *list)
{
  const lw_task *task = r->task;
  lw_option_section saved = {.name = task->name,
                             .sentence = task->sentence,
                             .options = task->options + LW_TASK_OUT_COUNT,
                             .texts = &r->texts};
  lw_status status = LW_OK;
  LW_TRY(lw_mem_take(1, task->settings_bytes, &r->values));
  flags->values = saved.values = r->values;
  lw_option_defaults(flags, 1);
  LW_TRY(
      lw_option_read_text(&saved, 1, lw_dataset_settings(how->like), "the settings of the data"));
  const lw_option_origin unsaid = {.source = "default"};
  LW_TRY(give_files(how, r, flags, list));
  /* nobody gave any of these: a task may refuse what is given and has no meaning */
  for (int i = 0; task->options[i].name; i++) flags->origin[i] = unsaid;
done:
  return status;
}

/* ---- all ---- */

/* Advice that names a flag of prepare: predictions have none of them. */
static lw_status say_whose_flags(lw_status status)
{
  if (status == LW_OK || !strstr(lw_fail_message(), " --")) return status;
  return lw_fail(status,
                 "%s (the flags are those that the data of the training were made with: "
                 "predictions take them over)",
                 lw_fail_message());
}

static lw_status build(const lw_world *world, const lw_new_data *how, const reading *r,
                       const lw_option_section *flags, char **notes)
{
  lw_building building = {
      .world = world, .path = how->path, .like = lw_dataset_describe(how->like)};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, say_whose_flags(r->task->build(flags, &building)));
  LW_TRY(lw_building_finish(&building, lw_dataset_settings(how->like), notes));
done:
  lw_building_done(&building);
  return status;
}

/* The list is written by the root and read by all. list [LW_TEXT_MAX] out, "" where none is
 * needed. */
static lw_status share_list(const lw_world *world, const lw_new_data *how, const lw_task *task,
                            char *folder, char *list)
{
  const bool needed = task->source.folder && !(how->count == 1 && is_folder(how->files[0]));
  lw_status status = LW_OK;
  *list = *folder = 0;
  if (!needed) return LW_OK;
  if (world->rank == 0) status = lw_temp_make("new-data", folder);
  if (world->rank == 0 && status == LW_OK) status = write_list(how, folder, list, LW_TEXT_MAX);
  LW_TRY_TOGETHER(world, status);
  lw_broadcast(world, list, LW_TEXT_MAX);
done:
  return status;
}

lw_status lw_new_data_make(const lw_world *world, const lw_new_data *how, char **notes)
{
  reading r = {0};
  char folder[LW_TEMP_MAX] = "", list[LW_TEXT_MAX];
  lw_status status = LW_OK;
  *notes = NULL;
  LW_TRY(find_task(how->like, &r.task));
  assert(r.task);
  lw_option_section flags = {.name = "", .sentence = r.task->sentence, .options = r.task->options};
  LW_TRY(share_list(world, how, r.task, folder, list));
  LW_TRY_TOGETHER(world, take_settings(how, &r, &flags, list));
  LW_TRY(build(world, how, &r, &flags, notes));
done:
  if (*folder) lw_temp_remove(folder);
  lw_option_texts_done(&r.texts);
  lw_mem_give(r.values);
  lw_mem_give(r.joined);
  return status;
}
