/* Collect the samples of a split, and write a data set in the format at the top of dataset.c. */
#include "dataset_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <stdio.h>
#include <string.h>

/* ---- samples in memory ---- */

/* Room for so many samples, of so many tokens in all. */
static lw_status make_room(lw_samples *samples, int64_t count, int64_t tokens)
{
  /* offsets has one entry more than there are samples, hence its own room of one more */
  int64_t room = samples->count_room, offset_room = room + 1;
  lw_status status = LW_OK;
  LW_TRY(LW_EXTEND(&samples->bytes, &samples->token_room, samples->tokens, tokens));
  LW_TRY(LW_EXTEND(&samples->labels, &room, samples->count, count));
  LW_TRY(LW_EXTEND(&samples->offsets, &offset_room, samples->count + 1, room + 1));
  samples->count_room = room;
done:
  return status;
}

lw_status lw_samples_add(lw_samples *samples, const uint8_t *bytes, int64_t count, int32_t label)
{
  const int64_t now = samples->count;
  lw_status status = make_room(samples, now + 1, samples->tokens + count);
  if (status != LW_OK) return status;
  if (count) memcpy(samples->bytes + samples->tokens, bytes, (size_t)count);
  samples->labels[now] = label;
  samples->tokens += count;
  samples->count = now + 1;
  samples->offsets[now + 1] = samples->tokens;
  return LW_OK;
}

lw_status lw_samples_add_pair(lw_samples *samples, const uint8_t *bytes, int64_t first,
                              int64_t second, int32_t label)
{
  const int64_t now = samples->count;
  lw_status status = LW_OK;
  if (first) LW_TRY(LW_EXTEND(&samples->breaks, &samples->break_room, now, now + 1));
  LW_TRY(lw_samples_add(samples, bytes, first + second, label));
  if (first) samples->breaks[now] = first;
done:
  return status;
}

int64_t lw_samples_break(const lw_samples *samples, int64_t sample)
{
  return samples->breaks ? samples->breaks[sample] : 0;
}

lw_status lw_samples_room(lw_samples *samples, int64_t count, int64_t length)
{
  const int64_t before = samples->count, tokens = samples->tokens + count * length;
  lw_status status = make_room(samples, before + count, tokens);
  if (status != LW_OK) return status;
  memset(samples->bytes + samples->tokens, 0, (size_t)(count * length));
  memset(samples->labels + before, 0, (size_t)count * sizeof *samples->labels);
  for (int64_t i = 1; i <= count; i++) samples->offsets[before + i] = samples->tokens + i * length;
  samples->count += count;
  samples->tokens = tokens;
  return LW_OK;
}

lw_status lw_samples_steps(lw_samples *samples)
{
  return LW_EXTEND(&samples->steps, &samples->step_room, 0, samples->tokens);
}

void lw_samples_done(lw_samples *samples)
{
  lw_mem_give(samples->steps);
  lw_mem_give(samples->offsets);
  lw_mem_give(samples->labels);
  lw_mem_give(samples->bytes);
  lw_mem_give(samples->breaks);
  *samples = (lw_samples){0};
}

/* ---- the file ---- */

/* What every rank must know to define the same arrays, and to write its own rows of them. */
typedef struct lw_plan {
  bool root;
  const lw_input *input;
  lw_part parts[LW_PARTS + 1];                             /* arrays of a split, NONE-ended */
  int64_t count[LW_SPLITS], tokens[LW_SPLITS];             /* of all ranks */
  int64_t first_sample[LW_SPLITS], first_token[LW_SPLITS]; /* of this rank */
  uint32_t sum[LW_SPLITS][LW_PARTS];                       /* CRC-32 of whole arrays */
} lw_plan;

/* Rows of an array that this rank writes. */
typedef struct lw_rows {
  int64_t first, count;
  const void *data;
} lw_rows;

static const lw_h5_type part_type[LW_PARTS] = {[LW_PART_OFFSETS] = LW_H5_I64,
                                               [LW_PART_ITEMS] = LW_H5_U8,
                                               [LW_PART_LABELS] = LW_H5_I32,
                                               [LW_PART_BREAKS] = LW_H5_I64,
                                               [LW_PART_STEP_LABELS] = LW_H5_U8};

enum { NONE = LW_PARTS };

static int64_t rows_of(const lw_plan *plan, int split, lw_part part)
{
  const int64_t samples = plan->count[split];
  if (part == LW_PART_OFFSETS) return samples + 1;
  return part == LW_PART_ITEMS || part == LW_PART_STEP_LABELS ? plan->tokens[split] : samples;
}

/* A rank writes where its samples end; the root, the 0 before all of them, too. ends [count + 1] */
static lw_rows own_rows(const lw_plan *plan, const lw_samples *samples, int split, lw_part part,
                        const int64_t *ends)
{
  const int64_t first = plan->first_sample[split], count = samples->count;
  const lw_rows offsets[] = {{first + 1, count, ends + 1}, {0, count + 1, ends}};
  const lw_rows rows[LW_PARTS] = {
      [LW_PART_OFFSETS] = offsets[plan->root],
      [LW_PART_ITEMS] = {plan->first_token[split], samples->tokens, samples->bytes},
      [LW_PART_LABELS] = {first, count, samples->labels},
      [LW_PART_BREAKS] = {first, count, samples->breaks},
      [LW_PART_STEP_LABELS] = {plan->first_token[split], samples->tokens, samples->steps}};
  return rows[part];
}

static uint32_t names_checksum(const char *const *names, int64_t count)
{
  uint32_t sum = 0;
  for (int64_t i = 0; i < count; i++) sum = lw_crc32(sum, names[i], (int64_t)strlen(names[i]) + 1);
  return sum;
}

static lw_status define_names(lw_h5_writer *writer, const char *array, const char *const *names,
                              int64_t count)
{
  lw_status status = LW_OK;
  for (int64_t i = 0; i < count; i++)
    if (strlen(names[i]) >= LW_NAME_MAX)
      return lw_fail(LW_ERROR_INPUT, "the name '%s' is longer than %d bytes; shorten it", names[i],
                     LW_NAME_MAX - 1);
  LW_TRY(lw_h5_writer_texts(writer, array, names, count));
  LW_TRY(lw_h5_writer_integer(writer, array, "crc32", names_checksum(names, count)));
done:
  return status;
}

static lw_status define_head(lw_h5_writer *writer, const lw_dataset_recipe *recipe)
{
  char created_by[96];
  int major, minor, release;
  lw_status status = LW_OK;
  lw_h5_version(&major, &minor, &release);
  snprintf(created_by, sizeof created_by, "longwave prepare, HDF5 %d.%d.%d", major, minor, release);
  const struct {
    const char *name, *text;
  } texts[] = {
      {"format", LW_DATASET_FORMAT}, {"task", recipe->task},         {"kind", recipe->input->name},
      {"origin", recipe->origin},    {"settings", recipe->settings}, {"created_by", created_by},
  };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    LW_TRY(lw_h5_writer_text(writer, "/", texts[i].name, texts[i].text));
  if (recipe->target != lw_targets[0])
    LW_TRY(lw_h5_writer_text(writer, "/", "target", recipe->target->name));
  LW_TRY(lw_h5_writer_integer(writer, "/", "version", 1));
  LW_TRY(lw_h5_writer_integer(writer, "/", "vocabulary", recipe->vocabulary));
  LW_TRY(lw_h5_writer_integer(writer, "/", "classes", recipe->classes));
  LW_TRY(lw_h5_writer_real(writer, "/", "scale", recipe->scale));
  LW_TRY(lw_h5_writer_real(writer, "/", "shift", recipe->shift));
  LW_TRY(define_names(writer, "/class_names", recipe->class_names, recipe->classes));
  if (recipe->token_names)
    LW_TRY(define_names(writer, "/token_names", recipe->token_names, recipe->vocabulary));
  if (recipe->step_classes)
    LW_TRY(define_names(writer, "/steps/names", recipe->step_names, recipe->step_classes));
done:
  return status;
}

static lw_status define_arrays(lw_h5_writer *writer, const lw_plan *plan)
{
  char name[LW_H5_NAME_MAX];
  lw_status status = LW_OK;
  for (int split = 0; split < LW_SPLITS; split++)
    for (const lw_part *part = plan->parts; *part != (lw_part)NONE; part++) {
      int64_t rows = rows_of(plan, split, *part);
      lw_dataset_array_name(plan->input, (lw_split)split, *part, name);
      LW_TRY(lw_h5_writer_array(writer, name, part_type[*part], 1, &rows));
      LW_TRY(lw_h5_writer_integer(writer, name, "crc32", plan->sum[split][*part]));
    }
done:
  return status;
}

/* ---- what all ranks hold together ---- */

enum { CENSUS_COUNT, CENSUS_TOKENS, CENSUS_NUMBERS };

/* Counts of all ranks, and how many samples and tokens those before this one have.
 * census [ranks, LW_SPLITS, CENSUS_NUMBERS] scratch, zero */
static void count_all(lw_plan *plan, const lw_world *world, const lw_samples *samples,
                      int64_t *census)
{
  const int64_t width = LW_SPLITS * CENSUS_NUMBERS;
  for (int split = 0; split < LW_SPLITS; split++) {
    int64_t *own = census + world->rank * width + split * CENSUS_NUMBERS;
    own[CENSUS_COUNT] = samples[split].count;
    own[CENSUS_TOKENS] = samples[split].tokens;
  }
  lw_reduce_sum_integers(world, census, world->size * width);
  for (int rank = 0; rank < world->size; rank++)
    for (int split = 0; split < LW_SPLITS; split++) {
      const int64_t *its = census + rank * width + split * CENSUS_NUMBERS;
      if (rank < world->rank) plan->first_sample[split] += its[CENSUS_COUNT];
      if (rank < world->rank) plan->first_token[split] += its[CENSUS_TOKENS];
      plan->count[split] += its[CENSUS_COUNT];
      plan->tokens[split] += its[CENSUS_TOKENS];
    }
}

/* The checksums of whole arrays from those of the ranks' rows. sums [ranks, 2] scratch, zero */
static uint32_t checksum_all(const lw_world *world, const void *data, int64_t bytes, int64_t *sums)
{
  uint32_t whole = 0;
  memset(sums, 0, (size_t)world->size * 2 * sizeof *sums);
  sums[2 * world->rank] = bytes ? lw_crc32(0, data, bytes) : 0;
  sums[2 * world->rank + 1] = bytes;
  lw_reduce_sum_integers(world, sums, 2 * world->size);
  for (int rank = 0; rank < world->size; rank++)
    whole = lw_crc32_combine(whole, (uint32_t)sums[2 * rank], sums[2 * rank + 1]);
  return whole;
}

/* ends[split] [count + 1]: where this rank's samples end in the whole split. */
static lw_status find_ends(const lw_plan *plan, const lw_samples *samples, int64_t *ends[LW_SPLITS])
{
  for (int split = 0; split < LW_SPLITS; split++) {
    lw_status status = LW_TAKE(&ends[split], samples[split].count + 1);
    if (status != LW_OK) return status;
    ends[split][0] = plan->first_token[split];
    for (int64_t i = 1; i <= samples[split].count; i++)
      ends[split][i] = plan->first_token[split] + samples[split].offsets[i];
  }
  return LW_OK;
}

/* In pieces, so that progress can be shown. */
static lw_status put_array(lw_h5_writer *writer, const char *name, lw_rows own, lw_part part)
{
  enum { PIECE_BYTES = 1 << 26 };
  const int64_t size = lw_h5_type_size(part_type[part]), most = PIECE_BYTES / size;
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "writing", "bytes", own.count * size);
  for (int64_t done = 0, now; done < own.count; done += now) {
    now = own.count - done < most ? own.count - done : most;
    LW_TRY(lw_h5_writer_put_own(writer, name, own.first + done, now,
                                (const char *)own.data + done * size));
    lw_work_add(&work, now * size);
  }
done:
  lw_work_end(&work);
  return status;
}

static lw_status put_arrays(lw_h5_writer *writer, const lw_plan *plan, const lw_samples *samples,
                            int64_t *ends[LW_SPLITS])
{
  char name[LW_H5_NAME_MAX];
  lw_status status = LW_OK;
  for (int split = 0; split < LW_SPLITS; split++)
    for (const lw_part *part = plan->parts; *part != (lw_part)NONE; part++) {
      const lw_rows own = own_rows(plan, &samples[split], split, *part, ends[split]);
      lw_dataset_array_name(plan->input, (lw_split)split, *part, name);
      LW_TRY(put_array(writer, name, own, *part));
    }
done:
  return status;
}

/* Those of version 1: breaks only of pairs, step labels where there are some. */
static void list_parts(bool pairs, bool steps, lw_part parts[LW_PARTS + 1])
{
  static const lw_part always[] = {LW_PART_OFFSETS, LW_PART_ITEMS, LW_PART_LABELS};
  int64_t count = 3;
  memcpy(parts, always, sizeof always);
  if (pairs) parts[count++] = LW_PART_BREAKS;
  if (steps) parts[count++] = LW_PART_STEP_LABELS;
  parts[count] = (lw_part)NONE;
}

/* Only the root's recipe is used. */
static void share_recipe(const lw_world *world, const lw_dataset_recipe *recipe, lw_plan *plan)
{
  int64_t input = 0, documents = recipe->documents, steps = recipe->step_classes;
  while (plan->root && lw_inputs[input] != recipe->input) input++;
  lw_broadcast(world, &input, sizeof input);
  lw_broadcast(world, &documents, sizeof documents);
  lw_broadcast(world, &steps, sizeof steps);
  plan->input = lw_inputs[input];
  list_parts(documents > 1, steps > 0, plan->parts);
}

lw_status lw_dataset_write(const char *path, const lw_world *world, const lw_dataset_recipe *recipe,
                           const lw_samples *samples)
{
  lw_h5_writer *writer = NULL;
  lw_plan plan = {.root = !world->rank};
  int64_t *scratch = NULL, *ends[LW_SPLITS] = {NULL};
  lw_status status = LW_OK;
  share_recipe(world, recipe, &plan);
  LW_TRY_TOGETHER(world, LW_TAKE(&scratch, world->size * LW_SPLITS * CENSUS_NUMBERS));
  count_all(&plan, world, samples, scratch);
  LW_TRY_TOGETHER(world, find_ends(&plan, samples, ends));
  for (int split = 0; split < LW_SPLITS; split++)
    for (const lw_part *part = plan.parts; *part != (lw_part)NONE; part++) {
      const lw_rows own = own_rows(&plan, &samples[split], split, *part, ends[split]);
      const int64_t bytes = own.count * lw_h5_type_size(part_type[*part]);
      plan.sum[split][*part] = checksum_all(world, own.data, bytes, scratch);
    }
  LW_TRY_TOGETHER(world, lw_h5_writer_create(world, path, &writer));
  LW_TRY_TOGETHER(world, plan.root ? define_head(writer, recipe) : LW_OK);
  LW_TRY_TOGETHER(world, define_arrays(writer, &plan));
  LW_TRY(lw_h5_writer_start(writer));
  LW_TRY_TOGETHER(world, put_arrays(writer, &plan, samples, ends));
  LW_TRY(lw_h5_writer_finish(writer));
  LW_TRY(lw_h5_writer_publish(writer));
done:
  lw_h5_writer_destroy(&writer);
  for (int split = 0; split < LW_SPLITS; split++) lw_mem_give(ends[split]);
  lw_mem_give(scratch);
  return status;
}
