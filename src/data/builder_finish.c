/* The end of a builder: everything is decided, then written. */
#include "builder_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/data/dataset_head.h"
#include <stdio.h>
#include <string.h>

/* ---- all parts of all splits ---- */

/* In the order of the file. */
#define LW_EACH_PART(builder, split, part)                                                         \
  for (int split = 0; split < LW_SPLITS; split++)                                                  \
    for (int part = 0; part < LW_BUILDER_PARTS; part++)                                            \
      if (lw_part_in(lw_builder_part_set(builder), (lw_part)part))

static int64_t own_bytes(const lw_builder *builder)
{
  int64_t items = 0;
  for (int use = 0; use < LW_SPOOLS; use++) items += builder->spool[use].bytes;
  return items;
}

/* ---- what is found ---- */

static void found_done(lw_builder_found *found)
{
  lw_moments_tree_done(&found->values);
  lw_moments_tree_done(&found->numbers);
  lw_mem_give(found->scratch);
  lw_mem_give(found->room);
  lw_mem_give(found->seen);
  lw_mem_give(found->first);
}

static lw_status found_begin(const lw_builder *builder, lw_builder_found *found)
{
  const lw_builder_plan *plan = &builder->plan;
  const int64_t K = builder->class_count;
  const bool numbers = plan->target->kind == LW_ANSWER_NUMBERS && !plan->target->next;
  lw_status status = LW_OK;
  if (!plan->input->ids && !plan->normalised && plan->normalise != LW_NORMALISE_NONE)
    found->values.width = plan->channels;
  if (numbers && !plan->normalised) found->numbers.width = plan->numbers;
  LW_TRY(LW_TAKE(&found->scratch, plan->channels + plan->numbers));
  LW_TRY(LW_TAKE(&found->room, LW_MOMENTS_ROOM));
  LW_TRY(LW_TAKE(&found->seen, LW_SPLITS * K));
  LW_TRY(LW_TAKE(&found->first, K));
  for (int64_t k = 0; k < K; k++) found->first[k] = -1;
done:
  return status;
}

/* The checksum of a whole array from those of the ranks' rows. sums [ranks, 2] */
static uint32_t join_sums(const lw_world *world, int64_t *sums)
{
  uint32_t whole = 0;
  lw_reduce_sum_integers(world, sums, 2 * world->size);
  for (int rank = 0; rank < world->size; rank++)
    whole = lw_crc32_combine(whole, (uint32_t)sums[2 * rank], sums[2 * rank + 1]);
  return whole;
}

static lw_status look(lw_builder *builder, lw_builder_found *found)
{
  const lw_world *world = builder->world;
  int64_t *sums = NULL;
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "looking through", "bytes", own_bytes(builder));
  LW_TRY_TOGETHER(world, LW_TAKE(&sums, 2 * world->size));
  LW_EACH_PART(builder, split, part)
  {
    const lw_builder_turn turn = {(lw_split)split, part, NULL, &work};
    memset(sums, 0, 2 * (size_t)world->size * sizeof *sums);
    LW_TRY_TOGETHER(world, lw_builder_make_part(builder, &turn, found, sums + 2 * world->rank));
    found->sum[split][part] = join_sums(world, sums);
  }
  lw_reduce_sum_integers(world, found->answers, LW_SPLITS);
  lw_reduce_sum_integers(world, found->seen, LW_SPLITS * builder->class_count);
done:
  lw_work_end(&work);
  lw_mem_give(sums);
  return status;
}

/* A class that only samples given to test have cannot be learnt. */
static lw_status check_classes(lw_builder *builder, const lw_builder_found *found)
{
  const int64_t K = builder->class_count;
  char where[LW_WHERE];
  if (builder->classes_named) return LW_OK;
  for (int64_t k = 0; k < K; k++) {
    if (found->seen[k] > 0 || found->seen[K + k] > 0) continue;
    if (!lw_builder_tell(builder, found->first[k], where)) continue;
    return lw_fail(LW_ERROR_INPUT,
                   "the class '%.200s' is in the test split only (%s): it cannot be learnt; "
                   "correct the label, leave its samples out, or name the classes",
                   lw_builder_class_name(builder, k), where);
  }
  return LW_OK;
}

static lw_status check_found(lw_builder *builder, const lw_builder_found *found)
{
  if (builder->plan.like || builder->plan.target->next) return LW_OK;
  if (found->answers[LW_SPLIT_TRAIN] == 0)
    return lw_fail(LW_ERROR_INPUT,
                   "'%s': no sample of the train split has an answer: there is "
                   "nothing to learn",
                   builder->path);
  return check_classes(builder, found);
}

/* ---- the file ---- */

static lw_status define_parts(const lw_builder *builder, lw_h5_writer *writer,
                              const lw_builder_found *found)
{
  char name[LW_H5_NAME_MAX];
  lw_status status = LW_OK;
  LW_EACH_PART(builder, split, part)
  {
    const bool flat = builder->plan.input->ids || part != LW_PART_ITEMS;
    const int64_t dims[] = {lw_builder_part_rows(builder, (lw_split)split, part),
                            lw_builder_part_columns(builder, part)};
    const bool table =
        !flat || (part == LW_PART_LABELS && builder->plan.target->kind != LW_ANSWER_CLASS);
    lw_builder_part_name(builder, (lw_split)split, part, name);
    if (part == LW_PART_NAMES)
      LW_TRY(lw_h5_writer_text_rows(writer, name, dims[0], builder->name_width));
    else
      LW_TRY(lw_h5_writer_array(writer, name, lw_builder_part_type(builder, part), table ? 2 : 1,
                                dims));
    LW_TRY(lw_h5_writer_integer(writer, name, "crc32", found->sum[split][part]));
  }
done:
  return status;
}

static lw_status put_parts(lw_builder *builder, lw_h5_writer *writer, const lw_dataset_head *head)
{
  int64_t unused[2];
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "writing", "bytes", own_bytes(builder));
  if (builder->world->rank == 0) LW_TRY(lw_dataset_put_head(head, writer));
  LW_EACH_PART(builder, split, part)
  {
    const lw_builder_turn turn = {(lw_split)split, part, writer, &work};
    LW_TRY(lw_builder_make_part(builder, &turn, NULL, unused));
  }
done:
  lw_work_end(&work);
  return status;
}

/* What the data set will say of itself. names [class_count] */
static lw_dataset_info describe(const lw_builder *builder, const char **names)
{
  const lw_builder_plan *plan = &builder->plan;
  lw_dataset_info info = {.version = 2,
                          .input = plan->input,
                          .target = plan->target,
                          .vocabulary = plan->vocabulary,
                          .token_name = plan->token_names,
                          .channels = plan->channels,
                          .channel = builder->channel,
                          .classes = builder->class_count,
                          .class_name = names,
                          .numbers = plan->numbers,
                          .number = builder->number,
                          .asked = builder->asked,
                          .horizon = plan->horizon,
                          .missing = builder->some_missing,
                          .has_code = plan->has_code,
                          .missing_code = plan->missing_code,
                          .timed = plan->timed,
                          .time_scale = builder->time_scale,
                          .rate = plan->rate};
  snprintf(info.task, sizeof info.task, "%s", plan->task);
  snprintf(info.time_unit, sizeof info.time_unit, "%s", plan->time_unit);
  for (int64_t k = 0; k < builder->class_count; k++) names[k] = lw_builder_class_name(builder, k);
  return info;
}

static lw_status write_file(lw_builder *builder, const lw_builder_found *found, const char *origin,
                            const char *settings)
{
  const lw_world *world = builder->world;
  lw_h5_writer *writer = NULL;
  const char **names = NULL; /* [class_count] */
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(&names, builder->class_count));
  const lw_dataset_info info = describe(builder, names);
  const lw_dataset_head head = {.info = &info, .origin = origin, .settings = settings, .under = ""};
  LW_TRY_TOGETHER(world, lw_h5_writer_create(world, builder->path, &writer));
  LW_TRY_TOGETHER(world, lw_dataset_define_head(&head, writer));
  LW_TRY_TOGETHER(world, define_parts(builder, writer, found));
  LW_TRY(lw_h5_writer_start(writer));
  LW_TRY_TOGETHER(world, put_parts(builder, writer, &head));
  LW_TRY(lw_h5_writer_finish(writer));
  LW_TRY(lw_h5_writer_publish(writer));
done:
  lw_h5_writer_destroy(&writer);
  lw_mem_give(names);
  return status;
}

static lw_status check_samples(const lw_builder *builder)
{
  int64_t count = builder->count;
  lw_reduce_sum_integers(builder->world, &count, 1);
  if (count == 0) return lw_fail(LW_ERROR_INPUT, "'%s': the source has no sample", builder->path);
  return LW_OK;
}

lw_status lw_builder_finish(lw_builder *builder, const char *origin, const char *settings)
{
  lw_builder_found found = {0};
  int64_t missing = builder->some_missing;
  lw_status status = LW_OK;
  lw_reduce_sum_integers(builder->world, &missing, 1);
  builder->some_missing = missing > 0;
  LW_TRY(check_samples(builder));
  LW_TRY(lw_builder_number_names(builder));
  LW_TRY(lw_builder_share_out(builder));
  LW_TRY(lw_builder_count_all(builder));
  LW_TRY(lw_builder_find_gap(builder));
  LW_TRY_TOGETHER(builder->world, found_begin(builder, &found));
  LW_TRY(look(builder, &found));
  LW_TRY(check_found(builder, &found));
  LW_TRY(lw_builder_find_scales(builder, &found));
  LW_TRY(write_file(builder, &found, origin, settings));
  LW_TRY_TOGETHER(builder->world, lw_text_end(&builder->notes));
done:
  found_done(&found);
  return status;
}
