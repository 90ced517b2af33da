/* What the simulation leaves out: checkpoints and the ScaLAPACK engine need libraries that are built
   on a real MPI. */
#include "longwave/model/attention.h"
#include "longwave/train/checkpoint.h"

static lw_status absent(const char *what)
{
  return lw_fail(LW_ERROR_INPUT, "the simulation has no %s", what);
}

lw_status lw_checkpoint_save(const char *path, const lw_world *world,
                             const lw_checkpoint_info *info, const lw_checkpoint_state *state)
{
  (void)path, (void)world, (void)info, (void)state;
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

static lw_status create(lw_attention *attention)
{
  (void)attention;
  return absent("ScaLAPACK");
}

static void destroy(lw_attention *attention)
{
  (void)attention;
}

const lw_attention_engine lw_attention_scalapack = {
    .name = "scalapack", .create = create, .destroy = destroy};
