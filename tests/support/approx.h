/** How near computed numbers are to the right ones. */
#ifndef TESTS_SUPPORT_APPROX_H
#define TESTS_SUPPORT_APPROX_H

#include <stdint.h>

/** |got - want| / |want| in the Euclidean norm; |got| where want is all zero; infinite where got is
 *  not finite. */
double approx_error(const double *got, const double *want, int64_t count);
double approx_error_floats(const float *got, const float *want, int64_t count);

/** Steps from a to b in the ordered list of all floats (or doubles); 0 for the two zeros; INT64_MAX
 *  with a NaN. */
int64_t approx_ulps(float a, float b);
int64_t approx_ulps_double(double a, double b);

#endif
