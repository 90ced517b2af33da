#include "pathfinder_plane.h"
#include "longwave/base/mem.h"

/* ---- planes ---- */

lw_plane_shape lw_plane_shape_of(int64_t side, int64_t pad)
{
  return (lw_plane_shape){side, pad, side + pad};
}

int64_t lw_plane_bytes(const lw_plane_shape *shape)
{
  return (shape->side + 2 * shape->pad) * shape->stride + shape->pad + LW_STRIP;
}

void lw_plane_frame(const lw_plane_shape *shape, int64_t frame, const uint8_t value[3],
                    uint8_t *plane)
{
  const int64_t side = shape->side, open = side - 2 * frame;
  memset(plane, value[2], (size_t)lw_plane_bytes(shape));
  for (int64_t y = 0; y < side; y++)
    memset(plane + lw_plane_place(shape, y, 0), value[1], (size_t)side);
  for (int64_t y = frame; open > 0 && y < side - frame; y++)
    memset(plane + lw_plane_place(shape, y, frame), value[0], (size_t)open);
}

/* ---- stamps ---- */

typedef struct lw_box {
  int64_t first[2], end[2]; /* rows, columns */
} lw_box;

static lw_box box_of(const lw_patches *patches, int64_t index)
{
  const int64_t size = 2 * patches->reach + 1;
  const uint8_t *patch = patches->bytes + index * patches->pitch;
  lw_box box = {{size, size}, {0, 0}};
  for (int64_t i = 0; i < size * size; i++) {
    const int64_t at[2] = {i / size, i % size};
    for (int axis = 0; axis < 2 && patch[i] >= patches->least; axis++) {
      if (at[axis] < box.first[axis]) box.first[axis] = at[axis];
      if (at[axis] >= box.end[axis]) box.end[axis] = at[axis] + 1;
    }
  }
  return box.end[0] ? box : (lw_box){{0, 0}, {0, 0}};
}

static void size_up(const lw_patches *patches, lw_stamps *stamps)
{
  for (int64_t i = 0; i < patches->count; i++) {
    const lw_box box = box_of(patches, i);
    const int64_t rows = box.end[0] - box.first[0], columns = box.end[1] - box.first[1];
    const int64_t width = (columns + LW_STRIP - 1) / LW_STRIP * LW_STRIP;
    stamps->rows = rows > stamps->rows ? rows : stamps->rows;
    stamps->width = width > stamps->width ? width : stamps->width;
  }
}

/* A stamp with rows to spare begins further up rather than to end beyond its patch. */
static void fill(const lw_patches *patches, int64_t index, int64_t stride, lw_stamps *stamps)
{
  const int64_t size = 2 * patches->reach + 1, last = size - stamps->rows;
  const lw_box box = box_of(patches, index);
  const int64_t top = box.first[0] < last ? box.first[0] : last;
  stamps->corner[index] = (top - patches->reach) * stride + box.first[1] - patches->reach;
  for (int64_t y = box.first[0]; y < box.end[0]; y++)
    for (int64_t x = box.first[1]; x < box.end[1]; x++) {
      const uint8_t value = patches->bytes[index * patches->pitch + y * size + x];
      uint8_t *to = stamps->bytes + (index * stamps->rows + y - top) * stamps->width;
      if (value >= patches->least) to[x - box.first[1]] = (uint8_t)(value - patches->less);
    }
}

lw_status lw_stamps_init(const lw_patches *patches, const lw_plane_shape *shape, lw_stamps *stamps)
{
  lw_stamps made = {0};
  lw_status status = LW_OK;
  size_up(patches, &made);
  LW_TRY(LW_TAKE(&made.bytes, patches->count * made.rows * made.width));
  LW_TRY(LW_TAKE(&made.corner, patches->count));
  for (int64_t i = 0; i < patches->count; i++) fill(patches, i, shape->stride, &made);
  *stamps = made;
  made = (lw_stamps){0};
done:
  lw_stamps_done(&made);
  return status;
}

void lw_stamps_done(lw_stamps *stamps)
{
  lw_mem_give(stamps->bytes);
  lw_mem_give(stamps->corner);
  *stamps = (lw_stamps){0};
}
