#include "longwave/data/question.h"
#include "dataset_inside.h"
#include "longwave/base/mem.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"

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
