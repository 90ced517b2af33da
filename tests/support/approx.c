#include "approx.h"
#include <math.h>
#include <string.h>

static double relative(double difference, double size)
{
  if (!isfinite(difference)) return INFINITY;
  return size > 0.0 ? sqrt(difference / size) : sqrt(difference);
}

double approx_error(const double *got, const double *want, int64_t count)
{
  double difference = 0.0, size = 0.0;
  for (int64_t i = 0; i < count; i++) {
    difference += (got[i] - want[i]) * (got[i] - want[i]);
    size += want[i] * want[i];
  }
  return relative(difference, size);
}

double approx_error_floats(const float *got, const float *want, int64_t count)
{
  double difference = 0.0, size = 0.0;
  for (int64_t i = 0; i < count; i++) {
    double step = (double)got[i] - (double)want[i];
    difference += step * step;
    size += (double)want[i] * (double)want[i];
  }
  return relative(difference, size);
}

/* Bits of a number as a whole number in the numbers' own order: negative ones count down from 0. */
static int64_t ordered(int64_t bits, int64_t least)
{
  return bits < 0 ? least - bits : bits;
}

int64_t approx_ulps(float a, float b)
{
  if (isnan(a) || isnan(b)) return INT64_MAX;
  int32_t x, y;
  memcpy(&x, &a, sizeof x);
  memcpy(&y, &b, sizeof y);
  int64_t steps = ordered(x, INT32_MIN) - ordered(y, INT32_MIN);
  return steps < 0 ? -steps : steps;
}

int64_t approx_ulps_double(double a, double b)
{
  if (isnan(a) || isnan(b)) return INT64_MAX;
  int64_t x, y;
  memcpy(&x, &a, sizeof x);
  memcpy(&y, &b, sizeof y);
  int64_t low = ordered(x, INT64_MIN), high = ordered(y, INT64_MIN);
  if (low > high) {
    int64_t kept = low;
    low = high;
    high = kept;
  }
  /* From far below 0 to far above it there are more steps than int64_t counts. */
  return low < 0 && high > INT64_MAX + low ? INT64_MAX : high - low;
}
