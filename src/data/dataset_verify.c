/* Compare the stored checksums with the content: each rank reads its share of the rows, and the
 * checksum of the whole is joined from those of the shares. */
#include "dataset_inside.h"
#include "longwave/array/layout.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"

enum { PIECE_ITEMS = 1 << 20 };

static lw_status share_checksum(const lw_h5 *file, const char *name, const lw_h5_shape *shape,
                                const lw_world *world, uint32_t *out)
{
  int64_t size = lw_h5_type_size(shape->type);
  int64_t first = lw_layout_first(shape->items, world->size, world->rank);
  int64_t last = first + lw_layout_count(shape->items, world->size, world->rank);
  int64_t most = last - first < PIECE_ITEMS ? last - first : PIECE_ITEMS;
  void *piece = NULL;
  uint32_t sum = 0;
  lw_status status = lw_mem_take(most, size, &piece);
  if (status != LW_OK) return status;
  for (int64_t row = first; row < last; row += most) {
    int64_t now = last - row < most ? last - row : most;
    LW_TRY(lw_h5_read(file, name, shape->type, row, now, piece));
    sum = lw_crc32(sum, piece, now * size);
  }
  *out = sum;
done:
  lw_mem_give(piece);
  return status;
}

static lw_status verify_array(const lw_dataset *dataset, const char *name, uint32_t stored,
                              const lw_world *world)
{
  int64_t *sums = NULL; /* [ranks] */
  lw_h5_shape shape = {0};
  uint32_t own = 0;
  lw_status status = LW_TAKE(&sums, world->size);
  if (status == LW_OK) status = lw_h5_array_shape(dataset->file, name, &shape);
  if (status == LW_OK) status = share_checksum(dataset->file, name, &shape, world, &own);
  LW_TRY_TOGETHER(world, status);
  sums[world->rank] = own;
  lw_reduce_sum_integers(world, sums, world->size);
  uint32_t whole = 0;
  for (int rank = 0; rank < world->size; rank++)
    whole = lw_crc32_combine(whole, (uint32_t)sums[rank],
                             lw_layout_count(shape.items, world->size, rank) *
                                 lw_h5_type_size(shape.type));
  if (whole != stored)
    status = lw_fail(LW_ERROR_FORMAT,
                     "'%s': array '%s' is damaged: its checksum is %08x and should be %08x; make "
                     "or copy the file again",
                     lw_dataset_path(dataset), name, whole, stored);
done:
  lw_mem_give(sums);
  return status;
}

lw_status lw_dataset_verify(const lw_dataset *dataset, const lw_world *world)
{
  char name[LW_H5_NAME_MAX];
  for (int split = 0; split < LW_SPLITS; split++)
    for (int part = 0; part < lw_parts(dataset->info.pairs); part++) {
      lw_dataset_array_name(dataset->info.kind, (lw_split)split, (lw_part)part, name);
      lw_status status = verify_array(dataset, name, dataset->sums.part[split][part], world);
      if (status != LW_OK) return status;
    }
  return LW_OK;
}
