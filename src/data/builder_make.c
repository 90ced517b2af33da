/* The arrays of a split, made twice from the temporary files: for their checksums, and what must be
 * known before the file is begun; then into the file. */
#include "builder_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/whole.h"
#include "sink.h"
#include <math.h>
#include <string.h>

/* Of a piece that is read; moments are joined from pieces, so it must not depend on ranks. */
enum { PIECE_BYTES = 1 << 18 };
enum { UNKNOWN = 255 }; /* of several classes */

/* An array that is being made. */
typedef struct maker {
  lw_builder *builder;
  lw_split split;
  lw_builder_found *found; /* NULL: it is being written */
  lw_sink sink;
  char *piece;  /* [PIECE_BYTES] or one row */
  int64_t item; /* of the split, where the stretch begins */
} maker;

/* ---- what is found ---- */

static bool in_train(const maker *m)
{
  return m->found && m->split == LW_SPLIT_TRAIN;
}

/* `times` answers that say a class; record: that has them. */
static void note_class(maker *m, const lw_stretch *at, int32_t number, int64_t times)
{
  lw_builder_found *found = m->found;
  if (!found || number < 0) return;
  found->seen[(int)m->split * m->builder->class_count + number] += times;
  if (m->split == LW_SPLIT_TEST && at->of->given && found->first[number] < 0)
    found->first[number] = at->record;
}

static void note_answers(maker *m, int64_t known)
{
  if (m->found) m->found->answers[m->split] += known;
}

/* The moments in the scratch are those of the stretch. */
static lw_status end_moments(maker *m, lw_moments_tree *tree, const lw_stretch *at)
{
  lw_builder_found *found = m->found;
  lw_status status = lw_moments_tree_add(tree, m->builder->before[m->split].stretches + at->number,
                                         found->scratch);
  memset(found->scratch, 0, (size_t)tree->width * sizeof *found->scratch);
  return status;
}

/* numbers [count, numbers] of the train split */
static lw_status note_numbers(maker *m, const float *numbers, int64_t count)
{
  const int64_t K = m->builder->plan.numbers;
  for (int64_t n = 0; n < count * K; n++) {
    const double number = (double)numbers[n];
    if (!isnan(number)) lw_moments_add(&m->found->scratch[n % K], &number, 1);
  }
  return LW_OK;
}

/* ---- places of samples ---- */

static lw_status make_starts(maker *m, const lw_stretch *at)
{
  lw_status status = LW_OK;
  for (int64_t i = 0; status == LW_OK && i < at->samples; i++) {
    const int64_t start = m->item + i * m->builder->plan.windows.stride;
    status = lw_sink_add(&m->sink, &start, 1);
  }
  return status;
}

/* The same row for each sample of the stretch. */
static lw_status repeat(maker *m, const lw_stretch *at, const void *row)
{
  lw_status status = LW_OK;
  for (int64_t i = 0; status == LW_OK && i < at->samples; i++)
    status = lw_sink_add(&m->sink, row, 1);
  return status;
}

static lw_status make_lengths(maker *m, const lw_stretch *at)
{
  const int64_t length = lw_stretch_length(m->builder, at);
  return repeat(m, at, &length);
}

static lw_status make_weights(maker *m, const lw_stretch *at)
{
  return repeat(m, at, &at->of->weight);
}

static lw_status make_groups(maker *m, const lw_stretch *at)
{
  const int64_t group = at->of->group < 0 ? -1 : m->builder->group_of[at->of->group];
  return repeat(m, at, &group);
}

static lw_status make_breaks(maker *m, const lw_stretch *at)
{
  return repeat(m, at, &at->of->second);
}

/* A window is named by its series and by the step where it begins. */
static lw_status make_names(maker *m, const lw_stretch *at)
{
  const lw_windows *windows = &m->builder->plan.windows;
  const int64_t bytes = at->of->name_bytes;
  char name[2 * LW_NAME_ROOM];
  lw_status status = lw_spool_read(&m->builder->spool[LW_SPOOL_TEXTS],
                                   at->text + at->of->where_bytes, bytes, name);
  for (int64_t i = 0; status == LW_OK && i < at->samples; i++) {
    memset(m->piece, 0, (size_t)m->sink.row_bytes);
    name[bytes] = 0;
    if (windows->length > 0)
      snprintf(name + bytes, LW_NAME_ROOM, ":%lld", (long long)(at->first + i * windows->stride));
    memcpy(m->piece, name, strlen(name));
    status = lw_sink_add(&m->sink, m->piece, 1);
  }
  return status;
}

/* ---- items ---- */

static lw_status make_items(maker *m, const lw_stretch *at)
{
  lw_builder *builder = m->builder;
  const int64_t row_bytes = lw_builder_item_bytes(builder);
  const int64_t most = lw_larger(1, PIECE_BYTES / row_bytes), first = at->item + at->first;
  const bool moments = in_train(m) && m->found->values.width > 0;
  lw_status status = LW_OK;
  for (int64_t done = 0, now; done < at->count; done += now) {
    now = lw_smaller(most, at->count - done);
    LW_TRY(lw_spool_read(&builder->spool[LW_SPOOL_ITEMS], (first + done) * row_bytes,
                         now * row_bytes, m->piece));
    if (moments) lw_builder_add_moments(builder, m->piece, now, m->found);
    LW_TRY(lw_sink_add(&m->sink, m->piece, now));
  }
  if (moments) LW_TRY(end_moments(m, &m->found->values, at));
done:
  return status;
}

static lw_status make_times(maker *m, const lw_stretch *at)
{
  const int64_t bytes = (int64_t)sizeof(double), most = PIECE_BYTES / bytes;
  lw_status status = LW_OK;
  for (int64_t done = 0, now; done < at->count; done += now) {
    now = lw_smaller(most, at->count - done);
    LW_TRY(lw_spool_read(&m->builder->spool[LW_SPOOL_TIMES], (at->item + at->first + done) * bytes,
                         now * bytes, m->piece));
    LW_TRY(lw_sink_add(&m->sink, m->piece, now));
  }
done:
  return status;
}

/* ---- answers of samples ---- */

static lw_status make_label(maker *m, const lw_stretch *at)
{
  const int32_t label = lw_builder_class(m->builder, at->of->label);
  note_class(m, at, label, at->samples);
  note_answers(m, label >= 0 ? at->samples : 0);
  return repeat(m, at, &label);
}

static lw_status make_several(maker *m, const lw_stretch *at)
{
  lw_builder *builder = m->builder;
  const int64_t bytes = (int64_t)sizeof(int32_t);
  uint8_t *row = (uint8_t *)m->piece;
  memset(row, at->of->answered ? 0 : UNKNOWN, (size_t)builder->class_count);
  for (int64_t i = 0; i < at->of->rows; i++) {
    int32_t label;
    lw_status status =
        lw_spool_read(&builder->spool[LW_SPOOL_LABELS], (at->row + i) * bytes, bytes, &label);
    if (status != LW_OK) return status;
    label = lw_builder_class(builder, label);
    if (!row[label]) note_class(m, at, label, at->samples);
    row[label] = 1;
  }
  note_answers(m, at->of->answered ? at->samples : 0);
  return repeat(m, at, row);
}

static lw_status make_numbers(maker *m, const lw_stretch *at)
{
  const int64_t bytes = lw_builder_label_bytes(m->builder);
  lw_status status = LW_OK;
  LW_TRY(lw_spool_read(&m->builder->spool[LW_SPOOL_LABELS], at->row * bytes, bytes, m->piece));
  note_answers(m, at->of->answered ? at->samples : 0);
  if (in_train(m)) {
    LW_TRY(note_numbers(m, (const float *)m->piece, 1));
    LW_TRY(end_moments(m, &m->found->numbers, at));
  }
  status = repeat(m, at, m->piece);
done:
  return status;
}

/* ---- answers of steps ---- */

/* Labels as this rank numbered them become those of the file, in its type, in place. */
static void number_labels(maker *m, const lw_stretch *at, int32_t *labels, int64_t count)
{
  const lw_h5_type type = lw_builder_part_type(m->builder, LW_PART_LABELS);
  int64_t known = 0;
  for (int64_t i = 0; i < count; i++) {
    const int32_t label = lw_builder_class(m->builder, labels[i]);
    known += label >= 0;
    note_class(m, at, label, 1);
    if (type == LW_H5_I8)
      ((int8_t *)labels)[i] = (int8_t)label;
    else if (type == LW_H5_I16)
      ((int16_t *)labels)[i] = (int16_t)label;
    else
      labels[i] = label;
  }
  note_answers(m, known);
}

static lw_status take_step_numbers(maker *m, const float *numbers, int64_t count)
{
  const int64_t K = m->builder->plan.numbers;
  int64_t known = 0;
  for (int64_t i = 0; i < count; i++) known += lw_answer_known(numbers + i * K, K);
  note_answers(m, known);
  return in_train(m) ? note_numbers(m, numbers, count) : LW_OK;
}

static lw_status make_steps(maker *m, const lw_stretch *at)
{
  lw_builder *builder = m->builder;
  const bool numbers = builder->plan.target->kind == LW_ANSWER_NUMBERS;
  const int64_t bytes = lw_builder_label_bytes(builder);
  const int64_t most = lw_larger(1, PIECE_BYTES / bytes);
  int64_t first, count;
  lw_status status = LW_OK;
  LW_TRY(lw_stretch_rows(builder, at, &first, &count));
  for (int64_t done = 0, now; done < count; done += now) {
    now = lw_smaller(most, count - done);
    LW_TRY(lw_spool_read(&builder->spool[LW_SPOOL_LABELS], (first + done) * bytes, now * bytes,
                         m->piece));
    if (numbers)
      LW_TRY(take_step_numbers(m, (const float *)m->piece, now));
    else
      number_labels(m, at, (int32_t *)m->piece, now);
    LW_TRY(lw_sink_add(&m->sink, m->piece, now));
  }
  if (numbers && in_train(m)) LW_TRY(end_moments(m, &m->found->numbers, at));
done:
  return status;
}

static lw_status make_labels(maker *m, const lw_stretch *at)
{
  const lw_target *target = m->builder->plan.target;
  if (target->by_row) return make_steps(m, at);
  switch (target->kind) {
  case LW_ANSWER_CLASS:
    return make_label(m, at);
  case LW_ANSWER_SEVERAL:
    return make_several(m, at);
  case LW_ANSWER_NUMBERS:
    return make_numbers(m, at);
  }
  return LW_OK;
}

static lw_status make_asked(maker *m, const lw_stretch *at)
{
  const int64_t bytes = (int64_t)sizeof(int64_t), most = PIECE_BYTES / bytes;
  int64_t *steps = (int64_t *)m->piece, first, count;
  lw_status status = LW_OK;
  LW_TRY(lw_stretch_rows(m->builder, at, &first, &count));
  for (int64_t done = 0, now; done < count; done += now) {
    now = lw_smaller(most, count - done);
    LW_TRY(lw_spool_read(&m->builder->spool[LW_SPOOL_ASKED], (first + done) * bytes, now * bytes,
                         steps));
    for (int64_t i = 0; i < now; i++) steps[i] += m->item - at->first;
    LW_TRY(lw_sink_add(&m->sink, steps, now));
  }
done:
  return status;
}

/* ---- any of them ---- */

static lw_status (*const makers[LW_BUILDER_PARTS])(maker *m, const lw_stretch *at) = {
    [LW_PART_STARTS] = make_starts,   [LW_PART_LENGTHS] = make_lengths,
    [LW_PART_ITEMS] = make_items,     [LW_PART_TIMES] = make_times,
    [LW_PART_LABELS] = make_labels,   [LW_PART_ASKED] = make_asked,
    [LW_PART_WEIGHTS] = make_weights, [LW_PART_GROUPS] = make_groups,
    [LW_PART_BREAKS] = make_breaks,   [LW_PART_NAMES] = make_names};

lw_status lw_builder_make_part(lw_builder *builder, const lw_builder_turn *turn,
                               lw_builder_found *found, int64_t sum[2])
{
  const bool names = turn->part == LW_PART_NAMES;
  char name[LW_H5_NAME_MAX];
  maker m = {.builder = builder,
             .split = turn->split,
             .found = found,
             .item = builder->before[turn->split].items,
             .sink = {.writer = turn->writer, .name = name, .texts = names, .work = turn->work}};
  lw_stretch at = {0};
  lw_status status = LW_OK;
  lw_builder_part_name(builder, turn->split, turn->part, name);
  m.sink.row_bytes = names ? builder->name_width
                           : lw_builder_part_columns(builder, turn->part) *
                                 lw_h5_type_size(lw_builder_part_type(builder, turn->part));
  m.sink.row = lw_builder_part_first(builder, turn->split, turn->part);
  LW_TRY(lw_sink_open(&m.sink));
  LW_TRY(lw_mem_take(1, lw_larger(PIECE_BYTES, m.sink.row_bytes), (void **)&m.piece));
  while (lw_stretch_next(builder, turn->split, &at)) {
    LW_TRY(makers[turn->part](&m, &at));
    m.item += at.count;
  }
  status = lw_sink_flush(&m.sink);
  sum[0] = m.sink.sum;
  sum[1] = m.sink.bytes;
done:
  lw_sink_close(&m.sink);
  lw_mem_give(m.piece);
  return status;
}
