/* longwave bench scores [flags]: attention of one sequence on the distributed score matrix
   (attention/scores.h) over all ranks, beside the fused engine without far field on the same ranks
   (its heads shared out among them) and beside a matrix product on all of them; in turns in the
   same run. */
#include "bench.h"
#include "command.h"
#include "longwave/array/layout.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/attention/scores.h"
#include "longwave/op/local.h"
#include "longwave/run/banner.h"
#include <assert.h>
#include <stddef.h>
#include <stdio.h>

enum { REPEATS_MOST = 100 };

typedef struct scores_settings {
  int64_t tokens, heads, head_size, grid_rows, block, panel, repeat;
  lw_attention_options attention;
  char json[LW_TEXT_MAX];
  bool help;
} scores_settings;

#define AT(member) LW_AT(scores_settings, member)
static const lw_option table[] = {
    LW_INT_ROW("tokens", FLAG, AT(tokens), "4096", 1, 1 << 20, "length of the sequence"),
    LW_INT_ROW("heads", FLAG, AT(heads), "8", 1, 1024, "heads"),
    LW_INT_ROW("head_size", FLAG, AT(head_size), "32", 1, 256, "width of a head"),
    LW_REAL_ROW("bound", FLAG, AT(attention.bound), "0.1", 0, 100,
                "greatest decay of a head; the others are 0 and its halves"),
    LW_INT_ROW("window", FLAG, AT(attention.window), "3", 1, 1025, "tokens smoothed over, odd"),
    LW_BOOL_ROW("causal", FLAG, AT(attention.causal), "true",
                "a token attends to itself and earlier tokens only; --causal=false for all"),
    LW_INT_ROW("grid_rows", FLAG, AT(grid_rows), "1", 1, 4096,
               "rows of the grid of ranks; its columns are the ranks over them"),
    LW_INT_ROW("block", FLAG, AT(block), "0", 0, 1 << 20,
               "queries and keys of a block; 0: chosen by the engine"),
    LW_INT_ROW("panel", FLAG, AT(panel), "2048", 1, 1 << 30, "KiB a rank for the panels"),
    LW_INT_ROW("repeat", FLAG, AT(repeat), "3", 1, REPEATS_MOST, "runs; medians are printed"),
    LW_TEXT_ROW("json", FLAG, AT(json), "", 0, LW_TEXT_MAX - 1, "file for the figures"),
    LW_BOOL_ROW("help", FLAG, AT(help), "false", "this text"),
    {0}};

static const char usage[] =
    "usage: longwave bench scores [flags]\n\n"
    "Attention of one sequence with its score matrix, shared over all ranks, beside the fused\n"
    "engine without far field and a matrix product on the same ranks.\n\nflags:";

typedef enum scores_part {
  PEAK,
  FORWARD,
  BACKWARD,
  FUSED_FORWARD,
  FUSED_BACKWARD,
  PARTS
} scores_part;
static const struct {
  const char *name, *key;
} parts[PARTS] = {{LW_BENCH_PEAK_NAME, "peak"},
                  {"scores forward", "forward"},
                  {"scores backward", "backward"},
                  {"fused forward", "fused_forward"},
                  {"fused backward", "fused_backward"}};

typedef struct scores_bench {
  const scores_settings *set;
  const lw_world *world;
  lw_grid *grid;
  lw_scores *scores;
  lw_attention *fused; /* of this rank's share of the heads; NULL without one */
  lw_attention_call call;
  float *qkv, *dy, *lse, *own_qkv, *own_dy, *alpha;
  lw_bench_peak peak;
  lw_packing packing;
  lw_world *self;
} scores_bench;

static lw_status take_whole(scores_bench *b)
{
  const int64_t T = b->set->tokens, H = b->set->heads, C = H * b->set->head_size;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&b->qkv, T * 3 * C));
  LW_TRY(LW_TAKE(&b->dy, T * C));
  LW_TRY(LW_TAKE(&b->lse, T * H));
  LW_TRY(LW_TAKE(&b->alpha, H));
  LW_TRY(lw_bench_peak_take(&b->peak));
  lw_bench_fill(b->qkv, T * 3 * C, 1);
  lw_bench_fill(b->dy, T * C, 2);
  lw_local_alphas(LW_DECAY_GEOMETRIC, b->set->attention.bound, H, NULL, b->alpha);
done:
  return status;
}

/* The fused engine on this rank's share of the heads: the same numbers need not be the same
   work, so any will do. */
static lw_status take_share(scores_bench *b)
{
  const int64_t T = b->set->tokens, d = b->set->head_size;
  const int64_t first = lw_layout_first(b->set->heads, b->world->size, b->world->rank);
  const int64_t H = lw_layout_count(b->set->heads, b->world->size, b->world->rank), C = H * d;
  lw_attention_options options = b->set->attention;
  lw_attention_call *call = &b->call;
  lw_status status = LW_OK;
  if (H == 0) return LW_OK;
  options.decay = LW_DECAY_LIST;
  options.alphas.count = H;
  for (int64_t c = 0; c < H; c++) options.alphas.value[c] = (double)b->alpha[first + c];
  LW_TRY(lw_world_create(MPI_COMM_SELF, &b->self));
  LW_TRY(lw_packing_make(&b->packing, &(lw_packing_rule){.ranks = 1}, &T, 1));
  *call = (lw_attention_call){.packing = &b->packing};
  LW_TRY(LW_TAKE(&b->own_qkv, T * 3 * C));
  LW_TRY(LW_TAKE(&b->own_dy, T * C));
  LW_TRY(LW_TAKE(&call->y, T * C));
  LW_TRY(LW_TAKE(&call->smooth, T * C));
  LW_TRY(LW_TAKE(&call->lse, T * H));
  LW_TRY(LW_TAKE(&call->dqkv, T * 3 * C));
  LW_TRY(LW_TAKE(&call->dsmooth, T * C));
  lw_bench_fill(b->own_qkv, T * 3 * C, 3);
  lw_bench_fill(b->own_dy, T * C, 4);
  call->qkv = b->own_qkv;
  call->dy = b->own_dy;
  LW_TRY(lw_attention_create(&options, H, d, b->self, &b->fused));
  LW_TRY(lw_attention_reserve(b->fused, call));
done:
  return status;
}

static lw_status bench_create(scores_bench *b)
{
  const scores_settings *set = b->set;
  assert(set->grid_rows > 0);
  const int rows = (int)set->grid_rows, columns = b->world->size / rows;
  lw_scores_shape shape = {.tokens = set->tokens,
                           .heads = set->heads,
                           .head_size = set->head_size,
                           .row_block = set->block,
                           .column_block = set->block,
                           .bytes = set->panel * 1024};
  lw_status status = LW_OK;
  if (rows * columns != b->world->size)
    return lw_fail(LW_ERROR_INPUT,
                   "--grid-rows %d does not divide the %d ranks"
                   "; take a divisor",
                   rows, b->world->size);
  LW_TRY_TOGETHER(b->world, take_whole(b));
  LW_TRY_TOGETHER(b->world, take_share(b));
  LW_TRY(lw_grid_create(b->world, rows, columns, &b->grid));
  LW_TRY(lw_scores_create(b->grid, &shape, &set->attention, b->alpha, &b->scores));
  lw_scores_set(b->scores, set->tokens, b->qkv);
  lw_scores_set_gradient(b->scores, b->dy);
done:
  return status;
}

static void bench_done(scores_bench *b)
{
  void *blocks[] = {b->qkv,    b->dy,          b->lse,      b->own_qkv,   b->own_dy,      b->alpha,
                    b->call.y, b->call.smooth, b->call.lse, b->call.dqkv, b->call.dsmooth};
  lw_scores_destroy(&b->scores);
  lw_grid_destroy(&b->grid);
  lw_attention_destroy(&b->fused);
  lw_packing_done(&b->packing);
  lw_world_destroy(&b->self);
  lw_bench_peak_done(&b->peak);
  for (size_t n = 0; n < sizeof blocks / sizeof *blocks; n++) lw_mem_give(blocks[n]);
}

static lw_status run_part(scores_bench *b, scores_part which)
{
  switch (which) {
  case FORWARD:
    return lw_scores_forward(b->scores, b->lse, b->set->tokens);
  case BACKWARD:
    return lw_scores_backward(b->scores, b->lse, b->set->tokens);
  case FUSED_FORWARD:
    return b->fused ? lw_attention_forward(b->fused, &b->call) : LW_OK;
  case FUSED_BACKWARD:
    return b->fused ? lw_attention_backward(b->fused, &b->call) : LW_OK;
  case PEAK:
  case PARTS:
  default:
    lw_bench_peak_run(&b->peak);
    return LW_OK;
  }
}

/* The parts in turns, the first turn to warm up; seconds of the slowest rank, medians. */
static lw_status measure(scores_bench *b, double seconds[PARTS])
{
  double times[PARTS][REPEATS_MOST];
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "measuring", "turns", b->set->repeat + 1);
  for (int64_t turn = -1; turn < b->set->repeat; lw_work_show(&work, ++turn + 1))
    for (int which = 0; which < PARTS; which++) {
      LW_TRY_TOGETHER(b->world, LW_OK); /* all begin together */
      const double start = lw_clock();
      LW_TRY_TOGETHER(b->world, run_part(b, (scores_part)which));
      double elapsed = lw_clock() - start;
      lw_reduce_max_doubles(b->world, &elapsed, 1);
      if (turn >= 0) times[which][turn] = elapsed;
    }
  for (int which = 0; which < PARTS; which++)
    seconds[which] = lw_bench_median(times[which], b->set->repeat);
done:
  lw_work_end(&work);
  return status;
}

static double ratio(const double seconds[PARTS])
{
  return (seconds[FORWARD] + seconds[BACKWARD]) /
         (seconds[FUSED_FORWARD] + seconds[FUSED_BACKWARD]);
}

static void print_table(const scores_bench *b, const double seconds[PARTS])
{
  const scores_settings *set = b->set;
  const double T = (double)set->tokens, scores = set->attention.causal ? T * (T + 1) / 2 : T * T;
  const double product = 2e-9 * scores * (double)(set->heads * set->head_size);
  const double peak = LW_BENCH_PEAK_GFLOP * b->world->size;
  const double work[PARTS] = {peak, 2 * product, 5 * product, 2 * product, 5 * product};
  printf("distributed scores: %lld tokens, %lld heads of %lld, %s, %d x %d ranks, panels of %lld "
         "queries\n",
         (long long)set->tokens, (long long)set->heads, (long long)set->head_size,
         set->attention.causal ? "causal" : "bidirectional", b->grid->rows, b->grid->columns,
         (long long)lw_scores_panel(b->scores));
  lw_columns_print(stdout, lw_bench_rates, NULL, NULL);
  for (int which = 0; which < PARTS; which++)
    lw_columns_print(stdout, lw_bench_rates, (const char *[]){parts[which].name},
                     (double[]){seconds[which], work[which] / seconds[which],
                                work[which] / seconds[which] / (peak / seconds[PEAK])});
  printf("%.2f times the time of the fused engine; peak memory of rank 0 %.1f MiB\n",
         ratio(seconds), (double)lw_mem_peak() / 1048576);
}

static lw_status write_json(const scores_bench *b, const double seconds[PARTS])
{
  lw_json root = {0};
  lw_status status = lw_json_init(&root);
  if (status != LW_OK) return status;
  lw_json_whole(root, "tokens", b->set->tokens);
  lw_json_whole(root, "ranks", b->world->size);
  lw_json_whole(root, "grid_rows", b->grid->rows);
  for (int which = 0; which < PARTS; which++)
    lw_json_printed(lw_json_object(root, parts[which].key), "seconds", "%.6f", seconds[which]);
  lw_json_printed(root, "over_fused", "%.4f", ratio(seconds));
  lw_json_whole(root, "memory_bytes", lw_mem_peak());
  return lw_bench_file_write(b->set->json, &root);
}

lw_status lw_bench_scores(lw_world *world, int argc, char **argv)
{
  scores_settings set = {0};
  lw_option_section flags = {.name = "", .sentence = usage, .options = table, .values = &set};
  lw_arguments arguments = {0};
  scores_bench b = {.set = &set, .world = world};
  const char *name;
  double seconds[PARTS] = {0};
  lw_status status = LW_OK;
  LW_TRY(lw_command_arguments(world, &flags, &set.help, argc, argv, &arguments));
  if (set.help) return LW_OK;
  LW_TRY(lw_attention_options_check(&set.attention, set.heads, &name));
  lw_threads_start(0, world);
  if (*set.json) LW_TRY_ON_ROOT(world, lw_bench_file_check(set.json));
  LW_TRY(bench_create(&b));
  LW_TRY(measure(&b, seconds));
  if (world->rank == 0) print_table(&b, seconds);
  if (*set.json) LW_TRY_ON_ROOT(world, write_json(&b, seconds));
done:
  bench_done(&b);
  return status;
}
