#define _POSIX_C_SOURCE 200809L
#include "longwave/run/metrics.h"
#include "longwave/base/csv.h"
#include "longwave/base/mem.h"
#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char header[] =
    "step,epoch,split,loss,accuracy,learning_rate,gradient_norm,tokens_per_second,seconds\n";

static lw_status fail(const char *path)
{
  return lw_fail(LW_ERROR_FILE, "cannot write %s: %s", path, lw_reason(errno));
}

lw_status lw_metrics_open(lw_metrics *metrics, const char *path, int64_t step)
{
  lw_status status = lw_csv_trim(path, header, step);
  if (status != LW_OK) return status;
  int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file < 0) return fail(path);
  *metrics = (lw_metrics){.open = true, .file = file};
  return LW_OK;
}

/* Without stdio, which may lose or repeat what a full disk did not take. */
lw_status lw_metrics_flush(lw_metrics *metrics)
{
  int64_t done = 0;
  while (done < metrics->used) {
    ssize_t now = write(metrics->file, metrics->text + done, (size_t)(metrics->used - done));
    if (now < 0 && errno == EINTR) continue;
    if (now <= 0) break;
    done += now;
  }
  int reason = errno;
  metrics->used -= done;
  if (metrics->used) memmove(metrics->text, metrics->text + done, (size_t)metrics->used);
  errno = reason;
  return metrics->used ? fail("metrics.csv") : LW_OK;
}

static int print_row(const lw_metrics_row *row, char *line, size_t room)
{
  char rates[64] = ",";
  if (!isnan(row->learning_rate))
    snprintf(rates, sizeof rates, "%.9g,%.9g", row->learning_rate, row->gradient_norm);
  return snprintf(line, room, "%lld,%.6f,%s,%.9g,%.9g,%s,%.1f,%.3f\n", (long long)row->step,
                  row->epoch, row->split, row->loss, row->accuracy, rates, row->tokens_per_second,
                  row->seconds);
}

lw_status lw_metrics_write(lw_metrics *metrics, const lw_metrics_row *row)
{
  char line[512];
  if (!metrics->open) return LW_OK;
  const int64_t length = print_row(row, line, sizeof line);
  lw_status status = LW_OK;
  LW_TRY(LW_EXTEND(&metrics->text, &metrics->room, metrics->used, metrics->used + length));
  memcpy(metrics->text + metrics->used, line, (size_t)length);
  metrics->used += length;
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
  lw_mem_give(metrics->text);
  *metrics = (lw_metrics){0};
}
