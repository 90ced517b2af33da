/* Rows of a score matrix; compiled once per instruction set. */
#include "isa.h"
#include "isa_vector.h"
#include <math.h>
#include <string.h>

/* Sums and maxima run in so many vectors side by side, which hides the latency of an addition and
   shortens the chains that rounding errors grow along. */
enum { CHAINS = 4 };

/* `count` numbers, fewer than a vector; `fill` beyond them. */
LW_INLINE lw_vector load_some(const float *from, int64_t count, float fill)
{
  lw_vector x = lw_splat(fill);
  memcpy(&x, from, (size_t)count * sizeof *from);
  return x;
}

LW_INLINE void store_some(float *to, int64_t count, lw_vector x)
{
  memcpy(to, &x, (size_t)count * sizeof *to);
}

/* CASE(width, load) for each vector of [0, count): whole vectors in groups of CHAINS with the chain
   n = 0 .. CHAINS - 1, then single ones, then what is left. */
#define FOR_VECTORS(count, BODY)                                                                   \
  do {                                                                                             \
    int64_t j = 0;                                                                                 \
    for (; j + CHAINS * LW_LANES <= (count); j += CHAINS * LW_LANES) LW_UNROLL                     \
    for (int n = 0; n < CHAINS; n++) BODY(j + n * LW_LANES, n, WHOLE_LOAD, WHOLE_STORE);           \
    for (; j + LW_LANES <= (count); j += LW_LANES) BODY(j, 0, WHOLE_LOAD, WHOLE_STORE);            \
    if (j < (count)) BODY(j, 0, SOME_LOAD, SOME_STORE);                                            \
  } while (0)
#define WHOLE_LOAD(from, fill) lw_load(from)
#define WHOLE_STORE(to, x) lw_store(to, x)
#define SOME_LOAD(from, fill) load_some(from, count - j, fill)
#define SOME_STORE(to, x) store_some(to, count - j, x)

LW_INLINE float sum_of(const lw_vector *chain)
{
  lw_vector all = (chain[0] + chain[1]) + (chain[2] + chain[3]);
  float sum = 0;
  for (int i = 0; i < LW_LANES; i++) sum += all[i];
  return sum;
}

LW_INLINE void local(float *x, int64_t count, const float *decay, const float *bias, float *most)
{
  lw_vector chain[CHAINS];
  for (int n = 0; n < CHAINS; n++) chain[n] = lw_splat(*most);
#define LOCAL(at, n, LOAD, STORE)                                                                  \
  do {                                                                                             \
    lw_vector y = LOAD(x + (at), -INFINITY);                                                       \
    if (decay) y *= LOAD(decay + (at), 1.0f);                                                      \
    if (bias) y -= LOAD(bias + (at), 0.0f);                                                        \
    if (decay || bias) STORE(x + (at), y);                                                         \
    chain[n] = lw_max(y, chain[n]);                                                                \
  } while (0)
  FOR_VECTORS(count, LOCAL);
#undef LOCAL
  lw_vector all = lw_max(lw_max(chain[0], chain[1]), lw_max(chain[2], chain[3]));
  for (int i = 0; i < LW_LANES; i++) *most = all[i] > *most ? all[i] : *most;
}

/* One copy of the loop for each way distance enters. */
void LW_ISA_NAME(score_local)(float *x, int64_t count, const float *decay, const float *bias,
                              float *most)
{
  if (decay && bias)
    local(x, count, decay, bias, most);
  else if (decay)
    local(x, count, decay, NULL, most);
  else
    local(x, count, NULL, bias, most);
}

void LW_ISA_NAME(score_weights)(float *x, int64_t count, float most, float *total)
{
  lw_vector chain[CHAINS] = {{0}};
#define WEIGHTS(at, n, LOAD, STORE)                                                                \
  do {                                                                                             \
    lw_vector y = lw_exp2(LOAD(x + (at), -INFINITY) - most);                                       \
    STORE(x + (at), y);                                                                            \
    chain[n] += y;                                                                                 \
  } while (0)
  FOR_VECTORS(count, WEIGHTS);
#undef WEIGHTS
  *total += sum_of(chain);
}

void LW_ISA_NAME(score_scale)(float *x, int64_t count, float factor)
{
#define SCALE(at, n, LOAD, STORE) STORE(x + (at), LOAD(x + (at), 0.0f) * factor)
  FOR_VECTORS(count, SCALE);
#undef SCALE
}

void LW_ISA_NAME(score_dot)(const float *a, const float *b, int64_t count, float *sum)
{
  lw_vector chain[CHAINS] = {{0}};
#define DOT(at, n, LOAD, STORE) chain[n] += LOAD(a + (at), 0.0f) * LOAD(b + (at), 0.0f)
  FOR_VECTORS(count, DOT);
#undef DOT
  *sum += sum_of(chain);
}

LW_INLINE void gradient(float *dx, const float *a, int64_t count, const float *decay, float sum)
{
#define GRADIENT(at, n, LOAD, STORE)                                                               \
  do {                                                                                             \
    lw_vector y = LOAD(a + (at), 0.0f) * (LOAD(dx + (at), 0.0f) - sum);                            \
    if (decay) y *= LOAD(decay + (at), 1.0f);                                                      \
    STORE(dx + (at), y);                                                                           \
  } while (0)
  FOR_VECTORS(count, GRADIENT);
#undef GRADIENT
}

void LW_ISA_NAME(score_gradient)(float *dx, const float *a, int64_t count, const float *decay,
                                 float sum)
{
  if (decay)
    gradient(dx, a, count, decay, sum);
  else
    gradient(dx, a, count, NULL, sum);
}

/* x[j] += x[j + step]: in ascending order, so that each sum reads what is not yet changed. */
LW_INLINE void add_ahead(float *x, int64_t count, int64_t step)
{
#define AHEAD(at, n, LOAD, STORE)                                                                  \
  STORE(x + (at), LOAD(x + (at), 0.0f) + LOAD(x + (at) + step, 0.0f))
  FOR_VECTORS(count, AHEAD);
#undef AHEAD
}

/* to[j] = (to[j] + from[j]) * factor */
LW_INLINE void add_scaled(float *to, const float *from, int64_t count, float factor)
{
#define ADD(at, n, LOAD, STORE)                                                                    \
  STORE(to + (at), (LOAD(to + (at), 0.0f) + LOAD(from + (at), 0.0f)) * factor)
  FOR_VECTORS(count, ADD);
#undef ADD
}

/* A window is a sum of windows of 1, 2, 4, ..: doubling makes each of them from the last, and the
 * binary digits of its width say which to take. log2(window) additions a number, and none that
 * takes away what another added, as a sum that slides along does. */
void LW_ISA_NAME(score_pool)(float *x, int64_t count, int64_t window, float *pooled)
{
  memcpy(pooled, x, (size_t)count * sizeof *x); /* the window of 1: widths are odd */
  int64_t done = 1;
  for (int64_t width = 1; 2 * width <= window; width *= 2) {
    add_ahead(x, count + window - 2 * width, width);
    if (!(window & (2 * width))) continue;
    const bool last = 4 * width > window;
    add_scaled(pooled, x + done, count, last ? 1.0f / (float)window : 1.0f);
    done += 2 * width;
  }
}
