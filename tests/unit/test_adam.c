#include "longwave/op/adam.h"
#include "numbers.h"

enum { COUNT = 37, STEPS = 20 };

/* The formula of the header, step by step, in double. */
static void plainly(const lw_adam *adam, double gradient, double *w, double *m, double *v)
{
  double n = (double)adam->step;
  *m = adam->beta1 * *m + (1 - adam->beta1) * gradient;
  *v = adam->beta2 * *v + (1 - adam->beta2) * gradient * gradient;
  double mhat = *m / (1 - pow(adam->beta1, n)), vhat = *v / (1 - pow(adam->beta2, n));
  *w -= adam->rate * (mhat / (sqrt(vhat) + adam->epsilon) + adam->decay * *w);
}

Test(adam, follows_the_formula_for_many_steps)
{
  float *w = numbers(1, COUNT), first[COUNT] = {0}, second[COUNT] = {0};
  double want[COUNT], m[COUNT] = {0}, v[COUNT] = {0};
  for (int i = 0; i < COUNT; i++) want[i] = (double)w[i];
  for (int step = 1; step <= STEPS; step++) {
    lw_adam adam = {0.9, 0.98, 1e-8, 0.01 / step, 0.1, step};
    float *gradient = numbers((uint64_t)step + 100, COUNT);
    lw_adam_update(&adam, COUNT, gradient, 0.5, w, first, second);
    for (int i = 0; i < COUNT; i++)
      plainly(&adam, 0.5 * (double)gradient[i], want + i, m + i, v + i);
    lw_mem_give(gradient);
  }
  cr_assert_lt(numbers_error(w, want, COUNT), 3e-7);
  cr_assert_lt(numbers_error(first, m, COUNT), 3e-7);
  cr_assert_lt(numbers_error(second, v, COUNT), 5e-7);
  lw_mem_give(w);
  cr_assert_eq(lw_mem_live(), 0);
}

/* The corrected first step is rate * sign(gradient), whatever the gradient's size. */
Test(adam, the_first_step_has_the_size_of_the_rate)
{
  const float gradient[3] = {1e-3f, -7.0f, 1e6f};
  float w[3] = {0}, first[3] = {0}, second[3] = {0};
  lw_adam adam = {0.9, 0.999, 1e-12, 0.25, 0.0, 1};
  lw_adam_update(&adam, 3, gradient, 1.0, w, first, second);
  const double want[3] = {-0.25, 0.25, -0.25};
  cr_assert_lt(numbers_error(w, want, 3), 2e-7);
}

Test(adam, no_gradient_leaves_only_the_decay)
{
  const float gradient[1] = {0};
  float w[1] = {2}, first[1] = {0}, second[1] = {0};
  lw_adam adam = {0.9, 0.999, 1e-8, 0.5, 0.25, 3};
  lw_adam_update(&adam, 1, gradient, 1.0, w, first, second);
  cr_assert_eq(w[0], 1.75f);
  lw_adam_update(&adam, 0, gradient, 1.0, w, first, second);
  cr_assert_eq(w[0], 1.75f, "a count of 0 changes nothing");
}

enum { RUN = 100001 };
static void run(float *out)
{
  float *gradient = numbers(1, RUN);
  memset(out, 0, 3 * RUN * sizeof *out);
  lw_adam adam = {0.9, 0.999, 1e-8, 0.01, 0.1, 1};
  lw_adam_update(&adam, RUN, gradient, 1.0, out, out + RUN, out + 2 * RUN);
  lw_mem_give(gradient);
}

Test(adam, threads_do_not_change_a_bit)
{
  numbers_same_for_threads(run, 3 * RUN);
  cr_assert_eq(lw_mem_live(), 0);
}
