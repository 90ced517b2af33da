#include "longwave/data/question.h"
#include "dataset_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <math.h>

void lw_question_mask(const lw_question *question, const lw_items *items, uint8_t *masked)
{
  const lw_rng rng = {.seed = question->seed,
                      .stream = LW_RNG_MASK,
                      .first = (uint32_t)items->epoch,
                      .second = (uint32_t)items->sample};
  const int64_t span = question->mask_span, end = items->first + items->count;
  const double begins = 1.0 - pow(1.0 - question->mask_share, 1.0 / (double)span);
  int64_t masked_to = 0; /* by the spans that have begun */
  for (int64_t t = items->first >= span ? items->first - span + 1 : 0; t < end; t++) {
    if (lw_rng_uniform(rng, (uint64_t)t) < begins) masked_to = t + span;
    if (t >= items->first) masked[t - items->first] = t < masked_to;
  }
}

lw_number lw_channel_number(const lw_channel *channel)
{
  /* stored * scale + shift of its value in its unit; a channel that is hidden by scale 0 is told as
     a model sees it */
  const double scale = channel->scale != 0.0 ? channel->scale / channel->unit_scale : 1.0;
  return (lw_number){channel->name, channel->unit, scale,
                     channel->shift - channel->unit_shift * scale};
}

lw_status lw_dataset_count_values(const lw_dataset *dataset, lw_split split, const lw_items *items,
                                  const uint8_t *masked, int64_t *count)
{
  enum { PIECE = 4096 };
  const int64_t K = dataset->info.channels;
  float *values = NULL;
  lw_status status = LW_TAKE(&values, PIECE * K);
  for (int64_t first = 0; status == LW_OK && first < items->count; first += PIECE) {
    const int64_t left = items->count - first, rows = left < PIECE ? left : PIECE;
    status =
        lw_dataset_read_values(dataset, split, items->sample, items->first + first, rows, values);
    for (int64_t t = 0; status == LW_OK && t < rows; t++)
      *count += (!masked || masked[first + t]) && lw_answer_known(values + t * K, K);
  }
  lw_mem_give(values);
  return status;
}

/* What is asked of values are all channels, as a model sees them. */
static lw_status ask_channels(lw_dataset *dataset)
{
  lw_dataset_info *info = &dataset->info;
  int64_t *channels = NULL;
  lw_number *numbers = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&channels, info->channels));
  LW_TRY(LW_TAKE(&numbers, info->channels));
  for (int64_t c = 0; c < info->channels; c++) {
    channels[c] = c;
    numbers[c] = lw_channel_number(&info->channel[c]);
  }
  lw_mem_give(dataset->asked_channels);
  lw_mem_give(dataset->numbers);
  info->asked = dataset->asked_channels = channels;
  info->number = dataset->numbers = numbers;
  info->numbers = info->channels;
  channels = NULL;
  numbers = NULL;
done:
  lw_mem_give(channels);
  lw_mem_give(numbers);
  return status;
}

static const lw_target *target_of(lw_pretrain kind, bool ids)
{
  if (kind == LW_PRETRAIN_MASKED) return ids ? &lw_target_masked_tokens : &lw_target_masked_values;
  return ids ? &lw_target_next_token : &lw_target_next_step;
}

lw_status lw_dataset_ask(lw_dataset *dataset, const lw_question *question)
{
  lw_dataset_info *info = &dataset->info;
  if (question->kind == LW_PRETRAIN_NONE) return LW_OK;
  if (info->documents > 1)
    return lw_fail(LW_ERROR_INPUT,
                   "objective.pretrain: %s has pairs of documents, of which no model here is "
                   "pretrained; make a data set of single documents",
                   lw_dataset_path(dataset));
  dataset->question = *question;
  info->target = target_of(question->kind, info->input->ids);
  info->horizon = 0;
  for (int split = 0; split < LW_SPLITS; split++) info->unlabelled[split] = 0;
  return info->input->ids ? LW_OK : ask_channels(dataset);
}
