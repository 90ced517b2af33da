#include "longwave/run/kept.h"
#include "field_list.h"
#include "longwave/base/mem.h"
#include "longwave/run/breakdown.h"
#include "longwave/run/folder.h"
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert((int)LW_KEPT_NAME >= (int)LW_NAME_MAX, "names of classes have room");

#define COLUMN(name, member, ...) LW_CSV_FIELD_AS(name, lw_kept, member, __VA_ARGS__)
static const lw_csv_field which[] = {
    LW_CSV_FIELD("checkpoint", lw_kept, checkpoint),
    LW_CSV_FIELD("step", lw_kept, step),
    LW_CSV_FIELD("samples", lw_kept, samples),
};
static const lw_csv_field around[] = {
    COLUMN("low", low, .decimals = 6),
    COLUMN("high", high, .decimals = 6),
    COLUMN("chance", chance, .decimals = 6),
};

/* Loss and leading figure with its interval, then the other figures. */
static lw_field_list columns_of(const lw_objective *objective)
{
  const size_t score = offsetof(lw_kept, score);
  const int leading = objective->leading;
  lw_field_list list = {.count = 0};
  lw_field_list_add(&list, which, LW_CSV_FIELDS(which));
  lw_field_list_figure(&list, objective, 0, score);
  if (leading) lw_field_list_figure(&list, objective, leading, score);
  lw_field_list_add(&list, around, LW_CSV_FIELDS(around));
  for (int k = 1; k < objective->figures; k++)
    if (k != leading) lw_field_list_figure(&list, objective, k, score);
  return list;
}

static void name_file(const char *kind, lw_split split, char *name)
{
  snprintf(name, 64, "%s-%s.csv", kind, lw_split_name(split));
}

/* ---- writing ---- */

/* A line of names, then a line a label. */
static lw_status write_confusion(const char *folder, const char *name, const lw_dataset *dataset,
                                 const int64_t *confusion)
{
  const int64_t classes = lw_dataset_describe(dataset)->classes;
  lw_text text = LW_TEXT_GROWS;
  lw_status status = LW_OK;
  lw_csv_put(&text, "label");
  for (int64_t k = 0; k < classes; k++) lw_csv_put(&text, lw_dataset_class_name(dataset, k));
  lw_csv_end(&text);
  for (int64_t label = 0; label < classes; label++) {
    lw_csv_put(&text, lw_dataset_class_name(dataset, label));
    for (int64_t k = 0; k < classes; k++)
      lw_csv_put_as(&text, "%" PRId64, confusion[label * classes + k]);
    lw_csv_end(&text);
  }
  LW_TRY(lw_text_end(&text));
  LW_TRY(lw_folder_write(folder, name, text.text));
done:
  lw_text_done(&text);
  return status;
}

static lw_status write_part(const char *folder, const lw_breakdown *part,
                            const lw_evaluation *evaluation, const lw_dataset *dataset)
{
  lw_text text = LW_TEXT_GROWS;
  char name[64];
  lw_status status = LW_OK;
  LW_TRY(lw_breakdown_text(part, dataset, evaluation->tally, &text));
  name_file(part->name, evaluation->split, name);
  LW_TRY(lw_folder_write(folder, name, text.text));
done:
  lw_text_done(&text);
  return status;
}

/* The tables of its parts; those without a row are not there. */
static lw_status write_parts(const char *folder, const lw_evaluation *evaluation,
                             const lw_dataset *dataset)
{
  const lw_tally *tally = evaluation->objective->tally;
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  lw_status status = LW_OK;
  if (!tally || !evaluation->tally) return LW_OK;
  for (int i = 0; tally->breakdowns[i]; i++)
    if (tally->breakdowns[i]->rows(info) > 0)
      LW_TRY(write_part(folder, tally->breakdowns[i], evaluation, dataset));
done:
  return status;
}

lw_status lw_kept_write(const char *folder, const lw_evaluation *evaluation,
                        const lw_dataset *dataset, uint32_t checkpoint, int64_t step)
{
  const lw_dataset_info *data = lw_dataset_describe(dataset);
  const lw_field_list columns = columns_of(evaluation->objective);
  char name[64], figures[1024];
  lw_text row = LW_TEXT_IN(figures);
  lw_kept kept = {.checkpoint = checkpoint,
                  .step = step,
                  .samples = evaluation->samples,
                  .score = evaluation->score};
  lw_status status = LW_OK;
  LW_TRY(lw_evaluation_chance(evaluation, dataset, &kept.chance));
  /* The figures last: they say that the table is theirs. */
  if (evaluation->objective->guess && data->classes <= LW_KEPT_CLASSES) {
    name_file("confusion", evaluation->split, name);
    LW_TRY(write_confusion(folder, name, dataset, evaluation->confusion));
  }
  LW_TRY(write_parts(folder, evaluation, dataset));
  lw_score_interval(evaluation->objective, &evaluation->score, evaluation->answers, &kept.low,
                    &kept.high);
  lw_csv_put_names(&row, columns.field, columns.count);
  lw_csv_end(&row);
  lw_csv_put_fields(&row, columns.field, columns.count, &kept);
  lw_csv_end(&row);
  name_file("evaluation", evaluation->split, name);
  LW_TRY(lw_folder_write(folder, name, figures));
done:
  return status;
}

/* ---- reading ---- */

static lw_status open_table(const char *folder, const char *kind, lw_split split, lw_csv *csv,
                            bool *there)
{
  char name[64], path[LW_PATH_MAX];
  name_file(kind, split, name);
  lw_status status = lw_folder_path(folder, name, path);
  if (status != LW_OK) return status;
  FILE *file = fopen(path, "r");
  *there = file;
  if (!file) return LW_OK;
  fclose(file);
  return lw_csv_read(csv, path);
}

static lw_status read_confusion(const char *folder, lw_split split, lw_kept *kept)
{
  lw_csv csv = {0};
  bool there = false;
  lw_status status = LW_OK;
  LW_TRY(open_table(folder, "confusion", split, &csv, &there));
  const int64_t K = csv.rows;
  if (!there || K == 0 || csv.columns != K + 1) goto done;
  LW_TRY(LW_TAKE(&kept->confusion, K * K));
  LW_TRY(LW_TAKE(&kept->names, K));
  kept->classes = K;
  for (int64_t label = 0; label < K; label++) {
    snprintf(kept->names[label], LW_KEPT_NAME, "%s", lw_csv_text(&csv, label, 0));
    for (int64_t k = 0; k < K; k++)
      kept->confusion[label * K + k] = (int64_t)fmax(lw_csv_number(&csv, label, k + 1), 0.0);
  }
done:
  lw_csv_done(&csv);
  return status;
}

lw_status lw_kept_read(const char *folder, lw_split split, uint32_t checkpoint,
                       const lw_objective *objective, lw_kept *kept, bool *found)
{
  lw_csv csv = {0};
  const lw_field_list columns = columns_of(objective);
  lw_kept own = {.checkpoint = checkpoint, .objective = objective};
  bool there = false;
  lw_status status = LW_OK;
  LW_TRY(open_table(folder, "evaluation", split, &csv, &there));
  const char *checksum = lw_csv_text(&csv, 0, lw_csv_column(&csv, "checkpoint"));
  there = there && *checksum && strtoul(checksum, NULL, 16) == checkpoint;
  if (there) {
    lw_csv_take_fields(&csv, 0, columns.field, columns.count, &own);
    LW_TRY(read_confusion(folder, split, &own));
    *kept = own;
    own = (lw_kept){0};
  }
  *found = there;
done:
  lw_kept_done(&own);
  lw_csv_done(&csv);
  return status;
}

void lw_kept_done(lw_kept *kept)
{
  lw_mem_give(kept->confusion);
  lw_mem_give(kept->names);
  *kept = (lw_kept){0};
}

static double share(int64_t part, int64_t whole)
{
  return whole > 0 ? (double)part / (double)whole : (double)NAN;
}

lw_class_score lw_kept_score(const lw_kept *kept, int64_t class)
{
  const int64_t K = kept->classes;
  lw_class_score score = {.right = kept->confusion[class * K + class]};
  for (int64_t k = 0; k < K; k++) {
    score.labelled += kept->confusion[class * K + k];
    score.guessed += kept->confusion[k * K + class];
  }
  score.precision = share(score.right, score.guessed);
  score.recall = share(score.right, score.labelled);
  score.f1 = share(2 * score.right, score.guessed + score.labelled);
  return score;
}
