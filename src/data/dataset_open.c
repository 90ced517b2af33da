/* Opening a data set: everything that the format requires is checked, except the content of the
   samples. What a version has by itself is in dataset_open_1.c and dataset_open_2.c. */
#include "dataset_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "longwave/io/output.h"
#include <stdio.h>
#include <string.h>

#define MAKE_AGAIN LW_DATASET_MAKE_AGAIN

static lw_status read_documents(lw_dataset *dataset)
{
  lw_dataset_info *info = &dataset->info;
  char sentence[128];
  int splits = 0;
  for (int split = 0; split < LW_SPLITS; split++) {
    char name[LW_H5_NAME_MAX];
    lw_dataset_array_name(info->input, (lw_split)split, LW_PART_BREAKS, name);
    splits += lw_h5_has(dataset->file, name);
  }
  lw_status status = lw_h5_sound(dataset->file);
  if (status != LW_OK) return status;
  if (splits % LW_SPLITS != 0)
    return lw_dataset_foreign(dataset, "only some of its splits have an array 'breaks'",
                              MAKE_AGAIN);
  info->documents = splits > 0 ? 2 : 1;
  if (splits > 0) dataset->parts |= LW_PART_BIT(LW_PART_BREAKS);
  snprintf(sentence, sizeof sentence, "asks for %s of pairs of documents", info->target->wanted);
  if (info->documents > 1 && info->target->one_document)
    return lw_dataset_foreign(dataset, sentence, MAKE_AGAIN);
  return LW_OK;
}

/* Of a head by itself, which has no arrays of samples. */
static lw_status read_documents_attribute(lw_dataset *dataset)
{
  lw_dataset_info *info = &dataset->info;
  lw_status status =
      lw_h5_get_integer(dataset->file, lw_dataset_root(dataset), "documents", &info->documents);
  if (status == LW_OK && (info->documents < 1 || info->documents > 2))
    status = lw_dataset_foreign(dataset, "attribute 'documents' is neither 1 nor 2", MAKE_AGAIN);
  return status;
}

/* ---- the root ---- */

static lw_status read_head(lw_dataset *dataset)
{
  lw_dataset_info *info = &dataset->info;
  const lw_h5 *file = dataset->file;
  const char *const root = lw_dataset_root(dataset);
  char format[64] = "", kind[32];
  lw_status status = LW_OK;
  LW_TRY(lw_h5_text_room(file, root, "format") <= 0
             ? lw_h5_sound(file)
             : lw_h5_get_text(file, root, "format", format, sizeof format));
  const lw_output_kind *other = lw_output_kind_of(format);
  if (other && other != &lw_output_dataset)
    return lw_fail(LW_ERROR_FORMAT, "'%s' is %s and no longwave data set; name a data set",
                   lw_dataset_path(dataset), other->name);
  if (strcmp(format, LW_DATASET_FORMAT) != 0)
    return lw_dataset_foreign(
        dataset, "is not a Longwave data set, or it is damaged (attribute 'format')", MAKE_AGAIN);
  LW_TRY(lw_h5_get_integer(file, root, "version", &info->version));
  if (info->version < 1 || info->version > LW_DATASET_VERSION)
    return lw_fail(
        LW_ERROR_FORMAT, "'%s' has format version %lld, this program reads versions 1 to %d; %s",
        lw_dataset_path(dataset), (long long)info->version, LW_DATASET_VERSION, MAKE_AGAIN);
  LW_TRY(lw_h5_get_text(file, root, "task", info->task, sizeof info->task));
  LW_TRY(lw_h5_get_text(file, root, "kind", kind, sizeof kind));
  LW_TRY(lw_h5_get_integer(file, root, "vocabulary", &info->vocabulary));
  LW_TRY(lw_dataset_find_input(dataset, kind));
  if (info->input->ids ? info->vocabulary < 1 || info->vocabulary > INT32_MAX
                       : info->vocabulary != 0)
    return lw_dataset_foreign(dataset, "attribute 'vocabulary' does not fit the kind", MAKE_AGAIN);
done:
  return status;
}

/* ---- arrays of splits ---- */

lw_status lw_dataset_read_breaks(lw_dataset *dataset, lw_split split)
{
  const lw_h5 *file = dataset->file;
  const int64_t count = dataset->info.count[split];
  lw_split_index *index = &dataset->split[split];
  char buffer[LW_H5_NAME_MAX];
  lw_h5_shape shape;
  lw_status status = LW_OK;
  const char *name = lw_dataset_array_name(dataset->info.input, split, LW_PART_BREAKS, buffer);
  LW_TRY(lw_dataset_check_shape(file, name, true, count, &shape));
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

/* What both versions have behind their own: breaks, step labels, and the checksums of all
 * arrays. */
static lw_status end_split(lw_dataset *dataset, lw_split split)
{
  char name[LW_H5_NAME_MAX];
  lw_status status = LW_OK;
  if (lw_part_in(dataset->parts, LW_PART_BREAKS)) LW_TRY(lw_dataset_read_breaks(dataset, split));
  find_longest(dataset, split);
  LW_TRY(lw_dataset_split_steps(dataset, split));
  for (int part = 0; part < LW_PARTS; part++) {
    if (!lw_part_in(dataset->parts, (lw_part)part)) continue;
    lw_dataset_array_name(dataset->info.input, split, (lw_part)part, name);
    LW_TRY(lw_dataset_read_sum(dataset->file, name, &dataset->sums.part[split][part]));
  }
done:
  return status;
}

/* ---- all ---- */

/* A text attribute for people; "" when there is none. */
static lw_status read_note(const lw_dataset *dataset, const char *name, char **out)
{
  const lw_h5 *file = dataset->file;
  const char *const root = lw_dataset_root(dataset);
  int64_t room = lw_h5_text_room(file, root, name);
  char *text = NULL;
  lw_status status = LW_TAKE(&text, room > 0 ? room : 1);
  if (status == LW_OK && room > 0) status = lw_h5_get_text(file, root, name, text, room);
  if (status == LW_OK)
    *out = text;
  else
    lw_mem_give(text);
  return status;
}

static lw_status list_names(lw_dataset *dataset)
{
  lw_dataset_info *info = &dataset->info;
  lw_status status = LW_OK;
  LW_TRY(lw_dataset_list_names(&dataset->class_names, info->classes, &dataset->class_name));
  LW_TRY(lw_dataset_list_names(&dataset->token_names, info->vocabulary, &dataset->token_name));
  info->class_name = dataset->class_name;
  info->token_name = dataset->token_name;
done:
  return status;
}

static void note_checksums(lw_dataset *dataset)
{
  lw_dataset_info *info = &dataset->info;
  const lw_dataset_sums *sums = &dataset->sums;
  info->checksum = info->version == 1
                       ? lw_dataset_checksum_1(sums, info->documents, info->channel[0].scale,
                                               info->channel[0].shift)
                       : lw_dataset_checksum_2(sums, info->target->name, info->horizon);
  info->checksum = lw_dataset_checksum_steps(dataset, info->checksum);
  info->class_names = sums->class_names;
  info->token_names = sums->token_names;
  for (int split = 0; split < LW_SPLITS; split++)
    for (int part = 0; part < LW_PARTS; part++)
      if (lw_part_in(dataset->parts, (lw_part)part))
        info->content[split] =
            lw_crc32(info->content[split], &sums->part[split][part], sizeof(uint32_t));
}

static lw_status read_token_names(lw_dataset *dataset)
{
  char name[LW_H5_NAME_MAX];
  lw_dataset_under(dataset, "/token_names", name);
  if (!lw_h5_has(dataset->file, name)) return LW_OK;
  return lw_dataset_read_names(dataset->file, name, dataset->info.vocabulary, &dataset->token_names,
                               &dataset->sums.token_names);
}

static lw_status read_splits(lw_dataset *dataset)
{
  lw_status status = LW_OK;
  for (int split = 0; split < LW_SPLITS; split++) {
    LW_TRY(dataset->info.version == 1 ? lw_dataset_split_1(dataset, (lw_split)split)
                                      : lw_dataset_split_2(dataset, (lw_split)split));
    LW_TRY(end_split(dataset, (lw_split)split));
  }
  note_checksums(dataset);
done:
  return status;
}

static lw_status open_under(const char *path, const char *under, lw_dataset **out)
{
  lw_dataset *dataset = NULL;
  lw_status status = LW_TAKE(&dataset, 1);
  if (status != LW_OK) return status;
  dataset->under = under;
  LW_TRY(lw_h5_open(path, &dataset->file));
  LW_TRY(read_head(dataset));
  LW_TRY(dataset->info.version == 1 ? lw_dataset_head_1(dataset) : lw_dataset_head_2(dataset));
  LW_TRY(*under ? read_documents_attribute(dataset) : read_documents(dataset));
  LW_TRY(read_token_names(dataset));
  LW_TRY(list_names(dataset));
  LW_TRY(read_note(dataset, "origin", &dataset->origin));
  LW_TRY(read_note(dataset, "settings", &dataset->settings));
  LW_TRY(lw_h5_sound(dataset->file));
  if (!*under) LW_TRY(lw_dataset_head_steps(dataset));
  if (!*under) LW_TRY(read_splits(dataset));
  dataset->stored = dataset->info.target;
  dataset->stored_numbers = dataset->info.numbers;
  *out = dataset;
  dataset = NULL;
done:
  lw_dataset_close(&dataset);
  return status;
}

lw_status lw_dataset_open(const char *path, lw_dataset **out)
{
  return open_under(path, "", out);
}

lw_status lw_dataset_open_head(const char *path, const char *under, lw_dataset **out)
{
  return open_under(path, under, out);
}
