/* The conformance kit of kernel backends: each, on every instruction set this machine runs,
   against a direct evaluation in
 * double written out here and against golden numbers of an independent program
 * (tests/golden/make_attention.py). */
#include "longwave/op/smooth.h"
#include "problem.h"

typedef struct golden_case {
  int64_t tokens, head_size;
  float alpha;
  bool causal;
  int64_t window;
  lw_alignment alignment;
  lw_locality locality;
  int64_t chunk;
  const double *values;
} golden_case;
#include "../golden/attention.h"
#include "../golden/clock.h"

static double worst; /* error in units of what is allowed, over a test */

static void check(const problem *p, const char *path)
{
  const double allowed = 2e-6 * fmax(1, p->score_most / 8);
  for (int n = 0; n < OUTPUTS; n++) {
    const double error = error_of(p, n);
    worst = fmax(worst, error / allowed);
    cr_assert(error <= allowed, "%s: %s off by %.2e (%.2e allowed), T %d, d %d, alpha %g, %d, %s",
              path, output_names[n], error, allowed, (int)p->T, (int)p->d, (double)p->alpha,
              (int)p->locality, p->causal ? "causal" : "bidirectional");
    for (int64_t i = 0; i < p->T; i++)
      for (int64_t c = p->d; c < p->stride; c++)
        cr_assert_eq(p->out[n][i * p->stride + c], untouched, "wrote between rows");
  }
  for (int64_t i = 0; i < p->T; i++)
    cr_assert_float_eq(p->lse[i], p->expected_lse[i], 1e-6 * fmax(4, p->score_most));
}

static void check_paths(problem *p)
{
  direct(p);
  for (int kind = 0; next_kernel(&kind);) {
    engine(p);
    check(p, kernel_name);
  }
}

/* Every locality, causal and not, without and with decay. */
static void check_options(int64_t T, int64_t d, double scale)
{
  static const float alphas[] = {0, 1e-3f, 0.03f, 0.5f};
  problem p = problem_create(T, d, scale);
  for (int locality = LW_LOCALITY_SCALE; locality <= LW_LOCALITY_BOTH; locality++)
    for (int causal = 0; causal < 2; causal++)
      for (size_t n = locality == LW_LOCALITY_SCALE ? 0 : 1; n < sizeof alphas / sizeof *alphas;
           n++) {
        p.locality = (lw_locality)locality;
        p.causal = causal;
        p.alpha = alphas[n];
        check_paths(&p);
      }
  problem_destroy(&p);
}

static void check_lengths(int64_t d)
{
  static const int64_t lengths[] = {1, 2, 63, 64, 65, 67, 130};
  for (size_t n = 0; n < sizeof lengths / sizeof *lengths; n++) check_options(lengths[n], d, 1.3);
  cr_log_info("d %d: worst error %.2f of what is allowed", (int)d, worst);
  cr_assert_eq(lw_mem_live(), 0);
}

#define LENGTHS_TEST(d)                                                                            \
  Test(fused, agrees_with_direct_evaluation_d##d)                                                  \
  {                                                                                                \
    check_lengths(d);                                                                              \
  }
LENGTHS_TEST(1)
LENGTHS_TEST(4)
LENGTHS_TEST(5)
LENGTHS_TEST(8)
LENGTHS_TEST(16)
LENGTHS_TEST(32)
LENGTHS_TEST(80)
#ifndef SANITIZED /* slow there, and no other case of reading or writing; 600 in test_far_field.c */
LENGTHS_TEST(64)
LENGTHS_TEST(128)
LENGTHS_TEST(256)
#endif

Test(fused, agrees_with_direct_evaluation_t300)
{
  check_options(300, 5, 1.3);
  check_options(300, 32, 1.3);
  cr_log_info("T 300: worst error %.2f of what is allowed", worst);
  cr_assert_eq(lw_mem_live(), 0);
}

static void check_one(int64_t T, int64_t d, double scale, float alpha, lw_locality locality,
                      bool causal)
{
  problem p = problem_create(T, d, scale);
  p.alpha = alpha;
  p.locality = locality;
  p.causal = causal;
  check_paths(&p);
  cr_log_info("T %d, d %d, scores to %.0f: worst error %.2f of what is allowed", (int)T, (int)d,
              p.score_most, worst);
  problem_destroy(&p);
}

Test(fused, agrees_on_long_sequences)
{
  check_one(1000, 16, 1.0, 0.02f, LW_LOCALITY_SCALE, true);
  check_one(1000, 8, 1.5, 0.1f, LW_LOCALITY_BOTH, false);
  check_one(2048, 32, 1.5, 0.01f, LW_LOCALITY_SCALE, true);
  cr_assert_eq(lw_mem_live(), 0);
}

/* exp(80) is near the end of float32 and exp(160) beyond it: lost without the running maximum. */
Test(fused, survives_large_scores)
{
  check_one(300, 16, 4.5, 0.0f, LW_LOCALITY_SCALE, true);
  check_one(300, 16, 4.5, 0.05f, LW_LOCALITY_SCALE, false);
  check_one(300, 32, 5.0, 0.05f, LW_LOCALITY_BIAS, true);
  check_one(200, 16, 7.0, 0.0f, LW_LOCALITY_SCALE, false);
  cr_assert_eq(lw_mem_live(), 0);
}

/* Scores brought to a greatest one, and values with a mean: D is then far greater than what is left
 * of dy . v - D. */
static void check_greatest(double most, bool causal)
{
  problem p = problem_create(200, 16, 1.0);
  direct(&p);
  const float factor = (float)sqrt(most / p.score_most);
  for (int64_t n = 0; n < p.T * p.stride; n++) {
    p.q[n] *= factor;
    p.k[n] *= factor;
    p.v[n] += 2;
  }
  p.alpha = 0.03f;
  for (lw_locality locality = LW_LOCALITY_SCALE; locality <= LW_LOCALITY_BOTH; locality++) {
    p.locality = locality;
    p.causal = causal;
    check_paths(&p);
  }
  cr_log_info("scores to %.0f: worst error %.2f of what is allowed", most, worst);
  problem_destroy(&p);
}

Test(fused, gradients_hold_at_large_scores)
{
  for (int causal = 0; causal < 2; causal++) {
    check_greatest(8, causal);
    check_greatest(80, causal);
    check_greatest(215, causal);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

/* A decay so steep that it leaves float32 within one tile. */
Test(fused, survives_steep_decay)
{
  for (int locality = LW_LOCALITY_SCALE; locality <= LW_LOCALITY_BOTH; locality++) {
    check_one(200, 8, 1.0, 3.0f, (lw_locality)locality, true);
    check_one(200, 8, 1.0, 3.0f, (lw_locality)locality, false);
  }
  check_one(200, 8, 1.0, 100.0f, LW_LOCALITY_SCALE, false);
  cr_assert_eq(lw_mem_live(), 0);
}

/* A network that has diverged must be seen, not hidden behind a weight of zero. */
Test(fused, keeps_not_a_number)
{
  problem p = problem_create(130, 16, 1.0);
  p.causal = true;
  p.q[70 * p.stride + 2] = NAN;
  for (int kind = 0; next_kernel(&kind);) {
    engine(&p);
    cr_assert(isnan(p.out[0][70 * p.stride]) && isnan(p.lse[70]), "%s", kernel_name);
    cr_assert(isfinite(p.out[0][69 * p.stride]) && isfinite(p.out[0][71 * p.stride]));
  }
  problem_destroy(&p);
  cr_assert_eq(lw_mem_live(), 0);
}

/* The direct evaluation itself: its gradients against differences of its own forward. */
Test(fused, direct_evaluation_differentiates_itself)
{
  problem p = problem_create(7, 3, 1.0);
  p.alpha = 0.25f;
  p.locality = LW_LOCALITY_BOTH;
  p.causal = true;
  direct(&p);
  double *gradients[3];
  for (int n = 0; n < 3; n++) {
    gradients[n] = take(p.T * p.d, sizeof(double));
    memcpy(gradients[n], p.expected[n + 1], (size_t)(p.T * p.d) * sizeof(double));
  }
  float *const inputs[] = {p.q, p.k, p.v};
  for (int n = 0; n < 3; n++)
    for (int64_t i = 0; i < p.T; i++)
      for (int64_t c = 0; c < p.d; c++) {
        float *x = inputs[n] + i * p.stride + c;
        const float kept = *x, points[2] = {kept + 0x1p-10f, kept - 0x1p-10f};
        double loss[2] = {0, 0};
        for (int side = 0; side < 2; side++) {
          *x = points[side];
          direct(&p);
          for (int64_t r = 0; r < p.T; r++)
            for (int64_t e = 0; e < p.d; e++)
              loss[side] += (double)p.dy[r * p.stride + e] * p.expected[0][r * p.d + e];
        }
        *x = kept;
        const double slope = (loss[0] - loss[1]) / ((double)points[0] - (double)points[1]);
        cr_assert_float_eq(slope, gradients[n][i * p.d + c], 1e-5, "%s", output_names[n + 1]);
      }
  for (int n = 0; n < 3; n++) lw_mem_give(gradients[n]);
  problem_destroy(&p);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(fused, instruction_sets_can_be_forced)
{
  for (int b = 0; lw_attention_names[b]; b++) {
    const lw_fused_backend *backend = lw_attention_choices[b].backend;
    if (!backend) continue;
    cr_assert_not(backend->force_instruction_set("quantum"));
    for (const char *const *set = backend->instruction_sets; *set; set++) {
      if (!backend->force_instruction_set(*set)) continue;
      cr_assert_str_eq(backend->instruction_set(), *set);
      cr_assert_not(backend->force_instruction_set("quantum"));
      cr_assert_str_eq(backend->instruction_set(), *set);
    }
    /* the best is the widest that runs here, one of those listed */
    cr_assert(backend->force_instruction_set(NULL));
    const char *const *widest = backend->instruction_sets, *const best = backend->instruction_set();
    while (*widest && !backend->force_instruction_set(*widest)) widest++;
    cr_assert(*widest);
    cr_assert_str_eq(best, *widest);
    cr_assert(backend->force_instruction_set(NULL));
  }
}

/* The formulas of make_attention.py. */
static float golden_number(uint32_t n, uint32_t seed)
{
  const uint32_t bits = (n + 1009 * seed + 1) * 2654435761u;
  return (float)(bits >> 8) * 0x1p-22f - 2;
}

static void golden_fill(float *x, int64_t count, uint32_t seed)
{
  for (uint32_t n = 0; n < (uint32_t)count; n++) x[n] = golden_number(n, seed);
}

/* The formula of make_clock.py. */
static void golden_readings(double *reading, int64_t tokens)
{
  double now = 0;
  for (int64_t t = 0; t < tokens; t++) {
    const double u = ((double)golden_number((uint32_t)t, 4) + 2) / 4;
    if (t != 4) now += 8 * u * u * u * u;
    reading[t] = now;
  }
}

/* Smoothing, each chunk as a sequence of its own, fused attention, and back. */
static void golden_run(const golden_case *c, float *const in[4], float *const out[OUTPUTS],
                       const double *reading, float *const dreading[LW_FUSED_KINDS])
{
  const int64_t d = c->head_size, chunk = c->chunk ? c->chunk : c->tokens;
  float *smooth = take(chunk * d, sizeof *smooth), *dsmooth = take(chunk * d, sizeof *dsmooth);
  float *lse = take(chunk, sizeof *lse);
  for (int64_t first = 0; first < c->tokens; first += chunk) {
    const int64_t T = c->tokens - first < chunk ? c->tokens - first : chunk, at = first * d;
    lw_smooth_forward(in[2] + at, d, T, d, c->window, c->alignment, smooth, d);
    lw_fused_head head = {.queries = T,
                          .keys = T,
                          .head_size = d,
                          .alpha = c->alpha,
                          .clocked = reading != NULL,
                          .reading = {{reading, 1}, {reading, 1}},
                          .locality = c->locality,
                          .causal = c->causal,
                          .q = in[0] + at,
                          .k = in[1] + at,
                          .v = smooth,
                          .q_stride = d,
                          .k_stride = d,
                          .v_stride = d,
                          .y = out[0] + at,
                          .y_stride = d,
                          .lse = lse};
    void *memory = engine_memory(&head, 1);
    kernel->forward(&head, 1, memory, NULL);
    lw_fused_gradient gradient = {.dy = in[3] + at,
                                  .dq = out[1] + at,
                                  .dk = out[2] + at,
                                  .dv = dsmooth,
                                  .dq_stride = d,
                                  .dk_stride = d,
                                  .dv_stride = d,
                                  .dreading = {dreading[0], dreading[1]},
                                  .dreading_stride = {1, 1}};
    kernel->backward(&head, &gradient, 1, memory);
    lw_mem_give(memory);
    lw_smooth_backward(dsmooth, d, T, d, c->window, c->alignment, out[3] + at, d);
  }
  lw_mem_give(smooth);
  lw_mem_give(dsmooth);
  lw_mem_give(lse);
}

static double golden_error(const float *got, const double *expected, int64_t count)
{
  double error = 0, size = 0;
  for (int64_t n = 0; n < count; n++) {
    error += pow((double)got[n] - expected[n], 2);
    size += expected[n] * expected[n];
  }
  return sqrt(error / size);
}

static void golden_check(const golden_case *c, bool clocked, int which)
{
  const int64_t count = c->tokens * c->head_size;
  float *in[4], *out[OUTPUTS], *dreading[LW_FUSED_KINDS] = {NULL};
  double *reading = clocked ? take(c->tokens, sizeof *reading) : NULL;
  for (uint32_t n = 0; n < 4; n++) {
    in[n] = take(count, sizeof(float));
    out[n] = take(count, sizeof(float));
    golden_fill(in[n], count, n);
  }
  for (int n = 0; clocked && n < LW_FUSED_KINDS; n++) dreading[n] = take(c->tokens, sizeof(float));
  if (clocked) golden_readings(reading, c->tokens);
  golden_run(c, in, out, reading, dreading);
  for (int n = 0; n < OUTPUTS; n++) {
    const double error = golden_error(out[n], c->values + n * count, count);
    cr_assert(error <= 1e-6, "case %d, %s: %s off by %.2e", which, kernel_name, output_names[n],
              error);
  }
  for (int64_t t = 0; clocked && t < c->tokens; t++) dreading[0][t] += dreading[1][t];
  const double error =
      clocked ? golden_error(dreading[0], c->values + OUTPUTS * count, c->tokens) : 0;
  /* The difference of sums that are larger. */
  cr_assert(error <= 2e-6, "case %d, %s: dclock off by %.2e", which, kernel_name, error);
  for (int n = 0; n < 4; n++) {
    lw_mem_give(in[n]);
    lw_mem_give(out[n]);
  }
  for (int n = 0; n < LW_FUSED_KINDS; n++) lw_mem_give(dreading[n]);
  lw_mem_give(reading);
}

Test(fused, agrees_with_golden_numbers)
{
  for (int kind = 0; next_kernel(&kind);) {
    for (size_t c = 0; c < sizeof golden_cases / sizeof *golden_cases; c++)
      golden_check(&golden_cases[c], false, (int)c);
    for (size_t c = 0; c < sizeof clocked_cases / sizeof *clocked_cases; c++)
      golden_check(&clocked_cases[c], true, (int)c);
  }
  cr_assert_eq(lw_mem_live(), 0);
}
