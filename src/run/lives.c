#define _POSIX_C_SOURCE 200809L
#include "longwave/run/lives.h"
#include "longwave/base/csv.h"
#include "longwave/base/mem.h"
#include "longwave/base/version.h"
#include "longwave/comm/reduce.h"
#include "longwave/io/h5.h"
#include "longwave/op/instruction_set.h"
#include "longwave/op/linear.h"
#include "longwave/run/folder.h"
#include <assert.h>
#include <errno.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STUCK_LIVES = 2 }; /* this many in a row without progress are enough */

typedef struct life_list {
  lw_life *life; /* [count], room for one more */
  int64_t count;
} life_list;

/* ---- the file ---- */

#define COLUMN(name, member) LW_CSV_FIELD(name, lw_life, member)
#define TEXT(member) COLUMN(#member, member)
static const lw_csv_field columns[] = {
    COLUMN("life", number),
    TEXT(job),
    COLUMN("ranks", ranks),
    COLUMN("first_step", first_step),
    COLUMN("last_step", last_step),
    TEXT(end),
    TEXT(began),
    TEXT(ended),
    TEXT(where),
    COLUMN("data_axis", data_axis),
    COLUMN("sequence_axis", sequence_axis),
    COLUMN("threads", threads),
    COLUMN("nodes", nodes),
    COLUMN("cores", cores),
    TEXT(version),
    TEXT(commit),
    TEXT(processor),
    TEXT(kernels),
    TEXT(blas),
    TEXT(mpi),
    TEXT(hdf5),
};
enum { COLUMNS = LW_CSV_FIELDS(columns) };

/* All lives so far; what is no life is passed over. No file, or an empty one: none. */
static lw_status read_all(const char *folder, life_list *list)
{
  char path[LW_PATH_MAX];
  lw_csv csv = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_folder_path(folder, "lives.csv", path));
  if (access(path, F_OK) == 0 || errno != ENOENT) status = lw_csv_read(&csv, path);
  LW_TRY(status == LW_ERROR_FORMAT ? LW_OK : status);
  LW_TRY(LW_TAKE(&list->life, csv.rows + 1));
  for (int64_t row = 0; row < csv.rows; row++) {
    lw_life *life = &list->life[list->count];
    lw_csv_take_fields(&csv, row, columns, COLUMNS, life);
    if (life->number > 0) list->count++;
  }
done:
  lw_csv_done(&csv);
  return status;
}

static lw_status write_all(const char *folder, const life_list *list)
{
  lw_text text = LW_TEXT_GROWS;
  lw_status status = LW_OK;
  lw_csv_put_names(&text, columns, COLUMNS);
  lw_csv_end(&text);
  for (int64_t i = 0; i < list->count; i++) {
    lw_csv_put_fields(&text, columns, COLUMNS, &list->life[i]);
    lw_csv_end(&text);
  }
  LW_TRY(lw_text_end(&text));
  LW_TRY(lw_folder_write(folder, "lives.csv", text.text));
done:
  lw_text_done(&text);
  return status;
}

/* What has become of a life that has begun. */
static lw_status rewrite(const char *folder, const lw_life *life)
{
  life_list list = {0};
  lw_status status = LW_OK;
  LW_TRY(read_all(folder, &list));
  for (int64_t i = 0; i < list.count; i++)
    if (list.life[i].number == life->number) list.life[i] = *life;
  LW_TRY(write_all(folder, &list));
done:
  lw_mem_give(list.life);
  return status;
}

/* ---- who, where, on what ---- */

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
}

void lw_processor_name(char *name, size_t room)
{
  char line[512];
  FILE *file = fopen("/proc/cpuinfo", "r");
  *name = 0;
  if (!file) return;
  while (!*name && fgets(line, sizeof line, file)) {
    const char *colon = strchr(line, ':');
    if (!strncmp(line, "model name", 10) && colon)
      snprintf(name, room, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
  }
  fclose(file);
}

static void count_machine(const lw_world *world, lw_life *life)
{
  const bool first = world->node_rank == 0;
  int64_t machine[2] = {first, first ? world->node_cores : 0};
  lw_reduce_sum_integers(world, machine, 2);
  const int64_t wanted = world->size * life->threads;
  life->nodes = machine[0];
  life->cores = wanted < machine[1] ? wanted : machine[1];
}

void lw_life_describe(const lw_world *world, lw_life *life)
{
  int major, minor, release;
  *life = (lw_life){.ranks = world->size,
                    .data_axis = world->data->size,
                    .sequence_axis = world->sequence->size,
                    .threads = omp_get_max_threads(),
                    .version = LW_VERSION};
  snprintf(life->commit, sizeof life->commit, "%s", lw_version_commit());
  count_machine(world, life);
  lw_processor_name(life->processor, sizeof life->processor);
  snprintf(life->kernels, sizeof life->kernels, "%s", lw_instruction_set());
  snprintf(life->blas, sizeof life->blas, "%s (%s)", lw_linear_config(), lw_linear_core());
  lw_world_library(life->mpi);
  lw_h5_version(&major, &minor, &release);
  snprintf(life->hdf5, sizeof life->hdf5, "%d.%d.%d", major, minor, release);
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
    assert(list->life);
    const lw_life *life = &list->life[list->count - 1 - found];
    if (strcmp(life->job, job) != 0 || life->last_step > life->first_step) break;
    found++;
  }
  return found;
}

lw_status lw_lives_begin(const char *folder, lw_life *life)
{
  life_list list = {0};
  lw_life own = *life;
  lw_status status = LW_OK;
  LW_TRY(newest_step(folder, &own.first_step));
  own.last_step = own.first_step;
  snprintf(own.end, sizeof own.end, "running");
  snprintf(own.ended, sizeof own.ended, "-");
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
  assert(list.life);
  if (!stuck) list.life[list.count++] = own;
  LW_TRY(write_all(folder, &list));
  if (stuck)
    LW_TRY(
        lw_fail(LW_ERROR_STUCK,
                "job %s came back from the queue without progress: its last %d starts saved "
                "nothing beyond step %lld (%s/lives.csv). It stops here. Find out why they ended, "
                "save more often (checkpoint.every) or ask for more time, then submit it again",
                own.job, STUCK_LIVES, (long long)own.first_step, folder));
  *life = own;
done:
  lw_mem_give(list.life);
  return status;
}

lw_status lw_lives_resume(const char *folder, lw_life *life, int64_t step)
{
  if (step == life->first_step) return LW_OK;
  life->first_step = life->last_step = step;
  return rewrite(folder, life);
}

lw_status lw_lives_end(const char *folder, lw_life *life, const char *end, int64_t step)
{
  snprintf(life->end, sizeof life->end, "%s", end);
  stamp(life->ended, sizeof life->ended);
  life->last_step = step;
  return rewrite(folder, life);
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

lw_status lw_lives_running(const char *folder, bool *running)
{
  lw_life life;
  const lw_status status = lw_lives_last(folder, &life);
  *running = status == LW_OK && !strcmp(life.end, "running");
  return status;
}
