/* The end of a run: its last lines, and the end of its life. */
#include "run_inside.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/base/text.h"
#include "longwave/run/folder.h"
#include <math.h>
#include <stdio.h>

static void log_profile(void)
{
  double all = 0.0;
  char line[512];
  lw_text to = LW_TEXT_IN(line);
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
    all += lw_profile_seconds((lw_profile_kind)kind);
  for (int kind = 0; kind < LW_PROFILE_KINDS; kind++)
    lw_text_item(&to, ",", " %s %.1f %%", lw_profile_name((lw_profile_kind)kind),
                 100.0 * lw_profile_seconds((lw_profile_kind)kind) / fmax(all, 1e-9));
  lw_log_root(LW_LOG_INFO, "time of rank 0:%s", line);
}

/* Where the best model is: by the link, where there is one. path [LW_PATH_MAX] */
static const char *best_path(const lw_run_state *run, char *path)
{
  const char *folder = run->request->folder;
  const int64_t step = run->trainer->progress.best_step;
  lw_status status = LW_OK;
  if (run->saver.best != step) return "it could not be saved";
  if (lw_folder_linked(folder, "best.h5") == step)
    status = lw_folder_path(folder, "checkpoints/best.h5", path);
  else
    status = lw_folder_checkpoint(folder, step, path);
  return status == LW_OK ? path : folder;
}

void lw_run_log_end(const lw_run_state *run, lw_run_end end)
{
  const lw_progress *progress = &run->trainer->progress;
  const char *folder = run->request->folder;
  char path[LW_PATH_MAX];
  const int64_t since = run->record.since;
  const lw_model_data *data = &run->trainer->model->data;
  const lw_objective *objective = data->objective;
  const lw_figure *leading = &objective->figure[objective->leading];
  char text[LW_SCORE_TEXT];
  log_profile();
  lw_log_root(LW_LOG_INFO, "memory of rank 0: %.1f MiB at its peak",
              (double)lw_mem_peak() / 1048576.0);
  if (end == LW_RUN_STOPPED)
    lw_log_root(LW_LOG_INFO,
                "stopped at step %lld as asked, everything is saved in %s; go on with the same "
                "command and --resume",
                (long long)progress->step, folder);
  else if (end == LW_RUN_EARLY)
    lw_log_root(LW_LOG_INFO,
                "early stop at step %lld: no better validation %s for %lld evaluations",
                (long long)progress->step,
                objective->figure[lw_job_selection(&run->trainer->job, data)].title,
                (long long)run->trainer->job.train.patience);
  else
    lw_log_root(LW_LOG_INFO, "finished %lld steps in %.1f s", (long long)progress->step,
                progress->seconds);
  if (progress->best_step > 0)
    lw_log_root(LW_LOG_INFO, "best validation loss %.4f%s at step %lld: %s",
                progress->best.value[0], lw_score_text(data, &progress->best, NULL, 0, text),
                (long long)progress->best_step, best_path(run, path));
  lw_figure_text(leading, run->record.chance, text);
  if (progress->best_step > 0 && since > 0)
    lw_log_root(LW_LOG_INFO, "above chance (%s) since step %lld", text, (long long)since);
  else if (progress->best_step > 0)
    lw_log_root(LW_LOG_INFO, "validation %s is no better than %s (%s)%s", leading->title,
                objective->baseline_name, text,
                lw_run_weighs_classes(run)
                    ? ", at which class weights do not aim: look at balanced accuracy"
                    : "");
}

lw_status lw_run_end_life(lw_run_state *run, lw_run_end end, lw_status status)
{
  static const char *const words[] = {
      [LW_RUN_FINISHED] = "finished", [LW_RUN_EARLY] = "early", [LW_RUN_STOPPED] = "stopped"};
  char sentence[LW_MESSAGE_MAX];
  const int64_t step = run->saver.step >= 0 ? run->saver.step : run->life.first_step;
  if (run->life.number == 0) return status;
  snprintf(sentence, sizeof sentence, "%s", lw_fail_message());
  lw_status written =
      lw_lives_end(run->request->folder, &run->life, status == LW_OK ? words[end] : "failed", step);
  return status == LW_OK ? written : lw_fail(status, "%s", sentence);
}
