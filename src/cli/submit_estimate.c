/* How long a job will take that is about to be sent, from rates that are there: nothing is measured
   here, since the machine that submits is seldom one that computes. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/base/bar.h"
#include "longwave/base/log.h"
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

/* As many as the job gets on nodes like those of the rates; 0 cores: not known. */
static int64_t threads_of(const lw_submission *s, int64_t cores)
{
  const lw_submit_flags *flags = s->flags;
  const int64_t each = cores / flags->ranks_per_node;
  return flags->threads > 0 ? flags->threads : each > 0 ? each : 1;
}

/* Of the site file or the cache, and the threads of a rank. *path [LW_TEXT_MAX] out: the file; "":
   there is none, which was said. */
static lw_status find_rates(const lw_submission *s, const lw_job *job, int64_t longest,
                            lw_rates *rates, char *path)
{
  const char *site = s->flags->site;
  snprintf(path, LW_TEXT_MAX, "%s", site);
  if (*site) return lw_rates_read(rates, site);
  lw_rates_key(rates, job, longest, 1);
  lw_rates_key(rates, job, longest, threads_of(s, rates->cores));
  lw_status status = lw_rates_path(rates, path);
  const bool there = status == LW_OK && access(path, F_OK) == 0;
  if (there) status = lw_rates_read(rates, path);
  if (status == LW_OK && there) return LW_OK;
  *path = 0;
  lw_log_root(LW_LOG_INFO,
              "time: not known, since %s; --site FILE names the rates of the nodes, which longwave "
              "plan %s measures there",
              status == LW_OK ? "this machine has not measured such a job" : lw_fail_message(),
              s->arguments->words[0]);
  return LW_OK;
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

lw_status lw_submit_estimate(const lw_submission *s, const lw_job *job, const lw_dataset *dataset,
                             int ranks, int sequence)
{
  char path[LW_TEXT_MAX], all[32], lives[LW_TEXT_MAX];
  lw_plan_work work;
  lw_rates rates;
  lw_status status = LW_OK;
  LW_TRY(lw_plan_work_of(job, dataset, &work));
  LW_TRY(find_rates(s, job, work.longest, &rates, path));
  if (!*path) return LW_OK;
  lw_plan_row row = {
      .ranks = ranks, .sequence = sequence, .threads = (int)threads_of(s, rates.cores)};
  lw_plan_time(&work, &rates, true, &row);
  tell_lives(s->flags, 3600.0 * row.hours, lives, sizeof lives);
  lw_clock_text(3600.0 * row.hours, all, sizeof all);
  lw_log_root(
      LW_LOG_INFO,
      "time by the rates of %s, without evaluations: a step %.3g s, all of it %s, %.3g core "
      "hours%s",
      path, row.seconds, all, row.core_hours, lives);
done:
  return status;
}
