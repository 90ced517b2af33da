/* Collect the samples of a split, and write a data set in the format at the top of dataset.c. */
#include "dataset_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include <stdio.h>
#include <string.h>

/* ---- samples in memory ---- */

/* Room for `count` items, at least doubled, with the old content kept. */
static lw_status extend(void **block, int64_t *room, int64_t used, int64_t count, int64_t size)
{
  if (*block && count <= *room) return LW_OK;
  void *more = NULL;
  int64_t wanted = count > 2 * *room ? count : 2 * *room;
  lw_status status = lw_mem_take(wanted, size, &more);
  if (status != LW_OK) return status;
  if (*block) memcpy(more, *block, (size_t)(used * size));
  lw_mem_give(*block);
  *block = more;
  *room = wanted;
  return LW_OK;
}

lw_status lw_samples_add(lw_samples *samples, const uint8_t *bytes, int64_t count, int32_t label)
{
  /* offsets has one entry more than there are samples, hence its own room of one more */
  int64_t offset_room = samples->offsets ? samples->count_room + 1 : 0;
  int64_t label_room = samples->count_room, now = samples->count;
  lw_status status = LW_OK;
  LW_TRY(extend((void **)&samples->bytes, &samples->token_room, samples->tokens,
                samples->tokens + count, 1));
  LW_TRY(extend((void **)&samples->labels, &label_room, now, now + 1,
                (int64_t)sizeof *samples->labels));
  LW_TRY(extend((void **)&samples->offsets, &offset_room, now + 1, label_room + 1,
                (int64_t)sizeof *samples->offsets));
  samples->count_room = label_room;
  if (count) memcpy(samples->bytes + samples->tokens, bytes, (size_t)count);
  samples->labels[now] = label;
  samples->tokens += count;
  samples->count = now + 1;
  samples->offsets[now + 1] = samples->tokens;
done:
  return status;
}

void lw_samples_done(lw_samples *samples)
{
  lw_mem_give(samples->offsets);
  lw_mem_give(samples->labels);
  lw_mem_give(samples->bytes);
  *samples = (lw_samples){0};
}

static lw_status add_one(lw_samples *to, const lw_samples *from, int64_t i)
{
  return lw_samples_add(to, from->bytes + from->offsets[i], from->offsets[i + 1] - from->offsets[i],
                        from->labels[i]);
}

lw_status lw_samples_hold_out(lw_samples *samples, const lw_hold_out *how, lw_samples *held)
{
  int64_t *order = NULL;
  uint8_t *taken = NULL;
  lw_samples kept = {0}, out = {0};
  lw_status status = LW_OK;
  if (how->count < 0 || how->count >= samples->count)
    return lw_fail(LW_ERROR_INPUT,
                   "cannot hold out %lld of %lld train samples: at least one must remain; ask for "
                   "fewer",
                   (long long)how->count, (long long)samples->count);
  if (!how->count) return LW_OK;
  LW_TRY(LW_TAKE(&order, samples->count));
  LW_TRY(LW_TAKE(&taken, samples->count));
  for (int64_t i = 0; i < samples->count; i++) order[i] = samples->count - 1 - i;
  if (how->random)
    lw_rng_permutation((lw_rng){how->seed, LW_RNG_SPLIT, how->turn, 0}, samples->count, order);
  for (int64_t i = 0; i < how->count; i++) taken[order[i]] = 1;
  for (int64_t i = 0; i < samples->count; i++) LW_TRY(add_one(taken[i] ? &out : &kept, samples, i));
  lw_samples_done(samples);
  lw_samples_done(held);
  *samples = kept;
  *held = out;
  kept = out = (lw_samples){0};
done:
  lw_samples_done(&kept);
  lw_samples_done(&out);
  lw_mem_give(taken);
  lw_mem_give(order);
  return status;
}

/* ---- the file ---- */

/* What every rank must know to define the same arrays. */
typedef struct lw_plan {
  int64_t kind;
  int64_t count[LW_SPLITS], tokens[LW_SPLITS];
} lw_plan;

/* A split without samples has no offsets in memory, but one in the file. */
static const int64_t no_samples[1] = {0};

static const int64_t *offsets_of(const lw_samples *samples)
{
  return samples->offsets ? samples->offsets : no_samples;
}

static const void *content(const lw_samples *samples, lw_part part)
{
  const void *const data[] = {offsets_of(samples), samples->bytes, samples->labels};
  return data[part];
}

static int64_t rows_of(const lw_plan *plan, int split, lw_part part)
{
  const int64_t rows[] = {plan->count[split] + 1, plan->tokens[split], plan->count[split]};
  return rows[part];
}

static const lw_h5_type part_type[] = {LW_H5_I64, LW_H5_U8, LW_H5_I32};

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
    if (strlen(names[i]) >= sizeof(lw_name))
      return lw_fail(LW_ERROR_INPUT, "the name '%s' is longer than %d bytes; shorten it", names[i],
                     (int)sizeof(lw_name) - 1);
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
      {"format", LW_DATASET_FORMAT},        {"task", recipe->task},
      {"kind", lw_kind_name(recipe->kind)}, {"origin", recipe->origin},
      {"settings", recipe->settings},       {"created_by", created_by},
  };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    LW_TRY(lw_h5_writer_text(writer, "/", texts[i].name, texts[i].text));
  LW_TRY(lw_h5_writer_integer(writer, "/", "version", LW_DATASET_VERSION));
  LW_TRY(lw_h5_writer_integer(writer, "/", "vocabulary", recipe->vocabulary));
  LW_TRY(lw_h5_writer_integer(writer, "/", "classes", recipe->classes));
  LW_TRY(lw_h5_writer_real(writer, "/", "scale", recipe->scale));
  LW_TRY(lw_h5_writer_real(writer, "/", "shift", recipe->shift));
  LW_TRY(define_names(writer, "/class_names", recipe->class_names, recipe->classes));
  if (recipe->token_names)
    LW_TRY(define_names(writer, "/token_names", recipe->token_names, recipe->vocabulary));
done:
  return status;
}

/* samples: NULL but on the root. */
static lw_status define_arrays(lw_h5_writer *writer, const lw_plan *plan, const lw_samples *samples)
{
  char name[LW_H5_NAME_MAX];
  lw_status status = LW_OK;
  for (int split = 0; split < LW_SPLITS; split++)
    for (int part = 0; part < LW_PARTS; part++) {
      int64_t rows = rows_of(plan, split, (lw_part)part);
      lw_h5_type type = part_type[part];
      lw_dataset_array_name((lw_kind)plan->kind, (lw_split)split, (lw_part)part, name);
      LW_TRY(lw_h5_writer_array(writer, name, type, 1, &rows));
      if (!samples) continue;
      uint32_t sum = 0;
      if (rows)
        sum = lw_crc32(0, content(&samples[split], (lw_part)part), rows * lw_h5_type_size(type));
      LW_TRY(lw_h5_writer_integer(writer, name, "crc32", sum));
    }
done:
  return status;
}

/* The root holds all samples, so it alone has rows to write. */
static lw_status put_arrays(lw_h5_writer *writer, const lw_plan *plan, const lw_samples *samples)
{
  char name[LW_H5_NAME_MAX];
  lw_status status = LW_OK;
  for (int split = 0; split < LW_SPLITS; split++)
    for (int part = 0; part < LW_PARTS; part++) {
      lw_dataset_array_name((lw_kind)plan->kind, (lw_split)split, (lw_part)part, name);
      int64_t rows = samples ? rows_of(plan, split, (lw_part)part) : 0;
      const void *data = samples ? content(&samples[split], (lw_part)part) : NULL;
      LW_TRY(lw_h5_writer_put(writer, name, 0, rows, data));
    }
done:
  return status;
}

static lw_status define(lw_h5_writer *writer, const lw_plan *plan, const lw_dataset_recipe *recipe,
                        const lw_samples *samples)
{
  lw_status status = samples ? define_head(writer, recipe) : LW_OK;
  return status == LW_OK ? define_arrays(writer, plan, samples) : status;
}

lw_status lw_dataset_write(const char *path, const lw_world *world, const lw_dataset_recipe *recipe,
                           const lw_samples *samples)
{
  lw_h5_writer *writer = NULL;
  lw_plan plan = {0};
  lw_status status = LW_OK;
  if (world->rank) samples = NULL;
  if (samples) {
    plan.kind = recipe->kind;
    for (int split = 0; split < LW_SPLITS; split++) {
      plan.count[split] = samples[split].count;
      plan.tokens[split] = samples[split].tokens;
    }
  }
  lw_broadcast(world, &plan, sizeof plan);
  LW_TRY_TOGETHER(world, lw_h5_writer_create(world, path, &writer));
  LW_TRY_TOGETHER(world, define(writer, &plan, recipe, samples));
  LW_TRY(lw_h5_writer_start(writer));
  LW_TRY(put_arrays(writer, &plan, samples));
  LW_TRY(lw_h5_writer_finish(writer));
  LW_TRY(lw_h5_writer_publish(writer));
done:
  lw_h5_writer_destroy(&writer);
  return status;
}
