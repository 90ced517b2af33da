/** The C interface of BLAS, by the name that this one has for it. Sizes are handed over as int,
 *  which every BLAS takes, those with integers of 64 bits too. */
#ifndef LONGWAVE_OP_CBLAS_HEADER_H
#define LONGWAVE_OP_CBLAS_HEADER_H

#ifdef LW_MKL
#include <mkl_cblas.h>
#else
#include <cblas.h>
#endif

#endif
