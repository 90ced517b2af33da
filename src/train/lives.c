#define _POSIX_C_SOURCE 200809L
#include "longwave/train/lives.h"
#include "longwave/base/mem.h"
#include "longwave/train/folder.h"
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
  LINE_MAX_BYTES = 640, /* longer than any line that `print` makes */
  STUCK_LIVES = 2,      /* this many in a row without progress are enough */
};
static const char header[] = "life,job,ranks,first_step,last_step,end,began,ended,where\n";

typedef struct life_list {
  lw_life *life; /* [count], room for one more */
  int64_t count;
} life_list;

/* ---- the file ---- */

static bool parse(const char *line, lw_life *life)
{
  *life = (lw_life){0};
  return sscanf(line,
                "%" SCNd64 ",%63[^,],%" SCNd64 ",%" SCNd64 ",%" SCNd64
                ",%15[^,],%31[^,],%31[^,],\"%255[^\"]\"",
                &life->number, life->job, &life->ranks, &life->first_step, &life->last_step,
                life->end, life->began, life->ended, life->where) == 9;
}

static int print(const lw_life *life, char *line)
{
  return snprintf(line, LINE_MAX_BYTES,
                  "%" PRId64 ",%s,%" PRId64 ",%" PRId64 ",%" PRId64 ",%s,%s,%s,\"%s\"\n",
                  life->number, life->job, life->ranks, life->first_step, life->last_step,
                  life->end, life->began, life->ended, life->where);
}

static int64_t count_lines(FILE *file)
{
  char line[LINE_MAX_BYTES];
  int64_t lines = 0;
  while (fgets(line, sizeof line, file)) lines++;
  rewind(file);
  return lines;
}

/* All lives so far; what is no life (the header) is passed over. No file: none. */
static lw_status read_all(const char *folder, life_list *list)
{
  char path[LW_PATH_MAX], line[LINE_MAX_BYTES];
  lw_status status = lw_folder_path(folder, "lives.csv", path);
  if (status != LW_OK) return status;
  FILE *file = fopen(path, "r");
  if (!file && errno != ENOENT)
    return lw_fail(LW_ERROR_FILE, "cannot read %s: %s", path, strerror(errno));
  int64_t lines = file ? count_lines(file) : 0;
  LW_TRY(LW_TAKE(&list->life, lines + 1));
  while (file && list->count < lines && fgets(line, sizeof line, file))
    if (parse(line, &list->life[list->count])) list->count++;
done:
  if (file) fclose(file);
  return status;
}

static lw_status write_all(const char *folder, const life_list *list)
{
  char *text = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&text, (list->count + 1) * LINE_MAX_BYTES));
  int used = snprintf(text, LINE_MAX_BYTES, "%s", header);
  for (int64_t i = 0; i < list->count; i++) used += print(&list->life[i], text + used);
  LW_TRY(lw_folder_write(folder, "lives.csv", text));
done:
  lw_mem_give(text);
  return status;
}

/* ---- who, when, where ---- */

static void stamp(char *text, size_t room)
{
  time_t now = time(NULL);
  struct tm parts;
  strftime(text, room, "%Y-%m-%dT%H:%M:%S", localtime_r(&now, &parts));
}

static void name_job(lw_life *life)
{
  const char *job = getenv("SLURM_JOB_ID"), *array = getenv("SLURM_ARRAY_JOB_ID"),
             *task = getenv("SLURM_ARRAY_TASK_ID");
  if (array && task)
    snprintf(life->job, sizeof life->job, "%.30s_%.30s", array, task);
  else
    snprintf(life->job, sizeof life->job, "%.60s", job && *job ? job : "-");
}

static void name_place(lw_life *life)
{
  const char *nodes = getenv("SLURM_JOB_NODELIST");
  if (nodes && *nodes)
    snprintf(life->where, sizeof life->where, "%s", nodes);
  else if (gethostname(life->where, sizeof life->where - 1) != 0 || !*life->where)
    snprintf(life->where, sizeof life->where, "?");
  for (char *c = life->where; *c; c++)
    if (*c == '"' || iscntrl((unsigned char)*c)) *c = '?';
}

static lw_status newest_step(const char *folder, int64_t *step)
{
  int64_t *steps = NULL, count = 0;
  lw_status status = lw_folder_steps(folder, &steps, &count);
  *step = count > 0 ? steps[0] : 0;
  lw_mem_give(steps);
  return status;
}

/* ---- beginning and end ---- */

/* How many of the last lives in a row belong to `job` and saved nothing new. */
static int64_t without_progress(const life_list *list, const char *job)
{
  int64_t found = 0;
  while (found < list->count) {
    const lw_life *life = &list->life[list->count - 1 - found];
    if (strcmp(life->job, job) != 0 || life->last_step > life->first_step) break;
    found++;
  }
  return found;
}

lw_status lw_lives_begin(const char *folder, int64_t ranks, lw_life *life)
{
  life_list list = {0};
  lw_life own = {.ranks = ranks, .end = "running", .ended = "-"};
  lw_status status = LW_OK;
  LW_TRY(newest_step(folder, &own.first_step));
  own.last_step = own.first_step;
  name_job(&own);
  name_place(&own);
  stamp(own.began, sizeof own.began);

  LW_TRY(read_all(folder, &list));
  lw_life *before = list.count > 0 ? &list.life[list.count - 1] : NULL;
  if (before && !strcmp(before->end, "running")) {
    snprintf(before->end, sizeof before->end, "lost");
    before->last_step = own.first_step;
  }
  own.number = before ? before->number + 1 : 1;
  bool stuck = strcmp(own.job, "-") != 0 && without_progress(&list, own.job) >= STUCK_LIVES;
  if (!stuck) list.life[list.count++] = own;
  LW_TRY(write_all(folder, &list));
  if (stuck)
    LW_TRY(lw_fail(LW_ERROR_STUCK,
                   "job %s came back from the queue without progress: its last %d lives saved "
                   "nothing beyond step %lld (%s/lives.csv). It stops here. Look why they ended, "
                   "save more often (checkpoint.every) or ask for more time, then submit it anew",
                   own.job, STUCK_LIVES, (long long)own.first_step, folder));
  *life = own;
done:
  lw_mem_give(list.life);
  return status;
}

lw_status lw_lives_end(const char *folder, const lw_life *life, const char *end, int64_t step)
{
  life_list list = {0};
  lw_status status = LW_OK;
  LW_TRY(read_all(folder, &list));
  for (int64_t i = 0; i < list.count; i++) {
    lw_life *own = &list.life[i];
    if (own->number != life->number) continue;
    snprintf(own->end, sizeof own->end, "%s", end);
    own->last_step = step;
    stamp(own->ended, sizeof own->ended);
  }
  LW_TRY(write_all(folder, &list));
done:
  lw_mem_give(list.life);
  return status;
}

lw_status lw_lives_last(const char *folder, lw_life *life)
{
  life_list list = {0};
  lw_status status = LW_OK;
  LW_TRY(read_all(folder, &list));
  *life = list.count > 0 ? list.life[list.count - 1] : (lw_life){0};
done:
  lw_mem_give(list.life);
  return status;
}
