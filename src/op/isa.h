/** Kernels that are compiled once for each instruction set, and the choice between them at run
 * time. The sources of such kernels stand in `isa_sources` of meson.build; they name what they
 * define with LW_ISA_NAME and use the vectors of isa_vector.h. To add a kernel: one line in
 * LW_ISA_KERNELS, one file in `isa_sources`. Not here: the public functions, which call
 * lw_isa_now()->kernel. */
#ifndef LONGWAVE_OP_ISA_H
#define LONGWAVE_OP_ISA_H

#include "fused_work.h"
#include "linear_block.h"
#include "longwave/op/average.h"
#include "longwave/op/convolution.h"
#include "longwave/op/rms_norm.h"

/* A lw_share_slice (share.h): column sums over some rows. */
#define LW_ISA_SLICE                                                                               \
  (const void *operands, int64_t row_first, int64_t row_last, int64_t column, int64_t width,       \
   double *restrict first, double *restrict second)

#define LW_ISA_KERNELS(KERNEL)                                                                     \
  KERNEL(fused_norms, (const float *rows, int64_t stride, int64_t count, int64_t d, float *norms)) \
  KERNEL(fused_delta, (const lw_fused_plan *plan, int64_t segment))                                \
  KERNEL(fused_far_gather, (const lw_fused_plan *plan, lw_fused_kind kind, lw_fused_side side,     \
                            int64_t segment, float *scratch))                                      \
  KERNEL(fused_far_scan, (const lw_fused_plan *plan, lw_fused_kind kind, lw_fused_side side))      \
  KERNEL(fused_far_range,                                                                          \
         (const lw_fused_plan *plan, const lw_fused_range *range, float *scratch))                 \
  KERNEL(fused_far_forward,                                                                        \
         (const lw_fused_plan *plan, int64_t first, int64_t last, const lw_fused_work *work))      \
  KERNEL(fused_far_backward,                                                                       \
         (const lw_fused_plan *plan, lw_fused_kind kind, int64_t segment, float *scratch))         \
  KERNEL(fused_forward, (const lw_fused_plan *plan, int64_t segment, float *scratch))              \
  KERNEL(fused_backward,                                                                           \
         (const lw_fused_plan *plan, int64_t query_segment, int64_t key_segment, float *scratch))  \
  KERNEL(fused_narrow_forward, (const lw_fused_plan *plan, int64_t segment, float *scratch))       \
  KERNEL(fused_narrow_backward,                                                                    \
         (const lw_fused_plan *plan, int64_t query_segment, int64_t key_segment, float *scratch))  \
  KERNEL(gate_forward, (const float *x, int64_t count, float *s, float *y))                        \
  KERNEL(gate_backward,                                                                            \
         (const float *dy, const float *x, const float *s, int64_t count, float *dx, float *dz))   \
  KERNEL(gelu_forward, (const float *x, int64_t count, float *y))                                  \
  KERNEL(gelu_backward, (const float *dy, const float *x, int64_t count, float *dx))               \
  KERNEL(layer_norm_forward, (const float *x, const float *gain, const float *bias, int64_t T,     \
                              int64_t C, float *y, float *mean, float *rstd))                      \
  KERNEL(layer_norm_backward,                                                                      \
         (const float *dy, const float *x, const float *gain, const float *mean,                   \
          const float *rstd, int64_t T, int64_t C, float *dx))                                     \
  KERNEL(layer_norm_slice, LW_ISA_SLICE)                                                           \
  KERNEL(rms_norm_forward,                                                                         \
         (const lw_rms_norm *norm, int64_t first, int64_t last, float *x, float *was))             \
  KERNEL(rms_norm_backward,                                                                        \
         (const lw_rms_norm *norm, int64_t first, int64_t last, const float *was, float *dy))      \
  KERNEL(rms_norm_slice, LW_ISA_SLICE)                                                             \
  KERNEL(batch_norm_slice, LW_ISA_SLICE)                                                           \
  KERNEL(column_sum_slice, LW_ISA_SLICE)                                                           \
  KERNEL(column_square_slice, LW_ISA_SLICE)                                                        \
  KERNEL(dropout_row, (const uint32_t counter[4], const uint32_t key[2], uint32_t least,           \
                       float scale, int64_t C, float *x))                                          \
  KERNEL(convolution_forward,                                                                      \
         (const lw_convolution *convolution, const lw_convolution_piece *piece))                   \
  KERNEL(convolution_backward,                                                                     \
         (const lw_convolution *convolution, const lw_convolution_piece *piece, double *sums))     \
  KERNEL(average_end,                                                                              \
         (const lw_average *average, const lw_average_run *run, const lw_average_piece *piece))    \
  KERNEL(average_forward,                                                                          \
         (const lw_average *average, const lw_average_run *runs, const lw_average_piece *piece))   \
  KERNEL(average_backward, (const lw_average *average, const lw_average_run *runs,                 \
                            const lw_average_piece *piece, double *sums))                          \
  KERNEL(linear_block, (const lw_linear_block *all))                                               \
  KERNEL(score_local,                                                                              \
         (float *x, int64_t count, const float *decay, const float *bias, float *most))            \
  KERNEL(score_weights, (float *x, int64_t count, float most, float *total))                       \
  KERNEL(score_scale, (float *x, int64_t count, float factor))                                     \
  KERNEL(score_dot, (const float *a, const float *b, int64_t count, float *sum))                   \
  KERNEL(score_gradient,                                                                           \
         (float *dx, const float *a, int64_t count, const float *decay, float sum))                \
  KERNEL(score_pool, (float *x, int64_t count, int64_t window, float *pooled))                     \
  KERNEL(xent_weights,                                                                             \
         (const float *logits, int64_t count, double greatest, float *weight, double *sum))

typedef struct lw_isa {
  const char *name;
#define LW_ISA_MEMBER(kernel, parameters) void(*kernel) parameters;
  LW_ISA_KERNELS(LW_ISA_MEMBER)
#undef LW_ISA_MEMBER
} lw_isa;

/** The kernels of the instruction set in force (op/instruction_set.h). */
const lw_isa *lw_isa_now(void);

/* lw_<kernel>_<instruction set>; meson.build defines LW_ISA for the sources compiled several times.
 */
#ifdef LW_ISA
#define LW_ISA_JOIN_(kernel, isa) lw_##kernel##_##isa
#define LW_ISA_JOIN(kernel, isa) LW_ISA_JOIN_(kernel, isa)
#define LW_ISA_NAME(kernel) LW_ISA_JOIN(kernel, LW_ISA)
#define LW_ISA_DECLARE(kernel, parameters) void LW_ISA_NAME(kernel) parameters;
LW_ISA_KERNELS(LW_ISA_DECLARE)
#undef LW_ISA_DECLARE
#endif

#endif
