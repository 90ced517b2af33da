#define _POSIX_C_SOURCE 200809L
#include "longwave/run/saver.h"
#include "longwave/base/log.h"
#include "longwave/base/profile.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/io/h5.h"
#include "longwave/run/folder.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

void lw_saver_start(lw_saver *saver, const lw_world *world, const char *folder, int64_t step,
                    int64_t best)
{
  *saver = (lw_saver){.folder = folder, .step = step, .best = best, .time = lw_clock()};
  lw_broadcast(world, &saver->best, (int64_t)sizeof saver->best);
}

/* One byte a rank. */
static lw_status write_trial(const lw_world *world, const char *path)
{
  const int64_t bytes = world->size;
  const uint8_t own = 1;
  lw_h5_writer *writer = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, lw_h5_writer_create(world, path, &writer));
  LW_TRY_TOGETHER(world, lw_h5_writer_array(writer, "/ranks", LW_H5_U8, 1, &bytes));
  LW_TRY(lw_h5_writer_start(writer));
  LW_TRY(lw_h5_writer_put(writer, "/ranks", world->rank, 1, &own));
  LW_TRY(lw_h5_writer_finish(writer));
  LW_TRY(lw_h5_writer_publish(writer));
done:
  lw_h5_writer_destroy(&writer);
  return status;
}

lw_status lw_saver_try(const lw_saver *saver, const lw_world *world)
{
  char path[LW_PATH_MAX];
  lw_status status = LW_OK;
  LW_TRY(lw_folder_path(saver->folder, "checkpoints/try-00000000.h5", path));
  LW_TRY(write_trial(world, path));
  if (world->rank == 0 && unlink(path)) /* then old checkpoints cannot go either */
    lw_log_root(LW_LOG_WARN, "cannot remove '%s': %s", path, lw_reason(errno));
done:
  return status;
}

bool lw_saver_wishes(const lw_saver *saver, const lw_trainer *trainer)
{
  const double minutes = trainer->job.checkpoint.minutes;
  return trainer->world->rank == 0 && minutes > 0.0 && lw_clock() - saver->time >= 60.0 * minutes;
}

/* The checkpoint is whole and in its place: what fails from here on costs nothing of it. Said once,
   for a file system without links, say, will never have them. */
static void warn_once(bool *told, const char *what)
{
  if (!*told) lw_log_root(LW_LOG_WARN, "%s; %s", lw_fail_message(), what);
  *told = true;
}

/* The root's part once the file is there. */
static void tidy(lw_saver *saver, const lw_trainer *trainer, bool best)
{
  static const char unlinked[] = "the checkpoints themselves are saved, and training goes on";
  const lw_checkpoint_options *options = &trainer->job.checkpoint;
  const lw_folder_rule rule = {.keep = options->keep,
                               .best = best ? saver->step : saver->best,
                               .every = options->keep_every};
  lw_status linked = lw_folder_link(saver->folder, "latest.h5", saver->step);
  if (best && linked == LW_OK) linked = lw_folder_link(saver->folder, "best.h5", saver->step);
  if (linked != LW_OK) warn_once(&saver->told_links, unlinked);
  if (lw_folder_prune(saver->folder, &rule) != LW_OK)
    warn_once(&saver->told_prune, "older checkpoints stay");
}

static lw_status save(lw_saver *saver, lw_trainer *trainer, bool best)
{
  const int64_t step = trainer->progress.step;
  const double start = lw_clock();
  char path[LW_PATH_MAX];
  lw_checkpoint_saved saved;
  lw_status status = LW_OK;
  saver->time = start;
  LW_TRY(lw_folder_checkpoint(saver->folder, step, path));
  LW_TRY(lw_trainer_save(trainer, path, &saved));
  saver->step = step;
  if (!trainer->world->rank) tidy(saver, trainer, best);
  if (best) saver->best = step;
  lw_log_root(LW_LOG_INFO, "saved %sstep %lld in %.2f s: checksum %08x%s",
              trainer->progress.evaluation_due ? "before its evaluation: " : "", (long long)step,
              lw_clock() - start, saved.checksum, best ? ", best so far" : "");
done:
  return status;
}

lw_status lw_saver_step(lw_saver *saver, lw_trainer *trainer, lw_saver_why why)
{
  const bool saved = saver->step == trainer->progress.step && !why.best && !why.again;
  if (saved || !(why.due || why.best || why.again || why.last)) return LW_OK;
  lw_status status = save(saver, trainer, why.best);
  if (status == LW_OK || why.last) return status;
  lw_log_root(LW_LOG_WARN, "step %lld is not saved: %s; training goes on%s",
              (long long)trainer->progress.step, lw_fail_message(),
              why.best ? ", and this best model is lost unless the next one is better"
                       : ", and tries again at the next checkpoint");
  return LW_OK;
}
