#include "longwave/train/metrics.h"
#include "longwave/base/csv.h"
#include <errno.h>
#include <math.h>
#include <string.h>

static const char header[] =
    "step,epoch,split,loss,accuracy,learning_rate,gradient_norm,tokens_per_second,seconds\n";

static lw_status fail(const char *path)
{
  return lw_fail(LW_ERROR_FILE, "cannot write %s: %s", path, strerror(errno));
}

lw_status lw_metrics_open(lw_metrics *metrics, const char *path, int64_t step)
{
  lw_status status = lw_csv_trim(path, header, step);
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

void lw_metrics_close(lw_metrics *metrics)
{
  if (metrics->file) fclose(metrics->file);
  metrics->file = NULL;
}
