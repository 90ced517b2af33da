#define _POSIX_C_SOURCE 200809L
#include "longwave/run/rates.h"
#include "longwave/base/aside.h"
#include "longwave/base/available.h"
#include "longwave/base/hash.h"
#include "longwave/op/instruction_set.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AT(member) LW_AT(lw_rates, member)
static const lw_option machine[] = {
    LW_TEXT_ROW("processor", FLAG, AT(processor), NULL, 0, LW_TEXT_MAX - 1, "its name"),
    LW_TEXT_ROW("kernels", FLAG, AT(kernels), NULL, 1, LW_TEXT_MAX - 1, "instruction set"),
    LW_INT_ROW("cores", FLAG, AT(cores), NULL, 1, 1 << 20, "of a node"),
    LW_INT_ROW("memory", FLAG, AT(memory), "0", 0, 1e12, "MiB of a node; 0: not told"),
    LW_REAL_ROW("latency", FLAG, AT(latency), "2", 0, 1e6, "microseconds of a message"),
    LW_REAL_ROW("bandwidth", FLAG, AT(bandwidth), "2", 1e-3, 1e6, "GB/s that a rank sends"),
    {0}};
static const lw_option measured[] = {
    LW_INT_ROW("threads", FLAG, AT(threads), NULL, 1, 4096, "of the rank"),
    LW_INT_ROW("width", FLAG, AT(width), NULL, 1, 1e9, "model.width"),
    LW_INT_ROW("ffn", FLAG, AT(ffn), NULL, 0, 1e9, "model.ffn"),
    LW_INT_ROW("heads", FLAG, AT(heads), NULL, 1, 1e9, "model.heads"),
    LW_INT_ROW("longest", FLAG, AT(longest), NULL, 1, 1e12, "tokens of the longest sample"),
    LW_REAL_ROW("linear", FLAG, AT(linear), NULL, 1e-6, 1e9, "GFLOP/s"),
    LW_REAL_ROW("attention", FLAG, AT(attention), NULL, 1e-6, 1e9, "GFLOP/s"),
    LW_REAL_ROW("rows", FLAG, AT(rows), NULL, 1e-6, 1e9, "million numbers a second"),
    LW_REAL_ROW("crowded", FLAG, AT(crowded), NULL, 0.01, 1.0,
                "speed of a rank while all cores are busy, in shares of that of a rank alone"),
    LW_REAL_ROW("optimizer", FLAG, AT(optimizer), NULL, 1e-6, 1e9, "million parameters a second"),
    {0}};
enum { SECTIONS = 2 };

static void tie(lw_rates *rates, lw_option_section sections[SECTIONS])
{
  sections[0] = (lw_option_section){.name = "machine", .options = machine, .values = rates};
  sections[1] = (lw_option_section){.name = "measured", .options = measured, .values = rates};
}

static void name_processor(char *name)
{
  char line[512];
  FILE *file = fopen("/proc/cpuinfo", "r");
  while (file && !*name && fgets(line, sizeof line, file)) {
    const char *colon = strchr(line, ':');
    if (!strncmp(line, "model name", 10) && colon)
      snprintf(name, LW_TEXT_MAX, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
  }
  if (file) fclose(file);
}

void lw_rates_key(lw_rates *rates, const lw_job *job, int64_t longest, int64_t threads)
{
  const int64_t quota = lw_available_cores(""), online = sysconf(_SC_NPROCESSORS_ONLN);
  *rates = (lw_rates){.cores = quota < online ? quota : online,
                      .latency = 2.0,
                      .bandwidth = 2.0,
                      .threads = threads,
                      .width = job->model.width,
                      .ffn = job->model.ffn,
                      .heads = job->model.heads,
                      .longest = longest};
  name_processor(rates->processor);
  snprintf(rates->kernels, sizeof rates->kernels, "%s", lw_instruction_set());
}

lw_status lw_rates_path(const lw_rates *key, char *path)
{
  char text[3 * LW_TEXT_MAX];
  const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  const bool own = cache && *cache;
  if (!own && (!home || !*home))
    return lw_fail(LW_ERROR_INPUT, "no folder for rates: set HOME or XDG_CACHE_HOME, or give "
                                   "--site FILE");
  snprintf(text, sizeof text, "%s|%s|%lld|%lld|%lld|%lld|%lld", key->processor, key->kernels,
           (long long)key->threads, (long long)key->width, (long long)key->ffn,
           (long long)key->heads, (long long)key->longest);
  const int length =
      snprintf(path, LW_TEXT_MAX, "%s%s/longwave/rates-%08x.yaml", own ? cache : home,
               own ? "" : "/.cache", (unsigned)lw_hash_text(LW_HASH_BEGIN, text));
  if (length < LW_TEXT_MAX) return LW_OK;
  return lw_fail(LW_ERROR_INPUT, "the name of the cache folder is too long");
}

lw_status lw_rates_read(lw_rates *rates, const char *path)
{
  lw_option_section sections[SECTIONS];
  lw_status status = LW_OK;
  *rates = (lw_rates){0};
  tie(rates, sections);
  lw_option_defaults(sections, SECTIONS);
  LW_TRY(lw_option_read_file(sections, SECTIONS, path));
  LW_TRY(lw_option_check_required(sections, SECTIONS, path));
done:
  return status;
}

static lw_status make_folders(const char *path)
{
  char part[LW_TEXT_MAX];
  for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
    if (mkdir(part, 0777) && errno != EEXIST)
      return lw_fail(LW_ERROR_FILE, "cannot make the folder %s: %s", part, lw_reason(errno));
  }
  return LW_OK;
}

lw_status lw_rates_write(const lw_rates *rates, const char *path)
{
  char text[8192];
  lw_rates copy = *rates;
  lw_option_section sections[SECTIONS];
  lw_aside aside = LW_ASIDE_NONE;
  lw_text to = LW_TEXT_IN(text);
  tie(&copy, sections);
  lw_option_save(sections, SECTIONS, &to);
  lw_status status = make_folders(path);
  if (status == LW_OK) status = lw_aside_open_text(path, &aside);
  if (status == LW_OK) fputs(text, aside.stream);
  return lw_aside_end(&aside, status);
}
