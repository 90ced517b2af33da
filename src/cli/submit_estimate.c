/* How long a job will take that is about to be sent, from rates that are there: nothing is measured
   here, since the machine that submits is seldom one that computes. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/base/bar.h"
#include "longwave/base/log.h"
#include "longwave/run/folder.h"
#include "longwave/run/plan.h"
#include "submit.h"
#include <math.h>
#include <string.h>
#include <unistd.h>

double lw_submit_seconds(const char *time)
{
  double part[3] = {0.0}, days = 0.0;
  int count = 0, read = 0;
  const char *dash = strchr(time, '-'), *at = dash ? dash + 1 : time;
  if (dash && sscanf(time, "%lf", &days) != 1) return 0.0;
  while (count < 3 && sscanf(at, "%lf%n", &part[count], &read) == 1) {
    count++;
    at += read;
    if (*at != ':') break;
    at++;
  }
  if (count == 0 || *at) return 0.0;
  /* minutes[:seconds], hours:minutes:seconds; behind days hours[:minutes[:seconds]] */
  const bool hours = dash || count == 3;
  const double seconds =
      hours ? 3600.0 * part[0] + 60.0 * part[1] + part[2] : 60.0 * part[0] + part[1];
  return 86400.0 * days + seconds;
}

/* Of the site file or the cache. *path [LW_PATH_MAX] out: the file; "": there is none, which was
   said. */
static lw_status find_rates(const lw_submission *s, lw_job *job, double tokens, lw_rates *rates,
                            char *path)
{
  const char *site = s->flags->site;
  lw_machine machine;
  snprintf(path, LW_PATH_MAX, "%s", site);
  if (*site) return lw_rates_read(site, rates);
  lw_machine_describe(&machine, lw_rates_threads(job));
  lw_status status = lw_rates_place(&machine, job, tokens, path);
  const bool there = status == LW_OK && access(path, F_OK) == 0;
  if (there) status = lw_rates_read(path, rates);
  if (status == LW_OK && there) return LW_OK;
  *path = 0;
  lw_log_root(LW_LOG_INFO,
              "time: not known, since %s: longwave plan %s measures them, --site FILE names those "
              "of the nodes",
              status == LW_OK ? "no rates of this job are in the cache folder" : lw_fail_message(),
              s->arguments->words[0]);
  return LW_OK;
}

static lw_plan_grid grid_of(const lw_submission *s, const lw_rates *rates, int ranks, int sequence)
{
  const lw_submit_flags *flags = s->flags;
  const int64_t each = rates->machine.cores / flags->ranks_per_node;
  return (lw_plan_grid){.ranks = ranks,
                        .sequence = sequence,
                        .threads = flags->threads > 0 ? flags->threads
                                   : each > 0         ? each
                                                      : 1,
                        .per_node = flags->ranks_per_node};
}

/* How often the job starts until it is done. text [room] out */
static void tell_lives(const lw_submit_flags *flags, double seconds, char *text, size_t room)
{
  const double asked = lw_submit_seconds(flags->time) - (double)flags->warning;
  const double lives = asked > 0.0 ? fmax(1.0, ceil(seconds / asked)) : 0.0;
  *text = 0;
  if (lives > 0.0)
    snprintf(text, room, "; %.0f %s of --time %.64s", lives, lives > 1.0 ? "lives" : "life",
             flags->time);
}

lw_status lw_submit_estimate(const lw_submission *s, lw_job *job, const lw_dataset *dataset,
                             int ranks, int sequence)
{
  char path[LW_PATH_MAX], all[32], lives[LW_TEXT_MAX];
  lw_plan_job plan;
  lw_rates rates;
  lw_status status = LW_OK;
  LW_TRY(lw_plan_job_init(&plan, job, dataset));
  LW_TRY(find_rates(s, job, plan.tokens, &rates, path));
  if (!*path) return LW_OK;
  const lw_plan_grid grid = grid_of(s, &rates, ranks, sequence);
  const lw_plan_time time = lw_plan_time_of(&plan, &rates, &grid);
  const double seconds = time.training + time.evaluation;
  tell_lives(s->flags, seconds, lives, sizeof lives);
  lw_clock_text(seconds, all, sizeof all);
  lw_log_root(LW_LOG_INFO,
              "time by the rates of %s: a step %.3g s, all of it %s, %.3g core hours%s", path,
              time.step, all, time.core_hours, lives);
done:
  return status;
}
