/* What the kernels cost: nanoseconds on one core of an x86-64 machine with AVX-512 (150 GFLOP/s in
 * a matrix product of 2048), November 2026. Attention's tiles and sums, linear, norm and gelu are
 * measured, the rest (norms, delta, scan, column sums, rms_norm, convolution, average, embed, dropout,
 * adam) estimated; together the latter are about a hundredth of a step.
 *
 *   attention  `longwave bench attention --tokens 8192 --heads 4 --head_size D`, D = 16, 32, 64:
 *              dense seconds over all tiles, and what the far field takes beyond its near tiles
 *              over the blocks of the heads that have one. Straight lines in D fit within 4 %.
 *   others     `longwave bench step` of the Path-X step (6 blocks of width 128, one sample of
 *              16,384 tokens): the time of each kind over its numbers; what neither kind has
 *              (residual sums, copies: "other") is with the norms beside it. */
#ifndef TESTS_SIMULATION_RATES_H
#define TESTS_SIMULATION_RATES_H

/* A tile of 64 queries and 64 keys of D channels = first + each D. */
static const double tile_forward[] = {1300.0, 100.0}, tile_backward[] = {1300.0, 253.0};
/* The far field's sums over a block, and a block that takes part of its result from sums; a
   channel. */
static const double far_gather = 245.0, far_forward = 245.0, far_backward = 230.0;
static const double far_scan = 0.5;      /* a number */
static const double norms_of_rows = 0.3; /* a number of q or k */
static const double delta_of_rows = 0.5; /* a number of y */
static const double linear = 0.0075;     /* a floating-point operation */
static const double layer_norm_forward = 1.6, layer_norm_backward = 2.2; /* a number */
static const double rms_norm_forward = 0.4, rms_norm_backward = 0.5;     /* a number of q, k */
static const double column_sum = 0.8;                                    /* a number */
static const double gelu_forward = 0.9, gelu_backward = 1.0;
static const double convolution_tap = 0.06; /* a number and tap */
static const double average_mode = 0.2;     /* a number and mode, each way */
static const double embed = 0.5, dropout = 1.0;
static const double adam = 1.5; /* a parameter */

#endif
