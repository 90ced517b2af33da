/** The products of the fused attention engine: one operand read number by number times rows of
 * vectors. All five products of a tile have this form, so no tile is ever transposed:
 *
 *    C[r, n] (+)= sum_k A[r * a_row + k * a_step] * B[k * b_step + n]
 *
 *  A block of C stays in registers while k runs. Sums start from zero and are added to C at the
 * end, so that an accumulation over many tiles has two levels and loses less to rounding. */
#ifndef LONGWAVE_OP_FUSED_PRODUCT_H
#define LONGWAVE_OP_FUSED_PRODUCT_H

#include "isa_vector.h"
#include <stdbool.h>

typedef struct lw_fused_product {
  const float *a;
  int64_t a_row, a_step;
  const float *b;
  int64_t b_step;
  float *c;
  int64_t c_row;
  int64_t rows;  /* r runs below it; even */
  int64_t depth; /* k runs below it */
  int64_t width; /* n runs below it; a multiple of LW_LANES */
  bool add;      /* C += or C = */
} lw_fused_product;

/* Rows of a register block, for blocks of two vectors and of one: enough sums to hide the latency
   of the multiply-add, few enough for the registers. */
#if LW_LANES == 16
enum { LW_ROWS_PAIR = 8, LW_ROWS_SINGLE = 16 };
#elif LW_LANES == 8
enum { LW_ROWS_PAIR = 6, LW_ROWS_SINGLE = 12 };
#else
enum { LW_ROWS_PAIR = 4, LW_ROWS_SINGLE = 8 };
#endif

/* `rows` x `vectors` of C from row r and column n on; both constants once inlined. */
LW_INLINE void lw_fused_product_block(lw_fused_product p, int64_t r, int64_t n, int rows,
                                      int vectors)
{
  lw_vector sum[LW_ROWS_SINGLE][2];
  LW_UNROLL
  for (int i = 0; i < rows; i++) LW_UNROLL
  for (int v = 0; v < vectors; v++) sum[i][v] = (lw_vector){0};
  const float *a = p.a + r * p.a_row, *b = p.b + n;
  for (int64_t k = 0; k < p.depth; k++, a += p.a_step, b += p.b_step) {
    lw_vector row[2];
    LW_UNROLL
    for (int v = 0; v < vectors; v++) row[v] = lw_load(b + v * LW_LANES);
    LW_UNROLL
    for (int i = 0; i < rows; i++) LW_UNROLL
    for (int v = 0; v < vectors; v++) sum[i][v] += a[i * p.a_row] * row[v];
  }
  float *c = p.c + r * p.c_row + n;
  LW_UNROLL
  for (int i = 0; i < rows; i++) LW_UNROLL
  for (int v = 0; v < vectors; v++) {
    float *at = c + i * p.c_row + v * LW_LANES;
    lw_store(at, p.add ? lw_load(at) + sum[i][v] : sum[i][v]);
  }
}

/* All rows of one or two columns of vectors. */
LW_INLINE void lw_fused_product_panel(lw_fused_product p, int64_t n, int rows, int vectors)
{
  int64_t r = 0;
  for (; r + rows <= p.rows; r += rows) lw_fused_product_block(p, r, n, rows, vectors);
  for (; r + 4 <= p.rows; r += 4) lw_fused_product_block(p, r, n, 4, vectors);
  for (; r < p.rows; r += 2) lw_fused_product_block(p, r, n, 2, vectors);
}

LW_INLINE void lw_fused_product_all(lw_fused_product p)
{
  int64_t n = 0;
  for (; n + 2 * LW_LANES <= p.width; n += 2 * LW_LANES)
    lw_fused_product_panel(p, n, LW_ROWS_PAIR, 2);
  if (n < p.width) lw_fused_product_panel(p, n, LW_ROWS_SINGLE, 1);
}

/** c[r, :] += sum_k a[r * a_row + k * a_step] b[k, :], rows of b and c `width` long. */
LW_INLINE void lw_fused_product_add(const float *a, int64_t a_row, int64_t a_step, int64_t rows,
                                    int64_t depth, const float *b, int64_t width, float *c)
{
  lw_fused_product_all((lw_fused_product){.a = a,
                                          .a_row = a_row,
                                          .a_step = a_step,
                                          .b = b,
                                          .b_step = width,
                                          .c = c,
                                          .c_row = width,
                                          .rows = rows,
                                          .depth = depth,
                                          .width = width,
                                          .add = true});
}

#endif
