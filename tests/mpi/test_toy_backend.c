/* A backend of one file (support/toy_backend.c) under the fused engine, against the program's own:
   whole sequences, and strips of sharded ones in a ring, of lengths that divide nothing. */
#include "attention_case.h"

#define ALPHAS                                                                                     \
  "model.width=16 model.heads=4 attention.decay=list attention.alphas=[0,0.02,0.1,0.6] "
static const configuration configurations[] = {
    {ALPHAS, {451, 1, 333}, 1.5},
    {ALPHAS "attention.causal=false attention.locality=both", {387, 70, 130}, 1.0},
    {ALPHAS "attention.locality=bias attention.tolerance=0", {450, 65, 2}, 1.0},
    {ALPHAS "attention.chunk=100 attention.window=5", {301, 99, 200}, 3.0},
};
enum { CONFIGURATIONS = sizeof configurations / sizeof *configurations };

MPI_CASE_ON(a_backend_of_one_file_computes_forward_and_backward, 1)
MPI_TEST(a_backend_of_one_file_computes_forward_and_backward, 3)
{
  check_all(world, configurations, CONFIGURATIONS, "double");
}
