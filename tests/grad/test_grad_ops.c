/* Every backward of the plain operators against central differences. An operator is written once
 * more, plainly and in double; the loss sum_i w_i y_i with random w is differentiated by
 * differences there, and the float operator, given dy = w, must agree. Inputs of an operator stand
 * one behind the other in one array. */
#include "longwave/op/dropout.h"
#include "longwave/op/embed.h"
#include "longwave/op/gelu.h"
#include "longwave/op/linear.h"
#include "longwave/op/norm.h"
#include "longwave/op/pool.h"
#include "longwave/op/rms_norm.h"
#include "longwave/op/xent.h"
#include "numbers.h"

enum { T = 5, C = 7, OUT = 4, V = 3, D = 3, HEADS = 2, HALF = D / 2, ROOM = 128 };
static const int32_t tokens[T] = {2, 0, 2, 2, 1};
static const lw_rng mask_rng = {.seed = 8, .stream = LW_RNG_DROPOUT};

/* y = forward(x); dx (zero before) = the operator's own backward of dy at x. */
typedef struct operator_case {
  const char *name;
  int64_t inputs, outputs;
  void (*forward)(const double *x, double *y);
  void (*backward)(const float *x, const float *dy, float *dx);
  double step, tolerance;
} operator_case;

/* x [T, C], weight [OUT, C], bias [OUT] */
static void linear_forward(const double *x, double *y)
{
  const double *weight = x + T * C, *bias = weight + OUT * C;
  for (int t = 0; t < T; t++)
    for (int o = 0; o < OUT; o++) {
      y[t * OUT + o] = bias[o];
      for (int c = 0; c < C; c++) y[t * OUT + o] += weight[o * C + c] * x[t * C + c];
    }
}

static void linear_backward(const float *x, const float *dy, float *dx)
{
  lw_linear_init();
  float *dweight = dx + T * C;
  lw_linear_backward(dy, x, x + T * C, T, C, OUT, dx, dweight, dweight + OUT * C);
}

/* Normalise `count` numbers `stride` apart. */
static void normalise(const double *x, int count, int stride, double *xhat)
{
  double mean = 0.0, variance = 0.0;
  for (int i = 0; i < count; i++) mean += x[i * stride] / count;
  for (int i = 0; i < count; i++) variance += pow(x[i * stride] - mean, 2) / count;
  for (int i = 0; i < count; i++)
    xhat[i * stride] = (x[i * stride] - mean) / sqrt(variance + LW_NORM_EPSILON);
}

/* y = gain xhat + bias in place; gain [C], bias [C] */
static void scale_and_shift(const double *gain, double *y)
{
  for (int i = 0; i < T * C; i++) y[i] = gain[i % C] * y[i] + gain[C + i % C];
}

/* x [T, C], gain [C], bias [C]; batch norm the same */
static void layer_norm_forward(const double *x, double *y)
{
  for (int t = 0; t < T; t++) normalise(x + t * C, C, 1, y + t * C);
  scale_and_shift(x + T * C, y);
}

static void layer_norm_backward(const float *x, const float *dy, float *dx)
{
  float y[T * C], mean[T], rstd[T];
  const float *gain = x + T * C;
  lw_layer_norm_forward(x, gain, gain + C, T, C, y, mean, rstd);
  lw_layer_norm_backward(dy, x, gain, mean, rstd, T, C, dx, dx + T * C, dx + T * C + C);
}

/* x [T, HEADS, D], gain [D] */
static void rms_norm_forward(const double *x, double *y)
{
  for (int n = 0; n < T * HEADS; n++) {
    double square = LW_RMS_EPSILON;
    for (int c = 0; c < D; c++) square += pow(x[n * D + c], 2) / D;
    for (int c = 0; c < D; c++) y[n * D + c] = x[T * HEADS * D + c] * x[n * D + c] / sqrt(square);
  }
}

static void rms_norm_backward(const float *x, const float *dy, float *dx)
{
  enum { ALL = T * HEADS * D };
  float y[ALL], was[ALL];
  const lw_rms_norm norm = {HEADS, D, T, HEADS * D, x + ALL};
  memcpy(y, x, sizeof y);
  memcpy(dx, dy, sizeof y);
  lw_rms_norm_forward(&norm, y, was);
  lw_rms_norm_backward(&norm, was, dx, dx + ALL);
}

static void batch_norm_forward(const double *x, double *y)
{
  for (int c = 0; c < C; c++) normalise(x + c, T, C, y + c);
  scale_and_shift(x + T * C, y);
}

/* Sums, then mean and rstd, then the sums of backward, then backward: the whole way of a training
 * step. */
static void batch_norm_backward(const float *x, const float *dy, float *dx)
{
  double sum[C], square[C], dy_sum[C], dy_xhat_sum[C];
  float mean[C], rstd[C], dy_mean[C], dy_xhat_mean[C];
  lw_column_sum(x, T, C, sum);
  for (int c = 0; c < C; c++) mean[c] = (float)(sum[c] /= T);
  lw_column_square(x, sum, T, C, square);
  for (int c = 0; c < C; c++) rstd[c] = (float)(1.0 / sqrt(square[c] / T + LW_NORM_EPSILON));
  lw_batch_norm_sums(dy, x, mean, rstd, T, C, dy_sum, dy_xhat_sum);
  for (int c = 0; c < C; c++) {
    dy_mean[c] = (float)(dy_sum[c] / T), dy_xhat_mean[c] = (float)(dy_xhat_sum[c] / T);
    dx[T * C + c] = (float)dy_xhat_sum[c], dx[T * C + C + c] = (float)dy_sum[c];
  }
  lw_batch_norm_backward(dy, x, x + T * C, mean, rstd, dy_mean, dy_xhat_mean, T, C, dx);
}

/* Evaluation: mean 0.25 and rstd 2 are constants. */
static void batch_norm_fixed_forward(const double *x, double *y)
{
  for (int i = 0; i < T * C; i++) y[i] = (x[i] - 0.25) * 2.0;
  scale_and_shift(x + T * C, y);
}

static void batch_norm_fixed_backward(const float *x, const float *dy, float *dx)
{
  float mean[C], rstd[C], zero[C] = {0};
  double dy_sum[C], dy_xhat_sum[C];
  for (int c = 0; c < C; c++) mean[c] = 0.25f, rstd[c] = 2.0f;
  lw_batch_norm_sums(dy, x, mean, rstd, T, C, dy_sum, dy_xhat_sum);
  for (int c = 0; c < C; c++)
    dx[T * C + c] = (float)dy_xhat_sum[c], dx[T * C + C + c] = (float)dy_sum[c];
  lw_batch_norm_backward(dy, x, x + T * C, mean, rstd, zero, zero, T, C, dx);
}

static void gelu_forward(const double *x, double *y)
{
  for (int i = 0; i < T * C; i++) y[i] = 0.5 * x[i] * erfc(-x[i] / sqrt(2.0));
}

static void gelu_backward(const float *x, const float *dy, float *dx)
{
  lw_gelu_backward(dy, x, T * C, dx);
}

/* table [V, C] */
static void tokens_forward(const double *table, double *y)
{
  for (int t = 0; t < T; t++)
    for (int c = 0; c < C; c++) y[t * C + c] = table[tokens[t] * C + c];
}

static void tokens_backward(const float *table, const float *dy, float *dtable)
{
  (void)table;
  lw_embed_tokens_backward(dy, tokens, T, C, dtable);
}

/* weight [C], bias [C]; values t - 1.5 */
static void values_forward(const double *weight, double *y)
{
  for (int t = 0; t < T; t++)
    for (int c = 0; c < C; c++) y[t * C + c] = (t - 1.5) * weight[c] + weight[C + c];
}

static void values_backward(const float *weight, const float *dy, float *dweight)
{
  (void)weight;
  float value[T];
  for (int t = 0; t < T; t++) value[t] = (float)t - 1.5f;
  lw_embed_values_backward(dy, value, T, C, dweight, dweight + C);
}

/* x [T, C], table [T, C] */
static void positions_forward(const double *x, double *y)
{
  for (int i = 0; i < T * C; i++) y[i] = x[i] + x[T * C + i];
}

static void positions_backward(const float *x, const float *dy, float *dx)
{
  (void)x;
  memcpy(dx, dy, T * C * sizeof *dx);
  lw_embed_positions_backward(dy, T, C, dx + T * C);
}

/* x [T, C]: two heads of 3 channels, the seventh is nobody's */
static void rotary_forward(const double *x, double *y)
{
  memcpy(y, x, T * C * sizeof *y);
  for (int p = 0; p < T; p++)
    for (int head = 0; head < HEADS; head++) {
      const double *from = x + p * C + head * D;
      y[p * C + head * D] = cos(p) * from[0] - sin(p) * from[HALF];
      y[p * C + head * D + HALF] = cos(p) * from[HALF] + sin(p) * from[0];
    }
}

static void rotary_backward(const float *x, const float *dy, float *dx)
{
  (void)x;
  float cosine[T * HALF], sine[T * HALF];
  lw_rotary_table(T, D, cosine, sine);
  memcpy(dx, dy, T * C * sizeof *dx);
  lw_rotary_turn(dx, C, T, HEADS, D, D, cosine, sine, -1.0f);
}

static const lw_pool_stretch pooled = {0, T, T};

static void mean_forward(const double *x, double *y)
{
  for (int i = 0; i < T * C; i++) y[i % C] = (i < C ? 0.0 : y[i % C]) + x[i] / T;
}

static void mean_backward(const float *x, const float *dy, float *dx)
{
  (void)x;
  lw_pool_backward(LW_POOLING_MEAN, dy, pooled, C, NULL, dx);
}

static void last_forward(const double *x, double *y)
{
  memcpy(y, x + (T - 1) * C, C * sizeof *y);
}

static void last_backward(const float *x, const float *dy, float *dx)
{
  (void)x;
  lw_pool_backward(LW_POOLING_LAST, dy, pooled, C, NULL, dx);
}

static void max_forward(const double *x, double *y)
{
  for (int i = 0; i < T * C; i++) y[i % C] = i < C || x[i] > y[i % C] ? x[i] : y[i % C];
}

static void max_backward(const float *x, const float *dy, float *dx)
{
  float out[C];
  int32_t place[C];
  lw_pool_begin(LW_POOLING_MAX, C, out, place);
  lw_pool_add(LW_POOLING_MAX, x, pooled, C, out, place);
  lw_pool_backward(LW_POOLING_MAX, dy, pooled, C, place, dx);
}

/* x [T, C], then the query. */
static void attention_forward(const double *x, double *y)
{
  double weight[T], total = 0.0;
  memset(y, 0, C * sizeof *y);
  for (int t = 0; t < T; t++) {
    double score = 0.0;
    for (int c = 0; c < C; c++) score += x[t * C + c] * x[T * C + c];
    total += weight[t] = exp(score);
  }
  for (int i = 0; i < T * C; i++) y[i % C] += weight[i / C] / total * x[i];
}

static void attention_backward(const float *x, const float *dy, float *dx)
{
  float weight[T], slope[T], out[C] = {0};
  lw_pool_scores(x, x + T * C, T, C, weight);
  const float total = (float)lw_pool_weigh(weight, T, 0.0f);
  lw_pool_add_weighted(x, weight, T, C, out);
  for (int c = 0; c < C; c++) out[c] /= total;
  const lw_pool_weighted of = {
      .x = x, .weight = weight, .query = x + T * C, .out = out, .dout = dy, .total = total};
  lw_pool_weighted_backward(&of, T, C, slope, dx);
  memset(dx + T * C, 0, C * sizeof *dx);
  lw_pool_add_weighted(x, slope, T, C, dx + T * C);
}

/* Label 3, smoothing 0.2. */
static void xent_forward(const double *x, double *y)
{
  double total = 0.0, mean = 0.0;
  for (int k = 0; k < C; k++) total += exp(x[k]), mean += x[k] / C;
  y[0] = log(total) - 0.8 * x[3] - 0.2 * mean;
}

static void xent_backward(const float *x, const float *dy, float *dx)
{
  lw_xent(x, C, 3, 0.2, (double)dy[0], dx);
}

static void dropout_forward(const double *x, double *y)
{
  float mask[T * C];
  for (int i = 0; i < T * C; i++) mask[i] = 1.0f;
  lw_dropout(mask, 0, T, C, 0.3, mask_rng, 4);
  for (int i = 0; i < T * C; i++) y[i] = x[i] * (double)mask[i];
}

static void dropout_backward(const float *x, const float *dy, float *dx)
{
  (void)x;
  memcpy(dx, dy, T * C * sizeof *dx);
  lw_dropout(dx, 0, T, C, 0.3, mask_rng, 4);
}

/* The tolerance is a few float roundings, more where the operator subtracts means; differences of
 * maps that are linear have no error but rounding, so their step is large. */
static const operator_case cases[] = {
    {"linear", T *C + OUT *C + OUT, T *OUT, linear_forward, linear_backward, 1e-3, 3e-7},
    {"layer norm", T *C + 2 * C, T *C, layer_norm_forward, layer_norm_backward, 1e-5, 1e-6},
    {"batch norm", T *C + 2 * C, T *C, batch_norm_forward, batch_norm_backward, 1e-5, 1e-6},
    {"batch norm, fixed", T *C + 2 * C, T *C, batch_norm_fixed_forward, batch_norm_fixed_backward,
     1e-3, 3e-7},
    {"rms norm", T *HEADS *D + D, T *HEADS *D, rms_norm_forward, rms_norm_backward, 1e-5, 1e-6},
    {"gelu", T *C, T *C, gelu_forward, gelu_backward, 1e-5, 3e-7},
    {"tokens", V *C, T *C, tokens_forward, tokens_backward, 1e-3, 2e-7},
    {"values", 2 * C, T *C, values_forward, values_backward, 1e-3, 2e-7},
    {"positions", 2 * T *C, T *C, positions_forward, positions_backward, 1e-3, 1e-7},
    {"rotary", T *C, T *C, rotary_forward, rotary_backward, 1e-3, 2e-7},
    {"mean", T *C, C, mean_forward, mean_backward, 1e-3, 1e-7},
    {"last", T *C, C, last_forward, last_backward, 1e-3, 1e-7},
    {"max", T *C, C, max_forward, max_backward, 1e-6, 1e-7},
    {"attention pooling", T *C + C, C, attention_forward, attention_backward, 1e-5, 1e-6},
    {"cross entropy", C, 1, xent_forward, xent_backward, 1e-5, 2e-7},
    {"dropout", T *C, T *C, dropout_forward, dropout_backward, 1e-3, 1e-7},
};

static double loss(const operator_case *c, const double *x, const float *weight)
{
  double y[ROOM], sum = 0.0;
  c->forward(x, y);
  for (int64_t i = 0; i < c->outputs; i++) sum += (double)weight[i] * y[i];
  return sum;
}

static double error_of(const operator_case *c, uint64_t seed)
{
  cr_assert(c->inputs <= ROOM && c->outputs <= ROOM);
  float *x = numbers(seed, c->inputs), *dy = numbers(seed + 1, c->outputs), dx[ROOM] = {0};
  double at[ROOM], want[ROOM];
  for (int64_t i = 0; i < c->inputs; i++) at[i] = (double)x[i];
  for (int64_t i = 0; i < c->inputs; i++) {
    at[i] = (double)x[i] + c->step;
    double above = loss(c, at, dy);
    at[i] = (double)x[i] - c->step;
    want[i] = (above - loss(c, at, dy)) / (2.0 * c->step);
    at[i] = (double)x[i];
  }
  c->backward(x, dy, dx);
  double error = numbers_error(dx, want, c->inputs);
  lw_mem_give(x), lw_mem_give(dy);
  return error;
}

TEST_ON_EVERY_PATH(grad_ops, every_backward_is_the_derivative)
{
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    double worst = 0.0;
    for (uint64_t seed = 10; seed < 30; seed += 2) worst = fmax(worst, error_of(cases + i, seed));
    cr_log_info("%-20s %.2g", cases[i].name, worst);
    cr_expect_lt(worst, cases[i].tolerance, "%s: %g", cases[i].name, worst);
  }
  cr_assert_eq(lw_mem_live(), 0);
}
