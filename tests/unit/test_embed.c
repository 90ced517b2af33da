#include "longwave/op/embed.h"
#include "numbers.h"

Test(embed, tokens_take_rows_and_give_gradients_back)
{
  enum { T = 6, C = 35, V = 4 };
  const int32_t token[T] = {2, 0, 2, 3, 2, 0};
  float *table = numbers(1, V * C), *dx = numbers(2, T * C), *dtable = numbers(3, V * C), x[T * C];
  float product[T];
  double *want = numbers_zero(V * C);
  for (int i = 0; i < V * C; i++) want[i] = (double)dtable[i];
  lw_embed_tokens(token, table, T, C, x);
  lw_embed_tokens_backward(dx, token, T, C, dtable);
  lw_embed_tokens_product(dx, token, table, T, C, product);
  for (int t = 0; t < T; t++) {
    double sum = 0.0;
    for (int c = 0; c < C; c++) {
      cr_assert_eq(x[t * C + c], table[token[t] * C + c]);
      want[token[t] * C + c] += (double)dx[t * C + c];
      sum += (double)x[t * C + c] * (double)dx[t * C + c];
    }
    cr_assert_float_eq(product[t], sum, 1e-6);
  }
  cr_assert_lt(numbers_error(dtable, want, V * C), 1e-7);
  lw_mem_give(table), lw_mem_give(dx), lw_mem_give(dtable), lw_mem_give(want);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(embed, values_are_a_line_per_channel)
{
  enum { T = 40, C = 131 };
  float *value = numbers(1, T), *weight = numbers(2, C), *bias = numbers(3, C),
        *x = numbers(4, T * C);
  float *dx = numbers(5, T * C), *dweight = numbers(6, C), *dbias = numbers(7, C);
  double *want_weight = numbers_zero(C), *want_bias = numbers_zero(C);
  for (int c = 0; c < C; c++) want_weight[c] = (double)dweight[c], want_bias[c] = (double)dbias[c];
  lw_embed_values(value, weight, bias, T, C, x);
  lw_embed_values_backward(dx, value, T, C, dweight, dbias);
  for (int t = 0; t < T; t++)
    for (int c = 0; c < C; c++) {
      cr_assert_float_eq(x[t * C + c], value[t] * weight[c] + bias[c], 1e-6);
      want_weight[c] += (double)value[t] * (double)dx[t * C + c];
      want_bias[c] += (double)dx[t * C + c];
    }
  cr_assert_lt(numbers_error(dweight, want_weight, C), 1e-7);
  cr_assert_lt(numbers_error(dbias, want_bias, C), 1e-7);
  lw_mem_give(value), lw_mem_give(weight), lw_mem_give(bias), lw_mem_give(x), lw_mem_give(dx);
  lw_mem_give(dweight), lw_mem_give(dbias), lw_mem_give(want_weight), lw_mem_give(want_bias);
  cr_assert_eq(lw_mem_live(), 0);
}

Test(embed, positions_are_added_both_ways)
{
  float table[6] = {1, 2, 3, 4, 5, 6}, x[6] = {10, 20, 30, 40, 50, 60};
  lw_embed_positions(table, 2, 2, x);
  const float want[6] = {11, 22, 33, 44, 50, 60};
  cr_assert_arr_eq(x, want, sizeof want);
  lw_embed_positions_backward(x, 1, 2, table);
  const float want_table[6] = {12, 24, 3, 4, 5, 6};
  cr_assert_arr_eq(table, want_table, sizeof want_table);
}

/* Position 3 of 5 channels: angles 3, 3 / 10000^0.4, 3 / 10000^0.8. */
Test(embed, sinusoids)
{
  float table[4 * 5];
  lw_sinusoid_table(4, 5, table);
  const double angle[3] = {3.0, 3.0 * 0.025118864315095794, 3.0 * 0.00063095734448019331};
  for (int c = 0; c < 5; c++) {
    cr_assert_float_eq(table[c], c % 2 ? 1.0 : 0.0, 0.0);
    double want = c % 2 ? cos(angle[c / 2]) : sin(angle[c / 2]);
    cr_assert_float_eq(table[3 * 5 + c], want, 1e-7, "channel %d", c);
  }
}

Test(embed, rotary_turns_pairs_and_back)
{
  enum { COUNT = 7, HEADS = 2, D = 5, STRIDE = 13 };
  const int64_t turned[] = {D, 4, 2, 0};
  for (int n = 0; n < 4; n++) {
    const int64_t R = turned[n], HALF = R / 2;
    float *x = numbers(1, COUNT * STRIDE), *start = numbers(1, COUNT * STRIDE);
    float cosine[COUNT * D], sine[COUNT * D];
    lw_rotary_table(COUNT, R, cosine, sine);
    lw_rotary_turn(x, STRIDE, COUNT, HEADS, D, R, cosine, sine, 1.0f);
    for (int p = 0; p < COUNT; p++)
      for (int head = 0; head < HEADS; head++) {
        const float *from = start + p * STRIDE + head * D, *to = x + p * STRIDE + head * D;
        for (int i = 0; i < HALF; i++) {
          double angle = p / pow(10000.0, 2.0 * i / (double)R);
          double a = (double)from[i], b = (double)from[i + HALF];
          cr_assert_float_eq(to[i], a * cos(angle) - b * sin(angle), 1e-6);
          cr_assert_float_eq(to[i + HALF], b * cos(angle) + a * sin(angle), 1e-6);
        }
        for (int64_t i = 2 * HALF; i < D; i++) cr_assert_eq(to[i], from[i], "channels behind stay");
      }
    lw_rotary_turn(x, STRIDE, COUNT, HEADS, D, R, cosine, sine, -1.0f);
    for (int i = 0; i < COUNT * STRIDE; i++) cr_assert_float_eq(x[i], start[i], 1e-6);
    lw_mem_give(x), lw_mem_give(start);
  }
  cr_assert_eq(lw_mem_live(), 0);
}

Test(embed, a_share_of_a_head_is_whole_pairs)
{
  static const struct {
    double share;
    int64_t d, turned;
  } tried[] = {{1, 8, 8},   {1, 5, 5},    {0.5, 8, 4}, {0.5, 6, 4},  {0.25, 64, 16},
               {0.5, 5, 2}, {0.01, 8, 0}, {0, 8, 0},   {0.99, 8, 8}, {0.5, 1, 0}};
  for (size_t i = 0; i < sizeof tried / sizeof *tried; i++)
    cr_assert_eq(lw_rotary_channels(tried[i].share, tried[i].d), tried[i].turned, "%g of %d",
                 tried[i].share, (int)tried[i].d);
}

enum { RUN_T = 600, RUN_C = 130, RUN_V = 11 };
static void run(float *out)
{
  float *dx = numbers(1, RUN_T * RUN_C), *value = numbers(2, RUN_T);
  int32_t token[RUN_T];
  for (int t = 0; t < RUN_T; t++) token[t] = t * t % RUN_V;
  memset(out, 0, (RUN_V + 2) * RUN_C * sizeof *out);
  lw_embed_tokens_backward(dx, token, RUN_T, RUN_C, out);
  lw_embed_values_backward(dx, value, RUN_T, RUN_C, out + RUN_V * RUN_C, out + (RUN_V + 1) * RUN_C);
  lw_mem_give(dx), lw_mem_give(value);
}

Test(embed, threads_do_not_change_a_bit)
{
  numbers_same_for_threads(run, (RUN_V + 2) * RUN_C);
  cr_assert_eq(lw_mem_live(), 0);
}
