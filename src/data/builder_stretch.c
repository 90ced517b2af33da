/* What of a record is in a split: all of it, or, of a series that is cut by order, a stretch; and
 * the samples in it. */
#include "builder_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include <math.h>
#include <string.h>

int64_t lw_builder_share(double share, int64_t count)
{
  if (count == 0) return 0;
  if (share >= 1.0) return (int64_t)share;
  return share > 0.0 ? lw_larger(1, llround(share * (double)count)) : 0;
}

/* Items [*first, *first + *count) of the record. */
static void find(const lw_builder *builder, const lw_record *record, lw_split split, int64_t *first,
                 int64_t *count)
{
  const lw_split_rule *rule = &builder->plan.rule;
  *first = 0;
  *count = record->split == split ? record->items : 0;
  if (record->split != LW_SPLIT_CUT) return;
  const int64_t test = lw_smaller(lw_builder_share(rule->test, record->items), record->items);
  const int64_t validation =
      lw_smaller(lw_builder_share(rule->validation, record->items), record->items - test);
  const int64_t counts[LW_SPLITS] = {record->items - test - validation, validation, test};
  *count = counts[split];
  for (int before = 0; before < (int)split; before++) *first += counts[before];
  if (!builder->plan.windows.reach_back || *count == 0) return;
  const int64_t back = lw_smaller(*first, builder->plan.windows.length);
  *first -= back;
  *count += back;
}

int64_t lw_stretch_length(const lw_builder *builder, const lw_stretch *at)
{
  const int64_t window = builder->plan.windows.length;
  return window > 0 ? window : at->count - builder->plan.horizon;
}

static int64_t samples_in(const lw_builder *builder, int64_t items)
{
  const lw_windows *windows = &builder->plan.windows;
  const int64_t left = items - windows->length - builder->plan.horizon;
  if (windows->length == 0) return items > 0;
  return left < 0 ? 0 : left / windows->stride + 1;
}

/* Of a series whose future is to be predicted, windows lie so that the last one ends with it. */
static void end_last(const lw_builder *builder, lw_stretch *at)
{
  const lw_windows *windows = &builder->plan.windows;
  const int64_t left = at->count - windows->length - builder->plan.horizon;
  if (!builder->plan.like || builder->plan.horizon == 0 || windows->length == 0 || left <= 0)
    return;
  at->first += left % windows->stride;
  at->count -= left % windows->stride;
}

bool lw_stretch_next(const lw_builder *builder, lw_split split, lw_stretch *at)
{
  while (at->next < builder->count) {
    const lw_record *record = &builder->records[at->next];
    at->of = record;
    at->record = at->next++;
    at->item = at->next_item;
    at->row = at->next_row;
    at->text = at->next_text;
    at->next_item += record->items;
    at->next_row += record->rows;
    at->next_text += record->where_bytes + record->name_bytes;
    find(builder, record, split, &at->first, &at->count);
    end_last(builder, at);
    at->samples = samples_in(builder, at->count);
    if (at->count > 0 && at->samples == 0) at->left_out++;
    if (at->samples == 0) continue;
    at->number = at->found++;
    return true;
  }
  return false;
}

/* The first label, of those of a record that are listed, at a step or behind it. */
static lw_status first_listed(lw_builder *builder, const lw_stretch *at, int64_t step,
                              int64_t *found)
{
  int64_t low = 0, high = at->of->rows;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2, bytes = (int64_t)sizeof(int64_t);
    int64_t listed;
    lw_status status =
        lw_spool_read(&builder->spool[LW_SPOOL_ASKED], (at->row + middle) * bytes, bytes, &listed);
    if (status != LW_OK) return status;
    if (listed < step)
      low = middle + 1;
    else
      high = middle;
  }
  *found = at->row + low;
  return LW_OK;
}

lw_status lw_stretch_rows(lw_builder *builder, const lw_stretch *at, int64_t *first, int64_t *count)
{
  const bool steps = builder->plan.target->by_row && !builder->plan.target->next;
  int64_t end;
  lw_status status = LW_OK;
  *first = at->row;
  *count = at->of->rows;
  if (!steps || at->count == at->of->items) return LW_OK;
  *first = at->row + at->first;
  *count = at->count;
  if (!lw_builder_sparse(builder)) return LW_OK;
  LW_TRY(first_listed(builder, at, at->first, first));
  LW_TRY(first_listed(builder, at, at->first + at->count, &end));
  *count = end - *first;
done:
  return status;
}

/* ---- all ranks ---- */

static lw_status count_own(lw_builder *builder, lw_split split, lw_census *own, int64_t *left_out)
{
  const bool steps = builder->plan.target->by_row && !builder->plan.target->next;
  lw_stretch at = {0};
  while (lw_stretch_next(builder, split, &at)) {
    int64_t first, rows = 0;
    lw_status status = steps ? lw_stretch_rows(builder, &at, &first, &rows) : LW_OK;
    if (status != LW_OK) return status;
    own->stretches++;
    own->samples += at.samples;
    own->items += at.count;
    own->rows += steps ? rows : 0;
  }
  *left_out += at.left_out;
  return LW_OK;
}

/* census [ranks, LW_SPLITS] zero */
static void join_counts(lw_builder *builder, lw_census *census)
{
  const lw_world *world = builder->world;
  lw_reduce_sum_integers(world, (int64_t *)census,
                         (int64_t)world->size * LW_SPLITS * LW_CENSUS_NUMBERS);
  for (int i = 0; i < world->size * LW_SPLITS; i++) {
    lw_census *const to[] = {&builder->all[i % LW_SPLITS], &builder->before[i % LW_SPLITS]};
    for (int k = 0; k <= (i / LW_SPLITS < world->rank); k++) {
      to[k]->stretches += census[i].stretches;
      to[k]->samples += census[i].samples;
      to[k]->items += census[i].items;
      to[k]->rows += census[i].rows;
    }
  }
}

static lw_status refuse_empty(const lw_builder *builder, lw_split split, int64_t left_out)
{
  char why[192] = "; give more samples, or change the shares of the splits";
  if (left_out > 0)
    snprintf(why, sizeof why,
             ": a window of %lld steps with its horizon of %lld fits into no series, or no part of "
             "one; take shorter windows",
             (long long)builder->plan.windows.length, (long long)builder->plan.horizon);
  return lw_fail(LW_ERROR_INPUT, "'%s': the %s split comes out empty%s", builder->path,
                 lw_split_name(split), why);
}

static lw_status check_counts(const lw_builder *builder, int64_t not_given, int64_t left_out)
{
  const lw_split_rule *rule = &builder->plan.rule;
  const bool asked[LW_SPLITS] = {!builder->plan.like, not_given > 0 && rule->validation > 0.0,
                                 builder->plan.like || (not_given > 0 && rule->test > 0.0)};
  for (int split = 0; split < LW_SPLITS; split++)
    if (asked[split] && builder->all[split].samples == 0)
      return refuse_empty(builder, (lw_split)split, left_out);
  return LW_OK;
}

/* Of windows with room for where they begin. */
static int64_t name_bytes(const lw_builder *builder, const lw_record *record)
{
  const bool windows = builder->plan.windows.length > 0;
  return record->name_bytes + (windows ? snprintf(NULL, 0, ":%lld", (long long)record->items) : 0);
}

lw_status lw_builder_count_all(lw_builder *builder)
{
  const lw_world *world = builder->world;
  int64_t counts[2] = {0}; /* series without a window, records whose split was not given */
  double widest = 1.0;
  lw_census *census = NULL;
  lw_status status = LW_TAKE(&census, (int64_t)world->size * LW_SPLITS);
  for (int split = 0; split < LW_SPLITS && status == LW_OK; split++)
    status =
        count_own(builder, (lw_split)split, &census[world->rank * LW_SPLITS + split], &counts[0]);
  LW_TRY_TOGETHER(world, status);
  join_counts(builder, census);
  for (int64_t i = 0; i < builder->count; i++) {
    counts[1] += !builder->records[i].given;
    widest = fmax(widest, (double)name_bytes(builder, &builder->records[i]));
  }
  lw_reduce_sum_integers(world, counts, 2);
  lw_reduce_max_doubles(world, &widest, 1);
  builder->name_width = (int64_t)widest;
  LW_TRY(check_counts(builder, counts[1], counts[0]));
  if (counts[0] > 0)
    lw_text_add(&builder->notes,
                "%lld series, or parts of series in a split, are shorter than a window and its "
                "horizon (%lld + %lld steps) and are left out\n",
                (long long)counts[0], (long long)builder->plan.windows.length,
                (long long)builder->plan.horizon);
done:
  lw_mem_give(census);
  return status;
}

/* ---- sentences ---- */

static void read_where(lw_builder *builder, int64_t record, char *text)
{
  int64_t first = 0;
  for (int64_t i = 0; i < record; i++)
    first += builder->records[i].where_bytes + builder->records[i].name_bytes;
  lw_status status = lw_spool_read(&builder->spool[LW_SPOOL_TEXTS], first,
                                   builder->records[record].where_bytes, text);
  text[status == LW_OK ? builder->records[record].where_bytes : 0] = 0;
}

bool lw_builder_tell(lw_builder *builder, int64_t record, char *text)
{
  const lw_world *world = builder->world;
  double first = record >= 0 ? -(double)world->rank : -(double)world->size;
  lw_reduce_max_doubles(world, &first, 1);
  const int rank = (int)-first;
  *text = 0;
  if (rank == world->size) return false;
  if (rank == world->rank) read_where(builder, record, text);
  lw_broadcast_from(world, rank, text, LW_WHERE);
  return true;
}
