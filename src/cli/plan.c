/* longwave plan JOB [--ranks LIST] [--calibrate] [--site FILE] [--json FILE]: what a training will
   take on some numbers of ranks (run/plan.h). */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"
#include "command.h"
#include "longwave/base/available.h"
#include "longwave/base/bar.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/run/plan.h"
#include "plan_measure.h"
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 64, SETS = 256, RANKS_MOST = 1 << 20 };
static const double mib = 1048576.0;

typedef struct plan_flags {
  char ranks[LW_TEXT_MAX], site[LW_TEXT_MAX], json[LW_TEXT_MAX];
  bool calibrate, help;
} plan_flags;

#define AT(member) LW_AT(plan_flags, member)
static const lw_option table[] = {
    LW_TEXT_ROW("ranks", FLAG, AT(ranks), "1,2,4", 1, LW_TEXT_MAX - 1,
                "numbers of ranks, joined by commas"),
    LW_BOOL_ROW("calibrate", FLAG, AT(calibrate), "false",
                "measure this machine anew, although its rates for such a job are known"),
    LW_TEXT_ROW("site", FLAG, AT(site), "", 0, LW_TEXT_MAX - 1,
                "file with the rates of the nodes of another machine, such as this command keeps "
                "in the user's cache folder there; ranks get as many nodes as their threads need"),
    LW_TEXT_ROW("json", FLAG, AT(json), "", 0, LW_TEXT_MAX - 1, "also write the figures here"),
    LW_BOOL_ROW("help", FLAG, AT(help), "false", "this text"),
    {0}};

static const char usage[] =
    "usage: longwave plan JOB [flags] [--set section.key=value ...]\n\n"
    "Memory, time, bytes sent and core hours of a training on several numbers of ranks, without\n"
    "training. The first time some steps of the job are timed, and the rates kept for later.\n\n"
    "flags:";

typedef struct plan {
  const plan_flags *flags;
  lw_world *world;
  lw_job job;
  lw_dataset *dataset;
  lw_plan_work work;
  int count;
  lw_plan_row row[ROWS];
  lw_rates rates[ROWS];
  char refused[ROWS][2 * LW_TEXT_MAX]; /* "": it fits */
} plan;

/* ---- rank counts ---- */

static lw_status read_ranks(plan *p)
{
  const char *text = p->flags->ranks;
  for (char *end;; text = end + 1) {
    const long ranks = strtol(text, &end, 10);
    if (end == text || (*end && *end != ',') || ranks < 1 || ranks > RANKS_MOST || *text == ' ')
      return lw_fail(LW_ERROR_INPUT,
                     "--ranks takes numbers from 1 to %d, joined by commas, such as 1,2,4; "
                     "not '%s'",
                     RANKS_MOST, p->flags->ranks);
    if (p->count == ROWS) return lw_fail(LW_ERROR_INPUT, "--ranks: more than %d numbers", ROWS);
    p->row[p->count++].ranks = (int)ranks;
    if (!*end) return LW_OK;
  }
}

/* ---- rates ---- */

static bool on_site(const plan *p)
{
  return *p->flags->site;
}

/* As many as train would take. */
static int threads_of(const plan *p, int ranks, int64_t cores)
{
  if (p->job.execution.threads > 0) return (int)p->job.execution.threads;
  const char *variable = getenv("OMP_NUM_THREADS");
  const long long asked = variable ? strtoll(variable, NULL, 10) : 0;
  if (asked > 0 && asked <= INT_MAX) return (int)asked;
  return ranks < cores ? (int)(cores / ranks) : 1;
}

static lw_status find_rates(plan *p, lw_rates *rates, int threads)
{
  char path[LW_TEXT_MAX];
  lw_status status = LW_OK;
  lw_rates_key(rates, &p->job, p->work.longest, threads);
  LW_TRY(lw_rates_path(rates, path));
  if (!p->flags->calibrate && access(path, F_OK) == 0) return lw_rates_read(rates, path);
  rates->memory = (int64_t)((double)lw_available_node("") / mib);
  LW_TRY(lw_plan_measure(&p->job, p->world, rates));
  LW_TRY(lw_rates_write(rates, path));
  lw_log_root(LW_LOG_INFO, "measured with %d thread%s, kept in %s", threads, threads > 1 ? "s" : "",
              path);
done:
  return status;
}

static lw_status take_rates(plan *p)
{
  lw_rates here;
  lw_status status = LW_OK;
  lw_rates_key(&here, &p->job, p->work.longest, 1);
  if (on_site(p)) LW_TRY(lw_rates_read(&here, p->flags->site));
  for (int i = 0; i < p->count; i++) {
    int known = 0;
    p->rates[i] = here;
    p->row[i].threads = on_site(p) && p->job.execution.threads == 0
                            ? (int)here.threads
                            : threads_of(p, p->row[i].ranks, here.cores);
    while (known < i && p->row[known].threads != p->row[i].threads) known++;
    if (known < i)
      p->rates[i] = p->rates[known];
    else if (!on_site(p))
      LW_TRY(find_rates(p, &p->rates[i], p->row[i].threads));
  }
done:
  return status;
}

/* ---- rows ---- */

/* Ranks of a node share its memory; on this machine all of them do. */
static lw_memory_limit limit_of(const plan *p, int i)
{
  const double asked = (double)p->job.execution.memory * mib;
  const double there =
      on_site(p) ? (double)p->rates[i].memory * mib : (double)lw_available_node("");
  int64_t beside = p->row[i].ranks;
  const int64_t room = p->rates[i].cores / p->row[i].threads;
  if (on_site(p) && beside > room) beside = room < 1 ? 1 : room;
  if (asked > 0.0) return (lw_memory_limit){asked, "parallel.memory"};
  if (there == 0.0) return (lw_memory_limit){1e30, "not told"};
  return (lw_memory_limit){there / (double)beside,
                           on_site(p) ? "its share of a node's memory, as the site file says"
                                      : "its share of this machine's memory"};
}

static lw_status fill_row(plan *p, int i)
{
  lw_foresight seen = {0};
  const lw_memory_limit limit = limit_of(p, i);
  lw_status status = lw_foresee(&p->job, p->dataset, p->row[i].ranks, &limit, &seen);
  if (status == LW_ERROR_MEMORY || status == LW_ERROR_INPUT) {
    snprintf(p->refused[i], sizeof p->refused[i], "%s", lw_fail_message());
    return LW_OK;
  }
  p->row[i].sequence = seen.sequence;
  p->row[i].memory = seen.memory;
  if (status == LW_OK) lw_plan_time(&p->work, &p->rates[i], on_site(p), &p->row[i]);
  return status;
}

/* The fewest core hours; of those within a twentieth of them one that is clearly sooner. -1: none
   fits. */
static int best_of(const plan *p)
{
  double least = INFINITY;
  int best = -1;
  for (int i = 0; i < p->count; i++)
    if (!*p->refused[i] && p->row[i].core_hours < least) least = p->row[i].core_hours;
  for (int i = 0; i < p->count; i++)
    if (!*p->refused[i] && p->row[i].core_hours <= 1.05 * least &&
        (best < 0 || p->row[i].hours < 0.95 * p->row[best].hours))
      best = i;
  return best;
}

/* ---- output ---- */

static const lw_column columns[] = {{"ranks", 0, 6, "%.0f", false},
                                    {"grid", 2, -9, NULL, false},
                                    {"threads", 1, 7, "%.0f", false},
                                    {"MiB a rank", 1, 11, "%.1f", true},
                                    {"s a step", 1, 10, "%.4g", false},
                                    {"MB sent", 1, 9, "%.3g", false},
                                    {"time", 1, 12, NULL, false},
                                    {"core hours", 1, 11, "%.3g", false},
                                    {0}};

static void print_row(const plan *p, int i)
{
  const lw_plan_row *row = &p->row[i];
  char grid[32], hours[32];
  if (*p->refused[i]) {
    printf("%6d  does not work: %s\n", row->ranks, p->refused[i]);
    return;
  }
  snprintf(grid, sizeof grid, "%d x %d", row->ranks / row->sequence, row->sequence);
  lw_clock_text(3600.0 * row->hours, hours, sizeof hours);
  lw_columns_print(stdout, columns, (const char *[]){grid, hours},
                   (double[]){row->ranks, row->threads,
                              row->memory > 0 ? (double)row->memory / mib : (double)NAN,
                              row->seconds, 1e-6 * row->sent, row->core_hours});
}

static void print(const plan *p)
{
  const lw_plan_work *w = &p->work;
  const int best = best_of(p);
  printf(
      "%lld steps, %.3g epochs, %.0f tokens and %.4g GFLOP a step; %lld parameters, a checkpoint "
      "is about %.1f MiB\n",
      (long long)w->steps, w->epochs, w->tokens, 1e-9 * (w->linear + w->attention),
      (long long)w->parameters, (double)w->checkpoint / mib);
  printf("rates: %s, %s, %lld cores (%s)\n\n", p->rates[0].processor, p->rates[0].kernels,
         (long long)p->rates[0].cores, on_site(p) ? p->flags->site : "this machine");
  lw_columns_print(stdout, columns, NULL, NULL);
  for (int i = 0; i < p->count; i++) print_row(p, i);
  puts(
      "\ngrid: data axis x sequence axis; time and core hours without evaluations and checkpoints");
  if (p->row[0].ranks > 1 || p->count > 1)
    printf("messages: %.3g microseconds and %.3g GB/s are assumed, not measured\n",
           p->rates[0].latency, p->rates[0].bandwidth);
  if (best >= 0) printf("most efficient: %d ranks\n", p->row[best].ranks);
}

static lw_status write_json(const plan *p)
{
  lw_json root = {0};
  const int best = best_of(p);
  lw_status status = lw_json_init(&root);
  if (status != LW_OK) return status;
  lw_json_whole(root, "ranks", best < 0 ? 0 : p->row[best].ranks);
  lw_json_whole(root, "steps", p->work.steps);
  lw_json_real(root, "epochs", p->work.epochs);
  lw_json_real(root, "flop", p->work.linear + p->work.attention);
  lw_json_real(root, "tokens", p->work.tokens);
  lw_json_whole(root, "parameters", p->work.parameters);
  lw_json_whole(root, "checkpoint_bytes", p->work.checkpoint);
  const lw_json rows = lw_json_array(root, "plan");
  for (int i = 0; i < p->count; i++) {
    const lw_plan_row *row = &p->row[i];
    const lw_json object = lw_json_object(rows, NULL);
    lw_json_whole(object, "ranks", row->ranks);
    lw_json_whole(object, "threads", row->threads);
    lw_json_text(object, "refused", *p->refused[i] ? p->refused[i] : NULL);
    if (*p->refused[i]) continue;
    lw_json_whole(object, "sequence", row->sequence);
    lw_json_whole(object, "memory_bytes", row->memory);
    lw_json_real(object, "seconds", row->seconds);
    lw_json_real(object, "bytes_sent", row->sent);
    lw_json_real(object, "hours", row->hours);
    lw_json_real(object, "core_hours", row->core_hours);
  }
  return lw_bench_file_write(p->flags->json, &root);
}

static lw_status make(plan *p)
{
  lw_status status = LW_OK;
  LW_TRY(read_ranks(p));
  if (*p->flags->json) LW_TRY(lw_bench_file_check(p->flags->json));
  LW_TRY(lw_job_open_data(&p->job, &p->dataset));
  LW_TRY(lw_job_check_data(&p->job, p->dataset));
  LW_TRY(lw_plan_work_of(&p->job, p->dataset, &p->work));
  LW_TRY(take_rates(p));
  for (int i = 0; i < p->count; i++) LW_TRY(fill_row(p, i));
  print(p);
  if (*p->flags->json) LW_TRY(write_json(p));
done:
  lw_dataset_close(&p->dataset);
  return status;
}

lw_status lw_command_plan(lw_world *world, int argc, char **argv)
{
  plan_flags flags = {.help = false};
  lw_option_section section = {.name = "", .sentence = usage, .options = table, .values = &flags};
  const char *word = NULL, *sets[SETS];
  lw_arguments arguments = {.words = &word, .word_room = 1, .sets = sets, .set_room = SETS};
  plan *p = NULL;
  lw_status status = LW_OK;
  LW_TRY(lw_command_arguments(world, &section, &flags.help, argc, argv, &arguments));
  if (flags.help) return LW_OK;
  if (!word) return lw_fail(LW_ERROR_INPUT, "no job file given: longwave plan JOB.yaml");
  if (world->size > 1)
    return lw_fail(LW_ERROR_INPUT, "plan runs by itself, without mpirun or srun: give the numbers "
                                   "of ranks by --ranks");
  LW_TRY(LW_TAKE(&p, 1));
  p->flags = &flags;
  p->world = world;
  LW_TRY(lw_job_read(&p->job, world, word, sets, arguments.set_count));
  LW_TRY(make(p));
done:
  lw_mem_give(p);
  return status;
}
