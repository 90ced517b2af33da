/** Muon: a matrix moves along its momentum made orthogonal. Source: [Jordan2024] in
 *  docs/notation.md. With g the gradient of a matrix [rows, columns],
 *    m = mu m + g;  D = g + mu m;  O = orthogonal(D);
 *    w -= rate ( sqrt(max(1, rows / columns)) O + decay w ).
 *  orthogonal(D) = U f(S) V^T for D = U S V^T: singular vectors stay, singular values come near 1.
 *  It is made by products alone, 5 times from X = D / |D| (Frobenius) on:
 *    X = 3.4445 X - 4.7750 (X X^T) X + 2.0315 (X X^T)^2 X.
 *  The polynomial is steep at 0 and does not settle at 1: a singular value of at least 0.002 |D|
 *  ends within [0.68, 1.21], of at least 0.01 |D| within [0.68, 1.14], smaller ones below. In
 *  float32, by op/linear.h: the same bits for any number of threads. Local. No allocation. */
#ifndef LONGWAVE_OP_MUON_H
#define LONGWAVE_OP_MUON_H

#include <stdint.h>

typedef struct lw_muon {
  double momentum;    /* mu */
  double rate, decay; /* learning rate of this step; decay 0 for matrices that do not decay */
} lw_muon;

/** Floats of work memory for either of what follows. */
int64_t lw_muon_work(int64_t rows, int64_t columns);

/** x [rows, columns] in/out: D in, orthogonal(D) out; of a D that is 0, 0. */
void lw_muon_orthogonal(float *x, int64_t rows, int64_t columns, float *work);

/** value, trail (m) [rows, columns] in/out; gradient [rows, columns] in, multiplied by `scale`
 *  (clipping) before use. */
void lw_muon_update(const lw_muon *muon, int64_t rows, int64_t columns, const float *gradient,
                    double scale, float *value, float *trail, float *work);

#endif
