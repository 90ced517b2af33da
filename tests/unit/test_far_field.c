/* The far field of the fused engine against a direct evaluation in double that knows nothing of it,
 * on every instruction set this machine runs. */
#include "longwave/op/smooth.h"
#include "problem.h"

static double worst; /* error in units of what is allowed, over a test */
static int64_t far_tiles;

/* Against the direct evaluation of this problem, which stands in p->expected. */
static void check(problem *p, double tolerance, lw_fused_order order)
{
  const double allowed = 2e-6 * fmax(1, p->score_most / 8);
  p->tolerance = tolerance;
  p->order = order;
  for (int kind = 0; next_kernel(&kind);) {
    if (!kernel->find_near) continue;
    engine(p);
    far_tiles += p->tiles.far;
    for (int n = 0; n < OUTPUTS; n++) {
      const double error = error_of(p, n);
      worst = fmax(worst, error / allowed);
      cr_assert(error <= allowed,
                "%s: %s off by %.2e (%.2e allowed), T %d, d %d, alpha %g, tolerance %g, order %d, "
                "locality %d, %s, %d far tiles",
                kernel_name, output_names[n], error, allowed, (int)p->T, (int)p->d,
                (double)p->alpha, tolerance, (int)order, (int)p->locality,
                p->causal ? "causal" : "bidirectional", (int)p->tiles.far);
    }
  }
}

/* All ways to run one problem; the direct evaluation is done once. */
static void check_tolerances(problem *p)
{
  direct(p);
  check(p, 0, LW_FUSED_ORDER_BEST);
  cr_assert_eq(p->tiles.far, 0);
  check(p, 1e-7, LW_FUSED_ORDER_BEST);
  check(p, 1e-6, LW_FUSED_ORDER_BEST);
  check(p, 1e-4, LW_FUSED_ORDER_ZERO);
  if (p->locality == LW_LOCALITY_SCALE) check(p, 1e-4, LW_FUSED_ORDER_ONE); /* else no matter */
}

static void check_options(int64_t T, int64_t d, double scale)
{
  static const float alphas[] = {1e-3f, 0.03f, 0.1f, 0.5f, 1};
  problem p = problem_create(T, d, scale);
  for (int locality = LW_LOCALITY_SCALE; locality <= LW_LOCALITY_BOTH; locality++)
    for (int causal = 0; causal < 2; causal++)
      for (size_t n = 0; n < sizeof alphas / sizeof *alphas; n++) {
        p.locality = (lw_locality)locality;
        p.causal = causal;
        p.alpha = alphas[n];
        check_tolerances(&p);
      }
  problem_destroy(&p);
}

/* Lengths up to three segments of queries, not a multiple of anything. */
#define OPTIONS_TEST(T, d)                                                                         \
  Test(far_field, agrees_with_direct_evaluation_t##T##_d##d)                                       \
  {                                                                                                \
    check_options(T, d, 1.3);                                                                      \
    cr_assert_gt(far_tiles, 0);                                                                    \
    cr_log_info("worst error %.2f of what is allowed", worst);                                     \
    cr_assert_eq(lw_mem_live(), 0);                                                                \
  }
OPTIONS_TEST(130, 16)
OPTIONS_TEST(321, 5)
OPTIONS_TEST(577, 4)
#ifndef SANITIZED /* slow there, and no other cases of reading or writing */
OPTIONS_TEST(577, 32)
OPTIONS_TEST(449, 64)
OPTIONS_TEST(1100, 16)
#endif

static void check_one(int64_t T, int64_t d, double scale, float alpha, lw_locality locality,
                      bool causal)
{
  problem p = problem_create(T, d, scale);
  p.alpha = alpha;
  p.locality = locality;
  p.causal = causal;
  far_tiles = 0;
  check_tolerances(&p);
  cr_assert_gt(far_tiles, 0);
  cr_log_info("T %d, d %d, scores to %.2g: worst error %.2f of what is allowed", (int)T, (int)d,
              p.score_most, worst);
  problem_destroy(&p);
}

/* Sums that cross several edges of segments. */
Test(far_field, agrees_on_long_sequences)
{
  check_one(2100, 8, 1.0, 0.1f, LW_LOCALITY_SCALE, true);
  check_one(2100, 8, 1.0, 0.02f, LW_LOCALITY_SCALE, false);
  check_one(2048, 32, 1.5, 0.05f, LW_LOCALITY_SCALE, true);
  check_one(2111, 16, 1.0, 0.1f, LW_LOCALITY_BIAS, false);
  cr_assert_eq(lw_mem_live(), 0);
}

/* Wider than any buffer of a fixed size would be likely to be. */
Test(far_field, takes_wide_heads)
{
  check_one(330, 600, 1.0, 0.5f, LW_LOCALITY_SCALE, false);
  cr_assert_eq(lw_mem_live(), 0);
}

/* Weights of the near field up to exp(114) beside far ones of 1. */
Test(far_field, survives_large_scores)
{
  check_one(700, 16, 4.5, 0.05f, LW_LOCALITY_SCALE, false);
  check_one(700, 16, 4.5, 0.1f, LW_LOCALITY_SCALE, true);
  check_one(700, 16, 3.0, 0.5f, LW_LOCALITY_BOTH, true);
  cr_assert_eq(lw_mem_live(), 0);
}

/* Scores so small that every weight is about 1 at any distance, but gradients still are local. */
Test(far_field, keeps_gradients_of_small_scores)
{
  for (int causal = 0; causal < 2; causal++) {
    check_one(700, 16, 0.1, 0.02f, LW_LOCALITY_SCALE, causal);
    check_one(700, 16, 0.01, 0.02f, LW_LOCALITY_SCALE, causal);
    check_one(700, 16, 1e-4, 0.02f, LW_LOCALITY_SCALE, causal);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

#ifndef SANITIZED /* as above: of these the errors are looked at */

/* The default tolerance must not show: what the far field adds to the error of y or of a gradient
 * stays within the rounding that dense attention has. */
static void check_default(problem *p, const char *what)
{
  double dense[OUTPUTS];
  direct(p);
  p->order = LW_FUSED_ORDER_BEST;
  p->tolerance = 0;
  engine(p);
  for (int n = 0; n < OUTPUTS; n++) dense[n] = error_of(p, n);
  p->tolerance = 1e-5;
  engine(p);
  cr_assert_gt(p->tiles.far, 0, "%s, locality %d, alpha %g", what, (int)p->locality,
               (double)p->alpha);
  for (int n = 0; n < OUTPUTS; n++) {
    const double error = error_of(p, n);
    worst = fmax(worst, error / dense[n]);
    cr_assert_leq(error, 1.5 * dense[n],
                  "%s: %s off by %.2e, dense by %.2e, alpha %g, locality %d, %s", what,
                  output_names[n], error, dense[n], (double)p->alpha, (int)p->locality,
                  p->causal ? "causal" : "bidirectional");
  }
}

static void check_default_options(problem *p, float alpha, lw_locality from, const char *what)
{
  p->alpha = alpha;
  for (lw_locality locality = from; locality <= LW_LOCALITY_BOTH; locality++)
    for (int causal = 0; causal < 2; causal++) {
      p->locality = locality;
      p->causal = causal;
      check_default(p, what);
    }
  cr_log_info("%s: worst error %.2f of that of dense attention", what, worst);
}

/* Scores near 0: only distance separates near from far keys. The values are smoothed, and the early
 * ones much larger in the second problem. */
Test(far_field, default_tolerance_does_not_show_at_small_scores)
{
  problem p = problem_create(1300, 16, 0.01);
  float *v = take(p.T * p.stride, sizeof *v);
  memcpy(v, p.v, (size_t)(p.T * p.stride) * sizeof *v);
  lw_smooth_forward(v, p.stride, p.T, p.d, 5, LW_ALIGNMENT_CENTRED, p.v, p.stride);
  for (int64_t n = 0; n < p.T * p.stride; n++) p.q[n] = -p.k[n];
  check_default_options(&p, 0.02f, LW_LOCALITY_SCALE, "q = -k, smoothed values");
  check_default_options(&p, 0.1f, LW_LOCALITY_SCALE, "q = -k, smoothed values");
  for (int64_t n = 0; n < p.T / 4 * p.stride; n++) p.v[n] *= 30;
  check_default_options(&p, 0.03f, LW_LOCALITY_SCALE, "large early values");
  lw_mem_give(v);
  problem_destroy(&p);
  cr_assert_eq(lw_mem_live(), 0);
}

/* Keys that score `most` up to token `high`, and -most from there on. */
static void set_scores(problem *p, float most, int64_t high)
{
  const float size = sqrtf(most * sqrtf((float)p->d) / (float)p->d);
  for (int64_t t = 0; t < p->T; t++)
    for (int64_t c = 0; c < p->d; c++) {
      p->q[t * p->stride + c] = size;
      p->k[t * p->stride + c] = t < high ? size : -size;
    }
}

/* What is left out, with a tolerance far above rounding: tolerance / 64 of a row of y. */
static void check_left_out(problem *p, lw_locality locality)
{
  p->locality = locality;
  p->order = LW_FUSED_ORDER_BEST;
  p->tolerance = 1e-2;
  for (int causal = 0; causal < 2; causal++) {
    p->causal = causal;
    direct(p);
    engine(p);
    const double error = error_of(p, 0), allowed = p->tolerance / 64 + 1e-6;
    worst = fmax(worst, error / allowed);
    cr_assert_gt(p->tiles.far, 0, "locality %d, alpha %g", (int)locality, (double)p->alpha);
    cr_assert_leq(error, allowed, "y off by %.2e, %.2e allowed, alpha %g, locality %d, %s", error,
                  allowed, (double)p->alpha, (int)locality, causal ? "causal" : "bidirectional");
  }
}

/* What the bounds must foresee: for bias the least scores near and the largest ones far; for both,
 * whose far scores are nothing, the least scores. */
Test(far_field, leaves_out_no_more_than_it_says)
{
  static const float alphas[] = {0.03f, 0.1f}, scores[] = {2, 8};
  problem p = problem_create(1300, 16, 1.0);
  for (int a = 0; a < 2; a++)
    for (int n = 0; n < 2; n++) {
      p.alpha = alphas[a];
      set_scores(&p, scores[n], p.T / 2);
      check_left_out(&p, LW_LOCALITY_BIAS);
      set_scores(&p, scores[n], 0);
      check_left_out(&p, LW_LOCALITY_BOTH);
    }
  cr_log_info("worst error %.2f of what may be left out", worst);
  problem_destroy(&p);
  cr_assert_eq(lw_mem_live(), 0);
}

#endif

/* A few keys and queries much longer than the others reach further. */
Test(far_field, sees_long_keys_and_queries)
{
  problem p = problem_create(1300, 16, 0.5);
  for (int64_t c = 0; c < p.d; c++) {
    p.k[200 * p.stride + c] *= 100;
    p.q[700 * p.stride + c] *= 50;
    p.k[1200 * p.stride + c] *= 30;
  }
  p.alpha = 0.03f;
  for (int causal = 0; causal < 2; causal++) {
    p.causal = causal;
    check_tolerances(&p);
  }
  cr_assert_gt(far_tiles, 0);
  problem_destroy(&p);
  cr_assert_eq(lw_mem_live(), 0);
}

/* What the counters promise: a head costs its near width. */
Test(far_field, near_tiles_grow_with_the_length)
{
  int64_t near[2];
  for (int n = 0; n < 2; n++) {
    problem p = problem_create(n ? 2560 : 1280, 16, 1.0);
    p.alpha = 0.1f;
    p.causal = true;
    p.tolerance = 1e-6;
    engine(&p);
    const int64_t blocks = p.T / LW_FUSED_BLOCK;
    cr_assert_eq(p.tiles.near + p.tiles.far + p.tiles.masked, blocks * blocks);
    cr_assert_eq(p.tiles.masked, blocks * (blocks - 1) / 2);
    near[n] = p.tiles.near;
    problem_destroy(&p);
  }
  cr_assert_gt(near[0], 2 * 1280 / LW_FUSED_BLOCK - 1);
  cr_assert_lt(10 * near[1], 22 * near[0]);
  cr_assert_eq(lw_mem_live(), 0);
}

enum { HEADS = 4 };

/* Heads of several lengths and decays in one call, with some threads; all outputs to p->out. */
static void run_heads(problem *const p[HEADS], int threads)
{
  lw_fused_head heads[HEADS];
  lw_fused_gradient gradients[HEADS];
  for (int n = 0; n < HEADS; n++) {
    heads[n] = head_of(p[n]);
    gradients[n] = (lw_fused_gradient){.dy = p[n]->dy,
                                       .dq = p[n]->out[1],
                                       .dk = p[n]->out[2],
                                       .dv = p[n]->out[3],
                                       .dq_stride = p[n]->stride,
                                       .dk_stride = p[n]->stride,
                                       .dv_stride = p[n]->stride};
  }
  omp_set_num_threads(threads);
  void *memory = engine_memory(heads, HEADS);
  kernel->forward(heads, HEADS, memory, NULL);
  kernel->backward(heads, gradients, HEADS, memory);
  lw_mem_give(memory);
  omp_set_num_threads(1);
}

/* Bits of all outputs, as one number (FNV-1a). */
static uint64_t digest(const problem *p)
{
  uint64_t hash = 14695981039346656037u;
  for (int n = 0; n < OUTPUTS; n++)
    for (int64_t i = 0; i < p->T; i++) {
      const unsigned char *byte = (const unsigned char *)(p->out[n] + i * p->stride);
      for (int64_t b = 0; b < p->d * (int64_t)sizeof(float); b++)
        hash = (hash ^ byte[b]) * 1099511628211u;
    }
  return hash;
}

static void same_bits(bool causal, double tolerance)
{
  static const int64_t lengths[HEADS] = {1100, 100, 1500, 2300};
  static const float alphas[HEADS] = {0, 0.5f, 0.1f, 0.02f};
  static const int threads[] = {1, 2, 3, 5};
  problem each[HEADS], *p[HEADS];
  uint64_t alone[HEADS];
  for (int n = 0; n < HEADS; n++) {
    each[n] = problem_create(lengths[n], 16, 1.0);
    p[n] = &each[n];
    p[n]->alpha = alphas[n];
    p[n]->causal = causal;
    p[n]->tolerance = tolerance;
    engine(p[n]);
    alone[n] = digest(p[n]);
  }
  for (int n = 0; n < 4; n++) {
    run_heads(p, threads[n]);
    for (int h = 0; h < HEADS; h++)
      cr_assert_eq(digest(p[h]), alone[h], "head %d, %d threads", h, threads[n]);
  }
  for (int n = 0; n < HEADS; n++) problem_destroy(p[n]);
}

Test(far_field, threads_and_company_change_no_bit)
{
  for (int kind = 0; next_kernel(&kind);) {
    for (int causal = 0; causal < 2; causal++) {
      same_bits(causal, 0);
      same_bits(causal, 1e-6);
    }
  }
  cr_assert_eq(lw_mem_live(), 0);
}

/* y and dv of every token that depends on a number that is none must not be numbers either: the
 * same tokens as without the far field. */
static void check_spread(problem *p)
{
  bool lost[OUTPUTS][700];
  cr_assert_leq(p->T, 700);
  p->tolerance = 0;
  engine(p);
  for (int n = 0; n < OUTPUTS; n++)
    for (int64_t i = 0; i < p->T; i++) lost[n][i] = isnan(p->out[n][i * p->stride]);
  p->tolerance = 1e-4;
  engine(p);
  for (int64_t i = 0; i < p->T; i++)
    cr_assert_eq(isnan(p->out[0][i * p->stride]), lost[0][i], "y of token %d, %s, locality %d",
                 (int)i, p->causal ? "causal" : "bidirectional", (int)p->locality);
}

Test(far_field, keeps_not_a_number)
{
  problem p = problem_create(700, 16, 1.0);
  p.alpha = 0.5f;
  for (int kind = 0; next_kernel(&kind);) {
    if (!kernel->find_near) continue;
    for (int n = 0; n < 12; n++) {
      float *x = (n % 2 ? p.q : p.k) + (n % 3 ? 70 : 500) * p.stride + 3;
      const float kept = *x;
      *x = NAN;
      p.causal = n >= 6;
      p.locality = n % 3 == 2 ? LW_LOCALITY_BIAS : LW_LOCALITY_SCALE;
      check_spread(&p);
      *x = kept;
    }
    p.v[70 * p.stride] = NAN;
    p.locality = LW_LOCALITY_SCALE;
    check_spread(&p);
    p.v[70 * p.stride] = 1;
  }
  problem_destroy(&p);
  cr_assert_eq(lw_mem_live(), 0);
}
