/* longwave bench attention [flags]: the speed of the attention engine beside that of a plain matrix
 * product on the same cores, taken in turns in the same run, so that the ratio can be trusted where
 * the seconds cannot. */
#include "bench.h"
#include "command.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/base/rng.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include "longwave/attention/attention.h"
#include "longwave/op/instruction_set.h"
#include "longwave/op/linear.h"
#include "longwave/op/local.h"
#include "longwave/op/smooth.h"
#include <math.h>
#include <omp.h>

enum { REPEATS_MOST = 1000 };

#define PATHS(TYPE, ITEM)                                                                          \
  TYPE(path)                                                                                       \
  ITEM(PATH_BEST, "best")                                                                          \
  ITEM(PATH_AVX512, "avx512")                                                                      \
  ITEM(PATH_AVX2, "avx2")                                                                          \
  ITEM(PATH_PLAIN, "plain")
LW_CHOICE(PATHS);

typedef struct settings {
  int64_t tokens, heads, head_size, threads, repeat;
  lw_attention_options attention;
  double gate_spread;
  bool dense, help;
  path path;
  char json[LW_TEXT_MAX];
} settings;

#define AT(member) LW_AT(settings, member)
static const lw_option table[] = {
    LW_INT_ROW("tokens", FLAG, AT(tokens), "4096", 1, 1 << 24, "length of the sequence"),
    LW_INT_ROW("heads", FLAG, AT(heads), "8", 1, 1024, "heads"),
    LW_INT_ROW("head_size", FLAG, AT(head_size), "32", 1, 256, "width of a head"),
    LW_CHOICE_ROW("locality", FLAG, AT(attention.locality), LW_LOCALITY_CHOICES, "scale",
                  "how distance enters a score"),
    LW_REAL_ROW("bound", FLAG, AT(attention.bound), "0.1", 0, 100,
                "greatest decay of a head; the others are 0 and its halves"),
    LW_REALS_ROW("alphas", FLAG, AT(attention.alphas), "[]", 0, 100,
                 "decays, one a head, in place of those from the bound"),
    LW_CHOICE_ROW("clock", FLAG, AT(attention.clock), LW_CLOCK_CHOICES, "index",
                  "whose readings distances are differences of; time and content take steps drawn "
                  "around the decay"),
    LW_REAL_ROW("gate_spread", FLAG, AT(gate_spread), "1", 0, 5,
                "deviation of the logarithm of these steps, whose mean is the decay"),
    LW_INT_ROW("relative_bias", FLAG, AT(attention.relative_bias), "0", 0, 65536,
               "reach of a bias per distance, with drawn numbers; 0: none"),
    LW_REAL_ROW("tolerance", FLAG, AT(attention.tolerance), "1e-5", 0, 0.01,
                "of the far field; 0: every allowed tile is computed"),
    LW_BOOL_ROW("dense", FLAG, AT(dense), "true",
                "also measure without the far field, in turns; --dense=false for long sequences"),
    LW_INT_ROW("window", FLAG, AT(attention.window), "3", 1, 1025, "tokens smoothed over, odd"),
    LW_CHOICE_ROW("alignment", FLAG, AT(attention.alignment), LW_ALIGNMENT_CHOICES, "centred",
                  "where the smoothing window lies"),
    LW_BOOL_ROW("causal", FLAG, AT(attention.causal), "true",
                "a token attends to itself and earlier tokens only; --causal=false for all"),
    LW_INT_ROW("threads", FLAG, AT(threads), "1", 1, 1024, "OpenMP threads"),
    LW_INT_ROW("repeat", FLAG, AT(repeat), "5", 1, REPEATS_MOST, "runs; medians are printed"),
    LW_CHOICE_ROW("path", FLAG, AT(path), PATHS, "best", "instruction set"),
    LW_TEXT_ROW("json", FLAG, AT(json), "", 0, LW_TEXT_MAX - 1, "file for the figures"),
    LW_BOOL_ROW("help", FLAG, AT(help), "false", "this text"),
    {0}};

static const char usage[] =
    "usage: longwave bench attention [flags]\n\n"
    "Seconds of the attention engine on one rank, and its share of the speed of a matrix product\n"
    "on the same cores.\n\nflags:";

/* What is timed. The engine without its far field comes last and may be left out. */
typedef enum part { PEAK, FORWARD, BACKWARD, DENSE_FORWARD, DENSE_BACKWARD, PARTS } part;
static const char *const part_names[PARTS] = {LW_BENCH_PEAK_NAME, "forward", "backward",
                                              "dense forward", "dense backward"};
static const char *const part_keys[PARTS] = {"peak", "forward", "backward", "dense_forward",
                                             "dense_backward"};

/* One layer's attention on one sequence. */
typedef struct bench {
  const settings *set;
  lw_attention *attention;
  lw_packing packing;
  lw_attention_call call;
  lw_bench_peak peak;
  int parts; /* how many of the above */
  lw_fused_tiles tiles;
} bench;

/* Median seconds of each part, and useful work over them: 2 products of the allowed scores' size
   forward, 5 backward; no masked half, no padding, but the far field as if it were computed. */
typedef struct figures {
  double seconds[PARTS], gflops[PARTS];
  double both, dense; /* GFLOP/s of forward and backward together */
} figures;

/* Readings, where the clock has some, and room for their gradient, where it is trained. */
static lw_status take_clock(bench *b)
{
  const settings *set = b->set;
  const lw_rng rng = {.seed = 3, .stream = LW_RNG_TEST};
  const int64_t T = set->tokens, H = set->heads;
  const double spread = set->gate_spread;
  double *reading = NULL;
  lw_status status = LW_OK;
  if (b->attention->moving && set->attention.clock != LW_CLOCK_TIME)
    LW_TRY(LW_TAKE(&b->call.dreading, LW_FUSED_KINDS * H * T));
  if (!lw_clock_reads(&set->attention)) goto done;
  LW_TRY(LW_TAKE(&reading, H * T));
  for (int64_t n = 0; n < H * T; n++) {
    const double step = exp(spread * lw_rng_normal(rng, (uint64_t)n) - spread * spread / 2);
    reading[n] = (n % T ? reading[n - 1] : 0) + (double)b->attention->alpha[n / T] * step;
  }
  b->call.reading = reading;
done:
  return status;
}

/* A bias per distance of numbers within -1/2 and 1/2, and room for its gradient. */
static lw_status take_bias(bench *b)
{
  const lw_rng rng = {.seed = 4, .stream = LW_RNG_TEST};
  float *bias = NULL;
  lw_status status = LW_OK;
  b->attention->relative = lw_attention_relative(&b->set->attention, b->set->tokens);
  const int64_t count = b->set->heads * lw_relative_buckets(&b->attention->relative);
  if (count == 0) goto done;
  LW_TRY(LW_TAKE(&bias, count));
  b->call.bias = bias;
  LW_TRY(LW_TAKE(&b->call.dbias, count));
  for (int64_t n = 0; n < count; n++) bias[n] = (float)lw_rng_uniform(rng, (uint64_t)n) - 0.5f;
done:
  return status;
}

static lw_status take_arrays(bench *b)
{
  lw_status status = LW_OK;
  lw_attention_call *call = &b->call;
  const int64_t T = b->set->tokens, C = b->set->heads * b->set->head_size;
  float *qkv = NULL, *dy = NULL;
  LW_TRY(lw_packing_make(&b->packing, &(lw_packing_rule){.ranks = 1}, &T, 1));
  call->packing = &b->packing;
  LW_TRY(LW_TAKE(&qkv, T * 3 * C));
  call->qkv = qkv;
  LW_TRY(LW_TAKE(&dy, T * C));
  call->dy = dy;
  LW_TRY(LW_TAKE(&call->y, T * C));
  LW_TRY(LW_TAKE(&call->smooth, T * C));
  LW_TRY(LW_TAKE(&call->lse, T * b->set->heads));
  LW_TRY(LW_TAKE(&call->dqkv, T * 3 * C));
  LW_TRY(LW_TAKE(&call->dsmooth, T * C));
  LW_TRY(take_clock(b));
  LW_TRY(take_bias(b));
  LW_TRY(lw_bench_peak_take(&b->peak));
  lw_bench_fill(qkv, T * 3 * C, 1);
  lw_bench_fill(dy, T * C, 2);
done:
  return status;
}

static lw_status bench_create(bench *b, const lw_world *world)
{
  const settings *set = b->set;
  lw_status status = LW_OK;
  b->parts = set->dense && set->attention.tolerance > 0 ? PARTS : DENSE_FORWARD;
  LW_TRY(lw_attention_create(&set->attention, set->heads, set->head_size, world, &b->attention));
  LW_TRY(take_arrays(b));
  LW_TRY(lw_attention_reserve(b->attention, &b->call));
done:
  return status;
}

static void bench_done(bench *b)
{
  const lw_attention_call *call = &b->call;
  const void *blocks[] = {call->qkv,      call->dy,   call->y,       call->smooth,
                          call->lse,      call->dqkv, call->dsmooth, call->reading,
                          call->dreading, call->bias, call->dbias};
  for (size_t n = 0; n < sizeof blocks / sizeof *blocks; n++) lw_mem_give((void *)blocks[n]);
  lw_bench_peak_done(&b->peak);
  lw_packing_done(&b->packing);
  lw_attention_destroy(&b->attention);
}

static lw_status run_part(bench *b, part which)
{
  const bool dense = which == DENSE_FORWARD || which == DENSE_BACKWARD;
  b->attention->options.tolerance = dense ? 0 : b->set->attention.tolerance;
  if (which == PEAK) {
    lw_bench_peak_run(&b->peak);
    return LW_OK;
  }
  if (which == BACKWARD || which == DENSE_BACKWARD)
    return lw_attention_backward(b->attention, &b->call);
  lw_status status = lw_attention_forward(b->attention, &b->call);
  if (which == FORWARD) b->tiles = b->attention->tiles;
  return status;
}

/* The parts in turns; the first turn only warms up. */
static lw_status measure(bench *b, double seconds[PARTS])
{
  double times[PARTS][REPEATS_MOST];
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "measuring", "turns", b->set->repeat + 1);
  for (int64_t turn = -1; turn < b->set->repeat; lw_work_show(&work, ++turn + 1))
    for (int which = 0; which < b->parts; which++) {
      const double start = lw_clock();
      LW_TRY(run_part(b, (part)which));
      if (turn >= 0) times[which][turn] = lw_clock() - start;
    }
  for (int which = 0; which < b->parts; which++)
    seconds[which] = lw_bench_median(times[which], b->set->repeat);
done:
  lw_work_end(&work);
  return status;
}

static figures evaluate(const bench *b, const double seconds[PARTS])
{
  const settings *set = b->set;
  const double T = (double)set->tokens, scores = set->attention.causal ? T * (T + 1) / 2 : T * T;
  const double product = 2e-9 * scores * (double)(set->heads * set->head_size);
  const double work[PARTS] = {LW_BENCH_PEAK_GFLOP, 2 * product, 5 * product, 2 * product,
                              5 * product};
  figures f = {.both = 7 * product / (seconds[FORWARD] + seconds[BACKWARD])};
  for (int which = 0; which < b->parts; which++) {
    f.seconds[which] = seconds[which];
    f.gflops[which] = work[which] / seconds[which];
  }
  if (b->parts == PARTS) f.dense = 7 * product / (seconds[DENSE_FORWARD] + seconds[DENSE_BACKWARD]);
  return f;
}

static double mebibytes(int64_t bytes)
{
  return (double)bytes / 1048576;
}

/* Shares of the tiles that the mask leaves. */
static double share_of(int64_t tiles, const lw_fused_tiles *all)
{
  return (double)tiles / (double)(all->near + all->far);
}

static void print_decays(const settings *set)
{
  if (set->attention.alphas.count == 0) printf("%g and halves", set->attention.bound);
  for (int64_t n = 0; n < set->attention.alphas.count; n++)
    printf("%s%g", n ? " " : "", set->attention.alphas.value[n]);
}

static void print_line(const char *name, double seconds, double gflops, double peak)
{
  lw_columns_print(stdout, lw_bench_rates, (const char *[]){name},
                   (double[]){seconds, gflops, gflops / peak});
}

static void print_table(const bench *b, const figures *f)
{
  const settings *set = b->set;
  const lw_fused_tiles *tiles = &b->tiles;
  printf("attention: %lld tokens, %lld heads of %lld, %s, %s by ", (long long)set->tokens,
         (long long)set->heads, (long long)set->head_size,
         set->attention.causal ? "causal" : "bidirectional",
         LW_CHOICE_WORD_OF(LW_LOCALITY_CHOICES, set->attention.locality));
  print_decays(set);
  if (set->attention.clock != LW_CLOCK_INDEX)
    printf(", clock %s", LW_CHOICE_WORD_OF(LW_CLOCK_CHOICES, set->attention.clock));
  if (b->call.reading) printf(" with steps spread by %g", set->gate_spread);
  if (b->call.bias) printf(", bias per distance to %lld", (long long)set->attention.relative_bias);
  printf(", tolerance %g, window %lld, %s, %lld thread%s\n", set->attention.tolerance,
         (long long)set->attention.window, b->attention->backend->instruction_set(),
         (long long)set->threads, set->threads == 1 ? "" : "s");
  lw_columns_print(stdout, lw_bench_rates, NULL, NULL);
  for (int which = 0; which < b->parts; which++)
    print_line(part_names[which], f->seconds[which], f->gflops[which], f->gflops[PEAK]);
  print_line("both", f->seconds[FORWARD] + f->seconds[BACKWARD], f->both, f->gflops[PEAK]);
  if (b->parts == PARTS) {
    print_line("dense both", f->seconds[DENSE_FORWARD] + f->seconds[DENSE_BACKWARD], f->dense,
               f->gflops[PEAK]);
    printf("%.2f times as fast as dense\n", f->both / f->dense);
  }
  printf("tiles: near %.4f, far %.4f of those not masked\n", share_of(tiles->near, tiles),
         share_of(tiles->far, tiles));
  printf("peak memory %.1f MiB; matrix product by %s\n", mebibytes(lw_mem_peak()),
         lw_linear_core());
}

static void add_settings(const bench *b, lw_json to)
{
  const settings *set = b->set;
  lw_json_whole(to, "tokens", set->tokens);
  lw_json_whole(to, "heads", set->heads);
  lw_json_whole(to, "head_size", set->head_size);
  lw_json_text(to, "locality", LW_CHOICE_WORD_OF(LW_LOCALITY_CHOICES, set->attention.locality));
  lw_json_text(to, "clock", LW_CHOICE_WORD_OF(LW_CLOCK_CHOICES, set->attention.clock));
  lw_json_printed(to, "gate_spread", "%g", set->gate_spread);
  lw_json_whole(to, "relative_bias", set->attention.relative_bias);
  lw_json_printed(to, "tolerance", "%g", set->attention.tolerance);
  lw_json_whole(to, "window", set->attention.window);
  lw_json_bool(to, "causal", set->attention.causal);
  lw_json_whole(to, "threads", set->threads);
  lw_json_whole(to, "repeat", set->repeat);
  lw_json_text(to, "path", b->attention->backend->instruction_set());
  lw_json_text(to, "blas_core", lw_linear_core());
  const lw_json alphas = lw_json_array(to, "alphas");
  for (int64_t n = 0; n < set->heads; n++)
    lw_json_printed(alphas, NULL, "%.9g", (double)b->attention->alpha[n]);
}

static lw_status write_json(const bench *b, const figures *f)
{
  lw_json root = {0};
  lw_status status = lw_json_init(&root);
  if (status != LW_OK) return status;
  add_settings(b, root);
  for (int which = 0; which < b->parts; which++) {
    const lw_json one = lw_json_object(root, part_keys[which]);
    lw_json_printed(one, "seconds", "%.6f", f->seconds[which]);
    lw_json_printed(one, "gflops", "%.2f", f->gflops[which]);
  }
  const lw_json tiles = lw_json_object(root, "tiles");
  lw_json_whole(tiles, "near", b->tiles.near);
  lw_json_whole(tiles, "far", b->tiles.far);
  lw_json_whole(tiles, "masked", b->tiles.masked);
  lw_json_printed(root, "gflops", "%.2f", f->both);
  lw_json_printed(root, "share_of_peak", "%.4f", f->both / f->gflops[PEAK]);
  lw_json_whole(root, "memory_bytes", lw_mem_peak());
  return lw_bench_file_write(b->set->json, &root);
}

static lw_status run(const settings *set, const lw_world *world)
{
  bench b = {.set = set};
  double seconds[PARTS] = {0};
  lw_status status = LW_OK;
  const int threads_before = omp_get_max_threads();
  if (!lw_instruction_set_force(set->path ? LW_CHOICE_WORD_OF(PATHS, set->path) : NULL))
    return lw_fail(LW_ERROR_INPUT, "this machine cannot run '%s'; leave --path out",
                   LW_CHOICE_WORD_OF(PATHS, set->path));
  omp_set_num_threads((int)set->threads);
  if (set->json[0]) LW_TRY(lw_bench_file_check(set->json));
  LW_TRY(bench_create(&b, world));
  LW_TRY(measure(&b, seconds));
  const figures f = evaluate(&b, seconds);
  print_table(&b, &f);
  if (set->json[0]) LW_TRY(write_json(&b, &f));
done:
  bench_done(&b);
  omp_set_num_threads(threads_before);
  return status;
}

static lw_status check(settings *set)
{
  const lw_reals *alphas = &set->attention.alphas;
  set->attention.decay = alphas->count > 0 ? LW_DECAY_LIST : LW_DECAY_GEOMETRIC;
  if (set->attention.window % 2 == 0)
    return lw_fail(LW_ERROR_INPUT, "--window must be odd, not %lld",
                   (long long)set->attention.window);
  if (alphas->count > 0 && alphas->count != set->heads)
    return lw_fail(LW_ERROR_INPUT, "--alphas must have one decay a head (%lld), not %lld",
                   (long long)set->heads, (long long)alphas->count);
  return LW_OK;
}

/* The root measures; the other ranks wait, so that nothing else runs. */
lw_status lw_bench_attention(lw_world *world, int argc, char **argv)
{
  settings set = {0};
  lw_option_section flags = {.name = "", .sentence = usage, .options = table, .values = &set};
  lw_arguments arguments = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_command_arguments(world, &flags, &set.help, argc, argv, &arguments));
  if (set.help) return LW_OK;
  LW_TRY(check(&set));
  LW_TRY_ON_ROOT(world, run(&set, world));
done:
  return status;
}
