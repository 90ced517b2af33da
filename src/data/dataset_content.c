#include "dataset_inside.h"
#include "longwave/array/layout.h"
#include "longwave/base/columns.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/data/content.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "moments_tree.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { PIECE = 1 << 14, SHOWN = 32, NAME = 128 };

/* What is counted; of this rank, then of all. */
typedef struct content {
  const lw_dataset *dataset;
  const lw_world *world;
  bool missing, classes, numbers; /* which of them are there */
  int64_t width;                  /* classes or numbers */
  int64_t *absent;                /* [LW_SPLITS, channels] values that are missing */
  int64_t *times;                 /* [LW_SPLITS, classes] */
  int64_t known[LW_SPLITS];       /* steps with an answer */
  lw_moments_tree tree[LW_SPLITS];
  lw_moments *moments; /* [LW_SPLITS, numbers] */
  lw_moments *scratch; /* [numbers] */
  float *room;         /* [PIECE, channels or numbers], also int32_t */
} content;

static void done(content *c)
{
  void *const blocks[] = {c->absent, c->times, c->moments, c->scratch, c->room};
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) lw_mem_give(blocks[i]);
  for (int split = 0; split < LW_SPLITS; split++) lw_moments_tree_done(&c->tree[split]);
}

static lw_status begin(content *c)
{
  const lw_dataset_info *info = lw_dataset_describe(c->dataset);
  const bool steps = info->target->by_row && !info->target->next;
  lw_status status = LW_OK;
  c->missing = info->missing;
  c->classes = steps && info->target->kind == LW_ANSWER_CLASS;
  c->numbers = steps && info->target->kind == LW_ANSWER_NUMBERS;
  c->width = c->classes ? info->classes : c->numbers ? info->numbers : 0;
  LW_TRY(LW_TAKE(&c->absent, LW_SPLITS * info->channels));
  LW_TRY(LW_TAKE(&c->times, LW_SPLITS * c->width));
  LW_TRY(LW_TAKE(&c->moments, LW_SPLITS * c->width));
  LW_TRY(LW_TAKE(&c->scratch, c->width));
  LW_TRY(LW_TAKE(&c->room, PIECE * lw_larger(info->channels, c->width)));
  for (int split = 0; split < LW_SPLITS; split++) c->tree[split].width = c->width;
done:
  return status;
}

/* ---- counting ---- */

static lw_status count_missing(content *c, lw_split split, const lw_items *items)
{
  const int64_t C = lw_dataset_describe(c->dataset)->channels;
  lw_status status =
      lw_dataset_read_values(c->dataset, split, items->sample, items->first, items->count, c->room);
  for (int64_t i = 0; status == LW_OK && i < items->count * C; i++)
    c->absent[(int)split * C + i % C] += isnan(c->room[i]);
  return status;
}

static lw_status count_classes(content *c, lw_split split, const lw_items *items)
{
  int32_t *labels = (int32_t *)c->room;
  lw_status status = lw_dataset_read_step_labels(c->dataset, split, items, labels);
  for (int64_t i = 0; status == LW_OK && i < items->count; i++) {
    if (labels[i] < 0) continue;
    c->times[(int)split * c->width + labels[i]]++;
    c->known[split]++;
  }
  return status;
}

/* As they are told. */
static lw_status count_numbers(content *c, lw_split split, const lw_items *items)
{
  const lw_number *number = lw_dataset_describe(c->dataset)->number;
  lw_status status = lw_dataset_read_step_numbers(c->dataset, split, items, c->room);
  for (int64_t i = 0; status == LW_OK && i < items->count; i++) {
    c->known[split] += lw_answer_known(c->room + i * c->width, c->width);
    for (int64_t k = 0; k < c->width; k++) {
      const double learnt = (double)c->room[i * c->width + k];
      const double told = (learnt - number[k].shift) / number[k].scale;
      if (!isnan(told)) lw_moments_add(&c->scratch[k], &told, 1);
    }
  }
  return status;
}

static lw_status count_sample(content *c, lw_split split, int64_t sample)
{
  const int64_t length = lw_dataset_length(c->dataset, split, sample);
  lw_status status = LW_OK;
  for (int64_t first = 0; first < length; first += PIECE) {
    const lw_items items = {
        .sample = sample, .first = first, .count = lw_smaller(PIECE, length - first)};
    if (c->missing) LW_TRY(count_missing(c, split, &items));
    if (c->classes) LW_TRY(count_classes(c, split, &items));
    if (c->numbers) LW_TRY(count_numbers(c, split, &items));
  }
  if (c->numbers) {
    LW_TRY(lw_moments_tree_add(&c->tree[split], sample, c->scratch));
    memset(c->scratch, 0, (size_t)c->width * sizeof *c->scratch);
  }
done:
  return status;
}

static lw_status count_split(content *c, lw_split split)
{
  const int64_t N = lw_dataset_describe(c->dataset)->count[split];
  const int64_t first = lw_layout_first(N, c->world->size, c->world->rank);
  const int64_t count = lw_layout_count(N, c->world->size, c->world->rank);
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "counting", "samples", count);
  for (int64_t i = 0; i < count && status == LW_OK; i++) {
    status = count_sample(c, split, first + i);
    lw_work_add(&work, 1);
  }
  lw_work_end(&work);
  return status;
}

/* ---- telling ---- */

static void report_missing(const content *c, FILE *out)
{
  const lw_dataset_info *info = lw_dataset_describe(c->dataset);
  const lw_column columns[] = {{"missing values of", 0, -28, NULL, false},
                               {lw_split_name(LW_SPLIT_TRAIN), 0, 12, "%.2f %%", true},
                               {lw_split_name(LW_SPLIT_VALIDATION), 0, 12, "%.2f %%", true},
                               {lw_split_name(LW_SPLIT_TEST), 0, 12, "%.2f %%", true},
                               {0}};
  const int64_t C = info->channels, shown = lw_smaller(C, SHOWN);
  lw_columns_print(out, columns, NULL, NULL);
  for (int64_t k = 0; k < shown; k++) {
    char name[NAME];
    double shares[LW_SPLITS];
    snprintf(name, sizeof name, "%3" PRId64 " %.100s", k, info->channel[k].name);
    for (int split = 0; split < LW_SPLITS; split++)
      shares[split] = info->tokens[split]
                          ? 100.0 * (double)c->absent[split * C + k] / (double)info->tokens[split]
                          : (double)NAN;
    lw_columns_print(out, columns, (const char *[]){name}, shares);
  }
  if (shown < C) fprintf(out, "... and %" PRId64 " channels more\n", C - shown);
}

static void report_known(const content *c, FILE *out)
{
  const lw_dataset_info *info = lw_dataset_describe(c->dataset);
  fprintf(out, "steps with an answer:");
  for (int split = 0; split < LW_SPLITS; split++)
    fprintf(out, "%s %s %" PRId64 " of %" PRId64, split ? "," : "", lw_split_name((lw_split)split),
            c->known[split], info->tokens[split]);
  fprintf(out, "\n");
}

static void tell(const content *c, FILE *out)
{
  lw_class_counts counts = {
      c->dataset, "class of steps", c->times, {c->known[0], c->known[1], c->known[2]}};
  if (c->missing) report_missing(c, out);
  if (c->width > 0) report_known(c, out);
  if (c->classes) lw_dataset_print_classes(&counts, out);
  if (c->numbers) lw_dataset_print_numbers(c->dataset, c->moments, out);
}

static lw_status join_all(content *c)
{
  const int64_t channels = lw_dataset_describe(c->dataset)->channels;
  lw_status status = LW_OK;
  lw_reduce_sum_integers(c->world, c->absent, LW_SPLITS * channels);
  lw_reduce_sum_integers(c->world, c->times, LW_SPLITS * c->width);
  lw_reduce_sum_integers(c->world, c->known, LW_SPLITS);
  for (int split = 0; split < LW_SPLITS && c->numbers; split++)
    LW_TRY(lw_moments_tree_join(&c->tree[split], c->world, c->moments + split * c->width));
done:
  return status;
}

lw_status lw_dataset_report_content(const lw_dataset *dataset, const lw_world *world, FILE *out)
{
  content c = {.dataset = dataset, .world = world};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, begin(&c));
  for (int split = 0; split < LW_SPLITS && (c.missing || c.width > 0); split++)
    LW_TRY_TOGETHER(world, count_split(&c, (lw_split)split));
  LW_TRY(join_all(&c));
  if (out) tell(&c, out);
done:
  done(&c);
  return status;
}
