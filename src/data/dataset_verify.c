/* One pass over every array: its checksum, and what its items may be. Each rank reads its share of
 * the rows; the checksum of the whole is joined from those of the shares, and the first item that
 * no model can take is the same one on any number of ranks. Offsets, labels and breaks were looked
 * at when the data set was opened. */
#include "dataset_inside.h"
#include "longwave/array/layout.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/data/input.h"
#include <math.h>
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

static lw_status list_limits(const lw_dataset_info *info, limit_list *out)
{
  out->channels = info->channels;
  lw_status status = LW_TAKE(&out->channel, info->channels);
  for (int64_t c = 0; status == LW_OK && c < info->channels; c++)
    out->channel[c] = info->input->limits(info, c);
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

/* limits: NULL when the items need not be looked at. */
static lw_status read_share(const lw_h5 *file, const char *name, const lw_h5_shape *shape,
                            const lw_world *world, const limit_list *limits, finding *found)
{
  const share own = own_share(shape, world);
  const int64_t size = lw_h5_type_size(shape->type), row_bytes = own.columns * size;
  const int64_t fit = own.columns < PIECE_ITEMS ? PIECE_ITEMS / own.columns : 1;
  const int64_t most = own.last - own.first < fit ? own.last - own.first : fit;
  void *piece = NULL;
  lw_work work = {0};
  lw_status status = lw_mem_take(most, row_bytes, &piece);
  if (status != LW_OK) return status;
  lw_work_begin(&work, name, "bytes", (own.last - own.first) * row_bytes);
  for (int64_t row = own.first; row < own.last; row += most) {
    const int64_t now = own.last - row < most ? own.last - row : most, count = now * own.columns;
    LW_TRY(lw_h5_read(file, name, shape->type, row, now, piece));
    if (limits) look_at(piece, row * own.columns, count, shape->type, limits, found);
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

static lw_status verify_array(const lw_dataset *dataset, lw_split split, lw_part part,
                              const lw_world *world, finding *found)
{
  limit_list limits = {0};
  const uint32_t stored = dataset->sums.part[split][part];
  char name[LW_H5_NAME_MAX];
  finding *shares = NULL; /* [ranks] */
  lw_h5_shape shape = {0};
  lw_dataset_array_name(dataset->info.input, split, part, name);
  lw_status status = LW_TAKE(&shares, world->size);
  if (status == LW_OK) status = list_limits(&dataset->info, &limits);
  if (status == LW_OK) status = lw_h5_array_shape(dataset->file, name, &shape);
  const bool look = part == LW_PART_ITEMS && !all_inside(&limits, scans[shape.type].whole);
  if (status == LW_OK)
    status =
        read_share(dataset->file, name, &shape, world, look ? &limits : NULL, &shares[world->rank]);
  LW_TRY_TOGETHER(world, status);
  lw_reduce_sum_integers(world, (int64_t *)shares, (int64_t)world->size * FINDING);
  const uint32_t whole = join(shares, &shape, world, found);
  if (whole != stored)
    status = lw_fail(LW_ERROR_FORMAT,
                     "'%s': array '%s' is damaged: its checksum is %08x and should be %08x; make "
                     "or copy the file again",
                     lw_dataset_path(dataset), name, whole, stored);
done:
  lw_mem_give(limits.channel);
  lw_mem_give(shares);
  return status;
}

/* The first sample that holds an item of the split; -1: none. */
static int64_t sample_of(const lw_dataset *dataset, lw_split split, int64_t item)
{
  const int64_t *starts = dataset->split[split].starts;
  for (int64_t i = 0; i < dataset->info.count[split]; i++)
    if (starts[i] <= item && item - starts[i] < lw_dataset_length(dataset, split, i)) return i;
  return -1;
}

static lw_status refuse(const lw_dataset *dataset, lw_split split, const finding *first,
                        int64_t others)
{
  const int64_t item = first->first / dataset->info.channels;
  const int64_t sample = sample_of(dataset, split, item);
  double stored;
  memcpy(&stored, &first->stored_bits, sizeof stored);
  const lw_item_place place = {item - (sample < 0 ? 0 : dataset->split[split].starts[sample]),
                               first->first % dataset->info.channels};
  return lw_dataset_refuse_item(dataset, split, sample, &place, stored, others);
}

lw_status lw_dataset_verify(const lw_dataset *dataset, const lw_world *world, int used)
{
  finding found[LW_SPLITS] = {{0}};
  int64_t all[2] = {0}; /* outside in splits that are used, in the others */
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_work_begin(&work, "checking", "", 0);
  for (int split = 0; split < LW_SPLITS && status == LW_OK; split++)
    for (int part = 0; part < LW_PARTS && status == LW_OK; part++)
      if (lw_part_in(dataset->parts, (lw_part)part))
        status = verify_array(dataset, (lw_split)split, (lw_part)part, world, &found[split]);
  lw_work_end(&work);
  if (status != LW_OK) return status;
  for (int split = 0; split < LW_SPLITS; split++) all[split >= used] += found[split].outside;
  for (int split = 0; split < LW_SPLITS; split++) {
    if (found[split].outside == 0) continue;
    status = refuse(dataset, (lw_split)split, &found[split], all[split >= used] - 1);
    if (split < used) return status;
    lw_log_root(LW_LOG_WARN, "%s; until then this split cannot be evaluated", lw_fail_message());
    break;
  }
  return LW_OK;
}
