/* longwave plan JOB [--ranks LIST] [--calibrate] [--site FILE] [--json FILE] [--set ...]: what a
   training will take on each number of ranks, before it runs on any. */
#define _POSIX_C_SOURCE 200809L
#include "plan.h"
#include "bench.h"
#include "command.h"
#include "longwave/base/available.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/run/named.h"
#include "plan_measure.h"
#include <stdlib.h>
#include <unistd.h>

typedef struct plan_flags {
  char ranks[LW_TEXT_MAX], site[LW_TEXT_MAX], json[LW_TEXT_MAX];
  bool calibrate, help;
} plan_flags;

#define AT(member) LW_AT(plan_flags, member)
static const lw_option table[] = {
    LW_TEXT_ROW("ranks", FLAG, AT(ranks), "", 0, 255,
                "numbers of ranks, as 1,2,4; if empty 1, 2, 4, ... up to the cores"),
    LW_BOOL_ROW("calibrate", FLAG, AT(calibrate), "false",
                "measure steps of the job anew, although rates are in the cache folder"),
    LW_TEXT_ROW("site", FLAG, AT(site), "", 0, LW_TEXT_MAX - 1,
                "file with the rates of another machine, such as one from its cache folder"),
    LW_TEXT_ROW("json", FLAG, AT(json), "", 0, LW_TEXT_MAX - 1, "also write the figures here"),
    LW_BOOL_ROW("help", FLAG, AT(help), "false", "this text"),
    {0}};

enum { SETS = 256, SHOWN = 1024 };

static const char usage[] =
    "usage: longwave plan JOB [flags] [--set section.key=value ...]\n\n"
    "What a training will take on each number of ranks: memory, time of a step and of everything,\n"
    "bytes sent, core hours; and which number to choose. The rates of this machine come from a "
    "few\n"
    "steps of the job, measured once and kept in the user's cache folder; those of a cluster\n"
    "from a file (--site). Ranks have parallel.threads threads, or OMP_NUM_THREADS, or one.\n"
    "\nflags:";

/* ---- numbers of ranks ---- */

lw_status lw_plan_ranks_read(lw_plan *plan, const char *list)
{
  const char *c = list;
  plan->count = 0;
  for (bool more = true; more; c++) {
    char *end;
    const long ranks = *c >= '0' && *c <= '9' ? strtol(c, &end, 10) : 0;
    if (ranks < 1 || ranks > 1000000 || (*end && *end != ','))
      return lw_fail(LW_ERROR_INPUT,
                     "--ranks '%s' is no list of numbers of ranks from 1 to 1000000, such as 1,2,4",
                     list);
    if (plan->count == LW_PLAN_ROWS)
      return lw_fail(LW_ERROR_INPUT, "--ranks has more than %d numbers; leave some out",
                     LW_PLAN_ROWS);
    plan->row[plan->count++] = (lw_plan_row){.grid.ranks = (int)ranks};
    c = end;
    more = *c == ',';
  }
  return LW_OK;
}

/* 1, 2, 4, ... up to what has a core of its own. */
static void default_ranks(lw_plan *plan)
{
  const lw_machine *machine = &plan->rates.machine;
  const int64_t node = machine->cores / machine->threads;
  const int64_t most = machine->nodes > 0 ? node * machine->nodes : SHOWN;
  plan->count = 0;
  for (int64_t ranks = 1; plan->count == 0 || ranks <= most; ranks *= 2)
    plan->row[plan->count++] = (lw_plan_row){.grid.ranks = (int)ranks};
}

/* ---- rates ---- */

/* From the cache, or measured and then cached. */
static lw_status own_rates(lw_plan *plan, const lw_plan_subject *subject, lw_job *job, bool anew)
{
  lw_machine machine;
  lw_status status = LW_OK;
  lw_machine_describe(&machine, lw_rates_threads(job));
  LW_TRY(lw_rates_place(&machine, job, plan->job.tokens, plan->source));
  if (!anew && access(plan->source, F_OK) == 0) {
    status = lw_rates_read(plan->source, &plan->rates);
    if (status != LW_OK)
      status = lw_fail_context(status, "the rates in the cache folder cannot be read (--calibrate "
                                       "measures them anew)");
    return status;
  }
  plan->rates = (lw_rates){.machine = machine};
  LW_TRY(lw_plan_measure(subject, &machine, &plan->rates.step));
  LW_TRY(lw_rates_write(plan->source, &plan->rates));
done:
  return status;
}

/* ---- rows ---- */

static lw_memory_limit limit_of(const lw_plan *plan, const plan_flags *flags, const lw_job *job,
                                const lw_plan_grid *grid)
{
  const double mib = 1048576.0;
  const double node =
      *flags->site ? (double)plan->rates.machine.memory * mib : (double)lw_available_node("");
  lw_memory_limit limit = {.bytes = node > 0.0 ? node / (double)grid->per_node : 1e30,
                           .whose = *flags->site ? "its share of a node's memory by the site file"
                                                 : "its share of this machine's memory"};
  if (job->execution.memory > 0 && (double)job->execution.memory * mib < limit.bytes)
    limit = (lw_memory_limit){(double)job->execution.memory * mib, "parallel.memory"};
  return limit;
}

static lw_status fill_rows(lw_plan *plan, const plan_flags *flags, const lw_job *job,
                           const lw_dataset *dataset)
{
  lw_status status = LW_OK;
  if (*flags->ranks)
    LW_TRY(lw_plan_ranks_read(plan, flags->ranks));
  else
    default_ranks(plan);
  for (int i = 0; i < plan->count; i++) {
    lw_plan_row *row = &plan->row[i];
    row->grid = lw_plan_grid_of(&plan->rates.machine, row->grid.ranks);
    const lw_memory_limit limit = limit_of(plan, flags, job, &row->grid);
    LW_TRY(lw_plan_row_fill(row, &plan->job, &plan->rates, &limit, job, dataset));
  }
  plan->choice = lw_plan_choose(plan->row, plan->count);
done:
  return status;
}

/* ---- the command ---- */

static lw_status write_json(const lw_plan *plan, const char *path)
{
  lw_json root = {0};
  lw_status status = lw_json_init(&root);
  if (status != LW_OK) return status;
  lw_plan_add_to(root, plan);
  return lw_bench_file_write(path, &root);
}

static lw_status make_plan(lw_plan *plan, const plan_flags *flags, lw_arguments *arguments,
                           lw_job *job)
{
  char path[LW_TEXT_MAX], run[LW_TEXT_MAX] = "";
  lw_dataset *dataset = NULL;
  lw_status status = LW_OK;
  if (*flags->ranks) LW_TRY(lw_plan_ranks_read(plan, flags->ranks)); /* before the measurement */
  if (*flags->json) LW_TRY(lw_bench_file_check(flags->json));
  if (*flags->site) LW_TRY(lw_rates_read(flags->site, &plan->rates));
  LW_TRY(lw_named_job(arguments->words[0], path, run));
  plan->path = path;
  LW_TRY(lw_job_read_alone(job, path, arguments->sets, arguments->set_count));
  LW_TRY(lw_job_open_data(job, &dataset));
  LW_TRY(lw_job_check_data(job, dataset));
  LW_TRY(lw_plan_job_init(&plan->job, job, dataset));
  snprintf(plan->source, sizeof plan->source, "%s", flags->site);
  const lw_plan_subject subject = {path, arguments->sets, arguments->set_count, job, dataset};
  if (!*flags->site) LW_TRY(own_rates(plan, &subject, job, flags->calibrate));
  LW_TRY(fill_rows(plan, flags, job, dataset));
  lw_plan_print(plan, stdout);
  if (*flags->json) LW_TRY(write_json(plan, flags->json));
done:
  lw_dataset_close(&dataset);
  return status;
}

lw_status lw_command_plan(lw_world *world, int argc, char **argv)
{
  plan_flags flags = {.help = false};
  lw_option_section section = {.name = "", .sentence = usage, .options = table, .values = &flags};
  const char *word = NULL, *sets[SETS];
  lw_arguments arguments = {.words = &word, .word_room = 1, .sets = sets, .set_room = SETS};
  lw_plan *plan = NULL;
  lw_job *job = NULL;
  lw_status status = LW_OK;
  LW_TRY(lw_command_arguments(world, &section, &flags.help, argc, argv, &arguments));
  if (flags.help) return LW_OK;
  if (world)
    return lw_fail(LW_ERROR_INPUT,
                   "longwave plan starts the ranks it needs: start it without mpirun or srun");
  if (!word) return lw_fail(LW_ERROR_INPUT, "no job file given: longwave plan JOB.yaml");
  if (flags.calibrate && *flags.site)
    return lw_fail(LW_ERROR_INPUT, "--calibrate measures this machine, and --site names the rates "
                                   "of another: give one of them");
  LW_TRY(LW_TAKE(&plan, 1));
  LW_TRY(LW_TAKE(&job, 1));
  LW_TRY(make_plan(plan, &flags, &arguments, job));
done:
  lw_mem_give(job);
  lw_mem_give(plan);
  return status;
}
