/** Inside Pathfinder: planes of bytes around a picture, and stamps that are joined into them.
 *
 *  A plane has `pad` pixels more on the left of each row and above and below the picture, so that
 *  nothing near an edge needs a test. What hangs over the right edge of a row lies on the left of
 *  the next one. A stamp is a patch without its empty rows and columns, in rows of whole strips,
 *  each one register. All stamps of a set have as many rows, so that the processor foresees the end
 *  of every loop. What is inline here is done for each dash that is tried. Neighbours:
 *  pathfinder_dash.h (the patches). */
#ifndef LONGWAVE_TASK_PATHFINDER_PLANE_H
#define LONGWAVE_TASK_PATHFINDER_PLANE_H

#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { LW_STRIP = 16 };

/** Where the pixels of a plane lie. */
typedef struct lw_plane_shape {
  int64_t side, pad, stride;
} lw_plane_shape;

lw_plane_shape lw_plane_shape_of(int64_t side, int64_t pad);

/** Bytes of a plane: with its pads, and what strips may touch beyond them. */
int64_t lw_plane_bytes(const lw_plane_shape *shape);

/** Of pixel (y, x); both may be in a pad. */
static inline int64_t lw_plane_place(const lw_plane_shape *shape, int64_t y, int64_t x)
{
  return (shape->pad + y) * shape->stride + shape->pad + x;
}

/** The rows of the picture, pads between them included: the first place, and how many bytes. */
static inline int64_t lw_plane_first(const lw_plane_shape *shape)
{
  return lw_plane_place(shape, 0, 0);
}

static inline int64_t lw_plane_span(const lw_plane_shape *shape)
{
  return (shape->side - 1) * shape->stride + shape->side;
}

/** plane [lw_plane_bytes] out: value[0] where a pixel is at least `frame` from every edge of the
 *  picture, value[1] nearer to it, value[2] in the pads. */
void lw_plane_frame(const lw_plane_shape *shape, int64_t frame, const uint8_t value[3],
                    uint8_t *plane);

/** Patches of one size: number i is bytes [2 reach + 1, 2 reach + 1] from i x pitch on. Of its
 *  bytes those below `least` do not count, and `less` is taken from the others; less < least. */
typedef struct lw_patches {
  const uint8_t *bytes;
  int64_t pitch, count, reach;
  int least, less;
} lw_patches;

typedef struct lw_stamps {
  uint8_t *bytes;      /* [count, rows, width] */
  int64_t *corner;     /* [count] places from the middle of a patch to its stamp's first byte */
  int64_t rows, width; /* width: a multiple of LW_STRIP */
} lw_stamps;

LW_MUST_USE lw_status lw_stamps_init(const lw_patches *patches, const lw_plane_shape *shape,
                                     lw_stamps *stamps);
void lw_stamps_done(lw_stamps *stamps);

/* ---- strips ---- */

typedef uint8_t lw_strip_bytes __attribute__((vector_size(LW_STRIP)));

static inline lw_strip_bytes lw_strip_load(const uint8_t *from)
{
  lw_strip_bytes bytes;
  memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

static inline lw_strip_bytes lw_strip_smaller(lw_strip_bytes a, lw_strip_bytes b)
{
#if defined(__SSE2__)
  return (lw_strip_bytes)_mm_min_epu8((__m128i)a, (__m128i)b);
#else
  const lw_strip_bytes more = (lw_strip_bytes)(a > b);
  return (b & more) | (a & ~more);
#endif
}

static inline lw_strip_bytes lw_strip_greater(lw_strip_bytes a, lw_strip_bytes b)
{
#if defined(__SSE2__)
  return (lw_strip_bytes)_mm_max_epu8((__m128i)a, (__m128i)b); /* gcc does not find it */
#else
  const lw_strip_bytes more = (lw_strip_bytes)(a > b);
  return (a & more) | (b & ~more);
#endif
}

/** A bit for each byte that is not 0. */
static inline uint32_t lw_strip_full(lw_strip_bytes strip)
{
  const lw_strip_bytes none = {0}, full = (lw_strip_bytes)(strip > none);
#if defined(__SSE2__)
  return (uint32_t)_mm_movemask_epi8((__m128i)full);
#else
  uint32_t bits = 0;
  for (int i = 0; i < LW_STRIP; i++) bits |= (uint32_t)(full[i] & 1) << i;
  return bits;
#endif
}

/* ---- stamps; place: of the patch's middle in the plane ---- */

/** Every byte of the plane becomes the greater one of both. */
static inline void lw_stamp_join(const lw_stamps *stamps, int64_t index, int64_t stride,
                                 int64_t place, uint8_t *plane)
{
  const int64_t rows = stamps->rows, width = stamps->width;
  for (int64_t strip = 0; strip < width; strip += LW_STRIP) {
    const uint8_t *from = stamps->bytes + index * rows * width + strip;
    uint8_t *to = plane + place + stamps->corner[index] + strip;
    for (int64_t y = 0; y < rows; y++, from += width, to += stride) {
      const lw_strip_bytes joined = lw_strip_greater(lw_strip_load(from), lw_strip_load(to));
      memcpy(to, &joined, sizeof joined);
    }
  }
}

/** Every byte of the plane becomes the smaller one of both. */
static inline void lw_stamp_lower(const lw_stamps *stamps, int64_t index, int64_t stride,
                                  int64_t place, uint8_t *plane)
{
  const int64_t rows = stamps->rows, width = stamps->width;
  for (int64_t strip = 0; strip < width; strip += LW_STRIP) {
    const uint8_t *from = stamps->bytes + index * rows * width + strip;
    uint8_t *to = plane + place + stamps->corner[index] + strip;
    for (int64_t y = 0; y < rows; y++, from += width, to += stride) {
      const lw_strip_bytes lowered = lw_strip_smaller(lw_strip_load(from), lw_strip_load(to));
      memcpy(to, &lowered, sizeof lowered);
    }
  }
}

/** As lw_stamp_join where the plane `within` is 255; where it is 0 nothing changes. */
static inline void lw_stamp_join_within(const lw_stamps *stamps, int64_t index, int64_t stride,
                                        int64_t place, const uint8_t *within, uint8_t *plane)
{
  const int64_t rows = stamps->rows, width = stamps->width;
  for (int64_t strip = 0; strip < width; strip += LW_STRIP) {
    const uint8_t *from = stamps->bytes + index * rows * width + strip;
    const int64_t first = place + stamps->corner[index] + strip;
    const uint8_t *clip = within + first;
    uint8_t *to = plane + first;
    for (int64_t y = 0; y < rows; y++, from += width, to += stride, clip += stride) {
      const lw_strip_bytes joined =
          lw_strip_greater(lw_strip_load(from) & lw_strip_load(clip), lw_strip_load(to));
      memcpy(to, &joined, sizeof joined);
    }
  }
}

/** Is a byte of the stamp greater than what its pixel of the plane lacks to 255, anywhere? */
static inline bool lw_stamp_meets(const lw_stamps *stamps, int64_t index, int64_t stride,
                                  int64_t place, const uint8_t *plane)
{
  const int64_t rows = stamps->rows, width = stamps->width;
  lw_strip_bytes met = {0};
  uint64_t half[2];
  for (int64_t strip = 0; strip < width; strip += LW_STRIP) {
    const uint8_t *from = stamps->bytes + index * rows * width + strip;
    const uint8_t *to = plane + place + stamps->corner[index] + strip;
    for (int64_t y = 0; y < rows; y++, from += width, to += stride)
      met |= (lw_strip_bytes)(lw_strip_load(from) > ~lw_strip_load(to));
  }
  memcpy(half, &met, sizeof half);
  return (half[0] | half[1]) != 0;
}

#endif
