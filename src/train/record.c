#define _POSIX_C_SOURCE 200809L
#include "longwave/train/record.h"
#include "longwave/base/csv.h"
#include "longwave/base/profile.h"
#include "longwave/base/version.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/io/h5.h"
#include "longwave/op/fused.h"
#include "longwave/op/linear.h"
#include "longwave/train/folder.h"
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LINE = 4096 };
static const char starts_header[] = "step,date,version,ranks,data_axis,sequence_axis,threads,nodes,"
                                    "cores,processor,kernels,blas,mpi,hdf5\n";
static const char chance_header[] = "step,samples,accuracy,low,high,chance,above_since\n";

static void times_header(char *line)
{
  size_t used = (size_t)snprintf(line, LINE, "step");
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
    used +=
        (size_t)snprintf(line + used, LINE - used, ",%s", lw_profile_name((lw_profile_kind)kind));
  snprintf(line + used, LINE - used, "\n");
}

/* "AMD EPYC 7763", or "" where the system does not tell. */
static void processor_name(char *name, int room)
{
  char line[512];
  *name = 0;
  FILE *file = fopen("/proc/cpuinfo", "r");
  if (!file) return;
  while (!*name && fgets(line, sizeof line, file)) {
    const char *colon = strchr(line, ':');
    if (!strncmp(line, "model name", 10) && colon)
      snprintf(name, (size_t)room, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
  }
  fclose(file);
}

/* Nodes and their cores over all ranks. Collective over all. */
static void count_machine(const lw_world *world, int64_t machine[2])
{
  const bool first = world->node_rank == 0;
  machine[0] = first;
  machine[1] = first ? world->node_cores : 0;
  lw_reduce_sum_integers(world, machine, 2);
}

static lw_status write_start(const char *folder, const lw_trainer *trainer,
                             const int64_t machine[2])
{
  const lw_world *world = trainer->world;
  char path[LW_PATH_MAX], line[LINE], date[32], name[256], library[LW_WORLD_LIBRARY_MAX];
  char cells[3][LW_CELL_MAX], blas[300];
  int major, minor, release;
  const time_t now = time(NULL);
  struct tm parts;
  const int64_t threads = omp_get_max_threads(), wanted = world->size * threads;
  strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", localtime_r(&now, &parts));
  processor_name(name, sizeof name);
  lw_world_library(library);
  lw_h5_version(&major, &minor, &release);
  snprintf(blas, sizeof blas, "%s (%s)", lw_linear_config(), lw_linear_core());
  snprintf(line, sizeof line, "%lld,%s,%s,%d,%d,%d,%lld,%lld,%lld,%s,%s,%s,%s,%d.%d.%d\n",
           (long long)trainer->progress.step, date, LW_VERSION, world->size, world->data->size,
           world->sequence->size, (long long)threads, (long long)machine[0],
           (long long)(wanted < machine[1] ? wanted : machine[1]), lw_csv_cell(name, cells[0]),
           lw_fused_path(), lw_csv_cell(blas, cells[1]), lw_csv_cell(library, cells[2]), major,
           minor, release);
  lw_status status = lw_folder_path(folder, "starts.csv", path);
  return status == LW_OK ? lw_csv_append(path, line) : status;
}

/* What a killed life wrote beyond its last checkpoint goes. */
static lw_status trim(const char *folder, int64_t step)
{
  char times[LINE], path[LW_PATH_MAX];
  times_header(times);
  const char *const files[][2] = {
      {"starts.csv", starts_header}, {"times.csv", times}, {"chance.csv", chance_header}};
  lw_status status = LW_OK;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    LW_TRY(lw_folder_path(folder, files[i][0], path));
    LW_TRY(lw_csv_trim(path, files[i][1], step));
  }
done:
  return status;
}

static lw_status read_record(const char *folder, lw_record *record)
{
  char path[LW_PATH_MAX];
  lw_csv csv = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_folder_path(folder, "chance.csv", path));
  LW_TRY(lw_csv_read(&csv, path));
  const double since = lw_csv_number(&csv, csv.rows - 1, lw_csv_column(&csv, "above_since"));
  record->since = isnan(since) ? 0 : (int64_t)since;
done:
  lw_csv_done(&csv);
  return status;
}

lw_status lw_record_start(const char *folder, const lw_trainer *trainer, lw_record *record)
{
  const bool root = trainer->world->rank == 0;
  const lw_evaluation evaluation = {.split = LW_SPLIT_VALIDATION,
                                    .limit = trainer->job.train.evaluate_limit,
                                    .max_length = trainer->job.data.max_length};
  int64_t machine[2];
  lw_status status = LW_OK;
  count_machine(trainer->world, machine);
  LW_TRY_TOGETHER(trainer->world,
                  lw_evaluation_chance(&evaluation, trainer->dataset, &record->chance));
  LW_TRY_TOGETHER(trainer->world, root ? trim(folder, trainer->progress.step) : LW_OK);
  LW_TRY_TOGETHER(trainer->world, root ? write_start(folder, trainer, machine) : LW_OK);
  LW_TRY_TOGETHER(trainer->world, root ? read_record(folder, record) : LW_OK);
done:
  return status;
}

lw_status lw_record_evaluation(const char *folder, const lw_evaluation *evaluation, int64_t step,
                               lw_record *record, bool *news)
{
  char path[LW_PATH_MAX], line[LINE];
  double low, high;
  lw_wilson(evaluation->accuracy, evaluation->answers, &low, &high);
  const bool was = record->since > 0, is = low > record->chance;
  *news = was != is;
  if (*news) record->since = is ? step : 0;
  snprintf(line, sizeof line, "%lld,%lld,%.9g,%.6f,%.6f,%.6f,%lld\n", (long long)step,
           (long long)evaluation->samples, evaluation->accuracy, low, high, record->chance,
           (long long)record->since);
  lw_status status = lw_folder_path(folder, "chance.csv", path);
  return status == LW_OK ? lw_csv_append(path, line) : status;
}

lw_status lw_record_times(const char *folder, int64_t step)
{
  char path[LW_PATH_MAX], line[LINE];
  size_t used = (size_t)snprintf(line, sizeof line, "%lld", (long long)step);
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
    used += (size_t)snprintf(line + used, sizeof line - used, ",%.3f",
                             lw_profile_seconds((lw_profile_kind)kind));
  snprintf(line + used, sizeof line - used, "\n");
  lw_status status = lw_folder_path(folder, "times.csv", path);
  return status == LW_OK ? lw_csv_append(path, line) : status;
}
