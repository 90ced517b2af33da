/* Where the figures of a test are kept. */
#define _XOPEN_SOURCE 700
#include "checkpoint_test_inside.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/run/newest.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "runs/mine/checkpoints/best.h5" to "runs/mine", "checkpoints/best.h5" to "."; false: the path has
   no such form. folder [LW_TEXT_MAX] out */
static bool drop_run_folder(const char *checkpoint, char *folder)
{
  static const char inside[] = "checkpoints/";
  const char *found = strstr(checkpoint, "/checkpoints/");
  for (const char *next = found; next; next = strstr(next + 1, "/checkpoints/")) found = next;
  if (!strncmp(checkpoint, inside, strlen(inside)) && !strchr(checkpoint + strlen(inside), '/')) {
    snprintf(folder, LW_TEXT_MAX, ".");
    return true;
  }
  if (!found || strchr(found + strlen("/checkpoints/"), '/')) return false;
  snprintf(folder, LW_TEXT_MAX, "%.*s", (int)(found - checkpoint), checkpoint);
  return true;
}

static lw_status run_folder(const char *checkpoint, char *folder)
{
  if (drop_run_folder(checkpoint, folder)) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "--keep: %s is not in the folder 'checkpoints' of a run folder; remove --keep",
                 checkpoint);
}

lw_status lw_test_folder_check(const lw_checkpoint_test_request *request)
{
  char folder[LW_TEXT_MAX];
  if (request->keep != LW_TEST_KEEP_ALWAYS) return LW_OK;
  if (request->limit > 0 || *request->data)
    return lw_fail(
        LW_ERROR_INPUT,
        "--keep is for the whole split of the run's own data: leave out --limit and --data");
  return run_folder(request->checkpoint, folder);
}

/* Whether this is the checkpoint of a run that tables and reports show. Its figures must not make
   way for those of another one. Root. */
static bool stands_for_run(lw_checkpoint_test *test)
{
  const char *path = test->request.checkpoint;
  char *real = realpath(path, NULL), shown[LW_TEXT_MAX] = "";
  lw_checkpoint_info *other = NULL;
  const bool inside =
      drop_run_folder(path, test->folder) || (real && drop_run_folder(real, test->folder));
  free(real);
  lw_status status = inside ? LW_TAKE(&other, 1) : LW_ERROR_INPUT;
  if (status == LW_OK) status = lw_newest_shown(test->folder, other, shown);
  if (status == LW_OK && *shown) status = lw_checkpoint_read_info(shown, other);
  if (inside && status != LW_OK)
    lw_log_root(LW_LOG_INFO, "the result is not kept: %s", lw_fail_message());
  const bool same = status == LW_OK && *shown && other->checksum == test->subject->info.checksum;
  lw_mem_give(other);
  return same;
}

/* Without --data the file is found by its path, and may have been made anew since the training:
   figures of it are none of the run's. */
static lw_status check_same_data(const lw_checkpoint_test *test, bool *same)
{
  const uint32_t found = lw_dataset_describe(test->subject->dataset)->checksum;
  const uint32_t trained = test->subject->info.data_checksum;
  *same = *test->request.data || found == trained;
  if (*same) return LW_OK;
  if (test->request.keep == LW_TEST_KEEP_ALWAYS)
    return lw_fail(LW_ERROR_INPUT,
                   "--keep: %s has checksum %08x; the checkpoint was trained on %08x, so that its "
                   "result cannot be kept for the run; remove --keep",
                   lw_dataset_path(test->subject->dataset), found, trained);
  lw_log_root(LW_LOG_WARN, "%s has checksum %08x; the checkpoint was trained on %08x",
              lw_dataset_path(test->subject->dataset), found, trained);
  return LW_OK;
}

lw_status lw_test_folder_choose(lw_checkpoint_test *test)
{
  const lw_checkpoint_test_request *request = &test->request;
  const bool whole =
      !*request->data && request->limit == 0 && !request->accept_data && !request->unverified;
  bool same;
  lw_status status = LW_OK;
  LW_TRY(check_same_data(test, &same));
  if (!same) goto done;
  test->kept = request->keep == LW_TEST_KEEP_ALWAYS;
  if (test->kept && *request->keep_in)
    snprintf(test->folder, sizeof test->folder, "%s", request->keep_in);
  else if (test->kept)
    LW_TRY(run_folder(request->checkpoint, test->folder));
  if (request->keep == LW_TEST_KEEP_SHOWN && whole && test->world->rank == 0)
    test->kept = stands_for_run(test);
  lw_broadcast(test->world, &test->kept, (int64_t)sizeof test->kept);
done:
  return status;
}

static lw_status keep(lw_checkpoint_test *test)
{
  const lw_checkpoint_info *info = &test->subject->info;
  lw_status status = lw_kept_write(test->folder, &test->evaluation, test->subject->dataset,
                                   info->checksum, info->progress.step);
  test->kept = status == LW_OK;
  if (test->kept || test->request.keep == LW_TEST_KEEP_ALWAYS) return status;
  lw_log_root(LW_LOG_INFO, "the result is not kept: %s", lw_fail_message());
  return LW_OK;
}

lw_status lw_checkpoint_test_keep(lw_checkpoint_test *test)
{
  if (!test->kept) return LW_OK;
  return lw_agree(test->world, test->world->rank == 0 ? keep(test) : LW_OK);
}
