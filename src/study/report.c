/* One file about some runs, which needs nothing else. */
#include "longwave/study/report.h"
#include "report_inside.h"
#include "longwave/base/aside.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/io/output.h"
#include <math.h>
#include <string.h>

enum { MAPS = LW_REPORT_MAPS };

lw_output_kind lw_report_kind(void)
{
  return (lw_output_kind){"a report", report_head, NULL, 0};
}

/* ---- what runs speak for their rows ---- */

typedef struct picks {
  int64_t count, best; /* best: the index of the row with the best test of its leading figure */
  report_pick list[MAPS];
  char folder[LW_TEMP_MAX];
} picks;

/* A data set made anew under the same name may mean something else. */
static bool means_the_same(const lw_run_view *run, const lw_dataset *dataset)
{
  lw_checkpoint_info *info = NULL;
  lw_status status = LW_TAKE(&info, 1);
  if (status == LW_OK) status = lw_checkpoint_read_info(run->checkpoint, info);
  if (status == LW_OK) status = lw_checkpoint_check_data(run->checkpoint, info, dataset, false);
  lw_mem_give(info);
  if (status != LW_OK)
    lw_log_root(LW_LOG_WARN, "%s: no samples and no attention of it: %s", run->folder,
                lw_fail_message());
  return status == LW_OK;
}

/* Tokens of the sample, or of a pair's first document, as the model sees it; 0 when data or sample
   are not here. */
static int64_t tokens_of(const lw_run_view *run, int64_t sample)
{
  const lw_job *job = &run->job;
  lw_dataset *dataset = NULL;
  int64_t tokens = 0;
  if (lw_job_open_data(job, &dataset) != LW_OK) return 0;
  if (means_the_same(run, dataset) && sample < lw_dataset_describe(dataset)->count[LW_SPLIT_TEST])
    tokens = lw_dataset_document(dataset, LW_SPLIT_TEST, sample, 0).tokens;
  if (job->data.max_length > 0 && tokens > job->data.max_length) tokens = job->data.max_length;
  lw_dataset_close(&dataset);
  return tokens;
}

static void pick_runs(const lw_run_views *views, int64_t sample, picks *out)
{
  double best = (double)NAN;
  for (int64_t row = 0; row < views->rows && out->count < MAPS; row++) {
    int64_t count;
    double mean, deviation;
    const lw_run_view *run = lw_run_row(views, row, &count);
    if (!*run->checkpoint) continue;
    report_pick *pick = &out->list[out->count++];
    memcpy(pick->checkpoint, run->checkpoint, sizeof pick->checkpoint);
    pick->row = row;
    pick->layers = run->job.model.layers;
    const lw_figure *leading = lw_run_leading(run);
    pick->guesses =
        lw_run_objective(run)->guess && lw_run_objective(run)->readout != LW_READOUT_ROW;
    pick->tokens = tokens_of(run, sample);
    if (pick->guesses && lw_run_spread(views, row, leading->column, &mean, &deviation) > 0 &&
        (isnan(best) || lw_figure_better(leading, mean, best))) {
      best = mean;
      out->best = out->count - 1;
    }
  }
}

/* ---- what models are run for ---- */

static lw_status add_attention(const report *r, lw_world *world, const picks *p,
                               const lw_report_request *request)
{
  const lw_json all = world->rank == 0 ? lw_json_array(r->data, "attention") : (lw_json){0};
  int64_t shown = 0;
  lw_status status = LW_OK;
  for (int64_t i = 0; i < p->count && shown < request->maps && !request->kept; i++) {
    const report_pick *pick = &p->list[i];
    if (pick->tokens == 0 || pick->tokens > request->most_tokens) continue;
    LW_TRY(report_attention(r, all, world, pick, request->sample));
    shown++;
  }
  if (world->rank == 0 && shown == 0)
    lw_json_text(r->data, "attention_note",
                 "Left out: by --kept or --maps 0, because the data or the sample is not there, "
                 "or because it is longer than --most-tokens.");
done:
  return status;
}

static lw_status add_samples(const report *r, lw_world *world, const picks *p,
                             const lw_report_request *request)
{
  const bool here = p->count > 0 && p->list[p->best].tokens > 0 && !request->kept;
  char note[128] = "Left out: by --kept, or because the data or --sample is not there.";
  int64_t count;
  if (here && p->list[p->best].guesses) return report_samples(r, world, &p->list[p->best]);
  if (world->rank == 0 && here)
    snprintf(note, sizeof note, "Left out: a model of %s has no one guess for a sample.",
             lw_run_objective(lw_run_row(r->views, p->list[p->best].row, &count))->target->wanted);
  if (world->rank == 0) lw_json_text(r->data, "samples_note", note);
  return LW_OK;
}

/* ---- the whole ---- */

/* What the runs' own files say. */
static lw_status add_read(const report *r)
{
  lw_status status = LW_OK;
  report_facts(r);
  LW_TRY(report_runs(r));
  LW_TRY(report_summary(r));
  report_confusion(r);
  LW_TRY(report_parts(r));
  report_settings(r);
  report_starts(r);
done:
  return status;
}

/* Root: the views, the document, the file, the folder of files on the way. */
static lw_status begin(report *r, const lw_run_paths *paths, lw_run_views *views,
                       const lw_report_request *request, picks *p)
{
  lw_status status = LW_OK;
  LW_TRY(lw_run_views_read(paths, views));
  r->views = views;
  pick_runs(views, request->sample, p);
  LW_TRY(lw_temp_make("report", p->folder));
  LW_TRY(lw_json_init(&r->data));
  LW_TRY(add_read(r));
done:
  return status;
}

static lw_status publish(const report *r, lw_aside *aside, const char *path)
{
  const lw_output_kind kind = lw_report_kind();
  lw_status status = report_page(r, aside->stream);
  if (status == LW_OK) status = lw_output_check(path, &kind);
  if (status == LW_OK) status = lw_aside_publish(aside);
  return status;
}

lw_status lw_report_write(lw_world *world, const lw_run_paths *paths,
                          const lw_report_request *request)
{
  report r = {.refresh = request->refresh};
  lw_aside aside = LW_ASIDE_NONE;
  lw_run_views views = {0};
  picks *p = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(&p, 1));
  LW_TRY_ON_ROOT(world, begin(&r, paths, &views, request, p));
  LW_TRY_ON_ROOT(world, lw_aside_open_text(request->out, &aside));
  lw_broadcast(world, p, (int64_t)sizeof *p);
  memcpy(r.folder, p->folder, sizeof r.folder);
  LW_TRY(add_attention(&r, world, p, request));
  LW_TRY(add_samples(&r, world, p, request));
  LW_TRY_ON_ROOT(world, publish(&r, &aside, request->out));
done:
  lw_aside_done(&aside);
  if (world->rank == 0 && p) lw_temp_remove(p->folder);
  lw_json_done(&r.data);
  lw_run_views_done(&views);
  lw_mem_give(p);
  return status;
}
