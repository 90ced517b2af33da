/* Operators without kernels of their own (op/adam.h, embed.h) as costs. Smoothing and pooling, less
   than one per cent of a step together, are really done and cost nothing. */
#include "simulate.h"
#include "longwave/op/adam.h"
#include "longwave/op/embed.h"
#include "rates.h"
#include <math.h>
#include <string.h>

void lw_adam_update(const lw_adam *all, int64_t count, const float *gradient, double scale,
                    float *value, float *first, float *second)
{
  (void)all, (void)gradient, (void)scale, (void)value, (void)first, (void)second;
  simulate_work(adam * (double)count);
}

void lw_embed_tokens(const int32_t *token, const float *table, int64_t T, int64_t C, float *x)
{
  (void)token, (void)table, (void)x;
  simulate_work(embed * (double)(T * C));
}

void lw_embed_tokens_backward(const float *dx, const int32_t *token, int64_t T, int64_t C,
                              float *dtable)
{
  (void)dx, (void)token, (void)dtable;
  simulate_work(embed * (double)(T * C));
}

void lw_embed_tokens_product(const float *dx, const int32_t *token, const float *table, int64_t T,
                             int64_t C, float *product)
{
  (void)dx, (void)token, (void)table, (void)product;
  simulate_work(embed * (double)(T * C));
}

void lw_embed_values(const float *value, const float *weight, const float *bias, int64_t T,
                     int64_t C, float *x)
{
  (void)value, (void)weight, (void)bias, (void)x;
  simulate_work(embed * (double)(T * C));
}

void lw_embed_values_backward(const float *dx, const float *value, int64_t T, int64_t C,
                              float *dweight, float *dbias)
{
  (void)dx, (void)value, (void)dweight, (void)dbias;
  simulate_work(2.0 * embed * (double)(T * C));
}

void lw_embed_positions(const float *table, int64_t count, int64_t C, float *x)
{
  (void)table, (void)x;
  simulate_work(embed * (double)(count * C));
}

void lw_embed_positions_backward(const float *dx, int64_t count, int64_t C, float *dtable)
{
  (void)dx, (void)dtable;
  simulate_work(embed * (double)(count * C));
}

/* Tables are made once, before the steps. */
void lw_sinusoid_table(int64_t positions, int64_t C, float *table)
{
  memset(table, 0, (size_t)(positions * C) * sizeof *table);
}

int64_t lw_rotary_channels(double share, int64_t d)
{
  return share < 1.0 ? 2 * llround(share * (double)(d / 2)) : d;
}

void lw_rotary_table(int64_t positions, int64_t turned, float *cosine, float *sine)
{
  memset(cosine, 0, (size_t)(positions * (turned / 2)) * sizeof *cosine);
  memset(sine, 0, (size_t)(positions * (turned / 2)) * sizeof *sine);
}

void lw_rotary_turn(float *x, int64_t stride, int64_t count, int64_t heads, int64_t d,
                    int64_t turned, const float *cosine, const float *sine, float sign)
{
  (void)x, (void)stride, (void)d, (void)cosine, (void)sine, (void)sign;
  simulate_work(embed * (double)(count * heads * turned));
}
