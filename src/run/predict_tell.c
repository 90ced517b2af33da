/* What outputs of a model mean to people. */
#include "longwave/run/predict.h"
#include "longwave/data/target.h"
#include <math.h>

int64_t lw_prediction_rows(const lw_dataset_info *info)
{
  return info->horizon > 0 ? info->horizon : 1;
}

static bool is_token(const lw_dataset_info *info)
{
  return info->target->kind == LW_ANSWER_CLASS && info->target->next;
}

int64_t lw_prediction_width(const lw_dataset_info *info)
{
  return is_token(info) ? 1 : lw_dataset_outcomes(info) / lw_prediction_rows(info);
}

/* ln of the sum of exponentials, without overflow. */
static double log_sum(const float *output, int64_t count)
{
  double greatest = (double)output[0], sum = 0.0;
  for (int64_t k = 1; k < count; k++) greatest = fmax(greatest, (double)output[k]);
  for (int64_t k = 0; k < count; k++) sum += exp((double)output[k] - greatest);
  return greatest + log(sum);
}

static void tell_token(const float *output, int64_t count, int32_t label, float *out)
{
  *out = label < 0 ? NAN : (float)((log_sum(output, count) - (double)output[label]) / log(2.0));
}

void lw_prediction_tell(const lw_dataset_info *info, const float *output, int32_t label, float *out)
{
  const int64_t count = lw_dataset_outcomes(info);
  const lw_answer_kind kind = info->target->kind;
  if (is_token(info)) {
    tell_token(output, count, label, out);
    return;
  }
  const double all = kind == LW_ANSWER_CLASS ? log_sum(output, count) : 0.0;
  for (int64_t k = 0; k < count; k++) {
    const double x = (double)output[k];
    const lw_number *number = kind == LW_ANSWER_NUMBERS ? &info->number[k % info->numbers] : NULL;
    if (number)
      out[k] = (float)((x - number->shift) / number->scale);
    else
      out[k] = (float)(kind == LW_ANSWER_CLASS ? exp(x - all) : 1.0 / (1.0 + exp(-x)));
  }
}

const char *lw_prediction_name(const lw_dataset *dataset, int64_t k)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  if (is_token(info)) return "bits";
  return info->target->kind == LW_ANSWER_NUMBERS ? info->number[k].name
                                                 : lw_dataset_class_name(dataset, k);
}
