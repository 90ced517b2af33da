/* A block of rows times a panel (linear_panel.h); compiled once per instruction set. The sums of
 * ROWS x VECTORS vectors stay in registers while k runs: enough of them to hide the latency of the
 * multiply-add, and so few loads for each that the load ports do not limit it. */
#include "isa.h"
#include "isa_vector.h"
#include <assert.h>
#include <string.h>

static_assert(LW_LINEAR_ALIGN % LW_LANES == 0 && LW_LINEAR_WIDTH % LW_LINEAR_ALIGN == 0,
              "panels are whole vectors");

enum { ROWS = LW_LINEAR_ROWS, VECTORS = LW_LANES == 16 ? 4 : 2 };

/* `rows` x `vectors` of c from its first row and column on; both constants once inlined. */
LW_INLINE void block(const lw_linear_block *p, int rows, int vectors)
{
  lw_vector sum[ROWS][VECTORS];
  LW_UNROLL
  for (int i = 0; i < rows; i++) LW_UNROLL
  for (int v = 0; v < vectors; v++) sum[i][v] = (lw_vector){0};
  const float *a = p->a, *b = p->b, *ahead = p->ahead;
  for (int64_t k = 0; k < p->depth; k++) {
    __builtin_prefetch(ahead, 0, 2);
    lw_vector row[VECTORS];
    LW_UNROLL
    for (int v = 0; v < vectors; v++) row[v] = lw_load(b + v * LW_LANES);
    LW_UNROLL
    for (int i = 0; i < rows; i++) LW_UNROLL
    for (int v = 0; v < vectors; v++) sum[i][v] += a[i * p->a_row] * row[v];
    a += p->a_step, b += p->b_step, ahead += p->ahead_step;
  }
  LW_UNROLL
  for (int i = 0; i < rows; i++) LW_UNROLL
  for (int v = 0; v < vectors; v++)
    lw_store(p->c + i * p->c_row + v * LW_LANES,
             lw_load(p->start + i * p->start_row + v * LW_LANES) + sum[i][v]);
}

/* The block whose last vector reaches beyond the width: by way of whole vectors. */
LW_INLINE void block_of_part(const lw_linear_block *p, int rows, int vectors)
{
  float whole[ROWS * VECTORS * LW_LANES] = {0};
  const int64_t stride = vectors * LW_LANES;
  const size_t bytes = (size_t)p->width * sizeof *whole;
  lw_linear_block q = *p;
  q.start = q.c = whole;
  q.start_row = q.c_row = stride;
  for (int i = 0; i < rows; i++) memcpy(whole + i * stride, p->start + i * p->start_row, bytes);
  block(&q, rows, vectors);
  for (int i = 0; i < rows; i++) memcpy(p->c + i * p->c_row, whole + i * stride, bytes);
}

/* All rows of a column of blocks. */
LW_INLINE void column(lw_linear_block p, int vectors)
{
  const bool part = p.width < vectors * LW_LANES;
#define BLOCKS(rows_at_once)                                                                       \
  for (; p.rows >= (rows_at_once); p.rows -= (rows_at_once)) {                                     \
    if (part)                                                                                      \
      block_of_part(&p, rows_at_once, vectors);                                                    \
    else                                                                                           \
      block(&p, rows_at_once, vectors);                                                            \
    p.a += (rows_at_once)*p.a_row;                                                                 \
    p.start += (rows_at_once)*p.start_row;                                                         \
    p.ahead += (rows_at_once)*p.ahead_row;                                                         \
    p.c += (rows_at_once)*p.c_row;                                                                 \
  }
  BLOCKS(ROWS)
  BLOCKS(2)
  BLOCKS(1)
#undef BLOCKS
}

void LW_ISA_NAME(linear_block)(const lw_linear_block *all)
{
  lw_linear_block p = *all;
  const int64_t step = VECTORS * LW_LANES;
  for (; p.width >= step; p.width -= step, p.b += step, p.start += step, p.c += step)
    column(p, VECTORS);
  const int64_t vectors = (p.width + LW_LANES - 1) / LW_LANES;
#if LW_LANES == 16
  if (vectors == 4) column(p, 4);
  if (vectors == 3) column(p, 3);
#endif
  if (vectors == 2) column(p, 2);
  if (vectors == 1) column(p, 1);
}
