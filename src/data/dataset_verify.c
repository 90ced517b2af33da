/* One pass over every array: its checksum, and what its items may be. Each rank reads its share of
 * the rows; the checksum of the whole is joined from those of the shares, and the first item that
 * no model can take is the same one on any number of ranks. Offsets, labels and breaks were looked
 * at when the data set was opened. */
#include "dataset_verify.h"
#include "longwave/array/layout.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/data/target.h"
#include <float.h>
#include <string.h>

/* Few enough to stay in the cache while they are checked and summed. */
enum { PIECE_ITEMS = 1 << 16 };

/* ---- items outside their limits ---- */

/* For each type: the range of some items, which is quick to find, and one item. Whole numbers are
 * compared as they are, real ones by the bits of their magnitude: NaN is above infinity there. */
#define WHOLE(name, type)                                                                          \
  static void range_##name(const void *items, int64_t count, double range[2])                      \
  {                                                                                                \
    const type *x = items;                                                                         \
    type least = x[0], most = x[0];                                                                \
    for (int64_t i = 1; i < count; i++) {                                                          \
      least = x[i] < least ? x[i] : least;                                                         \
      most = x[i] > most ? x[i] : most;                                                            \
    }                                                                                              \
    range[0] = (double)least;                                                                      \
    range[1] = (double)most;                                                                       \
  }                                                                                                \
  static double item_##name(const void *items, int64_t index)                                      \
  {                                                                                                \
    return (double)((const type *)items)[index];                                                   \
  }
#define REAL(name, type, bits, mask)                                                               \
  static void range_##name(const void *items, int64_t count, double range[2])                      \
  {                                                                                                \
    const bits *x = items;                                                                         \
    bits most = 0;                                                                                 \
    for (int64_t i = 0; i < count; i++) most = (x[i] & mask) > most ? (x[i] & mask) : most;        \
    type magnitude;                                                                                \
    memcpy(&magnitude, &most, sizeof magnitude);                                                   \
    range[0] = -(double)magnitude;                                                                 \
    range[1] = (double)magnitude;                                                                  \
  }                                                                                                \
  static double item_##name(const void *items, int64_t index)                                      \
  {                                                                                                \
    return (double)((const type *)items)[index];                                                   \
  }
REAL(f32, float, int32_t, INT32_MAX)
REAL(f64, double, int64_t, INT64_MAX)
WHOLE(u8, uint8_t)
WHOLE(u16, uint16_t)
WHOLE(u32, uint32_t)
WHOLE(u64, uint64_t)
WHOLE(i8, int8_t)
WHOLE(i16, int16_t)
WHOLE(i32, int32_t)
WHOLE(i64, int64_t)

static const struct {
  void (*range)(const void *items, int64_t count, double range[2]);
  double (*item)(const void *items, int64_t index);
  double whole[2]; /* range of the type; of real numbers anything may come */
} scans[LW_H5_TYPES] = {
    [LW_H5_F32] = {range_f32, item_f32, {-INFINITY, INFINITY}},
    [LW_H5_F64] = {range_f64, item_f64, {-INFINITY, INFINITY}},
    [LW_H5_U8] = {range_u8, item_u8, {0, UINT8_MAX}},
    [LW_H5_U16] = {range_u16, item_u16, {0, UINT16_MAX}},
    [LW_H5_U32] = {range_u32, item_u32, {0, UINT32_MAX}},
    [LW_H5_U64] = {range_u64, item_u64, {0, 0x1p64}},
    [LW_H5_I8] = {range_i8, item_i8, {INT8_MIN, INT8_MAX}},
    [LW_H5_I16] = {range_i16, item_i16, {INT16_MIN, INT16_MAX}},
    [LW_H5_I32] = {range_i32, item_i32, {INT32_MIN, INT32_MAX}},
    [LW_H5_I64] = {range_i64, item_i64, {-0x1p63, 0x1p63}},
};

/* NaN is neither below nor above a limit. */
static bool inside(const lw_item_limits *limits, double stored)
{
  const double value = stored * limits->scale + limits->shift;
  if (value > limits->low && value < limits->high) return true;
  return limits->missing && (isnan(stored) || (limits->has_code && stored == limits->code));
}

/* The limits of each channel. */
typedef struct limit_list {
  lw_item_limits *channel; /* [channels] */
  int64_t channels;
} limit_list;

static bool all_inside(const limit_list *limits, const double range[2])
{
  for (int64_t c = 0; c < limits->channels; c++)
    if (!inside(&limits->channel[c], range[0]) || !inside(&limits->channel[c], range[1]))
      return false;
  return !isnan(range[0]);
}

/* Answers of steps: classes, or numbers that are finite or not known. */
static lw_item_limits label_limits(const lw_dataset *dataset)
{
  const bool numbers = dataset->stored->kind == LW_ANSWER_NUMBERS;
  return (lw_item_limits){.scale = 1.0,
                          .low = numbers ? -INFINITY : -2.0,
                          .high = numbers ? INFINITY : (double)dataset->info.classes,
                          .missing = numbers};
}

/* Of one of so many classes, or -1. */
static lw_item_limits class_limits(int64_t classes)
{
  return (lw_item_limits){.scale = 1.0, .low = -2.0, .high = (double)classes};
}

/* Of the arrays whose numbers are looked at; else none. */
static lw_status list_limits(const lw_dataset *dataset, lw_part part, limit_list *out)
{
  const lw_dataset_info *info = &dataset->info;
  const int64_t numbers = dataset->stored_numbers;
  const bool items = part == LW_PART_ITEMS, steps = part == LW_PART_STEP_LABELS;
  if (!items && !steps &&
      (part != LW_PART_LABELS || !dataset->stored->by_row || dataset->stored->next))
    return LW_OK;
  out->channels = items ? info->channels : !steps && numbers > 0 ? numbers : 1;
  lw_status status = LW_TAKE(&out->channel, out->channels);
  for (int64_t c = 0; status == LW_OK && c < out->channels; c++)
    out->channel[c] = items   ? info->input->limits(info, c)
                      : steps ? class_limits(info->step_classes)
                              : label_limits(dataset);
  return status;
}

/* ---- the share of a rank ---- */

/* What a rank found in its share of an array; all whole numbers, to be summed over ranks. */
typedef struct finding {
  int64_t crc;
  int64_t outside;     /* items */
  int64_t first;       /* of them, in the array */
  int64_t stored_bits; /* of the first, a double */
} finding;
enum { FINDING = sizeof(finding) / sizeof(int64_t) };

static void look_at(const void *piece, int64_t number, int64_t count, lw_h5_type type,
                    const limit_list *limits, finding *found)
{
  double range[2];
  scans[type].range(piece, count, range);
  if (all_inside(limits, range)) return;
  for (int64_t i = 0; i < count; i++) {
    const double stored = scans[type].item(piece, i);
    if (inside(&limits->channel[i % limits->channels], stored)) continue;
    if (found->outside++ > 0) continue;
    found->first = number + i;
    memcpy(&found->stored_bits, &stored, sizeof stored);
  }
}

/* What to look for in an array: numbers outside limits, or times that fall or are not finite. */
typedef struct look {
  limit_list limits; /* channels 0: none */
  lw_cover cover;    /* of times */
  double before;     /* the time before the piece */
} look;

static void look_at_times(const void *piece, int64_t first, int64_t count, lw_h5_type type,
                          look *for_what, finding *found)
{
  for (int64_t i = 0; i < count; i++) {
    const double time = scans[type].item(piece, i), before = for_what->before;
    for_what->before = time;
    if (isfinite(time) && (time >= before || !lw_cover_joins(&for_what->cover, first + i)))
      continue;
    if (found->outside++ > 0) continue;
    found->first = first + i;
    memcpy(&found->stored_bits, &time, sizeof time);
  }
}

/* The time before a rank's share. */
static lw_status read_before(const lw_h5 *file, const char *name, int64_t first, look *for_what)
{
  for_what->before = -INFINITY;
  if (!for_what->cover.entry || first == 0) return LW_OK;
  return lw_h5_read(file, name, LW_H5_F64, first - 1, 1, &for_what->before);
}

/* To the bytes of the file. */
static void swap_bytes(void *items, int64_t count, int64_t size)
{
  char *bytes = items;
  for (int64_t i = 0; i < count; i++, bytes += size)
    for (int64_t low = 0, high = size - 1; low < high; low++, high--) {
      const char byte = bytes[low];
      bytes[low] = bytes[high];
      bytes[high] = byte;
    }
}

/* Rows of an array that this rank reads, and the numbers in one. */
typedef struct share {
  int64_t first, last, columns;
} share;

static share own_share(const lw_h5_shape *shape, const lw_world *world)
{
  const int64_t rows = shape->rank ? shape->dims[0] : 1;
  const int64_t first = lw_layout_first(rows, world->size, world->rank);
  return (share){first, first + lw_layout_count(rows, world->size, world->rank),
                 rows ? shape->items / rows : 1};
}

static lw_status read_share(const lw_h5 *file, const char *name, const lw_h5_shape *shape,
                            const lw_world *world, look *for_what, finding *found)
{
  const share own = own_share(shape, world);
  const int64_t size = lw_h5_type_size(shape->type), row_bytes = own.columns * size;
  const int64_t fit = own.columns < PIECE_ITEMS ? PIECE_ITEMS / own.columns : 1;
  const int64_t most = own.last - own.first < fit ? own.last - own.first : fit;
  void *piece = NULL;
  lw_work work = {0};
  lw_status status = lw_mem_take(most, row_bytes, &piece);
  if (status != LW_OK) return status;
  LW_TRY(read_before(file, name, own.first, for_what));
  lw_work_begin(&work, name, "bytes", (own.last - own.first) * row_bytes);
  for (int64_t row = own.first; row < own.last; row += most) {
    const int64_t now = own.last - row < most ? own.last - row : most, count = now * own.columns;
    LW_TRY(lw_h5_read(file, name, shape->type, row, now, piece));
    if (for_what->limits.channels > 0)
      look_at(piece, row * own.columns, count, shape->type, &for_what->limits, found);
    if (for_what->cover.entry) look_at_times(piece, row, now, shape->type, for_what, found);
    if (shape->big_endian) swap_bytes(piece, count, size);
    found->crc = lw_crc32((uint32_t)found->crc, piece, count * size);
    lw_work_add(&work, count * size);
  }
done:
  lw_work_end(&work);
  lw_mem_give(piece);
  return status;
}

/* ---- all ranks together ---- */

/* The shares in the order of ranks are the array: its checksum, and the first of what was found. */
static uint32_t join(const finding *shares, const lw_h5_shape *shape, const lw_world *world,
                     finding *all)
{
  uint32_t whole = 0;
  for (int rank = 0; rank < world->size; rank++) {
    const lw_world its = {.size = world->size, .rank = rank};
    const share rows = own_share(shape, &its);
    whole =
        lw_crc32_combine(whole, (uint32_t)shares[rank].crc,
                         (rows.last - rows.first) * rows.columns * lw_h5_type_size(shape->type));
    if (all->outside == 0 && shares[rank].outside > 0) {
      all->first = shares[rank].first;
      all->stored_bits = shares[rank].stored_bits;
    }
    all->outside += shares[rank].outside;
  }
  return whole;
}

/* Whole types that cannot hold anything outside are not looked at. */
static lw_status begin_look(const lw_dataset *dataset, lw_split split, lw_part part,
                            lw_h5_type type, look *out)
{
  lw_status status = list_limits(dataset, part, &out->limits);
  if (status == LW_OK && all_inside(&out->limits, scans[type].whole)) out->limits.channels = 0;
  if (status == LW_OK && part == LW_PART_TIMES) status = lw_cover_make(dataset, split, &out->cover);
  return status;
}

static lw_status verify_array(const lw_dataset *dataset, lw_split split, lw_part part,
                              const lw_world *world, finding *found)
{
  const uint32_t stored = dataset->sums.part[split][part];
  char name[LW_H5_NAME_MAX];
  look for_what = {0};
  finding *shares = NULL; /* [ranks] */
  lw_h5_shape shape = {0};
  lw_dataset_array_name(dataset->info.input, split, part, name);
  lw_status status = LW_TAKE(&shares, world->size);
  if (status == LW_OK) status = lw_h5_array_shape(dataset->file, name, &shape);
  if (status == LW_OK) status = begin_look(dataset, split, part, shape.type, &for_what);
  if (status == LW_OK)
    status = read_share(dataset->file, name, &shape, world, &for_what, &shares[world->rank]);
  LW_TRY_TOGETHER(world, status);
  lw_reduce_sum_integers(world, (int64_t *)shares, (int64_t)world->size * FINDING);
  const uint32_t whole = join(shares, &shape, world, found);
  if (whole != stored)
    status = lw_fail(LW_ERROR_FORMAT,
                     "'%s': array '%s' is damaged: its checksum is %08x and should be %08x; make "
                     "or copy the file again",
                     lw_dataset_path(dataset), name, whole, stored);
done:
  lw_mem_give(for_what.limits.channel);
  lw_mem_give(for_what.cover.entry);
  lw_mem_give(shares);
  return status;
}

/* Of what was found in the same part of other splits that must be valid, or of those that need not
 * be, the rest is counted with the first. */
static lw_status refuse(const lw_dataset *dataset, lw_split split, lw_part part,
                        finding (*found)[LW_PARTS], int used)
{
  const finding *first = &found[split][part];
  lw_fault fault = {.first = first->first, .others = -1};
  memcpy(&fault.stored, &first->stored_bits, sizeof fault.stored);
  for (int other = 0; other < LW_SPLITS; other++)
    if ((other < used) == ((int)split < used)) fault.others += found[other][part].outside;
  return lw_dataset_refuse_found(dataset, split, part, &fault);
}

/* The first fault in a split that must be valid; of the others it is a warning. */
static lw_status judge(const lw_dataset *dataset, finding (*found)[LW_PARTS], int used)
{
  for (int split = 0; split < LW_SPLITS; split++)
    for (int part = 0; part < LW_PARTS; part++) {
      if (found[split][part].outside == 0) continue;
      lw_status status = refuse(dataset, (lw_split)split, (lw_part)part, found, used);
      if (split < used) return status;
      lw_log_root(LW_LOG_WARN, "%s; until then this split cannot be evaluated", lw_fail_message());
      return LW_OK;
    }
  return LW_OK;
}

lw_status lw_dataset_verify(const lw_dataset *dataset, const lw_world *world, int used)
{
  finding found[LW_SPLITS][LW_PARTS] = {{{0}}};
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "checking", "", 0);
  for (int split = 0; split < LW_SPLITS && status == LW_OK; split++)
    for (int part = 0; part < LW_PARTS && status == LW_OK; part++)
      if (lw_part_in(dataset->parts, (lw_part)part))
        status = verify_array(dataset, (lw_split)split, (lw_part)part, world, &found[split][part]);
  lw_work_end(&work);
  LW_TRY(status);
  LW_TRY_ON_ROOT(world, lw_dataset_verify_names(dataset));
  LW_TRY_TOGETHER(world, lw_dataset_verify_groups(dataset));
  status = judge(dataset, found, used);
done:
  return status;
}
