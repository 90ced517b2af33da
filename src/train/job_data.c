/* The data set of a job: opened, or told in one sentence what is wrong with it and what to do. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/train/job.h"
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* ---- the command that makes it, as the comments of a job file have it ---- */

/* Whether the path stands in the text by itself, as a word of a command. */
static bool names(const char *text, const char *path)
{
  const size_t length = strlen(path);
  for (const char *c = text; length > 0 && (c = strstr(c, path)); c++) {
    const bool begins = c == text || strchr(" ='\"", c[-1]);
    if (begins && (!c[length] || strchr(" '\"", c[length]))) return true;
  }
  return false;
}

/* Commands are comment lines with two spaces or more before them: "#   sh datasets/x.sh data/x.h5".
   Prose has one. NULL: no command. */
static const char *command_of(const char *line)
{
  line += strspn(line, " \t");
  if (*line != '#') return NULL;
  const size_t spaces = strspn(line + 1, " \t");
  return spaces > 1 ? line + 1 + spaces : NULL;
}

/* A backslash at the end joins a line with the next. true: `command` is whole. */
static bool join(char *command, size_t room, const char *text)
{
  lw_text to = lw_text_behind(command, room);
  lw_text_add(&to, "%s", text);
  size_t length = strlen(command);
  while (length > 0 && isspace((unsigned char)command[length - 1])) command[--length] = 0;
  if (length == 0 || command[length - 1] != '\\') return true;
  command[length - 1] = 0;
  return false;
}

void lw_job_find_recipe(const char *file, const char *path, char *recipe)
{
  char line[4 * LW_TEXT_MAX], command[LW_TEXT_MAX] = "";
  FILE *from = fopen(file, "r");
  *recipe = 0;
  while (from && !*recipe && fgets(line, sizeof line, from)) {
    const char *text = command_of(line);
    if (text && !join(command, sizeof command, text)) continue;
    if (text && names(command, path)) snprintf(recipe, LW_TEXT_MAX, "%s", command);
    *command = 0;
  }
  if (from) fclose(from);
}

/* ---- opening ---- */

/* "jobs/x.yaml:7:9:" or "--set" */
static const char *given(const lw_data_options *data, char location[LW_TEXT_MAX + 1])
{
  snprintf(location, LW_TEXT_MAX + 1, "%s%s", data->given, *data->given == '-' ? "" : ":");
  return location;
}

static lw_status missing(const lw_data_options *data)
{
  char location[LW_TEXT_MAX + 1];
  if (!*data->recipe)
    return lw_fail(LW_ERROR_FILE,
                   "%s data.path: there is no file '%s'; how to make one: see datasets/README.md, "
                   "or longwave prepare --help",
                   given(data, location), data->path);
  return lw_fail(LW_ERROR_FILE, "%s data.path: there is no file '%s'; make it: %s%s",
                 given(data, location), data->path, data->recipe,
                 strstr(data->recipe, "FOLDER ") ? " (FOLDER: see datasets/README.md)" : "");
}

/* What the job asks of it, which may not be what the file does. */
static lw_status ask(const lw_job *job, lw_dataset **dataset)
{
  const lw_objective_options *objective = &job->objective;
  const lw_question question = {.kind = objective->pretrain,
                                .mask_share = objective->mask_share,
                                .mask_span = objective->mask_span,
                                .seed = (uint64_t)job->train.seed};
  const lw_status status = lw_dataset_ask(*dataset, &question);
  if (status != LW_OK) lw_dataset_close(dataset);
  return status;
}

lw_status lw_job_open_data(const lw_job *job, lw_dataset **out)
{
  const lw_data_options *data = &job->data;
  char location[LW_TEXT_MAX + 1];
  lw_status status = lw_dataset_open(data->path, out);
  if (status == LW_OK) return ask(job, out);
  if (status == LW_ERROR_MEMORY) return status;
  if (access(data->path, F_OK) != 0 && errno == ENOENT) return missing(data);
  return lw_fail_context(status, "%s data.path", given(data, location));
}

lw_status lw_job_open_data_or(const lw_job *job, const char *other, lw_dataset **out)
{
  lw_status status = *other ? lw_dataset_open(other, out) : lw_job_open_data(job, out);
  if (*other) return status == LW_OK ? ask(job, out) : status;
  if (status != LW_ERROR_FILE) return status;
  return lw_fail(status, "%s; --data names a file elsewhere", lw_fail_message());
}
