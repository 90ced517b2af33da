/* Attention of the fused engine over sharded sequences, against one rank. Longer
   than in test_model_ranks.c, so that heads have windows of several strips, and keys beyond them. */
#include "attention_case.h"
#include "longwave/op/instruction_set.h"

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
    {ALPHAS "attention.clock=content", {2000, 70, 1111}, 1.5},
    {ALPHAS "attention.clock=content attention.causal=false", {1500, 640, 33}, 1.5},
    {ALPHAS "attention.clock=content attention.locality=bias", {1700, 900, 128}, 1.0},
    {ALPHAS "attention.clock=content attention.locality=bias attention.causal=false",
     {1700, 900, 128},
     1.0},
    {ALPHAS "attention.clock=content attention.locality=both attention.causal=false",
     {1300, 900, 100},
     1.0},
    {ALPHAS "attention.clock=content attention.tolerance=0 attention.causal=false",
     {900, 700, 530},
     1.0},
    {ALPHAS "attention.clock=learned", {900, 700, 530}, 1.0},
    {ALPHAS "attention.clock=learned attention.locality=both attention.causal=false",
     {900, 700, 530},
     1.0},
    {ALPHAS "attention.clock=content attention.chunk=900", {2000, 900, 800}, 1.0},
    {ALPHAS "attention.relative_bias=30", {900, 700, 530}, 1.0},
    {ALPHAS "attention.relative_bias=7 attention.locality=bias attention.causal=false",
     {1300, 900, 128},
     1.0},
    {ALPHAS "attention.relative_bias=100 attention.locality=both attention.clock=content "
            "attention.window=5",
     {1100, 300, 64},
     1.0},
};
enum { CONFIGURATIONS = sizeof configurations / sizeof *configurations };

MPI_TEST_1234(sharded_sequences_give_what_one_rank_gives)
{
  check_all(world, configurations, CONFIGURATIONS, "fused");
}

/* The kernels of the other instruction sets, on what has windows, sums and a ring in both
   directions. */
MPI_TEST(other_instruction_sets_do_too, 3)
{
  for (const char *const *set = lw_instruction_sets + 1; set[-1] && *set; set++)
    if (lw_instruction_set_force(*set)) check_all(world, configurations, 2, "fused");
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
    compute(all, &configurations[c], "fused", &one);
    omp_set_num_threads(3);
    compute(all, &configurations[c], "fused", &more);
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

/* The score matrix itself, with clocks. */
MPI_TEST_1234(the_score_matrix_reads_clocks)
{
  static const configuration clocked[] = {
      {ALPHAS "attention.clock=content attention.tolerance=0", {300, 70, 111}, 1.0},
      {ALPHAS "attention.clock=content attention.locality=bias attention.causal=false "
              "attention.tolerance=0",
       {200, 33, 150},
       1.0},
      {ALPHAS "attention.clock=learned attention.locality=both attention.causal=false "
              "attention.tolerance=0",
       {200, 33, 150},
       1.0},
      {ALPHAS "attention.relative_bias=5 attention.clock=content attention.locality=both "
              "attention.causal=false attention.tolerance=0",
       {200, 33, 150},
       1.0},
      {ALPHAS "attention.relative_bias=60 attention.tolerance=0", {200, 33, 150}, 1.0},
      {ALPHAS "attention.relative_bias=3 attention.clock=content attention.causal=false",
       {90, 33, 50},
       1.0},
  };
  check_all(world, clocked, 6, "scalapack");
}

MPI_TESTS_1234
