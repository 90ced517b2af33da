/* A file of an archive of time series. */
#include "fuzz.h"
#include "longwave/parse/series.h"
#include <math.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  lw_series *series = NULL;
  lw_series_sample sample;
  bool more = true;
  if (lw_series_open(lw_fuzz_file(0, data, size), &series) != LW_OK) return lw_fuzz_leave();
  const lw_series_head *head = lw_series_head_of(series);
  while (lw_series_next(series, &sample, &more) == LW_OK && more) {
    lw_fuzz_expect(sample.steps > 0 && sample.channels == head->channels, "samples are whole");
    for (int64_t i = 0; i < sample.steps * sample.channels; i++)
      lw_fuzz_expect(!isinf(sample.values[i]), "values are finite or missing");
    for (int64_t i = 0; head->stamped && i < sample.steps; i++)
      lw_fuzz_expect(isfinite(sample.times[i]), "every step has a time");
    lw_fuzz_expect(sample.name && strlen(sample.target) < size + 1, "texts are there");
  }
  lw_series_close(&series);
  return lw_fuzz_leave();
}
