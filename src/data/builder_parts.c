/* Which arrays a split has: their types, shapes and names. */
#include "builder_inside.h"
#include <stdio.h>

static bool has_labels(const lw_builder *builder)
{
  return !builder->plan.target->next;
}

unsigned lw_builder_part_set(const lw_builder *builder)
{
  const lw_builder_plan *plan = &builder->plan;
  const bool has[LW_BUILDER_PARTS] = {[LW_PART_STARTS] = true,
                                      [LW_PART_LENGTHS] = true,
                                      [LW_PART_ITEMS] = true,
                                      [LW_PART_TIMES] = plan->timed,
                                      [LW_PART_LABELS] = has_labels(builder),
                                      [LW_PART_ASKED] = lw_builder_sparse(builder),
                                      [LW_PART_WEIGHTS] = plan->weighted,
                                      [LW_PART_GROUPS] = plan->grouped,
                                      [LW_PART_BREAKS] = plan->documents > 1,
                                      [LW_PART_NAMES] = plan->named};
  unsigned set = 0;
  for (int part = 0; part < LW_BUILDER_PARTS; part++)
    if (has[part]) set |= LW_PART_BIT(part);
  return set;
}

/* Of steps the narrowest type that holds all classes. */
static lw_h5_type label_type(const lw_builder *builder)
{
  const lw_target *target = builder->plan.target;
  if (target->kind == LW_ANSWER_NUMBERS) return LW_H5_F32;
  if (target->kind == LW_ANSWER_SEVERAL) return LW_H5_U8;
  if (!target->by_row || builder->class_count > INT16_MAX) return LW_H5_I32;
  return builder->class_count > INT8_MAX ? LW_H5_I16 : LW_H5_I8;
}

lw_h5_type lw_builder_part_type(const lw_builder *builder, int part)
{
  const lw_h5_type types[LW_PARTS] = {[LW_PART_STARTS] = LW_H5_I64,
                                      [LW_PART_LENGTHS] = LW_H5_I64,
                                      [LW_PART_ITEMS] = builder->plan.stored,
                                      [LW_PART_TIMES] = LW_H5_F64,
                                      [LW_PART_LABELS] = label_type(builder),
                                      [LW_PART_ASKED] = LW_H5_I64,
                                      [LW_PART_WEIGHTS] = LW_H5_F32,
                                      [LW_PART_GROUPS] = LW_H5_I64,
                                      [LW_PART_BREAKS] = LW_H5_I64};
  return types[part];
}

int64_t lw_builder_part_columns(const lw_builder *builder, int part)
{
  const lw_answer_kind kind = builder->plan.target->kind;
  if (part == LW_PART_ITEMS) return builder->plan.channels;
  if (part != LW_PART_LABELS || kind == LW_ANSWER_CLASS) return 1;
  return kind == LW_ANSWER_SEVERAL ? builder->class_count : builder->plan.numbers;
}

static int64_t rows_in(const lw_builder *builder, const lw_census *census, int part)
{
  const bool steps = builder->plan.target->by_row;
  if (part == LW_PART_ITEMS || part == LW_PART_TIMES) return census->items;
  if (part == LW_PART_ASKED || (part == LW_PART_LABELS && steps)) return census->rows;
  return census->samples;
}

int64_t lw_builder_part_rows(const lw_builder *builder, lw_split split, int part)
{
  return rows_in(builder, &builder->all[split], part);
}

int64_t lw_builder_part_first(const lw_builder *builder, lw_split split, int part)
{
  return rows_in(builder, &builder->before[split], part);
}

void lw_builder_part_name(const lw_builder *builder, lw_split split, int part,
                          char name[LW_H5_NAME_MAX])
{
  if (part == LW_PART_NAMES)
    snprintf(name, LW_H5_NAME_MAX, "/%s/names", lw_split_name(split));
  else
    lw_dataset_array_name(builder->plan.input, split, (lw_part)part, name);
}
