#define _POSIX_C_SOURCE 200809L
#include "longwave/run/metrics.h"
#include "longwave/base/csv.h"
#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLUMN(member, ...) LW_CSV_FIELD_AS(#member, lw_metrics_row, member, __VA_ARGS__)
static const lw_csv_field columns[] = {
    LW_CSV_FIELD("step", lw_metrics_row, step),
    COLUMN(epoch, .decimals = 6),
    LW_CSV_FIELD("split", lw_metrics_row, split),
    COLUMN(loss, .digits = 9),
    COLUMN(accuracy, .digits = 9),
    COLUMN(learning_rate, .digits = 9, .optional = true),
    COLUMN(gradient_norm, .digits = 9, .optional = true),
    COLUMN(tokens_per_second, .decimals = 1),
    COLUMN(seconds, .decimals = 3),
};
enum { COLUMNS = LW_CSV_FIELDS(columns) };

static lw_status fail(const char *path)
{
  return lw_fail(LW_ERROR_FILE, "cannot write %s: %s", path, lw_reason(errno));
}

lw_status lw_metrics_open(lw_metrics *metrics, const char *path, int64_t step)
{
  char names[256];
  lw_text header = LW_TEXT_IN(names);
  lw_csv_put_names(&header, columns, COLUMNS);
  lw_csv_end(&header);
  lw_status status = lw_csv_trim(path, names, step);
  if (status != LW_OK) return status;
  int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file < 0) return fail(path);
  *metrics = (lw_metrics){.open = true, .file = file, .rows = LW_TEXT_GROWS};
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
  lw_csv_put_fields(&metrics->rows, columns, COLUMNS, row);
  lw_csv_end(&metrics->rows);
  LW_TRY(lw_text_end(&metrics->rows));
  LW_TRY(lw_metrics_flush(metrics));
done:
  return status;
}

lw_status lw_metrics_last(const char *path, lw_metrics_row *rows, int count)
{
  char *line = NULL;
  size_t room = 0;
  FILE *file = fopen(path, "r");
  if (!file) return lw_fail(LW_ERROR_FILE, "cannot read %s: %s", path, lw_reason(errno));
  for (int i = 0; i < count; i++) rows[i] = (lw_metrics_row){.split = rows[i].split};
  while (getline(&line, &room, file) > 0) {
    lw_metrics_row r;
    char split[16];
    int found = sscanf(line, "%" SCNd64 ",%lf,%15[^,],%lf,%lf", &r.step, &r.epoch, split, &r.loss,
                       &r.accuracy);
    for (int i = 0; i < count && found == 5; i++)
      if (!strcmp(split, rows[i].split))
        rows[i] = (lw_metrics_row){.step = r.step,
                                   .epoch = r.epoch,
                                   .split = rows[i].split,
                                   .loss = r.loss,
                                   .accuracy = r.accuracy};
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
