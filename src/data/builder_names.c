/* Final numbers of classes and groups, the same however ranks shared out the samples: classes in
 * the order of their names, groups as they first appear. */
#include "builder_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/comm/agree.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct entry {
  const char *name;
  double value; /* of a name that is a number */
  int32_t number;
} entry;

static int by_name(const void *a, const void *b)
{
  return strcmp(((const entry *)a)->name, ((const entry *)b)->name);
}

static int by_value(const void *a, const void *b)
{
  const entry *x = a, *y = b;
  return x->value != y->value ? LW_ORDER(x->value, y->value) : by_name(a, b);
}

static bool is_number(const char *name, double *value)
{
  char *end;
  *value = strtod(name, &end);
  return end != name && !*end && isfinite(*value);
}

static lw_status sort_classes(lw_builder *builder)
{
  const lw_intern *all = &builder->all_classes;
  entry *entries = NULL;
  bool numbers = true;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&entries, all->count));
  LW_TRY(LW_TAKE(&builder->class_order, all->count));
  for (int64_t k = 0; k < all->count; k++) {
    entries[k].name = lw_intern_at(all, k);
    entries[k].number = (int32_t)k;
    numbers = is_number(entries[k].name, &entries[k].value) && numbers;
  }
  qsort(entries, (size_t)all->count, sizeof *entries, numbers ? by_value : by_name);
  for (int64_t k = 0; k < all->count; k++) builder->class_order[k] = entries[k].number;
done:
  lw_mem_give(entries);
  return status;
}

/* The final number of each class of this rank. */
static lw_status map_classes(lw_builder *builder)
{
  const lw_intern *own = &builder->classes, *all = &builder->all_classes;
  int32_t *final = NULL; /* [all] */
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&builder->class_of, own->count));
  LW_TRY(LW_TAKE(&final, all->count));
  for (int64_t k = 0; k < all->count; k++) final[builder->class_order[k]] = (int32_t)k;
  for (int64_t k = 0; k < own->count; k++)
    builder->class_of[k] = final[lw_intern_find(all, lw_intern_at(own, k))];
done:
  lw_mem_give(final);
  return status;
}

static lw_status number_classes(lw_builder *builder)
{
  lw_status status = LW_OK;
  LW_TRY(lw_intern_union(builder->world, &builder->classes, &builder->all_classes));
  builder->class_count = builder->all_classes.count;
  if (builder->class_count == 0)
    return lw_fail(LW_ERROR_INPUT,
                   "'%s': no sample has a label: there is nothing to learn; say "
                   "where the labels are",
                   builder->path);
  if (!builder->classes_named) {
    LW_TRY_TOGETHER(builder->world, sort_classes(builder));
    LW_TRY_TOGETHER(builder->world, map_classes(builder));
  }
done:
  return status;
}

static lw_status map_groups(lw_builder *builder)
{
  lw_status status = LW_TAKE(&builder->group_of, builder->groups.count);
  for (int64_t g = 0; status == LW_OK && g < builder->groups.count; g++)
    builder->group_of[g] = lw_intern_find(&builder->all_groups, lw_intern_at(&builder->groups, g));
  return status;
}

const char *lw_builder_class_name(const lw_builder *builder, int64_t number)
{
  return lw_intern_at(&builder->all_classes,
                      builder->class_order ? builder->class_order[number] : number);
}

int32_t lw_builder_class(const lw_builder *builder, int32_t label)
{
  return label >= 0 && builder->class_of ? builder->class_of[label] : label;
}

lw_status lw_builder_number_names(lw_builder *builder)
{
  const lw_target *target = builder->plan.target;
  lw_status status = LW_OK;
  if (target->kind != LW_ANSWER_NUMBERS && !target->next) LW_TRY(number_classes(builder));
  if (builder->plan.grouped) {
    LW_TRY(lw_intern_union(builder->world, &builder->groups, &builder->all_groups));
    LW_TRY_TOGETHER(builder->world, map_groups(builder));
  }
done:
  return status;
}
