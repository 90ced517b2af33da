#include "pathfinder_stamps.h"
#include "longwave/base/mem.h"

/* Footprints as bytes: a pixel is closed above 0.3; two dashes meet when they add up to 1.8. */
enum { FULL = 255, TAKEN = 77, MEET = 459 };

/* wide [2 (reach + margin) + 1, the same] out, zeros at first */
static void widen(const uint8_t *patch, int64_t reach, int64_t margin, uint8_t *wide)
{
  const int64_t size = 2 * reach + 1, wide_size = size + 2 * margin;
  for (int64_t i = 0; i < size * size; i++)
    for (int64_t dy = -margin; patch[i] && dy <= margin; dy++)
      for (int64_t dx = -margin; dx <= margin; dx++) {
        uint8_t *to = wide + (i / size + margin + dy) * wide_size + i % size + margin + dx;
        if (dy * dy + dx * dx <= margin * margin && patch[i] > *to) *to = patch[i];
      }
}

static lw_status make_open(const lw_dashes *dashes, const lw_plane_shape *shape, lw_stamps *open)
{
  const int64_t reach = dashes->reach + dashes->margin, size = 2 * reach + 1;
  uint8_t *wide = NULL;
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&wide, dashes->count * size * size));
  for (int64_t i = 0; i < dashes->count; i++)
    widen(lw_dashes_get(dashes, i).footprint, dashes->reach, dashes->margin,
          wide + i * size * size);
  LW_TRY(lw_stamps_init(&(lw_patches){wide, size * size, dashes->count, reach, 1, 0}, shape, open));
  for (int64_t i = 0; i < dashes->count * open->rows * open->width; i++)
    open->bytes[i] = (uint8_t)(FULL - open->bytes[i]);
done:
  lw_mem_give(wide);
  return status;
}

lw_status lw_dash_stamps_init(const lw_dashes *dashes, const lw_plane_shape *shape,
                              lw_dash_stamps *stamps)
{
  const int64_t size = 2 * dashes->reach + 1;
  const lw_dash first = lw_dashes_get(dashes, 0);
  lw_patches ink = {first.ink, 2 * size * size, dashes->count, dashes->reach, 1, 0};
  lw_patches taken = ink, meets = ink;
  lw_status status = LW_OK;
  taken.bytes = meets.bytes = first.footprint;
  taken.least = TAKEN;
  /* f + m >= MEET is f - (MEET - FULL - 1) > FULL - m; a smaller f meets nothing. */
  meets.least = MEET - FULL;
  meets.less = MEET - FULL - 1;
  LW_TRY(lw_stamps_init(&ink, shape, &stamps->ink));
  LW_TRY(lw_stamps_init(&taken, shape, &stamps->taken));
  LW_TRY(lw_stamps_init(&meets, shape, &stamps->meets));
  LW_TRY(make_open(dashes, shape, &stamps->open));
done:
  return status;
}

void lw_dash_stamps_done(lw_dash_stamps *stamps)
{
  lw_stamps_done(&stamps->ink);
  lw_stamps_done(&stamps->taken);
  lw_stamps_done(&stamps->meets);
  lw_stamps_done(&stamps->open);
}
