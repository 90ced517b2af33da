/* longwave bench attention [flags]: the speed of the attention engine beside that of a plain matrix
 * product on the same cores, taken in turns in the same run, so that the ratio can be trusted where
 * the seconds cannot. */
#include "command.h"
#include "longwave/base/mem.h"
#include "longwave/base/option.h"
#include "longwave/base/profile.h"
#include "longwave/base/rng.h"
#include "longwave/comm/agree.h"
#include "longwave/op/fused.h"
#include "longwave/op/linear.h"
#include "longwave/op/smooth.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { REPEATS_MOST = 1000, PEAK_SIZE = 2048, BLOCKS_PER_TASK = 32 };

typedef struct settings {
  int64_t tokens, heads, head_size, window, threads, repeat;
  double bound;
  bool causal, help;
  int locality, alignment, path;
  char json[LW_TEXT_MAX];
} settings;

static const char *const localities[] = {"scale", "bias", "both", NULL};
static const char *const alignments[] = {"centred", "causal", NULL};
static const char *const paths[] = {"best", "avx512", "avx2", "plain", NULL};

#define AT(member) offsetof(settings, member)
static const lw_option options[] = {
    {"tokens", LW_OPTION_INT, AT(tokens), "4096", 1, 1 << 24, NULL, "length of the sequence"},
    {"heads", LW_OPTION_INT, AT(heads), "8", 1, 1024, NULL, "heads"},
    {"head_size", LW_OPTION_INT, AT(head_size), "32", 1, 256, NULL, "width of a head"},
    {"locality", LW_OPTION_CHOICE, AT(locality), "scale", 0, 0, localities,
     "how distance enters a score"},
    {"bound", LW_OPTION_REAL, AT(bound), "0.1", 0, 100, NULL, "greatest decay of a head"},
    {"window", LW_OPTION_INT, AT(window), "3", 1, 1025, NULL, "tokens smoothed over, odd"},
    {"alignment", LW_OPTION_CHOICE, AT(alignment), "centred", 0, 0, alignments,
     "where the smoothing window lies"},
    {"causal", LW_OPTION_BOOL, AT(causal), "true", 0, 0, NULL,
     "a token attends to itself and earlier tokens only; --causal=false for all"},
    {"threads", LW_OPTION_INT, AT(threads), "1", 1, 1024, NULL, "OpenMP threads"},
    {"repeat", LW_OPTION_INT, AT(repeat), "5", 1, REPEATS_MOST, NULL, "runs; medians are printed"},
    {"path", LW_OPTION_CHOICE, AT(path), "best", 0, 0, paths, "instruction set"},
    {"json", LW_OPTION_TEXT, AT(json), "", 0, LW_TEXT_MAX - 1, NULL, "file for the figures"},
    {"help", LW_OPTION_BOOL, AT(help), "false", 0, 0, NULL, "this list"},
    {0}};

/* One layer's attention on one sequence: all arrays [T, heads * head_size] but lse [heads, T]. */
typedef struct bench {
  settings set;
  int64_t width;
  float *alpha, *q, *k, *v, *dy, *smooth, *y, *dq, *dk, *dsmooth, *dv, *lse;
  float *scratch; /* one block a thread */
  int64_t scratch_each;
  float *factor, *product; /* [2048, 2048] */
} bench;

/* Median seconds of each part. */
enum { PEAK, FORWARD, BACKWARD, PARTS };
typedef struct figures {
  double seconds[PARTS], gflops[PARTS];
  double both, share; /* GFLOP/s of forward and backward together, and over the peak */
} figures;

static void fill(float *x, int64_t count, uint32_t which)
{
  for (int64_t n = 0; n < count; n++)
    x[n] = (float)lw_rng_normal((lw_rng){1, LW_RNG_TEST, which, 0}, (uint64_t)n);
}

static lw_status bench_create(bench *b)
{
  lw_status status = LW_OK;
  const int64_t T = b->set.tokens;
  b->width = b->set.heads * b->set.head_size;
  float **arrays[] = {&b->q, &b->k,  &b->v,  &b->dy,      &b->smooth,
                      &b->y, &b->dq, &b->dk, &b->dsmooth, &b->dv};
  for (uint32_t n = 0; n < sizeof arrays / sizeof *arrays; n++) {
    LW_TRY(LW_TAKE(arrays[n], T * b->width));
    if (n < 4) fill(*arrays[n], T * b->width, n);
  }
  b->scratch_each = lw_fused_scratch(T, b->set.head_size);
  LW_TRY(LW_TAKE(&b->alpha, b->set.heads));
  LW_TRY(LW_TAKE(&b->lse, b->set.heads * T));
  LW_TRY(LW_TAKE(&b->scratch, b->set.threads * b->scratch_each));
  LW_TRY(LW_TAKE(&b->factor, PEAK_SIZE * PEAK_SIZE));
  LW_TRY(LW_TAKE(&b->product, PEAK_SIZE * PEAK_SIZE));
  fill(b->factor, PEAK_SIZE * PEAK_SIZE, 9);
  lw_local_alphas(LW_DECAY_GEOMETRIC, b->set.bound, b->set.heads, NULL, b->alpha);
done:
  return status;
}

static void bench_done(bench *b)
{
  void *blocks[] = {b->alpha, b->q,  b->k,       b->v,   b->dy,      b->smooth, b->y,      b->dq,
                    b->dk,    b->dv, b->dsmooth, b->lse, b->scratch, b->factor, b->product};
  for (size_t n = 0; n < sizeof blocks / sizeof *blocks; n++) lw_mem_give(blocks[n]);
}

static lw_fused_head head_of(const bench *b, int64_t c)
{
  const int64_t at = c * b->set.head_size;
  return (lw_fused_head){.tokens = b->set.tokens,
                         .head_size = b->set.head_size,
                         .alpha = b->alpha[c],
                         .locality = (lw_locality)b->set.locality,
                         .causal = b->set.causal,
                         .q = b->q + at,
                         .k = b->k + at,
                         .v = b->smooth + at,
                         .qk_stride = b->width,
                         .v_stride = b->width,
                         .y = b->y + at,
                         .y_stride = b->width,
                         .lse = b->lse + c * b->set.tokens};
}

static float *scratch_of(const bench *b)
{
  return b->scratch + omp_get_thread_num() * b->scratch_each;
}

static void run_forward(const bench *b)
{
  const int64_t T = b->set.tokens, blocks = (T + LW_FUSED_BLOCK - 1) / LW_FUSED_BLOCK;
  lw_smooth_forward(b->v, b->width, T, b->width, b->set.window, (lw_alignment)b->set.alignment,
                    b->smooth, b->width);
#pragma omp parallel for collapse(2) schedule(dynamic)
  for (int64_t c = 0; c < b->set.heads; c++)
    for (int64_t first = 0; first < blocks; first += BLOCKS_PER_TASK) {
      const int64_t last = first + BLOCKS_PER_TASK;
      const lw_fused_head head = head_of(b, c);
      lw_fused_forward(&head, first, last < blocks ? last : blocks, scratch_of(b));
    }
}

static void run_backward(const bench *b)
{
#pragma omp parallel for schedule(dynamic)
  for (int64_t c = 0; c < b->set.heads; c++) {
    const int64_t at = c * b->set.head_size;
    const lw_fused_head head = head_of(b, c);
    const lw_fused_gradient gradient = {.dy = b->dy + at,
                                        .dq = b->dq + at,
                                        .dk = b->dk + at,
                                        .dv = b->dsmooth + at,
                                        .dqk_stride = b->width,
                                        .dv_stride = b->width};
    lw_fused_backward(&head, &gradient, scratch_of(b));
  }
  lw_smooth_backward(b->dsmooth, b->width, b->set.tokens, b->width, b->set.window,
                     (lw_alignment)b->set.alignment, b->dv, b->width);
}

static void run_peak(const bench *b)
{
  lw_linear_forward(b->factor, b->factor, NULL, PEAK_SIZE, PEAK_SIZE, PEAK_SIZE, b->product);
}

static int ascending(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The parts in turns; the first turn only warms up. */
static void measure(const bench *b, double seconds[PARTS])
{
  static void (*const parts[PARTS])(const bench *) = {run_peak, run_forward, run_backward};
  double times[PARTS][REPEATS_MOST];
  for (int64_t turn = -1; turn < b->set.repeat; turn++)
    for (int part = 0; part < PARTS; part++) {
      const double start = lw_clock();
      parts[part](b);
      if (turn >= 0) times[part][turn] = lw_clock() - start;
    }
  for (int part = 0; part < PARTS; part++) {
    qsort(times[part], (size_t)b->set.repeat, sizeof(double), ascending);
    seconds[part] = times[part][b->set.repeat / 2];
  }
}

/* Useful work: 2 products of the allowed scores' size forward, 5 backward; no masked half, no
 * padding. */
static figures evaluate(const settings *set, const double seconds[PARTS])
{
  const double T = (double)set->tokens, scores = set->causal ? T * (T + 1) / 2 : T * T;
  const double product = 2e-9 * scores * (double)(set->heads * set->head_size);
  const double work[PARTS] = {2e-9 * pow(PEAK_SIZE, 3), 2 * product, 5 * product};
  figures f;
  for (int part = 0; part < PARTS; part++) {
    f.seconds[part] = seconds[part];
    f.gflops[part] = work[part] / seconds[part];
  }
  f.both = 7 * product / (seconds[FORWARD] + seconds[BACKWARD]);
  f.share = f.both / f.gflops[PEAK];
  return f;
}

static double mebibytes(int64_t bytes)
{
  return (double)bytes / 1048576;
}

static void print_table(const settings *set, const figures *f)
{
  printf(
      "attention: %lld tokens, %lld heads of %lld, %s, %s to %g, window %lld, %s, %lld thread%s\n",
      (long long)set->tokens, (long long)set->heads, (long long)set->head_size,
      set->causal ? "causal" : "bidirectional", localities[set->locality], set->bound,
      (long long)set->window, lw_fused_path(), (long long)set->threads,
      set->threads == 1 ? "" : "s");
  printf("%-20s%12s%16s%16s\n", "", "seconds", "GFLOP/s", "share of peak");
  static const char *const names[PARTS] = {"matrix product 2048", "forward", "backward"};
  for (int part = 0; part < PARTS; part++)
    printf("%-20s%12.5f%16.1f%16.2f\n", names[part], f->seconds[part], f->gflops[part],
           f->gflops[part] / f->gflops[PEAK]);
  printf("%-20s%12.5f%16.1f%16.2f\n", "both", f->seconds[FORWARD] + f->seconds[BACKWARD], f->both,
         f->share);
  printf("peak memory %.1f MiB; matrix product by %s\n", mebibytes(lw_mem_peak()),
         lw_linear_core());
}

static lw_status write_json(const settings *set, const figures *f)
{
  FILE *file = fopen(set->json, "w");
  if (!file) return lw_fail(LW_ERROR_FILE, "cannot write '%s'; does its folder exist?", set->json);
  fprintf(
      file,
      "{\n  \"tokens\": %lld,\n  \"heads\": %lld,\n  \"head_size\": %lld,\n"
      "  \"locality\": \"%s\",\n  \"bound\": %g,\n  \"window\": %lld,\n  \"causal\": %s,\n"
      "  \"threads\": %lld,\n  \"repeat\": %lld,\n  \"path\": \"%s\",\n  \"blas_core\": \"%s\",\n",
      (long long)set->tokens, (long long)set->heads, (long long)set->head_size,
      localities[set->locality], set->bound, (long long)set->window, set->causal ? "true" : "false",
      (long long)set->threads, (long long)set->repeat, lw_fused_path(), lw_linear_core());
  static const char *const names[PARTS] = {"peak", "forward", "backward"};
  for (int part = 0; part < PARTS; part++)
    fprintf(file, "  \"%s\": {\"seconds\": %.6f, \"gflops\": %.2f},\n", names[part],
            f->seconds[part], f->gflops[part]);
  fprintf(file, "  \"gflops\": %.2f,\n  \"share_of_peak\": %.4f,\n  \"memory_bytes\": %lld\n}\n",
          f->both, f->share, (long long)lw_mem_peak());
  const bool failed = ferror(file);
  if (fclose(file) != 0 || failed)
    return lw_fail(LW_ERROR_FILE, "cannot write '%s'; is the disk full?", set->json);
  return LW_OK;
}

static lw_status run(const settings *set)
{
  bench b = {.set = *set};
  double seconds[PARTS];
  lw_status status = LW_OK;
  const int threads_before = omp_get_max_threads();
  if (!lw_fused_path_force(set->path ? paths[set->path] : NULL))
    return lw_fail(LW_ERROR_INPUT, "this machine cannot run '%s'; leave --path out",
                   paths[set->path]);
  omp_set_num_threads((int)set->threads);
  LW_TRY(bench_create(&b));
  measure(&b, seconds);
  const figures f = evaluate(set, seconds);
  print_table(set, &f);
  if (set->json[0]) LW_TRY(write_json(set, &f));
done:
  bench_done(&b);
  omp_set_num_threads(threads_before);
  return status;
}

static lw_status parse(lw_option_section *flags, int argc, char **argv)
{
  const settings *set = flags->values;
  const char *what = NULL;
  lw_arguments arguments = {.words = &what, .word_room = 1};
  lw_status status = LW_OK;
  lw_option_defaults(flags, 1);
  LW_TRY(lw_option_arguments(flags, argc, argv, &arguments));
  if (set->help) goto done;
  if (!what || strcmp(what, "attention") != 0)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "bench what? 'longwave bench attention' is what there is"));
  if (set->window % 2 == 0)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "--window must be odd, not %lld", (long long)set->window));
done:
  return status;
}

/* The root measures; the other ranks wait, so that nothing else runs. */
lw_status lw_command_bench(const lw_world *world, int argc, char **argv)
{
  settings set;
  lw_option_section flags = {.name = "",
                             .sentence = "longwave bench attention: seconds and share of peak",
                             .options = options,
                             .values = &set};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, parse(&flags, argc, argv));
  if (set.help && world->rank == 0) lw_option_help(&flags, 1, stdout);
  if (set.help) goto done;
  LW_TRY_TOGETHER(world, world->rank == 0 ? run(&set) : LW_OK);
done:
  return status;
}
