/* What the parts of longwave bench share. */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"
#include "command.h"
#include "longwave/base/aside.h"
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/base/whole.h"
#include "longwave/io/output.h"
#include "longwave/op/linear.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { SETS = 256 };

lw_status lw_bench_job(const lw_world *world, lw_option_section *flags, const bool *help, int argc,
                       char **argv, lw_job *job)
{
  const char *path = NULL, *sets[SETS];
  lw_arguments arguments = {.words = &path, .word_room = 1, .sets = sets, .set_room = SETS};
  lw_status status = lw_command_arguments(world, flags, help, argc, argv, &arguments);
  if (status != LW_OK || *help) return status;
  if (!path)
    return lw_fail(LW_ERROR_INPUT, "no job file given: longwave bench %s JOB.yaml", argv[0]);
  return lw_job_read(job, world, path, sets, arguments.set_count);
}

const lw_column lw_bench_rates[] = {{"", 0, -20, NULL, false},
                                    {"seconds", 0, 12, "%.5f", false},
                                    {"GFLOP/s", 0, 16, "%.1f", false},
                                    {"share of peak", 0, 16, "%.2f", false},
                                    {0}};

lw_status lw_bench_peak_take(lw_bench_peak *peak)
{
  const int64_t count = (int64_t)LW_BENCH_PEAK * LW_BENCH_PEAK;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&peak->factor, count));
  LW_TRY(LW_TAKE(&peak->product, count));
  lw_bench_fill(peak->factor, count, 0);
done:
  return status;
}

void lw_bench_peak_run(const lw_bench_peak *peak)
{
  lw_linear_forward(peak->factor, peak->factor, NULL, LW_BENCH_PEAK, LW_BENCH_PEAK, LW_BENCH_PEAK,
                    peak->product);
}

void lw_bench_peak_done(lw_bench_peak *peak)
{
  lw_mem_give(peak->factor);
  lw_mem_give(peak->product);
}

void lw_bench_fill(float *x, int64_t count, uint32_t which)
{
  for (int64_t n = 0; n < count; n++)
    x[n] = (float)lw_rng_normal((lw_rng){1, LW_RNG_TEST, which, 0}, (uint64_t)n);
}

static int ascending(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return LW_ORDER(x, y);
}

double lw_bench_median(double *values, int64_t count)
{
  qsort(values, (size_t)count, sizeof *values, ascending);
  return values[count / 2];
}

/* Not a terminal or a pipe; a file there, or none yet. */
static bool is_file_place(const char *path)
{
  struct stat about;
  return stat(path, &about) != 0 || S_ISREG(about.st_mode) || S_ISDIR(about.st_mode);
}

lw_status lw_bench_file_check(const char *path)
{
  static const lw_output_kind kinds[] = {{"a file of figures", "{\n  \"tokens\": ", NULL, 0},
                                         {"a file of figures", "{\n  \"ranks\": ", NULL, 0},
                                         {"a file of figures", "{\n  \"plan\": ", NULL, 0}};
  if (!is_file_place(path)) return LW_OK;
  lw_status status = lw_output_check(path, &kinds[0]);
  for (size_t i = 1; status != LW_OK && i < sizeof kinds / sizeof *kinds; i++)
    status = lw_output_check(path, &kinds[i]);
  return status;
}

/* As it is: nothing is renamed to a terminal or a pipe. */
static lw_status print_there(const lw_json *figures, const char *path)
{
  FILE *file = fopen(path, "w");
  if (!file) return lw_fail(LW_ERROR_FILE, "cannot write '%s': %s", path, lw_reason(errno));
  lw_status status = lw_json_print(figures, file);
  if (fclose(file) && status == LW_OK)
    status = lw_fail(LW_ERROR_FILE, "cannot write '%s': %s", path, lw_reason(errno));
  return status;
}

lw_status lw_bench_file_write(const char *path, lw_json *figures)
{
  lw_aside aside = LW_ASIDE_NONE;
  lw_status status = lw_bench_file_check(path);
  if (status == LW_OK && !is_file_place(path)) {
    status = print_there(figures, path);
  } else {
    if (status == LW_OK) status = lw_aside_open_text(path, &aside);
    if (status == LW_OK) status = lw_json_print(figures, aside.stream);
    status = lw_aside_end(&aside, status);
  }
  lw_json_done(figures);
  return status;
}
