/** Tokens or values to vectors, and positions. t counts rows of a packed batch, p[t] is the
 *  position of row t in its sample. Local, no allocation. Gradients of tables are added row by row
 *  in a fixed order. */
#ifndef LONGWAVE_OP_EMBED_H
#define LONGWAVE_OP_EMBED_H

#include <stdint.h>

/** x[t,:] = table[token[t],:].  token [T] in [0, V);  table [V, C];  x [T, C] out */
void lw_embed_tokens(const int32_t *token, const float *table, int64_t T, int64_t C, float *x);
/** dtable[token[t],:] += dx[t,:] */
void lw_embed_tokens_backward(const float *dx, const int32_t *token, int64_t T, int64_t C,
                              float *dtable);
/** product[t] = sum_c table[token[t],c] dx[t,c]: the slope along the token's own row.  product [T]
 *  out */
void lw_embed_tokens_product(const float *dx, const int32_t *token, const float *table, int64_t T,
                             int64_t C, float *product);

/** x[t,:] = value[t] weight + bias.  value [T]; weight, bias [C]; x [T, C] out */
void lw_embed_values(const float *value, const float *weight, const float *bias, int64_t T,
                     int64_t C, float *x);
/** dweight += sum_t value[t] dx[t,:];  dbias += sum_t dx[t,:] */
void lw_embed_values_backward(const float *dx, const float *value, int64_t T, int64_t C,
                              float *dweight, float *dbias);

/** x[t,:] += table[p,:] for the `count` rows of one sample, p = 0 .. count-1.  table [>= count, C]
 */
void lw_embed_positions(const float *table, int64_t count, int64_t C, float *x);
/** dtable[p,:] += dx[p,:] */
void lw_embed_positions_backward(const float *dx, int64_t count, int64_t C, float *dtable);

/** table[p, 2i] = sin(p / 10000^(2i/C)), table[p, 2i+1] = cos(same). Source: [Vaswani2017]
 *  section 3.5. table [positions, C] out */
void lw_sinusoid_table(int64_t positions, int64_t C, float *table);

/** How many of the d channels of a head turn, its first ones: all of share 1, else the nearest
 *  number of pairs. Source: [Black2022], section 2.1. Local. */
int64_t lw_rotary_channels(double share, int64_t d);
/** Rotary positions, in place: in each head the pairs (x[i], x[i + R/2]), i < R/2, of position p
 *  turn by the angle p / 10000^(2i/R), R = `turned` <= d (the last channel of an odd R and those
 *  behind R stay). Source: [Su2021], the half-split form. sign -1 turns back: the transposed map,
 *  which backward needs.
 *  x: `count` rows of one sample, `stride` floats apart, the first `heads * d` channels of each;
 *  cosine, sine [count, R/2] in, by lw_rotary_table */
void lw_rotary_table(int64_t positions, int64_t turned, float *cosine, float *sine);
void lw_rotary_turn(float *x, int64_t stride, int64_t count, int64_t heads, int64_t d,
                    int64_t turned, const float *cosine, const float *sine, float sign);

#endif
