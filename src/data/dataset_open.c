/* Opening a data set: everything that the format at the top of dataset.c requires is checked,
   except the content of the samples. */
#include "dataset_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "longwave/io/output.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *lw_dataset_array_name(const lw_input *input, lw_split split, lw_part part,
                                  char buffer[LW_H5_NAME_MAX])
{
  const char *const name[] = {"offsets", input->name, "labels", "breaks"};
  snprintf(buffer, LW_H5_NAME_MAX, "/%s/%s", lw_split_name(split), name[part]);
  return buffer;
}

uint32_t lw_dataset_checksum(const lw_dataset_sums *sums, int64_t documents, double scale,
                             double shift)
{
  uint32_t checksum = lw_crc32(0, &sums->class_names, sizeof sums->class_names);
  checksum = lw_crc32(checksum, &sums->token_names, sizeof sums->token_names);
  for (int split = 0; split < LW_SPLITS; split++)
    checksum = lw_crc32(checksum, sums->part[split], LW_PART_BREAKS * (int64_t)sizeof(uint32_t));
  for (int split = 0; documents > 1 && split < LW_SPLITS; split++)
    checksum = lw_crc32(checksum, &sums->part[split][LW_PART_BREAKS], sizeof(uint32_t));
  checksum = lw_crc32(checksum, &scale, sizeof scale);
  return lw_crc32(checksum, &shift, sizeof shift);
}

/* ---- opening ---- */

static lw_status foreign(const lw_dataset *dataset, const char *what, const char *mend)
{
  return lw_fail(LW_ERROR_FORMAT, "'%s': %s; %s", lw_dataset_path(dataset), what, mend);
}

#define MAKE_AGAIN LW_DATASET_MAKE_AGAIN

enum { NAMES = 32, SENTENCE = 512 };

/* "attribute 'kind' is neither 'tokens' nor 'values'". names: NULL-ended; text [SENTENCE] out */
static const char *none_of(const char *attribute, const char *const *names, char *text)
{
  lw_text sentence = lw_text_in(text, SENTENCE);
  lw_text_add(&sentence, "attribute '%s' is neither ", attribute);
  for (int i = 0; names[i]; i++)
    lw_text_add(&sentence, "%s'%s'", !i ? "" : names[i + 1] ? ", " : " nor ", names[i]);
  return text;
}

/* Files of version 1 that ask for a class need not say so. */
static lw_status read_target(lw_dataset *dataset)
{
  lw_dataset_info *info = &dataset->info;
  char text[32], sentence[SENTENCE];
  info->target = lw_targets[0];
  if (lw_h5_text_room(dataset->file, "/", "target") <= 0) return LW_OK;
  lw_status status = lw_h5_get_text(dataset->file, "/", "target", text, sizeof text);
  if (status != LW_OK) return status;
  info->target = lw_target_find(text);
  if (!info->target) {
    const char *names[NAMES] = {NULL};
    for (int i = 0; lw_targets[i] && i < NAMES - 1; i++) names[i] = lw_targets[i]->name;
    return foreign(dataset, none_of("target", names, sentence), MAKE_AGAIN);
  }
  snprintf(sentence, sizeof sentence, "attribute 'target' asks for %s of %s", info->target->wanted,
           info->input->name);
  if (info->target->ids_only && !info->input->ids) return foreign(dataset, sentence, MAKE_AGAIN);
  return LW_OK;
}

static lw_status read_documents(lw_dataset *dataset)
{
  lw_dataset_info *info = &dataset->info;
  char sentence[SENTENCE];
  int splits = 0;
  for (int split = 0; split < LW_SPLITS; split++) {
    char name[LW_H5_NAME_MAX];
    snprintf(name, sizeof name, "/%s/breaks", lw_split_name((lw_split)split));
    splits += lw_h5_has(dataset->file, name);
  }
  lw_status status = lw_h5_sound(dataset->file);
  if (status != LW_OK) return status;
  if (splits % LW_SPLITS != 0)
    return foreign(dataset, "only some of its splits have an array 'breaks'", MAKE_AGAIN);
  info->documents = splits > 0 ? 2 : 1;
  snprintf(sentence, sizeof sentence, "asks for %s of pairs of documents", info->target->wanted);
  if (info->documents > 1 && info->target->one_document)
    return foreign(dataset, sentence, MAKE_AGAIN);
  return LW_OK;
}

static lw_status find_input(lw_dataset *dataset, const char *name)
{
  const char *names[NAMES] = {NULL};
  char sentence[SENTENCE];
  dataset->info.input = lw_input_find(name);
  if (dataset->info.input) return LW_OK;
  for (int i = 0; lw_inputs[i] && i < NAMES - 1; i++) names[i] = lw_inputs[i]->name;
  return foreign(dataset, none_of("kind", names, sentence), MAKE_AGAIN);
}

static lw_status read_head(lw_dataset *dataset)
{
  lw_dataset_info *info = &dataset->info;
  const lw_h5 *file = dataset->file;
  char format[64] = "", kind[32];
  int64_t version = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_h5_text_room(file, "/", "format") <= 0
             ? lw_h5_sound(file)
             : lw_h5_get_text(file, "/", "format", format, sizeof format));
  const lw_output_kind *other = lw_output_kind_of(format);
  if (other && other != &lw_output_dataset)
    return lw_fail(LW_ERROR_FORMAT, "'%s' is %s and no longwave data set; name a data set",
                   lw_dataset_path(dataset), other->name);
  if (strcmp(format, LW_DATASET_FORMAT) != 0)
    return foreign(dataset, "is not a Longwave data set, or it is damaged (attribute 'format')",
                   MAKE_AGAIN);
  LW_TRY(lw_h5_get_integer(file, "/", "version", &version));
  if (version != LW_DATASET_VERSION)
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s' has format version %lld, this program reads version %d; %s",
                   lw_dataset_path(dataset), (long long)version, LW_DATASET_VERSION, MAKE_AGAIN);
  LW_TRY(lw_h5_get_text(file, "/", "task", info->task, sizeof info->task));
  LW_TRY(lw_h5_get_text(file, "/", "kind", kind, sizeof kind));
  LW_TRY(lw_h5_get_integer(file, "/", "vocabulary", &info->vocabulary));
  LW_TRY(lw_h5_get_integer(file, "/", "classes", &info->classes));
  LW_TRY(lw_h5_get_real(file, "/", "scale", &info->scale));
  LW_TRY(lw_h5_get_real(file, "/", "shift", &info->shift));

  LW_TRY(find_input(dataset, kind));
  if (info->input->ids ? info->vocabulary < 1 || info->vocabulary > INT32_MAX
                       : info->vocabulary != 0)
    return foreign(dataset, "attribute 'vocabulary' does not fit the kind", MAKE_AGAIN);
  LW_TRY(read_target(dataset));
  LW_TRY(read_documents(dataset));
  if (info->classes < 1 || info->classes > INT32_MAX)
    return foreign(dataset, "attribute 'classes' must be 1 or more", MAKE_AGAIN);
  if (!isfinite(info->scale) || !isfinite(info->shift))
    return foreign(dataset, "attributes 'scale' and 'shift' must be finite", MAKE_AGAIN);
done:
  return status;
}

static lw_status read_checksum(const lw_h5 *file, const char *name, uint32_t *out)
{
  int64_t value = 0;
  lw_status status = lw_h5_get_integer(file, name, "crc32", &value);
  if (status != LW_OK) return status;
  if (value < 0 || value > UINT32_MAX)
    return lw_fail(LW_ERROR_FORMAT, "'%s': attribute 'crc32' of '%s' is not a CRC-32",
                   lw_h5_path(file), name);
  *out = (uint32_t)value;
  return LW_OK;
}

static lw_status read_names(const lw_h5 *file, const char *name, int64_t count, lw_name **out,
                            uint32_t *sum)
{
  lw_name *names = NULL;
  lw_status status = LW_OK;
  uint32_t found = 0;
  int64_t there = lw_h5_texts_count(file, name);
  LW_TRY(lw_h5_sound(file));
  if (there != count)
    return lw_fail(LW_ERROR_FORMAT, "'%s': array '%s' must hold %lld texts (-1: none) and has %lld",
                   lw_h5_path(file), name, (long long)count, (long long)there);
  LW_TRY(LW_TAKE(&names, count));
  for (int64_t i = 0; i < count; i++) {
    LW_TRY(lw_h5_read_text(file, name, i, names[i].text, sizeof names[i].text));
    found = lw_crc32(found, names[i].text, (int64_t)strlen(names[i].text) + 1);
  }
  LW_TRY(read_checksum(file, name, sum));
  if (*sum != found)
    LW_TRY(lw_fail(LW_ERROR_FORMAT, "'%s': array '%s' does not match its checksum; %s",
                   lw_h5_path(file), name, MAKE_AGAIN));
  *out = names;
  names = NULL;
done:
  lw_mem_give(names);
  return status;
}

/* whole: real numbers are refused. */
static lw_status check_shape(const lw_h5 *file, const char *name, bool whole, int64_t items,
                             lw_h5_shape *shape)
{
  lw_status status = lw_h5_array_shape(file, name, shape);
  if (status != LW_OK) return status;
  if (whole && !lw_h5_type_whole(shape->type))
    return lw_fail(LW_ERROR_FORMAT,
                   "'%s': array '%s' has the wrong type: it holds %s, and must hold whole numbers "
                   "(int8 to int64, uint8 to uint64); %s",
                   lw_h5_path(file), name, lw_h5_type_name(shape->type), MAKE_AGAIN);
  if (shape->rank != 1 || (items >= 0 && shape->items != items))
    return lw_fail(
        LW_ERROR_FORMAT, "'%s': array '%s' has %lld items in %d dimensions, not %lld in one; %s",
        lw_h5_path(file), name, (long long)shape->items, shape->rank, (long long)items, MAKE_AGAIN);
  return LW_OK;
}

/* A label of 64 bits was clamped to 32 bits: the message has the number in the file. */
static lw_status refuse_label(const lw_dataset *dataset, lw_split split, int64_t sample)
{
  const lw_dataset_info *info = &dataset->info;
  char name[LW_H5_NAME_MAX];
  int64_t label = dataset->split[split].labels[sample];
  lw_dataset_array_name(info->input, split, LW_PART_LABELS, name);
  lw_status status = lw_h5_read(dataset->file, name, LW_H5_I64, sample, 1, &label);
  if (status != LW_OK) return status;
  return lw_fail(LW_ERROR_FORMAT, "'%s': %s has %lld at %lld, outside %lld classes; %s",
                 lw_dataset_path(dataset), name, (long long)label, (long long)sample,
                 (long long)info->classes, MAKE_AGAIN);
}

static lw_status check_split(lw_dataset *dataset, lw_split split)
{
  lw_dataset_info *info = &dataset->info;
  const lw_split_index *index = &dataset->split[split];
  const char *path = lw_dataset_path(dataset), *name = lw_split_name(split);
  for (int64_t i = 0; i < info->count[split]; i++) {
    if (index->offsets[i] < 0 || index->offsets[i + 1] <= index->offsets[i])
      return lw_fail(LW_ERROR_FORMAT, "'%s': /%s/offsets does not ascend at %lld; %s", path, name,
                     (long long)i, MAKE_AGAIN);
    if (index->labels[i] < 0 || index->labels[i] >= info->classes)
      return refuse_label(dataset, split, i);
  }
  if (index->offsets[0] != 0)
    return lw_fail(LW_ERROR_FORMAT, "'%s': /%s/offsets does not begin with 0; %s", path, name,
                   MAKE_AGAIN);
  info->tokens[split] = index->offsets[info->count[split]];
  return LW_OK;
}

static lw_status read_breaks(lw_dataset *dataset, lw_split split)
{
  const lw_h5 *file = dataset->file;
  const int64_t count = dataset->info.count[split];
  lw_split_index *index = &dataset->split[split];
  char buffer[LW_H5_NAME_MAX];
  lw_h5_shape shape;
  lw_status status = LW_OK;
  const char *name = lw_dataset_array_name(dataset->info.input, split, LW_PART_BREAKS, buffer);
  LW_TRY(check_shape(file, name, true, count, &shape));
  LW_TRY(LW_TAKE(&index->breaks, count));
  LW_TRY(lw_h5_read(file, name, LW_H5_I64, 0, count, index->breaks));
  for (int64_t i = 0; i < count; i++)
    if (index->breaks[i] < 1 || index->breaks[i] >= lw_dataset_length(dataset, split, i))
      LW_TRY(lw_fail(LW_ERROR_FORMAT, "'%s': array '%s' has %lld at %lld, outside the sample; %s",
                     lw_h5_path(file), name, (long long)index->breaks[i], (long long)i,
                     MAKE_AGAIN));
done:
  return status;
}

static void find_longest(lw_dataset *dataset, lw_split split)
{
  lw_dataset_info *info = &dataset->info;
  const int64_t documents = info->documents;
  for (int64_t n = 0; n < info->count[split] * documents; n++) {
    const int64_t tokens = lw_dataset_document(dataset, split, n / documents, n % documents).tokens;
    if (tokens > info->longest[split]) info->longest[split] = tokens;
  }
}

static lw_status read_split(lw_dataset *dataset, lw_split split)
{
  const lw_h5 *file = dataset->file;
  lw_dataset_info *info = &dataset->info;
  lw_split_index *index = &dataset->split[split];
  lw_h5_shape shape;
  char buffer[LW_H5_NAME_MAX];
  lw_status status = LW_OK;

  const char *name = lw_dataset_array_name(info->input, split, LW_PART_OFFSETS, buffer);
  LW_TRY(check_shape(file, name, true, -1, &shape));
  if (!shape.items)
    LW_TRY(lw_fail(LW_ERROR_FORMAT, "'%s': array '%s' is empty; %s", lw_h5_path(file), name,
                   MAKE_AGAIN));
  info->count[split] = shape.items - 1;
  LW_TRY(LW_TAKE(&index->offsets, shape.items));
  LW_TRY(lw_h5_read(file, name, LW_H5_I64, 0, shape.items, index->offsets));

  name = lw_dataset_array_name(info->input, split, LW_PART_LABELS, buffer);
  LW_TRY(check_shape(file, name, true, info->count[split], &shape));
  LW_TRY(LW_TAKE(&index->labels, shape.items));
  LW_TRY(lw_h5_read(file, name, LW_H5_I32, 0, shape.items, index->labels));
  LW_TRY(check_split(dataset, split));

  name = lw_dataset_array_name(info->input, split, LW_PART_ITEMS, index->items_name);
  LW_TRY(check_shape(file, name, info->input->ids, info->tokens[split], &shape));
  dataset->split[split].type = shape.type;
  if (info->documents > 1) LW_TRY(read_breaks(dataset, split));
  find_longest(dataset, split);
  for (int part = 0; part < lw_dataset_parts(info->documents); part++) {
    name = lw_dataset_array_name(info->input, split, (lw_part)part, buffer);
    LW_TRY(read_checksum(file, name, &dataset->sums.part[split][part]));
  }
done:
  return status;
}

/* A text attribute for people; "" when there is none. */
static lw_status read_note(const lw_h5 *file, const char *name, char **out)
{
  int64_t room = lw_h5_text_room(file, "/", name);
  char *text = NULL;
  lw_status status = LW_TAKE(&text, room > 0 ? room : 1);
  if (status == LW_OK && room > 0) status = lw_h5_get_text(file, "/", name, text, room);
  if (status == LW_OK)
    *out = text;
  else
    lw_mem_give(text);
  return status;
}

static void note_checksums(lw_dataset *dataset)
{
  lw_dataset_info *info = &dataset->info;
  const lw_dataset_sums *sums = &dataset->sums;
  info->checksum = lw_dataset_checksum(sums, info->documents, info->scale, info->shift);
  info->class_names = sums->class_names;
  info->token_names = sums->token_names;
  for (int split = 0; split < LW_SPLITS; split++)
    info->content[split] = lw_crc32(0, sums->part[split],
                                    lw_dataset_parts(info->documents) * (int64_t)sizeof(uint32_t));
}

lw_status lw_dataset_open(const char *path, lw_dataset **out)
{
  lw_dataset *dataset = NULL;
  lw_status status = LW_TAKE(&dataset, 1);
  if (status != LW_OK) return status;
  LW_TRY(lw_h5_open(path, &dataset->file));
  LW_TRY(read_head(dataset));
  const lw_dataset_info *info = &dataset->info;
  LW_TRY(read_names(dataset->file, "/class_names", info->classes, &dataset->class_names,
                    &dataset->sums.class_names));
  if (lw_h5_has(dataset->file, "/token_names"))
    LW_TRY(read_names(dataset->file, "/token_names", info->vocabulary, &dataset->token_names,
                      &dataset->sums.token_names));
  LW_TRY(read_note(dataset->file, "origin", &dataset->origin));
  LW_TRY(read_note(dataset->file, "settings", &dataset->settings));
  LW_TRY(lw_h5_sound(dataset->file));
  for (int split = 0; split < LW_SPLITS; split++) LW_TRY(read_split(dataset, (lw_split)split));
  note_checksums(dataset);
  *out = dataset;
  dataset = NULL;
done:
  lw_dataset_close(&dataset);
  return status;
}
