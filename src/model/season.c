/* After how many steps the values of a data set come again. */
#include "longwave/base/mem.h"
#include "longwave/data/subset.h"
#include "longwave/model/baseline.h"
#include <math.h>

enum { SAMPLES = 256, LAGS = 512 };

typedef struct season {
  const lw_dataset *dataset;
  float *behind; /* [LAGS, channels] the end of a sample */
  int64_t back;  /* rows there */
  double square[LAGS + 1], count[LAGS + 1];
} season;

/* The errors of each lag that the sample is long enough for. */
static void add_lags(const lw_batch *batch, int64_t index, void *context)
{
  season *s = context;
  const int64_t K = lw_dataset_describe(s->dataset)->numbers;
  const int64_t C = lw_dataset_describe(s->dataset)->channels;
  const float *wanted = batch->wanted + index * batch->width;
  for (int64_t lag = 1; lag <= s->back; lag++)
    for (int64_t n = 0; n < batch->width; n++) {
      const int64_t row = s->back - lag + n / K % lag;
      const float value = s->behind[row * C + lw_dataset_asked_channel(s->dataset, n % K)];
      const double error = (double)(isnan(value) ? 0.0f : value) - (double)wanted[n];
      if (isnan(error)) continue;
      s->square[lag] += error * error;
      s->count[lag] += 1.0;
    }
}

static lw_status add_sample(season *s, int64_t sample)
{
  const int64_t tokens = lw_dataset_length(s->dataset, LW_SPLIT_TRAIN, sample);
  const lw_samples_list one = {LW_SPLIT_TRAIN, &sample, 1, 0};
  lw_status status = LW_OK;
  s->back = tokens < LAGS ? tokens : LAGS;
  LW_TRY(lw_dataset_read_values(s->dataset, LW_SPLIT_TRAIN, sample, tokens - s->back, s->back,
                                s->behind));
  LW_TRY(lw_answers_visit(s->dataset, &one, add_lags, s));
done:
  return status;
}

/* Of lags that not even half of the samples are long enough for nothing is known. */
static int64_t best_of(const season *s)
{
  int64_t best = 1;
  for (int64_t lag = 2; lag <= LAGS; lag++)
    if (s->count[lag] >= 0.5 * s->count[1] && s->count[lag] > 0.0 &&
        s->square[lag] / s->count[lag] < s->square[best] / s->count[best])
      best = lag;
  return best > 1 ? best : 0;
}

lw_status lw_baseline_season(const lw_dataset *dataset, int64_t *lag)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const int64_t count = lw_subset_count(info->count[LW_SPLIT_TRAIN], SAMPLES);
  season *s = NULL;
  int64_t *list = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&s, 1));
  s->dataset = dataset;
  LW_TRY(LW_TAKE(&s->behind, LAGS * info->channels));
  LW_TRY(LW_TAKE(&list, count));
  LW_TRY(lw_subset_draw(info->count[LW_SPLIT_TRAIN], SAMPLES, list));
  for (int64_t i = 0; i < count; i++) LW_TRY(add_sample(s, list[i]));
  *lag = best_of(s);
done:
  if (s) lw_mem_give(s->behind);
  lw_mem_give(s);
  lw_mem_give(list);
  return status;
}
