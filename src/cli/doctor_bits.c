#include "doctor_bits.h"
#include "longwave/base/mem.h"
#include "longwave/base/work.h"
#include <math.h>

enum { PAIRS_MOST = 4096, IDS_MOST = 1 << 24 }; /* of which a table of pairs, and any, is made */

typedef struct counts {
  int64_t ids, all;
  bool paired;
  int32_t *tokens; /* [longest] the sample in hand */
  int64_t *single; /* [ids] times as a next token */
  int64_t *pair;   /* [ids, ids] times after a token */
  int64_t *before; /* [ids] times before a token */
} counts;

static lw_status take_room(counts *c, const lw_dataset_info *info, lw_split judged)
{
  const int64_t train = info->longest[LW_SPLIT_TRAIN], other = info->longest[judged];
  lw_status status = LW_OK;
  c->ids = info->vocabulary;
  c->paired = c->ids <= PAIRS_MOST;
  LW_TRY(LW_TAKE(&c->tokens, train > other ? train : other));
  LW_TRY(LW_TAKE(&c->single, c->ids));
  LW_TRY(LW_TAKE(&c->before, c->ids));
  LW_TRY(LW_TAKE(&c->pair, c->paired ? c->ids * c->ids : 0));
done:
  return status;
}

static lw_status learn(counts *c, const lw_dataset *dataset)
{
  const int64_t samples = lw_dataset_describe(dataset)->count[LW_SPLIT_TRAIN];
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "counting", "samples", samples);
  for (int64_t i = 0; i < samples; lw_work_show(&work, ++i)) {
    const int64_t length = lw_dataset_length(dataset, LW_SPLIT_TRAIN, i);
    LW_TRY(lw_dataset_read_tokens(dataset, LW_SPLIT_TRAIN, i, 0, length, c->tokens));
    for (int64_t t = 1; t < length; t++) {
      const int32_t last = c->tokens[t - 1], next = c->tokens[t];
      c->all++;
      c->single[next]++;
      c->before[last]++;
      if (c->paired) c->pair[last * c->ids + next]++;
    }
  }
done:
  lw_work_end(&work);
  return status;
}

static double single_share(const counts *c, int32_t next)
{
  return ((double)c->single[next] + 1.0) / ((double)c->all + (double)c->ids);
}

static double pair_share(const counts *c, int32_t last, int32_t next)
{
  if (!c->paired) return (double)NAN;
  return ((double)c->pair[last * c->ids + next] + single_share(c, next)) /
         ((double)c->before[last] + 1.0);
}

static lw_status judge(const counts *c, const lw_dataset *dataset, lw_split split,
                       double bits[LW_DOCTOR_BITS])
{
  const int64_t samples = lw_dataset_describe(dataset)->count[split];
  double single = 0.0, pair = 0.0, answers = 0.0;
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "guessing", "samples", samples);
  for (int64_t i = 0; i < samples; lw_work_show(&work, ++i)) {
    const int64_t length = lw_dataset_length(dataset, split, i);
    LW_TRY(lw_dataset_read_tokens(dataset, split, i, 0, length, c->tokens));
    for (int64_t t = 1; t < length; t++, answers++) {
      single -= log2(single_share(c, c->tokens[t]));
      pair -= log2(pair_share(c, c->tokens[t - 1], c->tokens[t]));
    }
  }
  bits[LW_DOCTOR_BITS_SINGLE] = single / answers;
  bits[LW_DOCTOR_BITS_PAIR] = pair / answers;
done:
  lw_work_end(&work);
  return status;
}

lw_status lw_doctor_bits_count(const lw_dataset *dataset, lw_split judged,
                               double bits[LW_DOCTOR_BITS])
{
  counts c = {0};
  lw_status status = LW_OK;
  for (int k = 0; k < LW_DOCTOR_BITS; k++) bits[k] = (double)NAN;
  if (lw_dataset_describe(dataset)->vocabulary > IDS_MOST) return LW_OK;
  LW_TRY(take_room(&c, lw_dataset_describe(dataset), judged));
  LW_TRY(learn(&c, dataset));
  LW_TRY(judge(&c, dataset, judged, bits));
done:
  lw_mem_give(c.tokens);
  lw_mem_give(c.single);
  lw_mem_give(c.before);
  lw_mem_give(c.pair);
  return status;
}
