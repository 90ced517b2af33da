/* The kernels of op/isa.h as costs. What decides what is computed (op/fused_plan.c, how work is cut)
   is the real code; only the far field's norms are made up: those of random q and k. */
#include "simulate.h"
#include "isa.h"
#include "longwave/op/instruction_set.h"
#include "norm_operands.h"
#include "rates.h"
#include <math.h>
#include <string.h>

static double tile(const double rate[2], int64_t d)
{
  return rate[0] + rate[1] * (double)d;
}

/* Blocks of the segment. */
static int64_t blocks_in(const lw_fused_plan *plan, lw_fused_kind kind, int64_t segment)
{
  const int64_t left = plan->blocks[kind] - segment * LW_FUSED_SEGMENT;
  return left < LW_FUSED_SEGMENT ? left : LW_FUSED_SEGMENT;
}

/* Near tiles of a segment of queries with key blocks [first, end). */
static int64_t near_tiles(const lw_fused_plan *plan, int64_t segment, int64_t first, int64_t end)
{
  int64_t *const *edge = plan->far_edge[LW_FUSED_KEYS];
  int64_t tiles = 0;
  for (int64_t n = 0; n < blocks_in(plan, LW_FUSED_QUERIES, segment); n++) {
    const int64_t I = segment * LW_FUSED_SEGMENT + n;
    const int64_t from = edge[LW_FUSED_BEFORE][I] > first ? edge[LW_FUSED_BEFORE][I] : first;
    const int64_t to = edge[LW_FUSED_AFTER][I] < end ? edge[LW_FUSED_AFTER][I] : end;
    if (to > from) tiles += to - from;
  }
  return tiles;
}

static int sides(const lw_fused_plan *plan)
{
  return lw_fused_has_sums(plan) ? (int)lw_fused_sums_lists(plan->head) : 0;
}

static void fused_norms(const float *rows, int64_t stride, int64_t count, int64_t d, float *norms)
{
  (void)rows, (void)stride;
  /* the largest of 64 rows of d normal numbers */
  for (int64_t n = 0; n < count; n += LW_FUSED_BLOCK)
    norms[n / LW_FUSED_BLOCK] = sqrtf((float)d) + 1.7f;
  simulate_work(norms_of_rows * (double)(count * d));
}

static void fused_delta(const lw_fused_plan *plan, int64_t segment)
{
  const int64_t rows = LW_FUSED_BLOCK * blocks_in(plan, LW_FUSED_QUERIES, segment);
  simulate_work(delta_of_rows * (double)(rows * plan->head->head_size));
}

static void fused_far_gather(const lw_fused_plan *plan, lw_fused_kind kind, lw_fused_side side,
                             int64_t segment, float *scratch)
{
  (void)side, (void)scratch;
  simulate_work(far_gather * (double)(blocks_in(plan, kind, segment) * plan->head->head_size));
}

static void fused_far_scan(const lw_fused_plan *plan, lw_fused_kind kind, lw_fused_side side)
{
  (void)side;
  simulate_work(far_scan * (double)(plan->segments[kind] * plan->sums_each));
}

static void fused_far_range(const lw_fused_plan *plan, const lw_fused_range *range, float *scratch)
{
  (void)scratch;
  simulate_work(far_gather * (double)((range->end - range->first) * plan->head->head_size));
}

static void fused_far_backward(const lw_fused_plan *plan, lw_fused_kind kind, int64_t segment,
                               float *scratch)
{
  const int64_t blocks = blocks_in(plan, kind, segment) * sides(plan);
  (void)scratch;
  simulate_work(far_backward * (double)(blocks * plan->head->head_size));
}

static void fused_forward(const lw_fused_plan *plan, int64_t segment, float *scratch)
{
  const int64_t d = plan->head->head_size;
  const int64_t blocks = blocks_in(plan, LW_FUSED_QUERIES, segment) * sides(plan);
  (void)scratch;
  simulate_work(tile(tile_forward, d) *
                    (double)near_tiles(plan, segment, 0, plan->blocks[LW_FUSED_KEYS]) +
                far_forward * (double)(blocks * d));
}

static void fused_backward(const lw_fused_plan *plan, int64_t query_segment, int64_t key_segment,
                           float *scratch)
{
  const int64_t first = key_segment * LW_FUSED_SEGMENT;
  (void)scratch;
  simulate_work(tile(tile_backward, plan->head->head_size) *
                (double)near_tiles(plan, query_segment, first, first + LW_FUSED_SEGMENT));
}

static void gelu_once(const float *x, int64_t count, float *y)
{
  (void)x, (void)y;
  simulate_work(gelu_forward * (double)count);
}

static void gelu_back(const float *dy, const float *x, int64_t count, float *dx)
{
  (void)dy, (void)x, (void)dx;
  simulate_work(gelu_backward * (double)count);
}

static void gate_once(const float *x, int64_t count, float *s, float *y)
{
  (void)x, (void)s, (void)y;
  simulate_work(gelu_forward * (double)count);
}

static void gate_back(const float *dy, const float *x, const float *s, int64_t count, float *dx,
                      float *dz)
{
  (void)dy, (void)x, (void)s, (void)dx, (void)dz;
  simulate_work(gelu_backward * (double)count);
}

static void norm_once(const float *x, const float *gain, const float *bias, int64_t T, int64_t C,
                      float *y, float *mean, float *rstd)
{
  (void)x, (void)gain, (void)bias, (void)y, (void)mean, (void)rstd;
  simulate_work(layer_norm_forward * (double)(T * C));
}

static void norm_back(const float *dy, const float *x, const float *gain, const float *mean,
                      const float *rstd, int64_t T, int64_t C, float *dx)
{
  (void)dy, (void)x, (void)gain, (void)mean, (void)rstd, (void)dx;
  simulate_work(layer_norm_backward * (double)(T * C));
}

static void rms_once(const lw_rms_norm *norm, int64_t first, int64_t last, float *x, float *was)
{
  (void)x, (void)was;
  simulate_work(rms_norm_forward * (double)((last - first) * norm->heads * norm->d));
}

static void rms_back(const lw_rms_norm *norm, int64_t first, int64_t last, const float *was,
                     float *dy)
{
  (void)was, (void)dy;
  simulate_work(rms_norm_backward * (double)((last - first) * norm->heads * norm->d));
}

static void columns(const void *operands, int64_t row_first, int64_t row_last, int64_t column,
                    int64_t width, double *restrict first, double *restrict second)
{
  (void)operands, (void)column, (void)first, (void)second;
  simulate_work(column_sum * (double)((row_last - row_first) * width));
}

static void dropout_row(const uint32_t counter[4], const uint32_t key[2], uint32_t least,
                        float scale, int64_t C, float *x)
{
  (void)counter, (void)key, (void)least, (void)scale, (void)x;
  simulate_work(dropout * (double)C);
}

static void convolution_once(const lw_convolution *convolution, const lw_convolution_piece *piece)
{
  simulate_work(convolution_tap * (double)(piece->rows * convolution->channels) *
                (double)convolution->taps);
}

static void convolution_back(const lw_convolution *convolution, const lw_convolution_piece *piece,
                             double *sums)
{
  (void)sums;
  simulate_work(2.0 * convolution_tap * (double)(piece->rows * convolution->channels) *
                (double)convolution->taps);
}

static void average_end(const lw_average *average, const lw_average_run *run,
                        const lw_average_piece *piece)
{
  (void)run;
  simulate_work(average_mode * (double)(piece->rows * average->channels * average->modes));
}

static void average_once(const lw_average *average, const lw_average_run *runs,
                         const lw_average_piece *piece)
{
  for (int d = 0; d < average->directions; d++) average_end(average, &runs[d], piece);
}

static void average_back(const lw_average *average, const lw_average_run *runs,
                         const lw_average_piece *piece, double *sums)
{
  (void)sums;
  for (int run = 0; run < 2 * average->directions; run++) average_end(average, &runs[run], piece);
}

static void linear_block(const lw_linear_block *all)
{
  simulate_work(linear * 2.0 * (double)(all->rows * all->depth * all->width));
}

/* All logits as if they were equal: the loss is finite. */
static void xent_weights(const float *logits, int64_t count, double greatest, float *weight,
                         double *sum)
{
  (void)logits, (void)greatest;
  for (int64_t k = 0; k < count; k++) weight[k] = 1.0f;
  sum[0] += (double)count;
}

static const lw_isa simulated = {.name = "simulated",
                                 .fused_norms = fused_norms,
                                 .fused_delta = fused_delta,
                                 .fused_far_gather = fused_far_gather,
                                 .fused_far_scan = fused_far_scan,
                                 .fused_far_range = fused_far_range,
                                 .fused_far_backward = fused_far_backward,
                                 .fused_forward = fused_forward,
                                 .fused_backward = fused_backward,
                                 .fused_narrow_forward = fused_forward,
                                 .fused_narrow_backward = fused_backward,
                                 .gate_forward = gate_once,
                                 .gate_backward = gate_back,
                                 .gelu_forward = gelu_once,
                                 .gelu_backward = gelu_back,
                                 .layer_norm_forward = norm_once,
                                 .layer_norm_backward = norm_back,
                                 .layer_norm_slice = columns,
                                 .rms_norm_forward = rms_once,
                                 .rms_norm_backward = rms_back,
                                 .rms_norm_slice = columns,
                                 .batch_norm_slice = columns,
                                 .column_sum_slice = columns,
                                 .column_square_slice = columns,
                                 .dropout_row = dropout_row,
                                 .convolution_forward = convolution_once,
                                 .convolution_backward = convolution_back,
                                 .average_end = average_end,
                                 .average_forward = average_once,
                                 .average_backward = average_back,
                                 .linear_block = linear_block,
                                 .xent_weights = xent_weights};

const lw_isa *lw_isa_now(void)
{
  return &simulated;
}

const char *const lw_instruction_sets[] = {"simulated", NULL};

const char *lw_instruction_set(void)
{
  return simulated.name;
}

bool lw_instruction_set_force(const char *name)
{
  return !name || strcmp(name, simulated.name) == 0;
}
