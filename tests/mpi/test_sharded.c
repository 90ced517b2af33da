/* Attention of the fused engine over sharded sequences, against one rank. Longer
   than in test_model_ranks.c, so that heads have windows of several strips, and keys beyond them. */
#include "longwave/comm/reduce.h"
#include "longwave/attention/attention.h"
#include "longwave/op/instruction_set.h"
#include "mpi_case.h"
#include "tiny_model.h"
#include <math.h>
#include <omp.h>

enum { SAMPLES = 3 };

typedef struct configuration {
  const char *settings;
  int64_t length[SAMPLES];
  double scale; /* deviation of queries and keys */
} configuration;

/* Decays from none over windows of some strips to windows within a strip. */
#define ALPHAS                                                                                     \
  "model.width=32 model.heads=4 attention.decay=list attention.alphas=[0,0.02,0.1,0.6] "
static const configuration configurations[] = {
    {ALPHAS, {2000, 70, 1111}, 1.5},
    {ALPHAS "attention.causal=false", {1500, 640, 33}, 1.5},
    {ALPHAS "attention.alignment=causal attention.window=5", {1025, 1024, 1023}, 1.0},
    {ALPHAS "attention.window=301", {1800, 64, 577}, 1.0},
    {ALPHAS "attention.window=301 attention.causal=false attention.alignment=causal",
     {1400, 600, 512},
     1.0},
    {ALPHAS "attention.locality=bias", {1700, 900, 128}, 1.0},
    {ALPHAS "attention.locality=both attention.causal=false", {1300, 900, 100}, 1.0},
    {ALPHAS "attention.tolerance=0", {1000, 900, 800}, 1.5},
    {ALPHAS "attention.chunk=100", {1000, 900, 800}, 1.0},
    {ALPHAS "attention.chunk=900 attention.window=5", {2000, 900, 800}, 1.0},
    {ALPHAS "attention.tolerance=1e-3", {2400, 1200, 600}, 3.0},
    {"model.width=20 model.heads=4 attention.bound=0.3", {1900, 1, 700}, 2.0},
    {"model.width=20 model.heads=4 attention.bound=0 attention.window=1", {1000, 520, 517}, 2.0},
};
enum { CONFIGURATIONS = sizeof configurations / sizeof *configurations };

typedef struct pass {
  lw_attention *attention;
  lw_packing packing;
  lw_attention_call call;
  float *memory;
} pass;

/* Row r of the inputs is a function of its sample and position alone. */
static void fill(const pass *p, double scale, float *qkv, float *dy)
{
  const int64_t C = p->attention->heads * p->attention->head_size;
  for (int64_t s = 0; s < p->packing.strip_count; s++) {
    const lw_strip *strip = &p->packing.strips[s];
    const int64_t sample = p->packing.sequences[strip->sequence].sample;
    const int64_t position = lw_strip_position(&p->packing, strip);
    lw_rng rng = {.seed = 17, .stream = LW_RNG_TEST, .first = (uint32_t)sample};
    for (int64_t t = 0; t < strip->tokens; t++)
      for (int64_t c = 0; c < 4 * C; c++) {
        const double x = lw_rng_normal(rng, (uint64_t)((position + t) * 4 * C + c));
        const int64_t row = strip->row + t;
        if (c < 3 * C)
          qkv[row * 3 * C + c] = (float)(c < 2 * C ? scale * x : x);
        else
          dy[row * C + c - 3 * C] = (float)x;
      }
  }
}

static void compute(const lw_world *world, const configuration *c, pass *p)
{
  static lw_job job;
  FINE(tiny_job(c->settings, &job));
  const lw_packing_rule rule = {.ranks = world->sequence->size,
                                .rank = world->sequence->rank,
                                .paired = job.attention.causal,
                                .chunk = job.attention.chunk,
                                .cost = {1, 1}};
  const int64_t C = job.model.width, H = job.model.heads;
  FINE(lw_attention_create(&job.attention, H, C / H, world, &p->attention));
  FINE(lw_packing_make(&p->packing, &rule, c->length, SAMPLES));
  const int64_t rows = p->packing.rows;
  FINE(LW_TAKE(&p->memory, rows * (10 * C + H)));
  float *qkv = p->memory, *dy = qkv + rows * 3 * C;
  fill(p, c->scale, qkv, dy);
  p->call = (lw_attention_call){.packing = &p->packing,
                                .qkv = qkv,
                                .y = dy + rows * C,
                                .smooth = dy + rows * 2 * C,
                                .dqkv = dy + rows * 3 * C,
                                .dsmooth = dy + rows * 6 * C,
                                .lse = dy + rows * 7 * C};
  memset(p->call.y, 0xff, (size_t)(rows * (6 * C + H)) * sizeof(float));
  FINE(lw_attention_reserve(p->attention, &p->call));
  FINE(lw_attention_forward(p->attention, &p->call));
  p->call.dy = dy;
  FINE(lw_attention_backward(p->attention, &p->call));
}

static void end(pass *p)
{
  lw_attention_destroy(&p->attention);
  lw_packing_done(&p->packing);
  lw_mem_give(p->memory);
}

/* The row of one rank alone that a strip's first row is. */
static int64_t whole_row(const pass *alone, const pass *part, const lw_strip *strip)
{
  int64_t row = lw_strip_position(&part->packing, strip);
  for (int64_t b = 0; b < part->packing.sequences[strip->sequence].sample; b++)
    row += alone->packing.length[b];
  return row;
}

/* Norm-wise over all ranks. y: channels [first, first + count) of rows of `stride`. */
static double error_of(const lw_world *world, const pass *part, const pass *alone, const float *got,
                       const float *want, int64_t stride, int64_t first, int64_t count)
{
  double sums[2] = {0};
  for (int64_t s = 0; s < part->packing.strip_count; s++) {
    const lw_strip *strip = &part->packing.strips[s];
    const int64_t row = whole_row(alone, part, strip);
    for (int64_t t = 0; t < strip->tokens; t++)
      for (int64_t c = first; c < first + count; c++) {
        const double x = want[(row + t) * stride + c];
        sums[0] += pow(got[(strip->row + t) * stride + c] - x, 2);
        sums[1] += x * x;
      }
  }
  lw_reduce_sum_doubles(world, sums, 2);
  return sqrt(sums[0] / sums[1]);
}

static void check(const lw_world *world, const lw_world *self, const configuration *c)
{
  pass part = {0}, alone = {0};
  compute(world, c, &part);
  compute(self, c, &alone);
  const int64_t C = part.attention->heads * part.attention->head_size;
  const double errors[] = {
      error_of(world, &part, &alone, part.call.y, alone.call.y, C, 0, C),
      error_of(world, &part, &alone, part.call.dqkv, alone.call.dqkv, 3 * C, 0, C),
      error_of(world, &part, &alone, part.call.dqkv, alone.call.dqkv, 3 * C, C, C),
      error_of(world, &part, &alone, part.call.dqkv, alone.call.dqkv, 3 * C, 2 * C, C)};
  static const char *const names[] = {"y", "dq", "dk", "dv"};
  for (int n = 0; n < 4; n++)
    CHECK(errors[n] < 3e-6, "%s: %s differs by %g", c->settings, names[n], errors[n]);
  end(&part);
  end(&alone);
}

static void check_all(const lw_world *world, int configurations_used)
{
  lw_world *all = NULL, *self = NULL;
  omp_set_num_threads(1);
  FINE(lw_world_create(world->all, &all));
  FINE(lw_world_arrange(all, world->size));
  FINE(lw_world_create(MPI_COMM_SELF, &self));
  for (int c = 0; c < configurations_used; c++) check(all, self, &configurations[c]);
  lw_world_destroy(&all);
  lw_world_destroy(&self);
}

MPI_TEST_1234(sharded_sequences_give_what_one_rank_gives)
{
  check_all(world, CONFIGURATIONS);
}

/* The kernels of the other instruction sets, on what has windows, sums and a ring in both
   directions. */
MPI_TEST(other_instruction_sets_do_too, 3)
{
  for (const char *const *set = lw_instruction_sets + 1; set[-1] && *set; set++)
    if (lw_instruction_set_force(*set)) check_all(world, 2);
  lw_instruction_set_force(NULL);
}

/* Same bits for any number of threads in a rank. */
MPI_TEST(threads_do_not_change_a_bit_of_sharded_sequences, 3)
{
  lw_world *all = NULL;
  FINE(lw_world_create(world->all, &all));
  FINE(lw_world_arrange(all, world->size));
  for (int c = 0; c < CONFIGURATIONS; c += 2) {
    pass one = {0}, more = {0};
    omp_set_num_threads(1);
    compute(all, &configurations[c], &one);
    omp_set_num_threads(3);
    compute(all, &configurations[c], &more);
    const size_t rows = (size_t)one.packing.rows * sizeof(float);
    const size_t C = (size_t)(one.attention->heads * one.attention->head_size);
    CHECK(!memcmp(one.call.y, more.call.y, rows * C), "%s: y", configurations[c].settings);
    CHECK(!memcmp(one.call.dqkv, more.call.dqkv, rows * 3 * C), "%s: gradients",
          configurations[c].settings);
    end(&one);
    end(&more);
  }
  lw_world_destroy(&all);
}
