/* The data set format, version 1: one HDF5 file. As prepare writes it, all numbers are
   little-endian and all arrays contiguous.

     /              attributes: format "longwave-dataset", version 1, task, kind ("tokens" or
                    "values"), vocabulary (0 for values), classes, scale, shift, origin, settings,
                    created_by, and, of tokens, target ("class", which it is without one, or
                    "next token": labels are then of no use)
     /class_names   fixed-length texts [classes]
     /token_names   fixed-length texts [vocabulary]; optional
     /train, /validation, /test, each with N samples (N may be 0):
       offsets      int64 [N + 1]; sample i is the items [offsets[i], offsets[i + 1]);
                    offsets[0] = 0, ascending strictly
       tokens       uint8 [total] when kind is "tokens", each below vocabulary
       values       uint8 or float32 [total] when kind is "values"; value = stored * scale + shift,
                    finite as float32
       labels       int32 [N] in [0, classes)
       breaks       int64 [N], in all splits or in none: a sample is then two documents, and the
                    second begins at its item breaks[i], 0 < breaks[i] < length

   It may have step labels beside the answers: docs/data-format.md.

   Read as well: whole numbers as int8 to int64 and uint8 to uint64, values also as these and as
   float64, each in either byte order.

   Every array has an attribute `crc32`: zlib's CRC-32 of its bytes as they stand in the file, in
   the type and byte order that it has there; for texts, of all texts with a zero byte after each.
   The checksum of the data set is the CRC-32 of: the crc32 of class_names and of token_names (0
   when there are none), then of offsets, tokens or values, and labels of train, validation and
   test, each as uint32, of pairs then the crc32 of breaks of train, validation and test, then scale
   and shift as float64. Names, origin and settings are for people; a reader may ignore what it does
   not know.

   Opening checks all of this but the content of the samples: that is verify's. */
#include "dataset_inside.h"
#include "longwave/base/mem.h"
#include <assert.h>
#include <math.h>
#include <string.h>

void lw_names_done(lw_names *names)
{
  lw_mem_give(names->bytes);
  lw_mem_give(names->first);
  *names = (lw_names){0};
}

const char *lw_names_at(const lw_names *names, int64_t index)
{
  return index < names->count ? names->bytes + names->first[index] : "";
}

const char *lw_split_name(lw_split split)
{
  return LW_CHOICE_WORD_OF(LW_SPLIT_CHOICES, split);
}

void lw_dataset_close(lw_dataset **dataset)
{
  if (!*dataset) return;
  lw_dataset *old = *dataset;
  for (int split = 0; split < LW_SPLITS; split++) {
    lw_split_index *index = &old->split[split];
    void *const blocks[] = {index->starts,  index->lengths, index->labels,     index->several,
                            index->numbers, index->breaks,  index->asked,      index->known,
                            index->weights, index->groups,  index->known_steps};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) lw_mem_give(blocks[i]);
  }
  lw_names *const names[] = {&old->class_names,   &old->token_names,  &old->channel_names,
                             &old->channel_units, &old->number_units, &old->step_names};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) lw_names_done(names[i]);
  lw_mem_give(old->channels);
  lw_mem_give(old->numbers);
  lw_mem_give(old->asked_channels);
  lw_mem_give(old->class_name);
  lw_mem_give(old->token_name);
  lw_mem_give(old->step_name);
  lw_mem_give(old->origin);
  lw_mem_give(old->settings);
  lw_h5_close(&old->file);
  lw_mem_give(old);
  *dataset = NULL;
}

/* ---- asking ---- */

const lw_dataset_info *lw_dataset_describe(const lw_dataset *dataset)
{
  return &dataset->info;
}

const char *lw_dataset_path(const lw_dataset *dataset)
{
  return lw_h5_path(dataset->file);
}

const char *lw_dataset_class_name(const lw_dataset *dataset, int64_t label)
{
  assert(label >= 0 && label < dataset->info.classes);
  return lw_names_at(&dataset->class_names, label);
}

const char *lw_dataset_token_name(const lw_dataset *dataset, int64_t token)
{
  assert(token >= 0);
  if (!dataset->token_names.count) return NULL;
  assert(token < dataset->info.vocabulary);
  return lw_names_at(&dataset->token_names, token);
}

const char *lw_dataset_origin(const lw_dataset *dataset)
{
  return dataset->origin;
}

const char *lw_dataset_settings(const lw_dataset *dataset)
{
  return dataset->settings;
}

static uint32_t add_text(uint32_t crc, const char *text)
{
  return lw_crc32(crc, text, (int64_t)strlen(text) + 1);
}

uint32_t lw_dataset_meaning(const lw_dataset_info *info)
{
  uint32_t crc = lw_crc32(0, &info->time_scale, sizeof info->time_scale);
  if (info->version == 1) return 0;
  for (int64_t c = 0; c < info->channels; c++) {
    const lw_channel *channel = &info->channel[c];
    const double numbers[] = {channel->scale, channel->shift, channel->unit_scale,
                              channel->unit_shift};
    crc = lw_crc32(add_text(add_text(crc, channel->name), channel->unit), numbers, sizeof numbers);
  }
  for (int64_t k = 0; k < info->numbers; k++) {
    const double numbers[] = {info->number[k].scale, info->number[k].shift};
    crc = add_text(add_text(crc, info->number[k].name), info->number[k].unit);
    crc = lw_crc32(crc, numbers, sizeof numbers);
  }
  return crc;
}

static bool near(double a, double b, double size)
{
  return fabs(a - b) <= 1e-9 * fmax(size, fmax(fabs(a), fabs(b)));
}

static bool channels_same(const lw_channel *a, const lw_channel *b)
{
  const double scale[] = {a->scale / a->unit_scale, b->scale / b->unit_scale};
  return !strcmp(a->name, b->name) && !strcmp(a->unit, b->unit) && near(scale[0], scale[1], 0.0) &&
         near(a->shift - scale[0] * a->unit_shift, b->shift - scale[1] * b->unit_shift, 1.0);
}

static bool numbers_same(const lw_number *a, const lw_number *b)
{
  return !strcmp(a->name, b->name) && !strcmp(a->unit, b->unit) && near(a->scale, b->scale, 0.0) &&
         near(a->shift, b->shift, 1.0);
}

bool lw_dataset_means_same(const lw_dataset_info *a, const lw_dataset_info *b)
{
  bool same = a->channels == b->channels && a->numbers == b->numbers &&
              near(a->time_scale, b->time_scale, 0.0);
  for (int64_t c = 0; same && c < a->channels; c++)
    same = channels_same(&a->channel[c], &b->channel[c]);
  for (int64_t k = 0; same && k < a->numbers; k++)
    same = numbers_same(&a->number[k], &b->number[k]);
  return same;
}

bool lw_dataset_stores_bytes(const lw_dataset *dataset)
{
  for (int split = 0; split < LW_SPLITS; split++)
    if (dataset->info.count[split] && dataset->split[split].type != LW_H5_U8) return false;
  return true;
}

int64_t lw_dataset_length(const lw_dataset *dataset, lw_split split, int64_t sample)
{
  assert(sample >= 0 && sample < dataset->info.count[split]);
  const lw_split_index *index = &dataset->split[split];
  return index->lengths ? index->lengths[sample]
                        : index->starts[sample + 1] - index->starts[sample];
}

int64_t lw_dataset_break(const lw_dataset *dataset, lw_split split, int64_t sample)
{
  assert(sample >= 0 && sample < dataset->info.count[split]);
  const int64_t *breaks = dataset->split[split].breaks;
  return breaks ? breaks[sample] : 0;
}

lw_document lw_dataset_document(const lw_dataset *dataset, lw_split split, int64_t sample,
                                int64_t document)
{
  const int64_t length = lw_dataset_length(dataset, split, sample);
  const int64_t middle = lw_dataset_break(dataset, split, sample);
  assert(document >= 0 && document < dataset->info.documents);
  if (document > 0) return (lw_document){middle, length - middle};
  return (lw_document){0, middle > 0 ? middle : length};
}

int64_t lw_dataset_truncated(const lw_dataset *dataset, lw_split split, int64_t sample,
                             int64_t document, int64_t max_length)
{
  const int64_t tokens = lw_dataset_document(dataset, split, sample, document).tokens;
  return max_length > 0 && tokens > max_length ? max_length : tokens;
}
