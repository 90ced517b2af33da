#define _POSIX_C_SOURCE 200809L
#include "longwave/train/metrics.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char header[] =
    "step,epoch,split,loss,accuracy,learning_rate,gradient_norm,tokens_per_second,seconds\n";

static lw_status fail(const char *path)
{
  return lw_fail(LW_ERROR_FILE, "cannot write %s: %s", path, strerror(errno));
}

/* Copy the lines of steps up to `step`; a last line without its end is a torn one and goes. */
static void copy_lines(FILE *from, FILE *to, int64_t step)
{
  char *line = NULL;
  size_t room = 0;
  ssize_t length;
  while ((length = getline(&line, &room, from)) > 0) {
    char *end;
    long long own = strtoll(line, &end, 10);
    if (end != line && *end == ',' && own <= step && line[length - 1] == '\n') fputs(line, to);
  }
  free(line);
}

/* Rewritten beside and renamed, so that a kill in between loses nothing. */
static lw_status rewrite(const char *path, int64_t step)
{
  char fresh[4096];
  snprintf(fresh, sizeof fresh, "%s.tmp", path);
  FILE *to = fopen(fresh, "w");
  if (!to) return fail(fresh);
  fputs(header, to);
  FILE *from = fopen(path, "r");
  if (from) {
    copy_lines(from, to, step);
    fclose(from);
  }
  int bad = ferror(to);
  if (fclose(to) || bad || rename(fresh, path)) return fail(path);
  return LW_OK;
}

lw_status lw_metrics_open(lw_metrics *metrics, const char *path, int64_t step)
{
  lw_status status = rewrite(path, step);
  if (status != LW_OK) return status;
  metrics->file = fopen(path, "a");
  return metrics->file ? LW_OK : fail(path);
}

lw_status lw_metrics_write(lw_metrics *metrics, const lw_metrics_row *row)
{
  if (!metrics->file) return LW_OK;
  fprintf(metrics->file, "%lld,%.6f,%s,%.9g,%.9g,", (long long)row->step, row->epoch, row->split,
          row->loss, row->accuracy);
  if (isnan(row->learning_rate))
    fputs(",,", metrics->file);
  else
    fprintf(metrics->file, "%.9g,%.9g,", row->learning_rate, row->gradient_norm);
  fprintf(metrics->file, "%.1f,%.3f\n", row->tokens_per_second, row->seconds);
  return fflush(metrics->file) ? fail("metrics.csv") : LW_OK;
}

lw_status lw_metrics_last(const char *path, const char *split, lw_metrics_row *row)
{
  char *line = NULL;
  size_t room = 0;
  FILE *file = fopen(path, "r");
  if (!file) return lw_fail(LW_ERROR_FILE, "cannot read %s: %s", path, strerror(errno));
  *row = (lw_metrics_row){.split = split};
  while (getline(&line, &room, file) > 0) {
    lw_metrics_row r = {.split = split};
    char kind[16];
    int found = sscanf(line, "%" SCNd64 ",%lf,%15[^,],%lf,%lf", &r.step, &r.epoch, kind, &r.loss,
                       &r.accuracy);
    if (found == 5 && !strcmp(kind, split)) *row = r;
  }
  free(line);
  fclose(file);
  return LW_OK;
}

void lw_metrics_close(lw_metrics *metrics)
{
  if (metrics->file) fclose(metrics->file);
  metrics->file = NULL;
}
