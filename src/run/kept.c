#include "longwave/run/kept.h"
#include "longwave/base/csv.h"
#include "longwave/base/mem.h"
#include "longwave/run/folder.h"
#include "longwave/train/loss.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIGURES = 512 };

static void name_file(const char *kind, lw_split split, char *name)
{
  snprintf(name, 64, "%s-%s.csv", kind, lw_split_name(split));
}

/* ---- writing ---- */

/* As text: a line of names, then a line a label. *out is the caller's to give back. */
static lw_status table_text(const lw_dataset *dataset, const int64_t *confusion, int64_t classes,
                            char **out)
{
  enum { NUMBER = 22 };
  char cell[LW_CELL_MAX], *text = NULL;
  const int64_t room = (classes + 1) * (2 * LW_CELL_MAX + classes * NUMBER) + LW_CELL_MAX;
  lw_status status = LW_TAKE(&text, room);
  if (status != LW_OK) return status;
  char *end = text + snprintf(text, 8, "label");
  for (int64_t k = 0; k < classes; k++)
    end += snprintf(end, LW_CELL_MAX, ",%s", lw_csv_cell(lw_dataset_class_name(dataset, k), cell));
  end += snprintf(end, 2, "\n");
  for (int64_t label = 0; label < classes; label++) {
    end +=
        snprintf(end, LW_CELL_MAX, "%s", lw_csv_cell(lw_dataset_class_name(dataset, label), cell));
    for (int64_t k = 0; k < classes; k++)
      end += snprintf(end, NUMBER, ",%lld", (long long)confusion[label * classes + k]);
    end += snprintf(end, 2, "\n");
  }
  *out = text;
  return LW_OK;
}

lw_status lw_kept_write(const char *folder, const lw_evaluation *evaluation,
                        const lw_dataset *dataset, uint32_t checkpoint, int64_t step)
{
  const int64_t classes = lw_dataset_describe(dataset)->classes;
  const bool next = lw_dataset_describe(dataset)->target == LW_TARGET_NEXT_TOKEN;
  char name[64], figures[FIGURES], more[64] = "", *table = NULL;
  double low, high, chance;
  lw_status status = LW_OK;
  LW_TRY(lw_evaluation_chance(evaluation, dataset, &chance));
  /* The figures last: they say that the table is theirs. */
  if (!next && classes <= LW_KEPT_CLASSES) {
    name_file("confusion", evaluation->split, name);
    LW_TRY(table_text(dataset, evaluation->confusion, classes, &table));
    LW_TRY(lw_folder_write(folder, name, table));
  }
  lw_wilson(evaluation->accuracy, evaluation->answers, &low, &high);
  if (next)
    snprintf(more, sizeof more, ",%.9g,%.9g", lw_loss_perplexity(evaluation->loss),
             lw_loss_bits(evaluation->loss));
  snprintf(figures, sizeof figures,
           "checkpoint,step,samples,loss,accuracy,low,high,chance%s\n"
           "%08x,%lld,%lld,%.9g,%.9g,%.6f,%.6f,%.6f%s\n",
           next ? ",perplexity,bits_per_token" : "", checkpoint, (long long)step,
           (long long)evaluation->samples, evaluation->loss, evaluation->accuracy, low, high,
           chance, more);
  name_file("evaluation", evaluation->split, name);
  LW_TRY(lw_folder_write(folder, name, figures));
done:
  lw_mem_give(table);
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

static double figure(const lw_csv *csv, const char *name)
{
  return lw_csv_number(csv, 0, lw_csv_column(csv, name));
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

lw_status lw_kept_read(const char *folder, lw_split split, uint32_t checkpoint, lw_kept *kept,
                       bool *found)
{
  lw_csv csv = {0};
  lw_kept own = {.checkpoint = checkpoint};
  bool there = false;
  lw_status status = LW_OK;
  LW_TRY(open_table(folder, "evaluation", split, &csv, &there));
  const char *checksum = lw_csv_text(&csv, 0, lw_csv_column(&csv, "checkpoint"));
  there = there && *checksum && strtoul(checksum, NULL, 16) == checkpoint;
  if (there) {
    own.step = (int64_t)figure(&csv, "step");
    own.samples = (int64_t)figure(&csv, "samples");
    own.loss = figure(&csv, "loss");
    own.accuracy = figure(&csv, "accuracy");
    own.low = figure(&csv, "low");
    own.high = figure(&csv, "high");
    own.chance = figure(&csv, "chance");
    own.perplexity = figure(&csv, "perplexity");
    own.bits = figure(&csv, "bits_per_token");
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
