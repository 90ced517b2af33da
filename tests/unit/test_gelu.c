#include "longwave/op/gate.h"
#include "longwave/op/gelu.h"
#include "numbers.h"

enum { COUNT = 400001 };
static const double SQRT_HALF = 0.70710678118654752;

static float *ramp(double least, double greatest)
{
  float *x = numbers(1, COUNT);
  for (int i = 0; i < COUNT; i++) x[i] = (float)(least + (greatest - least) * i / (COUNT - 1));
  return x;
}

TEST_ON_EVERY_PATH(gelu, forward_is_relatively_exact_to_the_last_tail)
{
  float *x = ramp(-12.9, 10.0), *y = numbers(2, COUNT);
  lw_gelu_forward(x, COUNT, y);
  for (int i = 0; i < COUNT; i++) {
    double want = 0.5 * (double)x[i] * erfc(-(double)x[i] * SQRT_HALF);
    cr_assert_leq(fabs((double)y[i] - want), 6e-7 * fabs(want), "gelu(%.9g) = %.9g, not %.9g",
                  (double)x[i], (double)y[i], want);
  }
  lw_mem_give(x), lw_mem_give(y);
  cr_assert_eq(lw_mem_live(), 0);
}

TEST_ON_EVERY_PATH(gelu, backward_is_the_derivative)
{
  float *x = ramp(-15.0, 15.0), *dx = numbers(2, COUNT);
  float *dy = numbers(3, COUNT);
  lw_gelu_backward(dy, x, COUNT, dx);
  for (int i = 0; i < COUNT; i++) {
    double at = (double)x[i], phi = exp(-0.5 * at * at) / sqrt(2.0 * acos(-1.0));
    double want = (double)dy[i] * (0.5 * erfc(-at * SQRT_HALF) + at * phi);
    cr_assert_leq(fabs((double)dx[i] - want), 3e-7 * fabs((double)dy[i]), "at %.9g", at);
  }
  lw_mem_give(x), lw_mem_give(dx), lw_mem_give(dy);
  cr_assert_eq(lw_mem_live(), 0);
}

TEST_ON_EVERY_PATH(gelu, far_and_special_values)
{
  const float x[] = {0.0f, -20.0f, -1e30f, 20.0f, 3e38f, INFINITY, NAN, 1e-40f, -1e-40f};
  float y[9], dx[9];
  const float dy[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
  lw_gelu_forward(x, 9, y);
  lw_gelu_backward(dy, x, 9, dx);
  cr_assert(y[0] == 0.0f && y[1] == 0.0f && y[2] == 0.0f);
  cr_assert(y[3] == 20.0f && y[4] == 3e38f && isinf(y[5]) && isnan(y[6]));
  cr_assert_float_eq(y[7], 5e-41f, 1e-44);
  cr_assert_float_eq(y[8], -5e-41f, 1e-44);
  cr_assert(dx[0] == 0.5f && dx[1] == 0.0f && dx[2] == 0.0f && dx[3] == 1.0f && dx[4] == 1.0f);
}

TEST_ON_EVERY_PATH(gelu, in_place_and_odd_counts)
{
  for (int64_t count = 0; count < 70; count++) {
    float *x = numbers(5, count + 1), *y = numbers(6, count + 1), *dx = numbers(7, count + 1);
    float *dy = numbers(7, count + 1), end = x[count];
    lw_gelu_forward(x, count, y);
    lw_gelu_backward(dy, x, count, dx);
    lw_gelu_backward(dy, x, count, dy);
    lw_gelu_forward(x, count, x);
    cr_assert_eq(memcmp(x, y, (size_t)count * sizeof *x), 0);
    cr_assert_eq(memcmp(dx, dy, (size_t)count * sizeof *x), 0);
    cr_assert_eq(x[count], end, "nothing is written behind the end");
    lw_mem_give(x), lw_mem_give(y), lw_mem_give(dx), lw_mem_give(dy);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

enum { RUN = 100003 };
static void run(float *out)
{
  float *x = numbers(1, RUN);
  lw_gelu_forward(x, RUN, out);
  lw_gelu_backward(out, x, RUN, out + RUN);
  lw_mem_give(x);
}

TEST_ON_EVERY_PATH(gelu, threads_do_not_change_a_bit)
{
  numbers_same_for_threads(run, 2 * RUN);
  cr_assert_eq(lw_mem_live(), 0);
}

TEST_ON_EVERY_PATH(gelu, sigmoid_gates_and_their_gradient)
{
  enum { GATES = 1003 };
  float *x = numbers(1, GATES), *z = ramp(-40.0, 40.0), *dy = numbers(2, GATES);
  float s[GATES], y[GATES], dx[GATES], dz[GATES];
  for (int i = 0; i < GATES; i++) s[i] = z[i * (COUNT / GATES)];
  lw_gate_forward(x, GATES, s, y);
  lw_gate_backward(dy, x, s, GATES, dx, dz);
  for (int i = 0; i < GATES; i++) {
    const double at = (double)z[i * (COUNT / GATES)], open = 1.0 / (1.0 + exp(-at));
    const double want = (double)dy[i] * (double)x[i] * open / (1.0 + exp(at));
    if (at > -34.0) cr_assert_float_eq(s[i], open, (4e-7 + 1e-7 * fabs(at)) * open, "at %g", at);
    cr_assert_float_eq(y[i], open * (double)x[i], 5e-7);
    cr_assert_float_eq(dx[i], open * (double)dy[i], 1e-6);
    cr_assert_float_eq(dz[i], want, 1e-6, "at %g", at);
  }
  lw_mem_give(x), lw_mem_give(z), lw_mem_give(dy);
  cr_assert_eq(lw_mem_live(), 0);
}
