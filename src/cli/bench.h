/** The parts of `longwave bench`, and what they share. */
#ifndef LONGWAVE_CLI_BENCH_H
#define LONGWAVE_CLI_BENCH_H

#include "longwave/base/columns.h"
#include "longwave/base/json.h"
#include "longwave/train/job.h"

/** One part each; argv[0] is its name. Collective over all. */
lw_status lw_bench_attention(lw_world *world, int argc, char **argv);
lw_status lw_bench_scores(lw_world *world, int argc, char **argv);
lw_status lw_bench_step(lw_world *world, int argc, char **argv);
lw_status lw_bench_save(lw_world *world, int argc, char **argv);

/** The arguments of a part that takes a job file, and the job; `help` as for
 *  lw_command_arguments: when it is set the job has not been read. Collective over all. Errors:
 *  those of lw_option_arguments and lw_job_read. */
LW_MUST_USE lw_status lw_bench_job(const lw_world *world, lw_option_section *flags,
                                   const bool *help, int argc, char **argv, lw_job *job);

/** What speeds are held against: a product of two matrices [LW_BENCH_PEAK, LW_BENCH_PEAK] by
 *  op/linear. Zero-initialise. Local. */
typedef struct lw_bench_peak {
  float *factor, *product;
} lw_bench_peak;
enum { LW_BENCH_PEAK = 2048 };
#define LW_BENCH_PEAK_NAME "matrix product 2048"
#define LW_BENCH_PEAK_GFLOP (2e-9 * LW_BENCH_PEAK * LW_BENCH_PEAK * LW_BENCH_PEAK)
/** Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_bench_peak_take(lw_bench_peak *peak);
void lw_bench_peak_run(const lw_bench_peak *peak);
void lw_bench_peak_done(lw_bench_peak *peak);

/** The columns of what was measured: a name; seconds, GFLOP/s, share of the peak. */
extern const lw_column lw_bench_rates[];

/** x [count] out: numbers of deviation 1, others for another `which`. */
void lw_bench_fill(float *x, int64_t count, uint32_t which);
/** The upper one of an even count. values [count] are sorted. */
double lw_bench_median(double *values, int64_t count);

/** Whether a file of figures may be written there, to be asked before the work. Errors: those of
 *  lw_output_check. */
LW_MUST_USE lw_status lw_bench_file_check(const char *path);
/** Write a document as a file of figures, and give it back, also on failure. Errors: LW_ERROR_FILE,
 *  LW_ERROR_MEMORY; those of lw_bench_file_check. */
LW_MUST_USE lw_status lw_bench_file_write(const char *path, lw_json *figures);

#endif
