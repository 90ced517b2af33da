#include "longwave/train/start_from.h"
#include "start_source.h"
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/base/whole.h"
#include "longwave/comm/agree.h"
#include <stdio.h>
#include <string.h>

enum { REASON = 160 };
static const char blocks[] = "/parameters/block";

typedef struct taking {
  lw_trainer *trainer;
  const char *path;
  lw_start_source *source;
  const lw_start_origin *origin; /* borrowed from the source */
  lw_state_arrays arrays;
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
  const lw_start_origin *then = t->origin;
  const lw_model_data *now = &t->trainer->model->data;
  const lw_dataset_info *data = lw_dataset_describe(t->trainer->dataset);
  if (then->objective ? then->objective != now->objective
                      : *then->kind && strcmp(then->kind, lw_checkpoint_kind(now)) != 0) {
    snprintf(reason, REASON, "it answers another question, %s",
             then->objective ? then->objective->target->wanted : then->kind);
    return false;
  }
  if (data->target->labels && then->class_names >= 0 &&
      (uint32_t)then->class_names != data->class_names) {
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
  return t->origin->token_names < 0 || (uint32_t)t->origin->token_names == data->token_names;
}

/* rows out: of the array in the file, 0: it is not to be taken. */
static lw_status find_rows(const taking *t, const lw_state_array *a, int64_t *rows, char *reason)
{
  const int64_t *dims = a->param->dims;
  int64_t there, columns;
  *rows = 0;
  snprintf(reason, REASON, "not in the file");
  const lw_status status = lw_start_source_size(t->source, a->name, &there, &columns);
  if (status != LW_OK || there < 0 || !means_same(t, a->name, reason)) return status;
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
  LW_TRY(lw_start_source_load(t->source, a, rows));
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
    if (!strcmp(strchr(t->arrays.list[i].name + 1, '/') + 1, name)) return LW_OK;
  lw_text_item(&t->left, ", ", "%s", name);
  return LW_OK;
}

/* "start values from X, step 7: 5 of 6 arrays taken" */
static void tell_source(const taking *t, lw_text *to)
{
  lw_text_add(to, "start values from %s", t->path);
  if (t->origin->step >= 0) lw_text_add(to, ", step %lld", (long long)t->origin->step);
  lw_text_add(to, ": %lld of %lld arrays taken", (long long)t->taken, (long long)t->arrays.count);
  if (!*t->origin->kind)
    lw_text_add(to, "\n  the file does not say what its tokens and classes are: those of the data "
                    "must have the same order");
}

/* Options that make the two models different functions of the same parameters. */
static void tell(taking *t, lw_job *saved, char *told)
{
  char different[LW_START_TEXT / 4] = "";
  lw_text to = lw_text_in(told, LW_START_TEXT);
  if (*t->origin->job)
    lw_job_compare(saved, &t->trainer->job, LW_ROLE_FUNCTION, different, sizeof different);
  tell_source(t, &to);
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
  LW_TRY(LW_TAKE(&saved, 1));
  LW_TRY(lw_start_source_open(t->path, &t->source));
  t->origin = lw_start_source_origin(t->source);
  if (*t->origin->job) LW_TRY(lw_job_from_text(saved, t->origin->job, t->path));
  LW_TRY(lw_state_list(&state, &t->arrays));
  for (int64_t i = 0; i < t->arrays.count; i++) LW_TRY(take_array(t, &t->arrays.list[i]));
  if (2 * t->of_blocks < t->blocks)
    LW_TRY(
        lw_fail(LW_ERROR_INPUT,
                "of %lld arrays of this model's blocks %s has %lld (the first that does not fit: "
                "%s); start from a model with the same model.width and model.ffn",
                (long long)t->blocks, t->path, (long long)t->of_blocks, t->first));
  LW_TRY(lw_start_source_each(t->source, note_unused, t));
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
    lw_start_source_close(&t->source);
    lw_mem_give(t->arrays.list);
    lw_mem_give(t);
  }
  return lw_agree(trainer->world, status);
}
