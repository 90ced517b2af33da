/* Which samples are for training, validation and testing: a pure function of the seed and of the
 * samples in their order, so every rank draws for all of them. */
#include "builder_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/rng.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include <assert.h>
#include <string.h>

/* The samples whose split is not given. */
typedef struct drawing {
  int64_t count, before, own; /* of all ranks, of those before this one, of this one */
  int64_t wanted[LW_SPLITS];
  int64_t units;  /* what is drawn as a whole: groups, then samples without one; or samples */
  uint8_t *split; /* [units] */
} drawing;

static lw_rng rng_of(const lw_builder *builder)
{
  return (lw_rng){.seed = (uint64_t)builder->plan.rule.seed, .stream = LW_RNG_SPLIT, .first = 2};
}

static bool by_groups(const lw_builder *builder)
{
  const lw_split_by by = builder->plan.rule.by;
  return builder->plan.grouped && (by == LW_SPLIT_BY_RANDOM || by == LW_SPLIT_BY_GROUP);
}

/* ---- how many ---- */

/* What this rank counts and what those before it do. sums [ranks] scratch, zero */
static int64_t before_of(const lw_world *world, int64_t own, int64_t *sums, int64_t *all)
{
  int64_t before = 0;
  sums[world->rank] = own;
  lw_reduce_sum_integers(world, sums, world->size);
  *all = 0;
  for (int rank = 0; rank < world->size; rank++) {
    if (rank < world->rank) before += sums[rank];
    *all += sums[rank];
  }
  return before;
}

static lw_status count_drawn(const lw_builder *builder, drawing *draw)
{
  const lw_split_rule *rule = &builder->plan.rule;
  const lw_world *world = builder->world;
  int64_t *sums = NULL;
  int64_t trained = 0; /* given to train */
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(&sums, world->size));
  for (int64_t i = 0; i < builder->count; i++) {
    draw->own += !builder->records[i].given;
    trained += builder->records[i].given && builder->records[i].split == LW_SPLIT_TRAIN;
  }
  draw->before = before_of(world, draw->own, sums, &draw->count);
  lw_reduce_sum_integers(world, &trained, 1);
  if (draw->count == 0) goto done;
  draw->wanted[LW_SPLIT_VALIDATION] = lw_builder_share(rule->validation, draw->count);
  draw->wanted[LW_SPLIT_TEST] = lw_builder_share(rule->test, draw->count);
  const int64_t held = draw->wanted[LW_SPLIT_VALIDATION] + draw->wanted[LW_SPLIT_TEST];
  if (held > draw->count || (held == draw->count && trained == 0))
    status = lw_fail(LW_ERROR_INPUT,
                     "'%s': %lld samples for validation and %lld for testing leave none of %lld to "
                     "train on; lower --validation or --test, or give more samples",
                     builder->path, (long long)draw->wanted[LW_SPLIT_VALIDATION],
                     (long long)draw->wanted[LW_SPLIT_TEST], (long long)draw->count);
done:
  lw_mem_give(sums);
  return status;
}

/* ---- samples ---- */

static lw_status draw_in_order(const drawing *draw)
{
  int64_t end = draw->count;
  for (int split = LW_SPLIT_TEST; split > LW_SPLIT_TRAIN; split--)
    for (int64_t n = 0; n < draw->wanted[split]; n++) draw->split[--end] = (uint8_t)split;
  return LW_OK;
}

static lw_status draw_samples(const lw_builder *builder, const drawing *draw)
{
  int64_t *order = NULL, next = 0;
  lw_status status = LW_TAKE(&order, draw->count);
  if (status != LW_OK) return status;
  lw_rng_permutation(rng_of(builder), draw->count, order);
  for (int split = LW_SPLIT_TEST; split > LW_SPLIT_TRAIN; split--)
    for (int64_t n = 0; n < draw->wanted[split]; n++) draw->split[order[next++]] = (uint8_t)split;
  lw_mem_give(order);
  return LW_OK;
}

/* order: the samples in an order that is drawn; out: those of one class together. labels [count]:
 * class + 1, of all samples; begin [classes + 2] scratch, zero; sorted [count] scratch */
static void sort_by_class(const drawing *draw, const int64_t *labels, int64_t classes,
                          int64_t *begin, int64_t *order, int64_t *sorted)
{
  for (int64_t i = 0; i < draw->count; i++) begin[labels[i] + 1]++;
  for (int64_t k = 0; k <= classes; k++) begin[k + 1] += begin[k];
  for (int64_t i = 0; i < draw->count; i++) sorted[begin[labels[order[i]]]++] = order[i];
  memcpy(order, sorted, (size_t)draw->count * sizeof *order);
}

/* wanted of the samples in `order` [*count], evenly spaced, which leave it. */
static void take_evenly(const drawing *draw, lw_split split, int64_t *order, int64_t *count)
{
  const int64_t wanted = draw->wanted[split], all = *count;
  int64_t kept = 0;
  for (int64_t i = 0, sum = all / 2; i < all; i++) {
    sum += wanted;
    if (sum >= all) {
      sum -= all;
      draw->split[order[i]] = (uint8_t)split;
    } else {
      order[kept++] = order[i];
    }
  }
  *count = kept;
}

/* Of samples that are sorted by class, evenly spaced ones are a like share of each class. */
static lw_status draw_classes(const lw_builder *builder, const drawing *draw, int64_t *labels)
{
  const int64_t N = draw->count, K = builder->class_count;
  int64_t *order = NULL, *sorted = NULL, *begin = NULL, left = N;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&order, N));
  LW_TRY(LW_TAKE(&sorted, N));
  LW_TRY(LW_TAKE(&begin, K + 2));
  lw_rng_permutation(rng_of(builder), N, order);
  sort_by_class(draw, labels, K, begin, order, sorted);
  take_evenly(draw, LW_SPLIT_TEST, order, &left);
  take_evenly(draw, LW_SPLIT_VALIDATION, order, &left);
done:
  lw_mem_give(order);
  lw_mem_give(sorted);
  lw_mem_give(begin);
  return status;
}

/* Collective over all. */
static lw_status draw_by_class(const lw_builder *builder, const drawing *draw)
{
  const lw_world *world = builder->world;
  int64_t *labels = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(&labels, draw->count));
  for (int64_t i = 0, n = draw->before; i < builder->count; i++)
    if (!builder->records[i].given)
      labels[n++] = lw_builder_class(builder, builder->records[i].label) + 1;
  lw_reduce_sum_integers(world, labels, draw->count);
  LW_TRY_TOGETHER(world, draw_classes(builder, draw, labels));
done:
  lw_mem_give(labels);
  return status;
}

/* ---- groups ---- */

/* The unit of a record. *lone: how many without a group there were, counted on. */
static int64_t unit_of(const lw_builder *builder, const lw_record *record, int64_t *lone)
{
  return record->group >= 0 ? builder->group_of[record->group]
                            : builder->all_groups.count + (*lone)++;
}

/* Units in the order that is drawn go to a split while that brings their samples nearer to the
 * number wanted; if all are too large for this, the smallest does. */
static void fill_split(const drawing *draw, lw_split split, const int64_t *sizes,
                       const int64_t *order)
{
  int64_t left = draw->wanted[split], smallest = -1;
  bool some = false;
  assert(draw->split);
  for (int64_t n = 0; n < draw->units; n++) {
    const int64_t unit = order[n], size = sizes[unit];
    if (draw->split[unit] != LW_SPLIT_TRAIN || size == 0) continue;
    if (smallest < 0 || size < sizes[smallest]) smallest = unit;
    if (size >= 2 * left) continue;
    draw->split[unit] = (uint8_t)split;
    left -= size;
    some = true;
  }
  if (!some && draw->wanted[split] > 0 && smallest >= 0) draw->split[smallest] = (uint8_t)split;
}

static lw_status draw_units(const lw_builder *builder, const drawing *draw, const int64_t *sizes)
{
  int64_t *order = NULL;
  lw_status status = LW_TAKE(&order, draw->units);
  if (status != LW_OK) return status;
  lw_rng_permutation(rng_of(builder), draw->units, order);
  fill_split(draw, LW_SPLIT_TEST, sizes, order);
  fill_split(draw, LW_SPLIT_VALIDATION, sizes, order);
  lw_mem_give(order);
  return status;
}

/* counts [1 + LW_SPLITS, units] zero: samples to be drawn, and those given to each split. */
static void count_units(const lw_builder *builder, const drawing *draw, int64_t lone,
                        int64_t *counts)
{
  for (int64_t i = 0; i < builder->count; i++) {
    const lw_record *record = &builder->records[i];
    if (record->given && record->group < 0) continue;
    const int64_t unit = unit_of(builder, record, &lone);
    counts[(record->given ? 1 + record->split : 0) * draw->units + unit]++;
  }
  lw_reduce_sum_integers(builder->world, counts, (1 + LW_SPLITS) * draw->units);
}

/* Samples follow those of their group that are given; such a group is not drawn. */
static void follow_given(const drawing *draw, int64_t *counts)
{
  assert(draw->split);
  for (int64_t unit = 0; unit < draw->units; unit++)
    for (int split = 0; split < LW_SPLITS; split++) {
      if (counts[(1 + split) * draw->units + unit] == 0) continue;
      draw->split[unit] = (uint8_t)split;
      counts[unit] = 0;
    }
}

/* Samples without a group before those of this rank; with groups the units are known then.
 * Collective over all. */
static lw_status count_lone(const lw_builder *builder, drawing *draw, int64_t *before)
{
  int64_t own = 0, all = 0, *sums = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(builder->world, LW_TAKE(&sums, builder->world->size));
  for (int64_t i = 0; i < builder->count; i++)
    own += !builder->records[i].given && builder->records[i].group < 0;
  *before = before_of(builder->world, own, sums, &all);
  draw->units = builder->all_groups.count + all;
done:
  lw_mem_give(sums);
  return status;
}

/* Collective over all. */
static lw_status draw_by_group(const lw_builder *builder, drawing *draw)
{
  const lw_world *world = builder->world;
  int64_t *counts = NULL, lone;
  lw_status status = LW_OK;
  LW_TRY(count_lone(builder, draw, &lone));
  status = LW_TAKE(&counts, (1 + LW_SPLITS) * draw->units);
  if (status == LW_OK) status = LW_TAKE(&draw->split, draw->units);
  LW_TRY_TOGETHER(world, status);
  count_units(builder, draw, lone, counts);
  follow_given(draw, counts);
  LW_TRY_TOGETHER(world, draw_units(builder, draw, counts));
  for (int64_t i = 0; i < builder->count; i++)
    if (!builder->records[i].given)
      builder->records[i].split = draw->split[unit_of(builder, &builder->records[i], &lone)];
done:
  lw_mem_give(counts);
  return status;
}

/* ---- all ---- */

/* Collective over all. */
static lw_status draw_by_sample(const lw_builder *builder, drawing *draw)
{
  const lw_world *world = builder->world;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(&draw->split, draw->count));
  if (builder->plan.rule.by == LW_SPLIT_BY_CLASS)
    LW_TRY(draw_by_class(builder, draw));
  else
    LW_TRY_TOGETHER(world, builder->plan.rule.by == LW_SPLIT_BY_ORDER
                               ? draw_in_order(draw)
                               : draw_samples(builder, draw));
  for (int64_t i = 0, n = draw->before; i < builder->count; i++)
    if (!builder->records[i].given) builder->records[i].split = draw->split[n++];
done:
  return status;
}

static void cut_series(const lw_builder *builder)
{
  for (int64_t i = 0; i < builder->count; i++)
    if (!builder->records[i].given) builder->records[i].split = LW_SPLIT_CUT;
}

/* The first group in two splits; -1: none. present [groups, LW_SPLITS] zero */
static int64_t find_torn(const lw_builder *builder, int64_t *present)
{
  const int64_t G = builder->all_groups.count;
  for (int64_t i = 0; i < builder->count; i++) {
    const lw_record *record = &builder->records[i];
    for (int split = 0; split < LW_SPLITS && record->group >= 0; split++)
      if (record->split == split || record->split == LW_SPLIT_CUT)
        present[builder->group_of[record->group] * LW_SPLITS + split] = 1;
  }
  lw_reduce_sum_integers(builder->world, present, G * LW_SPLITS);
  for (int64_t g = 0; g < G; g++) {
    int splits = 0;
    for (int split = 0; split < LW_SPLITS; split++) splits += present[g * LW_SPLITS + split] > 0;
    if (splits > 1) return g;
  }
  return -1;
}

/* This rank's first record of a group in a split, or -1. */
static int64_t first_of(const lw_builder *builder, int64_t group, int split)
{
  for (int64_t i = 0; i < builder->count; i++) {
    const lw_record *record = &builder->records[i];
    if (record->group >= 0 && builder->group_of[record->group] == group &&
        (record->split == split || record->split == LW_SPLIT_CUT))
      return i;
  }
  return -1;
}

/* Collective over all. */
static lw_status check_groups(lw_builder *builder)
{
  int64_t *present = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(builder->world, LW_TAKE(&present, builder->all_groups.count * LW_SPLITS));
  const int64_t torn = find_torn(builder, present);
  if (torn < 0) goto done;
  char who[2][LW_WHERE];
  int found = 0, in[2] = {0};
  for (int split = 0; split < LW_SPLITS && found < 2; split++) {
    in[found] = split;
    found += lw_builder_tell(builder, first_of(builder, torn, split), who[found]) ? 1 : 0;
  }
  status = lw_fail(LW_ERROR_INPUT,
                   "the group '%.200s' is in two splits: %s is in %s, and %s in %s; a group must "
                   "be whole: give all its samples to one split, or let groups be drawn",
                   lw_intern_at(&builder->all_groups, torn), who[0], lw_split_name((lw_split)in[0]),
                   who[1], lw_split_name((lw_split)in[1]));
done:
  lw_mem_give(present);
  return status;
}

static bool is_idle(const lw_record *record)
{
  return record->split == LW_SPLIT_TRAIN && !record->answered;
}

/* Nothing is learnt from samples without an answer, but where all of them are, that is told
   otherwise. */
static void leave_out_idle(lw_builder *builder)
{
  int64_t counts[2] = {0}; /* trained, idle */
  if (builder->plan.like || builder->plan.target->next) return;
  for (int64_t i = 0; i < builder->count; i++) {
    counts[0] += builder->records[i].split == LW_SPLIT_TRAIN;
    counts[1] += is_idle(&builder->records[i]);
  }
  lw_reduce_sum_integers(builder->world, counts, 2);
  if (counts[1] == 0 || counts[1] == counts[0]) return;
  for (int64_t i = 0; i < builder->count; i++)
    if (is_idle(&builder->records[i])) builder->records[i].split = LW_SPLIT_NONE;
  lw_text_add(&builder->notes, "left out: %lld training samples without an answer\n",
              (long long)counts[1]);
}

lw_status lw_builder_share_out(lw_builder *builder)
{
  const lw_builder_plan *plan = &builder->plan;
  drawing draw = {0};
  lw_status status = LW_OK;
  if (plan->windows.length > 0 && plan->rule.by == LW_SPLIT_BY_ORDER) {
    cut_series(builder);
  } else {
    LW_TRY(count_drawn(builder, &draw));
    draw.units = draw.count;
    LW_TRY(by_groups(builder) ? draw_by_group(builder, &draw) : draw_by_sample(builder, &draw));
  }
  if (plan->grouped && !plan->like) LW_TRY(check_groups(builder));
  leave_out_idle(builder);
done:
  lw_mem_give(draw.split);
  return status;
}
