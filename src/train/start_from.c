#include "longwave/train/start_from.h"
#include "checkpoint_inside.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/base/whole.h"
#include "longwave/comm/agree.h"
#include <stdio.h>
#include <string.h>

enum { REASON = 160 };
static const char parameters[] = "/parameters/", blocks[] = "/parameters/block";

typedef struct taking {
  lw_trainer *trainer;
  const char *path;
  lw_checkpoint_info *info;
  lw_h5 *file;
  lw_state_arrays arrays;
  lw_passage passage;
  int64_t taken;                       /* arrays */
  int64_t blocks, of_blocks;           /* arrays of blocks, and those taken */
  char first[REASON + LW_H5_NAME_MAX]; /* that was not */
  char missed[LW_START_TEXT / 2], unused[LW_START_TEXT / 4];
  lw_text missing, left;
} taking;

static bool begins(const char *name, const char *with)
{
  return !strncmp(name, with, strlen(with));
}

/* ---- what fits ---- */

/* Whether outputs of the file's readout mean what those of the model do. */
static bool same_question(const taking *t, char *reason)
{
  const lw_model_data *then = &t->info->data, *now = &t->trainer->model->data;
  const lw_dataset_info *data = lw_dataset_describe(t->trainer->dataset);
  if (then->objective != now->objective) {
    snprintf(reason, REASON, "it answers another question, %s", then->objective->target->wanted);
    return false;
  }
  if (data->target->labels && (uint32_t)t->info->mark.class_names != data->class_names) {
    snprintf(reason, REASON, "its classes have other names");
    return false;
  }
  return true;
}

/* Whether the meaning of an array is the same; its size is another matter. */
static bool means_same(const taking *t, const char *name, char *reason)
{
  const lw_dataset_info *data = lw_dataset_describe(t->trainer->dataset);
  if (begins(name, "/parameters/head.") && !begins(name, "/parameters/head.norm"))
    return same_question(t, reason);
  if (!begins(name, "/parameters/embedding.weight") || !data->input->ids) return true;
  snprintf(reason, REASON, "its tokens have other names");
  return (uint32_t)t->info->mark.token_names == data->token_names;
}

/* rows out: of the array in the file, 0: it is not to be taken. */
static lw_status find_rows(const taking *t, const lw_state_array *a, int64_t *rows, char *reason)
{
  const int64_t *dims = a->param->dims;
  lw_h5_shape shape;
  *rows = 0;
  snprintf(reason, REASON, "not in the file");
  if (!lw_h5_has(t->file, a->name)) return lw_h5_sound(t->file);
  lw_status status = lw_h5_array_shape(t->file, a->name, &shape);
  if (status != LW_OK || !means_same(t, a->name, reason)) return status;
  const int64_t there = shape.dims[0], columns = there > 0 ? shape.items / there : 0;
  const bool positions = !strcmp(a->name, "/parameters/embedding.position");
  if (columns == dims[1] && (there == dims[0] || positions)) {
    *rows = there;
    return LW_OK;
  }
  snprintf(reason, REASON, "%lld x %lld here, %lld x %lld there", (long long)dims[0],
           (long long)dims[1], (long long)there, (long long)columns);
  return LW_OK;
}

/* ---- taking ---- */

static lw_status take_array(taking *t, const lw_state_array *a)
{
  char reason[REASON];
  int64_t rows;
  uint32_t crc;
  lw_status status = LW_OK;
  const char *name = strchr(a->name + 1, '/') + 1;
  const bool of_block = begins(a->name, blocks);
  LW_TRY(find_rows(t, a, &rows, reason));
  t->blocks += of_block;
  if (rows == 0) {
    lw_text_item(&t->missing, "\n", "  not taken: %s (%s)", name, reason);
    if (of_block && !*t->first) snprintf(t->first, sizeof t->first, "%s, %s", name, reason);
    return LW_OK;
  }
  LW_TRY(lw_state_load(t->file, a, rows, false, &t->passage, &crc));
  t->taken++;
  t->of_blocks += of_block;
  if (rows != a->param->dims[0])
    lw_text_item(&t->missing, "\n", "  taken in part: %s (%lld of %lld rows)", name,
                 (long long)lw_smaller(rows, a->param->dims[0]), (long long)a->param->dims[0]);
done:
  return status;
}

static lw_status note_unused(const char *name, void *context)
{
  taking *t = context;
  for (int64_t i = 0; i < t->arrays.count; i++)
    if (begins(t->arrays.list[i].name, parameters) &&
        !strcmp(t->arrays.list[i].name + strlen(parameters), name))
      return LW_OK;
  lw_text_item(&t->left, ", ", "%s", name);
  return LW_OK;
}

/* Options that make the two models different functions of the same parameters. */
static void tell(taking *t, lw_job *saved, char *told)
{
  char different[LW_START_TEXT / 4];
  lw_text to = lw_text_in(told, LW_START_TEXT);
  lw_job_compare(saved, &t->trainer->job, LW_ROLE_FUNCTION, different, sizeof different);
  lw_text_add(&to, "start values from %s, step %lld: %lld of %lld arrays taken", t->path,
              (long long)t->info->progress.step, (long long)t->taken, (long long)t->arrays.count);
  if (t->missing.used) lw_text_add(&to, "\n%s", t->missed);
  if (t->left.used) lw_text_add(&to, "\n  only in the file: %s", t->unused);
  for (const char *line = different; *line; line += strspn(line, "\n")) {
    const int length = (int)strcspn(line, "\n");
    lw_text_add(&to, "\n  other there: %.*s", length, line);
    line += length;
  }
}

static lw_status take_all(taking *t, char *told)
{
  lw_job *saved = NULL;
  const lw_checkpoint_state state = {.model = t->trainer->model};
  lw_status status = LW_OK;
  LW_TRY(LW_TAKE(&t->info, 1));
  LW_TRY(LW_TAKE(&saved, 1));
  LW_TRY(lw_checkpoint_read_info(t->path, t->info));
  LW_TRY(lw_job_from_text(saved, t->info->job, t->path));
  LW_TRY(lw_state_list(&state, &t->arrays));
  LW_TRY(lw_h5_open(t->path, &t->file));
  for (int64_t i = 0; i < t->arrays.count; i++) LW_TRY(take_array(t, &t->arrays.list[i]));
  if (2 * t->of_blocks < t->blocks)
    LW_TRY(
        lw_fail(LW_ERROR_INPUT,
                "of %lld arrays of this model's blocks %s has %lld (the first that does not fit: "
                "%s); start from a model with the same model.width and model.ffn",
                (long long)t->blocks, t->path, (long long)t->of_blocks, t->first));
  LW_TRY(lw_h5_each(t->file, "/parameters", note_unused, t));
  tell(t, saved, told);
done:
  lw_mem_give(saved);
  return status;
}

lw_status lw_start_from(lw_trainer *trainer, const char *path, char *told)
{
  taking *t = NULL;
  lw_status status = LW_OK;
  *told = 0;
  LW_TRY(LW_TAKE(&t, 1));
  t->trainer = trainer;
  t->path = path;
  t->missing = lw_text_in(t->missed, sizeof t->missed);
  t->left = lw_text_in(t->unused, sizeof t->unused);
  status = take_all(t, told);
  if (status != LW_OK) status = lw_fail_context(status, "train.start_from");
done:
  if (t) {
    lw_h5_close(&t->file);
    lw_mem_give(t->passage.rows);
    lw_mem_give(t->arrays.list);
    lw_mem_give(t->info);
    lw_mem_give(t);
  }
  return lw_agree(trainer->world, status);
}
