#include "doctor_scan.h"
#include "longwave/base/mem.h"
#include "longwave/base/work.h"
#include <math.h>
#include <string.h>

lw_doctor_totals lw_doctor_total(const lw_dataset_info *info)
{
  lw_doctor_totals all = {0};
  for (int split = 0; split < LW_SPLITS; split++) {
    all.samples += info->count[split];
    all.items += info->tokens[split];
    if (info->longest[split] > all.longest) all.longest = info->longest[split];
  }
  return all;
}

lw_guesswork lw_doctor_guesswork(const lw_dataset_info *info)
{
  const lw_objective *objective = lw_objective_of(info);
  return objective ? objective->guesswork : LW_GUESSWORK_NONE;
}

/* ---- reading ---- */

lw_status lw_doctor_reader_init(lw_doctor_reader *reader, const lw_dataset *dataset)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const int64_t most = lw_doctor_total(info).longest * info->documents;
  const int64_t room = most > 0 ? most : 1;
  *reader = (lw_doctor_reader){.dataset = dataset,
                               .room = room < LW_DOCTOR_PIECE ? room : LW_DOCTOR_PIECE};
  if (info->input->ids) return LW_TAKE(&reader->tokens, reader->room);
  return LW_TAKE(&reader->stored, reader->room * info->channels);
}

void lw_doctor_reader_done(lw_doctor_reader *reader)
{
  lw_mem_give(reader->tokens);
  lw_mem_give(reader->stored);
  *reader = (lw_doctor_reader){0};
}

lw_status lw_doctor_reader_read(lw_doctor_reader *reader, lw_split split, int64_t sample,
                                int64_t first, int64_t count)
{
  if (reader->tokens)
    return lw_dataset_read_tokens(reader->dataset, split, sample, first, count, reader->tokens);
  return lw_dataset_read_stored(reader->dataset, split, sample, first, count, reader->stored);
}

/* ---- the pass ---- */

typedef struct scan_work {
  lw_doctor_reader reader;
  lw_overlap_work overlap;
  lw_print *prints;
  int64_t count;
  int64_t channels;
  lw_work shown;
  /* of the sample in hand */
  lw_moments *moments;  /* [channels] */
  uint64_t *first_item; /* [channels] */
  bool same;            /* all items so far are the first one */
} scan_work;

/* What an item is compared by: the token, or the number's bits, with one zero. */
static uint64_t bits_of(const lw_doctor_reader *reader, int64_t i)
{
  uint64_t bits;
  if (reader->tokens) return (uint32_t)reader->tokens[i];
  const double value = reader->stored[i] + 0.0; /* -0 becomes 0 */
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static bool is_level(double value)
{
  return value >= 0.0 && value <= 255.0 && value == floor(value);
}

static lw_status add_piece(scan_work *work, lw_doctor_scan *scan, lw_split split, int64_t count,
                           uint64_t *hash)
{
  const lw_doctor_reader *reader = &work->reader;
  const int64_t numbers = count * work->channels;
  for (int64_t i = 0; i < numbers; i++) {
    const uint64_t bits = bits_of(reader, i);
    *hash = lw_print_add(*hash, bits);
    work->same &= bits == work->first_item[i % work->channels];
  }
  if (reader->stored) {
    lw_moments_add_items(work->moments, reader->stored, count, work->channels);
    for (int64_t i = 0; scan->levels && i < numbers; i++)
      scan->levels = is_level(reader->stored[i]);
  } else if (scan->passages) {
    return lw_overlap_add(&work->overlap, split, reader->tokens, count);
  }
  return LW_OK;
}

static lw_status scan_document(scan_work *work, lw_doctor_scan *scan, lw_split split,
                               int64_t sample, lw_document document, uint64_t *hash)
{
  const int64_t room = work->reader.room;
  lw_status status = LW_OK;
  *hash = lw_print_begin(document.tokens);
  for (int64_t done = 0, now; done < document.tokens; done += now) {
    now = document.tokens - done < room ? document.tokens - done : room;
    LW_TRY(lw_doctor_reader_read(&work->reader, split, sample, document.first + done, now));
    for (int64_t c = 0; document.first + done == 0 && c < work->channels; c++)
      work->first_item[c] = bits_of(&work->reader, c);
    LW_TRY(add_piece(work, scan, split, now, hash));
    lw_work_add(&work->shown, now);
  }
done:
  return status;
}

static void close_sample(scan_work *work, lw_doctor_scan *scan, lw_split split, int64_t length)
{
  scan->constant[split] += work->same && length > 1;
  for (int64_t c = 0; work->reader.stored && c < work->channels; c++) {
    lw_doctor_values *values = &scan->channel[c];
    const lw_moments *own = &work->moments[c];
    lw_moments_join(&values->all[split], own);
    if (own->count) lw_moments_add(&values->means[split], &own->mean, 1);
    values->inside[split] += own->squares;
  }
}

static lw_status scan_sample(scan_work *work, lw_doctor_scan *scan, lw_split split, int64_t sample)
{
  const lw_dataset *dataset = work->reader.dataset;
  const int64_t documents = lw_dataset_describe(dataset)->documents;
  lw_print *print = &work->prints[work->count++];
  lw_status status = LW_OK;
  *print = (lw_print){.sample = sample, .split = (int32_t)split};
  if (lw_dataset_describe(dataset)->target->labels)
    print->label = lw_dataset_label(dataset, split, sample);
  for (int64_t c = 0; c < work->channels; c++) work->moments[c] = (lw_moments){0};
  work->same = true;
  lw_overlap_begin_sample(&work->overlap);
  for (int64_t n = 0; n < documents; n++)
    LW_TRY(scan_document(work, scan, split, sample, lw_dataset_document(dataset, split, sample, n),
                         &print->document[n]));
  close_sample(work, scan, split, lw_dataset_length(dataset, split, sample));
done:
  return status;
}

lw_status lw_doctor_scan_make(lw_doctor_scan *scan, const lw_dataset *dataset)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  scan_work work = {.channels = info->channels};
  const lw_doctor_totals all = lw_doctor_total(info);
  lw_status status = LW_OK;
  *scan = (lw_doctor_scan){.levels = !info->input->ids,
                           .passages = lw_doctor_guesswork(info) == LW_GUESSWORK_COUNTS};
  lw_work_begin(&work.shown, "reading", "tokens", all.items);
  lw_overlap_init(&work.overlap, all.items);
  LW_TRY(lw_doctor_reader_init(&work.reader, dataset));
  LW_TRY(LW_TAKE(&work.prints, all.samples));
  LW_TRY(LW_TAKE(&work.moments, info->channels));
  LW_TRY(LW_TAKE(&work.first_item, info->channels));
  if (!info->input->ids) LW_TRY(LW_TAKE(&scan->channel, info->channels));
  for (int split = 0; split < LW_SPLITS; split++)
    for (int64_t i = 0; i < info->count[split]; i++)
      LW_TRY(scan_sample(&work, scan, (lw_split)split, i));
  LW_TRY(lw_equals_count(work.prints, work.count, info->documents > 1, &scan->equals));
  lw_overlap_count(&work.overlap, &scan->overlap);
done:
  lw_work_end(&work.shown);
  lw_doctor_reader_done(&work.reader);
  lw_overlap_done(&work.overlap);
  lw_mem_give(work.prints);
  lw_mem_give(work.moments);
  lw_mem_give(work.first_item);
  return status;
}

void lw_doctor_scan_done(lw_doctor_scan *scan)
{
  lw_mem_give(scan->channel);
  *scan = (lw_doctor_scan){0};
}
