#define _POSIX_C_SOURCE 200809L
#include "longwave/run/metrics.h"
#include "field_list.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLUMN(member, ...) LW_CSV_FIELD_AS(#member, lw_metrics_row, member, __VA_ARGS__)
/* Before and behind the stored figures. */
static const lw_csv_field position[] = {
    LW_CSV_FIELD("step", lw_metrics_row, step),
    COLUMN(epoch, .decimals = 6),
    LW_CSV_FIELD("split", lw_metrics_row, split),
};
static const lw_csv_field rates[] = {
    COLUMN(learning_rate, .digits = 9, .optional = true),
    COLUMN(gradient_norm, .digits = 9, .optional = true),
    COLUMN(tokens_per_second, .decimals = 1),
    COLUMN(seconds, .decimals = 3),
};
static const lw_csv_field last[] = {COLUMN(near_tiles, .digits = 6, .optional = true),
                                    COLUMN(step_loss, .digits = 9, .optional = true),
                                    COLUMN(step_accuracy, .digits = 9, .optional = true)};

static lw_field_list columns_of(const lw_objective *objective)
{
  lw_field_list list = {.count = 0};
  lw_field_list_add(&list, position, LW_CSV_FIELDS(position));
  for (int k = 0; k < objective->figures; k++)
    if (objective->figure[k].stored)
      lw_field_list_figure(&list, objective, k, offsetof(lw_metrics_row, score));
  lw_field_list_add(&list, rates, LW_CSV_FIELDS(rates));
  for (int k = 0; k < objective->figures; k++)
    if (objective->figure[k].tallied)
      lw_field_list_figure(&list, objective, k, offsetof(lw_metrics_row, score));
  lw_field_list_add(&list, last, LW_CSV_FIELDS(last));
  return list;
}

enum { HEADER = 1024 };

static void write_header(const lw_objective *objective, char *line)
{
  const lw_field_list columns = columns_of(objective);
  lw_text header = lw_text_in(line, HEADER);
  lw_csv_put_names(&header, columns.field, columns.count);
  lw_csv_end(&header);
}

static lw_status fail(const char *path)
{
  return lw_fail(LW_ERROR_FILE, "cannot write %s: %s", path, lw_reason(errno));
}

lw_status lw_metrics_open(lw_metrics *metrics, const char *path, const lw_objective *objective,
                          int64_t step)
{
  char header[HEADER];
  write_header(objective, header);
  lw_status status = lw_csv_trim(path, header, step);
  if (status != LW_OK) return status;
  int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file < 0) return fail(path);
  *metrics =
      (lw_metrics){.open = true, .file = file, .objective = objective, .rows = LW_TEXT_GROWS};
  return LW_OK;
}

/* Without stdio, which may lose or repeat what a full disk did not take. */
lw_status lw_metrics_flush(lw_metrics *metrics)
{
  lw_text *rows = &metrics->rows;
  int64_t done = 0;
  while (done < rows->used) {
    ssize_t now = write(metrics->file, rows->text + done, (size_t)(rows->used - done));
    if (now < 0 && errno == EINTR) continue;
    if (now <= 0) break;
    done += now;
  }
  int reason = errno;
  rows->used -= done;
  if (rows->used) memmove(rows->text, rows->text + done, (size_t)rows->used + 1);
  errno = reason;
  return rows->used ? fail("metrics.csv") : LW_OK;
}

lw_status lw_metrics_write(lw_metrics *metrics, const lw_metrics_row *row)
{
  lw_status status = LW_OK;
  if (!metrics->open) return LW_OK;
  const lw_field_list columns = columns_of(metrics->objective);
  lw_csv_put_fields(&metrics->rows, columns.field, columns.count, row);
  lw_csv_end(&metrics->rows);
  LW_TRY(lw_text_end(&metrics->rows));
  LW_TRY(lw_metrics_flush(metrics));
done:
  return status;
}

/* The first objective whose rows have this header; what was written before there were tallied
   figures ends before them. */
static const lw_objective *objective_of(const char *header)
{
  char line[HEADER];
  for (int i = 0; lw_objectives[i]; i++) {
    write_header(lw_objectives[i], line);
    const size_t length = strcspn(header, "\n");
    if (!strncmp(line, header, length) && (line[length] == '\n' || line[length] == ','))
      return lw_objectives[i];
  }
  return NULL;
}

/* The number behind the n-th comma; NAN: there is none. */
static double number_at(const char *line, int commas)
{
  for (; line && commas > 0; commas--) {
    line = strchr(line, ',');
    if (line) line++;
  }
  char *end = NULL;
  const double number = line ? strtod(line, &end) : (double)NAN;
  return end == line ? (double)NAN : number;
}

/* Step, epoch, split and figures of a line; split [16] out. */
static bool read_row(const lw_objective *objective, const char *line, lw_metrics_row *row,
                     char *split)
{
  const lw_field_list columns = columns_of(objective);
  bool whole = true;
  *row = (lw_metrics_row){.split = split};
  if (sscanf(line, "%" SCNd64 ",%lf,%15[^,]", &row->step, &row->epoch, split) != 3) return false;
  for (int i = LW_CSV_FIELDS(position); i < columns.count; i++) {
    const double number = number_at(line, i);
    if (columns.field[i].kind == LW_CSV_REAL)
      *(double *)((char *)row + columns.field[i].offset) = number;
    whole = whole && (columns.field[i].optional || !isnan(number));
  }
  lw_score_complete(objective, &row->score);
  return whole;
}

lw_status lw_metrics_last(const char *path, lw_metrics_row *rows, int count,
                          const lw_objective **objective)
{
  char *line = NULL, split[16];
  size_t room = 0;
  lw_metrics_row row;
  FILE *file = fopen(path, "r");
  if (!file) return lw_fail(LW_ERROR_FILE, "cannot read %s: %s", path, lw_reason(errno));
  for (int i = 0; i < count; i++) rows[i] = (lw_metrics_row){.split = rows[i].split};
  *objective = getline(&line, &room, file) > 0 ? objective_of(line) : NULL;
  while (*objective && getline(&line, &room, file) > 0) {
    if (!read_row(*objective, line, &row, split)) continue;
    for (int i = 0; i < count; i++) {
      const char *own = rows[i].split;
      if (strcmp(split, own) != 0) continue;
      rows[i] = row;
      rows[i].split = own;
    }
  }
  free(line);
  fclose(file);
  return LW_OK;
}

void lw_metrics_close(lw_metrics *metrics)
{
  if (metrics->open) close(metrics->file);
  lw_text_done(&metrics->rows);
  *metrics = (lw_metrics){0};
}
