/* The conformance kit of attention: every engine, on every instruction set and on every grid that
 * the ranks allow, against the definition in double. To see the table of errors, run one case:
 *   mpirun -n 2 build/tests/mpi_test_attention --mpi-case engines_agree_with_the_definition */
#include "longwave/array/dmat.h"
#include "longwave/attention/scores.h"
#include "longwave/op/instruction_set.h"
#include "longwave/op/linear.h"
#include "longwave/op/smooth.h"
#include "attention_kit.h"
#include <omp.h>

/* ---- engines behind the interface, each rank by itself ---- */

static lw_status pack(const problem *p, int64_t chunk, lw_packing *packing)
{
  int64_t length[SAMPLES_MOST];
  for (int64_t b = 0; b < p->samples; b++) length[b] = p->row_first[b + 1] - p->row_first[b];
  return lw_packing_make(packing, &(lw_packing_rule){.ranks = 1, .chunk = chunk}, length,
                         p->samples);
}

static void run_engine(const problem *p, const lw_attention_options *options, const lw_world *world,
                       const char *name, results *r, int number)
{
  lw_attention *attention = NULL;
  lw_packing packing = {0};
  lw_attention_call call = {.packing = &packing,
                            .qkv = p->qkv,
                            .y = r->y,
                            .smooth = r->smooth,
                            .lse = r->lse,
                            .dy = p->dy,
                            .dqkv = r->dqkv,
                            .dsmooth = r->dsmooth,
                            .reading = readings_of(p),
                            .dreading = moves(p) ? r->dreading : NULL,
                            .bias = p->relative.reach ? p->bias : NULL,
                            .dbias = p->relative.reach ? r->dbias : NULL};
  results_spoil(p, r);
  lw_status status = LW_OK;
  LW_TRY(pack(p, options->chunk, &packing));
  LW_TRY(lw_attention_create(options, HEADS, p->head_size, world, &attention));
  attention->relative = p->relative;
  LW_TRY(lw_attention_reserve(attention, &call));
  LW_TRY(lw_attention_forward(attention, &call));
  LW_TRY(lw_attention_backward(attention, &call));
  results_sum(p, r);
  judge(p, r, name, number);
done:
  CHECK(status == LW_OK, "%s: %s", name, lw_fail_message());
  lw_attention_destroy(&attention);
  lw_packing_done(&packing);
}

/* With a far field where there is one, too. */
static void run_choice(const problem *p, int choice, const char *set, const lw_world *world,
                       results *r, int number)
{
  static const double tolerances[] = {0.0, 1e-5};
  char name[NAME_ROOM];
  const lw_fused_backend *backend = lw_attention_choices[choice].backend;
  for (int far = 0; far < (backend && backend->find_near ? 2 : 1); far++) {
    lw_attention_options options = p->options;
    options.engine = choice;
    options.tolerance = tolerances[far];
    snprintf(name, sizeof name, "%s%s %s", lw_attention_names[choice], far ? ", far field," : "",
             set);
    run_engine(p, &options, world, name, r, number);
  }
}

static void run_engines(const problem *p, const lw_world *world, results *r, int number)
{
  for (int choice = 0; lw_attention_names[choice]; choice++) {
    const lw_fused_backend *backend = lw_attention_choices[choice].backend;
    const char *const *set = backend ? backend->instruction_sets : lw_instruction_sets;
    for (; *set; set++)
      if (backend ? backend->force_instruction_set(*set) : lw_instruction_set_force(*set))
        run_choice(p, choice, *set, world, r, number);
  }
  lw_instruction_set_force(NULL);
}

/* ---- the score matrix over grids, all ranks together ---- */

enum { GRIDS_MOST = 16 };
typedef struct grids {
  lw_grid *made[GRIDS_MOST];
  int count;
} grids;

/* Every grid that the ranks have room for, also with ranks left over. */
static void grids_create(const lw_world *world, grids *g)
{
  for (int rows = 1; rows <= world->size; rows++)
    for (int columns = 1; rows * columns <= world->size; columns++)
      CHECK(lw_grid_create(world, rows, columns, &g->made[g->count++]) == LW_OK, "%s",
            lw_fail_message());
}

static void grids_destroy(grids *g)
{
  while (g->count > 0) lw_grid_destroy(&g->made[--g->count]);
}

/* Blocks, 0: as the engine chooses; and rows of a panel that a rank has memory for, about. */
static const struct cut {
  int64_t row_block, column_block, rows;
} cuts[] = {{3, 5, 25},   {0, 0, 30},     {16, 7, 17}, {1, 1, 9},
            {0, 40, 500}, {200, 300, 10}, {2, 2, 3}};
enum { CUTS = sizeof cuts / sizeof *cuts };

/* Of one sequence, into the rows of all. */
static void get_dreading(lw_scores *scores, int64_t first, int64_t tokens, int64_t rows, results *r)
{
  double *piece = (double *)(void *)r->dreading;
  lw_scores_get_dreading(scores, piece);
  for (int64_t c = 0; c < HEADS; c++)
    memcpy(r->dreading_sum + c * rows + first, piece + c * tokens, (size_t)tokens * sizeof *piece);
}

static lw_status run_piece(lw_scores *scores, const problem *p, int64_t first, int64_t tokens,
                           results *r)
{
  const int64_t C = HEADS * p->head_size, stride = rows_of(p);
  static const bool clocked[HEADS] = {false, true, true, true};
  lw_status status = LW_OK;
  if (moves(p))
    lw_scores_set_clock(scores,
                        &(lw_scores_clock){.alpha = alphas,
                                           .clocked = clocked,
                                           .reading = readings_of(p) ? p->reading + first : NULL,
                                           .stride = stride});
  lw_scores_set(scores, tokens, p->qkv + first * 3 * C);
  LW_TRY(lw_scores_forward(scores, r->lse + first, stride));
  lw_scores_get(scores, r->y + first * C);
  lw_scores_set_gradient(scores, p->dy + first * C);
  LW_TRY(lw_scores_backward(scores, r->lse + first, stride));
  lw_scores_get_gradient(scores, r->dqkv + first * 3 * C);
  if (moves(p)) get_dreading(scores, first, tokens, stride, r);
  if (p->relative.reach) lw_scores_add_dbias(scores, r->dbias);
done:
  return status;
}

static void run_grid(const problem *p, const lw_grid *grid, const struct cut *cut, results *r,
                     int number)
{
  lw_scores *scores = NULL;
  char name[NAME_ROOM];
  const int64_t chunk = p->options.chunk;
  lw_scores_shape shape = {.heads = HEADS,
                           .head_size = p->head_size,
                           .relative = p->relative,
                           .row_block = cut->row_block,
                           .column_block = cut->column_block};
  for (int64_t b = 0; b < p->samples; b++) {
    const int64_t T = p->row_first[b + 1] - p->row_first[b];
    if (T > shape.tokens) shape.tokens = T;
  }
  shape.bytes = cut->rows * shape.tokens * 2 * (int64_t)sizeof(float);
  results_spoil(p, r);
  lw_status status = LW_OK;
  LW_TRY(lw_scores_create(grid, &shape, &p->options, alphas, &scores));
  if (p->relative.reach) lw_scores_set_bias(scores, p->bias);
  for (int64_t b = 0; b < p->samples; b++)
    for (int64_t first = p->row_first[b], tokens; first < p->row_first[b + 1]; first += tokens) {
      tokens = p->row_first[b + 1] - first;
      if (chunk && tokens > chunk) tokens = chunk;
      LW_TRY(run_piece(scores, p, first, tokens, r));
    }
  lw_reduce_sum_doubles(grid->world, r->dbias, BIASES);
  snprintf(name, sizeof name, "grid %dx%d", grid->rows, grid->columns);
  judge(p, r, name, number);
done:
  CHECK(status == LW_OK, "%s", lw_fail_message());
  lw_scores_destroy(&scores);
}

/* ---- the cases ---- */

/* Engines behind the interface work on one rank; of grids and cuts each problem takes three in turn. */
static void run_problem(problem *p, const lw_world *world, const grids *g, int number)
{
  enum { TURNS = 3 };
  results r = {0};
  problem_create(p, world);
  results_create(p, &r);
  if (world->size == 1) run_engines(p, world, &r, number);
  for (int n = 0; n < TURNS; n++) {
    const int turn = number * TURNS + n;
    run_grid(p, g->made[turn % g->count], cuts + turn / g->count % CUTS, &r, number);
  }
  results_give(&r);
  problem_give(p);
}

static void set_lengths(problem *p, const int64_t *lengths, int64_t samples)
{
  p->samples = samples;
  for (int64_t b = 0; b < samples; b++) p->row_first[b + 1] = p->row_first[b] + lengths[b];
}

static void begin(const lw_world *world, grids *g)
{
  lw_linear_init();
  if (world->size > 1) omp_set_num_threads(1); /* the ranks fill the cores */
  grids_create(world, g);
}

/* All options with each other on one rank; every seventh on more, which still meets all values of
 * each option, as 7 divides the number of none. */
MPI_TEST_1234(engines_agree_with_the_definition)
{
  static const int64_t sizes[] = {4, 8, 16, 32, 64}, windows[] = {1, 3, 5};
  static const int64_t lengths[] = {1, 33, 2, 64, 65, 3, 17};
  grids g = {0};
  int number = 0;
  begin(world, &g);
  for (int causal = 0; causal < 2; causal++)
    for (int locality = 0; locality < 3; locality++)
      for (int window = 0; window < 3; window++)
        for (int alignment = 0; alignment < 2; alignment++)
          for (int size = 0; size < 5; size++, number++) {
            if (world->size > 1 && number % 7 != world->size) continue;
            problem p = {.options = options_of(causal, locality, windows[window], alignment),
                         .head_size = sizes[size],
                         .stretch = number % 4 == 3 ? 3.5 : 1.2};
            p.options.chunk = number % 8 == 6 ? 20 : 0;
            p.options.relative_bias = number % 3 == 1 ? 1 + number % 8 : 0;
            set_lengths(&p, lengths, 7);
            run_problem(&p, world, &g, number);
          }
  print_table(world);
  grids_destroy(&g);
}

/* Long sequences, scores that overflow without the maximum, windows wider than blocks or than the
 * sequence, samples of one token. */
MPI_TEST_1234(engines_agree_on_hard_problems)
{
  static const struct {
    int64_t lengths[3], samples, head_size, window, chunk;
    bool causal;
    int locality, alignment;
    double stretch;
  } hard[] = {
      {{600}, 1, 32, 3, 0, true, LW_LOCALITY_SCALE, LW_ALIGNMENT_CENTRED, 1.5},
      {{415, 130}, 2, 16, 5, 0, false, LW_LOCALITY_BOTH, LW_ALIGNMENT_CAUSAL, 1.5},
      {{300, 1, 77}, 3, 8, 3, 0, true, LW_LOCALITY_SCALE, LW_ALIGNMENT_CAUSAL, 4.3},
      {{256, 255}, 2, 64, 1, 0, false, LW_LOCALITY_BIAS, LW_ALIGNMENT_CENTRED, 4.3},
      {{200, 9, 1}, 3, 4, 41, 0, false, LW_LOCALITY_SCALE, LW_ALIGNMENT_CENTRED, 1.5},
      {{200, 9, 1}, 3, 4, 41, 0, true, LW_LOCALITY_BOTH, LW_ALIGNMENT_CENTRED, 1.5},
      {{150, 200, 31}, 3, 20, 7, 32, true, LW_LOCALITY_SCALE, LW_ALIGNMENT_CAUSAL, 2.0},
      {{1, 1, 1}, 3, 8, 3, 0, true, LW_LOCALITY_SCALE, LW_ALIGNMENT_CENTRED, 1.0},
  };
  grids g = {0};
  begin(world, &g);
  for (int n = 0; n < (int)(sizeof hard / sizeof *hard); n++) {
    problem p = {
        .options = options_of(hard[n].causal, hard[n].locality, hard[n].window, hard[n].alignment),
        .head_size = hard[n].head_size,
        .stretch = hard[n].stretch};
    p.options.chunk = hard[n].chunk;
    set_lengths(&p, hard[n].lengths, hard[n].samples);
    run_problem(&p, world, &g, n);
  }
  print_table(world);
  grids_destroy(&g);
}

/* Every clock that moves, with all localities, causal and not; the long one has windows of blocks. */
MPI_TEST_1234(engines_agree_with_clocks)
{
  static const lw_clock_kind clocks[] = {LW_CLOCK_TIME, LW_CLOCK_LEARNED, LW_CLOCK_CONTENT};
  static const int64_t sizes[] = {4, 8, 16, 32, 5}, windows[] = {1, 3, 5};
  static const int64_t lengths[] = {1, 33, 2, 64, 65, 3, 170};
  grids g = {0};
  int number = 0;
  begin(world, &g);
  for (int clock = 0; clock < 3; clock++)
    for (int causal = 0; causal < 2; causal++)
      for (int locality = 0; locality < 3; locality++, number++) {
        if (world->size > 1 && number % 5 != world->size) continue;
        problem p = {.options = options_of(causal, locality, windows[number % 3], number % 2),
                     .head_size = sizes[number % 5],
                     .stretch = 1.2};
        p.options.clock = clocks[clock];
        p.options.chunk = number % 5 == 3 ? 80 : 0;
        set_lengths(&p, lengths, 7);
        run_problem(&p, world, &g, number);
      }
  print_table(world);
  grids_destroy(&g);
}

/* What a rounded lse makes of the sum of a row grows with the scores, and what it does to gradients
 * also with the mean of the values, which cancels where rows sum to 1. */
MPI_TEST_1234(engines_agree_on_gradients_of_large_scores)
{
  static const int64_t lengths[] = {200, 70};
  static const double most[] = {8.0, 80.0, 215.0}, offsets[] = {0.0, 2.0};
  grids g = {0};
  int number = 0;
  begin(world, &g);
  for (int causal = 0; causal < 2; causal++)
    for (int n = 0; n < 3; n++)
      for (int o = 0; o < 2; o++, number++) {
        problem p = {.options = options_of(causal, number % 3, 3, causal), .head_size = 16};
        p.stretch = 1.0;
        p.offset = offsets[o];
        p.most = most[n];
        set_lengths(&p, lengths, 2);
        run_problem(&p, world, &g, number);
      }
  print_table(world);
  grids_destroy(&g);
}

MPI_CASE_ON(engines_agree_on_2048_tokens, 1)
MPI_TEST(engines_agree_on_2048_tokens, 2)
{
  static const int64_t length = 2048;
  problem p = {.options = options_of(world->size == 1, LW_LOCALITY_SCALE, 3, LW_ALIGNMENT_CENTRED),
               .head_size = 32,
               .stretch = 1.5};
  grids g = {0};
  begin(world, &g);
  p.options.panel = 1024;
  set_lengths(&p, &length, 1);
  run_problem(&p, world, &g, 4);
  print_table(world);
  grids_destroy(&g);
}

MPI_TESTS_1234
