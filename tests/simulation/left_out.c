/* What the simulation leaves out: checkpoints and the ScaLAPACK engine need libraries that are built
   on a real MPI; and signals. */
#include "longwave/array/dmat.h"
#include "longwave/attention/attention.h"
#include "longwave/base/signals.h"
#include "longwave/train/checkpoint.h"

static lw_status absent(const char *what)
{
  return lw_fail(LW_ERROR_INPUT, "the simulation has no %s", what);
}

lw_status lw_checkpoint_save(const char *path, const lw_world *world, lw_checkpoint_info *info,
                             const lw_checkpoint_state *state, lw_checkpoint_saved *saved)
{
  (void)path, (void)world, (void)info, (void)state, (void)saved;
  return absent("checkpoints");
}

lw_status lw_checkpoint_read_info(const char *path, lw_checkpoint_info *info)
{
  (void)path, (void)info;
  return absent("checkpoints");
}

lw_status lw_checkpoint_load(const char *path, const lw_checkpoint_state *state)
{
  (void)path, (void)state;
  return absent("checkpoints");
}

lw_status lw_checkpoint_check_sizes(const char *path, const lw_checkpoint_info *info,
                                    const lw_dataset *dataset)
{
  (void)path, (void)info, (void)dataset;
  return absent("checkpoints");
}

lw_status lw_checkpoint_data_changes(const char *path, const lw_checkpoint_info *info,
                                     const lw_dataset *dataset, char *text, int64_t room)
{
  (void)path, (void)info, (void)dataset, (void)text, (void)room;
  return absent("checkpoints");
}

int64_t lw_checkpoint_samples(const lw_checkpoint_info *info)
{
  (void)info;
  return 0;
}

bool lw_checkpoint_same_split(const lw_checkpoint_info *info, const lw_dataset *dataset,
                              lw_split split)
{
  (void)info, (void)dataset, (void)split;
  return false;
}

static lw_status create(lw_attention *attention)
{
  (void)attention;
  return absent("ScaLAPACK");
}

static void destroy(lw_attention *attention)
{
  (void)attention;
}

const lw_attention_engine lw_attention_scalapack = {.create = create, .destroy = destroy};

lw_status lw_grid_create(const lw_world *world, int rows, int columns, lw_grid **out)
{
  (void)world, (void)rows, (void)columns, (void)out;
  return absent("ScaLAPACK");
}

void lw_grid_destroy(lw_grid **grid)
{
  (void)grid;
}

lw_status lw_dmat_borrow(const lw_grid *grid, const lw_dmat_shape *shape, float *data, lw_dmat *out)
{
  (void)grid, (void)shape, (void)data, (void)out;
  return absent("ScaLAPACK");
}

lw_status lw_dmat_multiply(const lw_dmat_product *product)
{
  (void)product;
  return absent("ScaLAPACK");
}

void lw_signals_catch(void (*handler)(int), struct sigaction *before)
{
  (void)handler, (void)before;
}
