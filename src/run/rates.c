#define _POSIX_C_SOURCE 200809L
#include "longwave/run/rates.h"
#include "longwave/base/aside.h"
#include "longwave/base/available.h"
#include "longwave/base/hash.h"
#include "longwave/op/instruction_set.h"
#include "longwave/run/folder.h"
#include "longwave/run/lives.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MACHINE(member) LW_AT(lw_machine, member)
static const lw_option machine_table[] = {
    LW_TEXT_ROW("processor", FLAG, MACHINE(processor), "", 0, LW_TEXT_MAX - 1, "its name"),
    LW_TEXT_ROW("kernels", FLAG, MACHINE(kernels), "", 0, LW_TEXT_MAX - 1, "instruction set"),
    LW_INT_ROW("threads", FLAG, MACHINE(threads), "1", 1, 4096, "threads of a rank"),
    LW_INT_ROW("cores", FLAG, MACHINE(cores), NULL, 1, 1e6, "cores of a node"),
    LW_INT_ROW("nodes", FLAG, MACHINE(nodes), "0", 0, 1e6, "nodes; 0: as many as wanted"),
    LW_INT_ROW("memory", FLAG, MACHINE(memory), "0", 0, 1e12, "MiB of a node; 0: not known"),
    LW_REAL_ROW("latency", FLAG, MACHINE(latency), "5", 0, 1e6, "microseconds of a message"),
    LW_REAL_ROW("bandwidth", FLAG, MACHINE(bandwidth), "2000", 1e-3, 1e9, "MB/s of a rank"),
    {0}};

#define RATES(member) LW_AT(lw_step_rates, member)
static const lw_option rates_table[] = {
    LW_REAL_ROW("products", FLAG, RATES(products), NULL, 1e-6, 1e9,
                "GFLOP/s of the matrix products of a rank"),
    LW_REAL_ROW("attention", FLAG, RATES(attention), NULL, 1e-6, 1e9, "GFLOP/s of its attention"),
    LW_REAL_ROW("rest", FLAG, RATES(rest), "0", 0, 1e9,
                "nanoseconds of all else, for a token, block and channel"),
    LW_REAL_ROW("update", FLAG, RATES(update), "0", 0, 1e9,
                "nanoseconds of the optimizer for a parameter"),
    LW_REAL_ROW("crowding", FLAG, RATES(crowding), "1", 1, 1000,
                "times slower when all cores of the node compute"),
    LW_TEXT_ROW("job", FLAG, RATES(job), "", 0, LW_TEXT_MAX - 1, "what was measured"),
    {0}};

enum { SECTIONS = 2 };
static void tie(lw_rates *rates, lw_option_section sections[SECTIONS])
{
  sections[0] = (lw_option_section){.name = "machine",
                                    .sentence = "the machine",
                                    .options = machine_table,
                                    .values = &rates->machine};
  sections[1] = (lw_option_section){.name = "rates",
                                    .sentence = "the rates of a rank",
                                    .options = rates_table,
                                    .values = &rates->step};
}

lw_status lw_rates_read(const char *path, lw_rates *out)
{
  lw_option_section sections[SECTIONS];
  lw_rates rates = {.machine = {.threads = 0}};
  tie(&rates, sections);
  lw_option_defaults(sections, SECTIONS);
  lw_status status = LW_OK;
  LW_TRY(lw_option_read_file(sections, SECTIONS, path));
  LW_TRY(lw_option_check_required(sections, SECTIONS, path));
  *out = rates;
done:
  return status;
}

lw_status lw_rates_write(const char *path, lw_rates *rates)
{
  lw_option_section sections[SECTIONS];
  char folder[LW_PATH_MAX];
  lw_aside aside = LW_ASIDE_NONE;
  lw_text text = LW_TEXT_GROWS;
  lw_status status = LW_OK;
  tie(rates, sections);
  lw_option_save(sections, SECTIONS, &text);
  LW_TRY(lw_text_end(&text));
  snprintf(folder, sizeof folder, "%s", path);
  *strrchr(folder, '/') = 0;
  LW_TRY(lw_folder_make(folder));
  LW_TRY(lw_aside_open_text(path, &aside));
  fputs(text.text, aside.stream);
  status = lw_aside_end(&aside, LW_OK);
done:
  lw_text_done(&text);
  return status;
}

void lw_machine_describe(lw_machine *out, int64_t threads)
{
  const int64_t online = sysconf(_SC_NPROCESSORS_ONLN), quota = lw_available_cores("");
  const int64_t bytes = lw_available_node("");
  lw_option_section sections[SECTIONS];
  lw_rates rates = {.machine = {.threads = 0}};
  tie(&rates, sections);
  lw_option_defaults(sections, SECTIONS);
  *out = rates.machine;
  lw_processor_name(out->processor, sizeof out->processor);
  snprintf(out->kernels, sizeof out->kernels, "%s", lw_instruction_set());
  out->threads = threads;
  out->cores = quota < online ? quota : online;
  out->nodes = 1;
  out->memory = bytes < INT64_MAX ? bytes >> 20 : 0;
}

int64_t lw_rates_threads(const lw_job *job)
{
  const char *given = getenv("OMP_NUM_THREADS");
  const long threads = given ? strtol(given, NULL, 10) : 0;
  return job->execution.threads > 0 ? job->execution.threads : threads > 0 ? threads : 1;
}

/* ---- where they are cached ---- */

static bool decides_sizes(const lw_option_visit *at)
{
  const char *section = at->of->name, *name = at->option->name;
  return !strcmp(section, "model") || !strcmp(section, "attention") ||
         !strcmp(name, "max_length") || !strcmp(name, "recompute") || !strcmp(name, "matmul");
}

static lw_status key_of(const lw_machine *machine, lw_job *job, double tokens, uint64_t *key)
{
  lw_option_section sections[LW_JOB_SECTIONS];
  lw_text text = LW_TEXT_GROWS;
  lw_job_sections(job, sections);
  lw_text_add(&text, "%s, %s, %lld, %.0f", machine->processor, machine->kernels,
              (long long)machine->threads, tokens);
  for (lw_option_visit at = {0}; lw_option_each(sections, LW_JOB_SECTIONS, &at);)
    if (decides_sizes(&at)) {
      lw_text_add(&text, ", ");
      lw_option_save_value(at.of, at.option, &text);
    }
  lw_status status = lw_text_end(&text);
  if (status == LW_OK) *key = lw_hash_bytes((const uint8_t *)text.text, text.used);
  lw_text_done(&text);
  return status;
}

lw_status lw_rates_place(const lw_machine *machine, lw_job *job, double tokens, char *path)
{
  const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  const bool given = cache && *cache;
  uint64_t key = 0;
  lw_status status = key_of(machine, job, tokens, &key);
  if (status != LW_OK) return status;
  if (!given && !(home && *home))
    return lw_fail(LW_ERROR_INPUT, "there is no place for measured rates: neither XDG_CACHE_HOME "
                                   "nor HOME is set; set one, or give --site FILE");
  const int length = snprintf(path, LW_PATH_MAX, "%s%s/longwave/rates-%016" PRIx64 ".yaml",
                              given ? cache : home, given ? "" : "/.cache", key);
  if (length < LW_PATH_MAX) return LW_OK;
  return lw_fail(LW_ERROR_INPUT, "the path of the cache folder is too long: %s",
                 given ? cache : home);
}
