#include "doctor_findings.h"
#include "longwave/base/columns.h"
#include <math.h>
#include <stdio.h>

static double percent(int64_t part, int64_t whole)
{
  return 100.0 * (double)part / (double)whole;
}

/* ---- equal samples ---- */

static const char *earlier(int split, int before)
{
  return split == before ? "their own split" : lw_split_name((lw_split)before);
}

static int64_t print_again(const lw_dataset_info *info, const lw_equals *equals)
{
  int64_t findings = 0;
  for (int split = 0; split < LW_SPLITS; split++)
    for (int before = 0; before <= split; before++) {
      const int64_t again = equals->again[split][before];
      if (!again) continue;
      printf("look: %lld of %lld %s samples are also in %s (%.2f %%)\n", (long long)again,
             (long long)info->count[split], lw_split_name((lw_split)split), earlier(split, before),
             percent(again, info->count[split]));
      findings++;
    }
  if (equals->contradictions)
    printf(
        "look: %lld of these equal samples have another label than the first one equal to them\n",
        (long long)equals->contradictions);
  if (!findings) printf("ok: no duplicate samples\n");
  return findings + (equals->contradictions > 0);
}

static int64_t print_swapped(const lw_dataset_info *info, const lw_equals *equals)
{
  int64_t findings = 0;
  for (int split = 0; split < LW_SPLITS; split++)
    for (int before = 0; before <= split; before++) {
      const int64_t swapped = equals->swapped[split][before];
      if (!swapped) continue;
      printf("look: %lld of %lld %s pairs are in %s with their two documents swapped (%.2f %%)\n",
             (long long)swapped, (long long)info->count[split], lw_split_name((lw_split)split),
             earlier(split, before), percent(swapped, info->count[split]));
      findings++;
    }
  if (equals->swapped_contradictions)
    printf(
        "look: %lld of these swapped pairs have another label than the first one equal to them\n",
        (long long)equals->swapped_contradictions);
  for (int split = 0; split < LW_SPLITS; split++) {
    if (!equals->alike[split]) continue;
    printf("look: %lld of %lld %s pairs are a document and itself\n",
           (long long)equals->alike[split], (long long)info->count[split],
           lw_split_name((lw_split)split));
    findings++;
  }
  return findings + (equals->swapped_contradictions > 0);
}

static int64_t print_documents(const lw_equals *equals)
{
  int64_t findings = 0;
  for (int split = 0; split < LW_SPLITS; split++)
    for (int before = 0; before < split; before++) {
      const int64_t shared = equals->shared[split][before];
      if (!shared) continue;
      printf("look: %lld of the %lld documents in %s pairs are also in %s pairs (%.2f %%)\n",
             (long long)shared, (long long)equals->documents[split], lw_split_name((lw_split)split),
             lw_split_name((lw_split)before), percent(shared, equals->documents[split]));
      findings++;
    }
  if (findings)
    printf("      these pairs do not show how well the model judges new documents: for that, keep "
           "each document in one split\n");
  else
    printf("ok: no document is in two splits\n");
  return findings;
}

int64_t lw_doctor_print_equals(const lw_dataset *dataset, const lw_equals *equals)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const int64_t findings = print_again(info, equals);
  if (info->documents == 1) return findings;
  return findings + print_swapped(info, equals) + print_documents(equals);
}

/* ---- stretches of text ---- */

/* Common phrases and licences are in every text. */
static const double overlap_said = 0.01;

int64_t lw_doctor_print_overlap(const lw_dataset *dataset, const lw_doctor_overlap *overlap)
{
  int64_t findings = 0;
  if (lw_doctor_guesswork(lw_dataset_describe(dataset)) != LW_GUESSWORK_COUNTS) return 0;
  for (int split = 0; split < LW_SPLITS; split++)
    for (int before = 0; before < split; before++) {
      const int64_t met = overlap->met[split][before], taken = overlap->taken[split];
      if (!taken || !overlap->taken[before]) continue;
      const bool much = (double)met > overlap_said * (double)taken;
      printf("%s: %.2f %% of the passages of %d tokens in %s are also in %s\n",
             much ? "look" : "ok", percent(met, taken), LW_OVERLAP_TOKENS,
             lw_split_name((lw_split)split), lw_split_name((lw_split)before));
      findings += much;
    }
  return findings;
}

/* ---- values ---- */

enum { CHANNELS_SHOWN = 32 };

/* " of channel 3 (II)", "" where there is one. */
typedef struct channel_name {
  char text[96];
} channel_name;

static channel_name name_of(const lw_dataset_info *info, int64_t c)
{
  channel_name name = {""};
  const char *own = info->channel[c].name;
  if (info->channels > 1)
    snprintf(name.text, sizeof name.text, " of channel %lld%s%.60s%s", (long long)c,
             *own ? " (" : "", own, *own ? ")" : "");
  return name;
}

static lw_moments as_seen(const lw_dataset_info *info, int64_t c, const lw_moments *stored)
{
  return lw_moments_scaled(stored, info->channel[c].scale, info->channel[c].shift);
}

static void print_rows(const lw_dataset_info *info, int64_t c, const lw_doctor_values *values,
                       const lw_column *columns)
{
  for (int split = 0; split < LW_SPLITS; split++) {
    const lw_moments now = as_seen(info, c, &values->all[split]);
    if (!now.count) continue;
    char name[128], channel[80] = "";
    if (info->channels > 1)
      snprintf(channel, sizeof channel, "%lld %.16s ", (long long)c, info->channel[c].name);
    snprintf(name, sizeof name, "  %s%s", channel, lw_split_name((lw_split)split));
    lw_columns_print(
        stdout, columns, (const char *[]){name},
        (double[]){now.mean, lw_moments_deviation(&now), now.least, now.greatest,
                   fabs(info->channel[c].scale) * sqrt(values->inside[split] / (double)now.count)});
  }
}

static void print_table(const lw_dataset_info *info, const lw_doctor_scan *scan)
{
  const lw_column columns[] = {
      {"values as a model", 0, info->channels > 1 ? -34 : -20, NULL, false},
      {"mean", 0, 12, "%.5g", false},
      {"deviation", 0, 12, "%.4g", false},
      {"least", 0, 12, "%.5g", false},
      {"greatest", 0, 12, "%.5g", false},
      {"deviation in a sample", 0, 22, "%.4g", false},
      {0}};
  lw_columns_print(stdout, columns, NULL, NULL);
  for (int64_t c = 0; c < info->channels && c < CHANNELS_SHOWN; c++)
    print_rows(info, c, &scan->channel[c], columns);
  if (info->channels > CHANNELS_SHOWN)
    printf("  ... and %lld channels more\n", (long long)info->channels - CHANNELS_SHOWN);
}

/* Where samples have levels of their own, far apart, what happens within them is too small to be
   learnt, whatever scale and shift are. A channel of several that never changes within a sample,
   such as an age, is a fact about it. */
static int64_t print_offsets(const lw_dataset_info *info, int64_t c, const lw_doctor_values *values)
{
  const lw_moments *train = &values->all[LW_SPLIT_TRAIN];
  if (info->longest[LW_SPLIT_TRAIN] < 2 || train->least == train->greatest) return 0;
  const double inside = sqrt(values->inside[LW_SPLIT_TRAIN] / (double)train->count);
  const double whole = lw_moments_deviation(train), scale = fabs(info->channel[c].scale);
  if (inside >= 0.05 * whole || (inside == 0.0 && info->channels > 1)) return 0;
  printf("look: the samples of train have different levels%s: values of all samples deviate by "
         "%.4g, but within a sample by %.4g. Subtract each sample's mean when the file is made, "
         "unless it tells the class\n",
         name_of(info, c).text, whole * scale, inside * scale);
  return 1;
}

static int64_t print_advice(const lw_dataset_info *info, int64_t c, const lw_doctor_values *values)
{
  char text[LW_MOMENTS_TEXT];
  if (!values->all[LW_SPLIT_TRAIN].count) return 0;
  const int64_t findings = print_offsets(info, c, values);
  if (!*lw_moments_advice(&values->all[LW_SPLIT_TRAIN], info, c, text)) return findings;
  printf("look: the values%s of the train split have %s\n", name_of(info, c).text, text);
  return findings + 1;
}

/* Whether the mean of a split is another one: by half a deviation, and by four standard errors of a
   mean of so many samples. */
static bool is_elsewhere(const lw_doctor_values *values, int split)
{
  const lw_moments *own = &values->all[split], *train = &values->all[LW_SPLIT_TRAIN];
  const lw_moments *means = &values->means[split], *train_means = &values->means[LW_SPLIT_TRAIN];
  if (!own->count || !train->count) return false;
  const double spread = fmax(lw_moments_deviation(means), lw_moments_deviation(train_means));
  const double error = spread * sqrt(1.0 / (double)means->count + 1.0 / (double)train_means->count);
  return fabs(own->mean - train->mean) > fmax(0.5 * lw_moments_deviation(train), 4.0 * error);
}

/* Whether values spread more than twice as far, or less than half. */
static bool is_wider(const lw_doctor_values *values, int split)
{
  const double own = lw_moments_deviation(&values->all[split]);
  const double train = lw_moments_deviation(&values->all[LW_SPLIT_TRAIN]);
  const int64_t least = 8; /* samples that say something of a spread */
  if (values->means[split].count < least || values->means[LW_SPLIT_TRAIN].count < least)
    return false;
  return own > 2.0 * train || train > 2.0 * own;
}

static int64_t print_strangers(const lw_dataset_info *info, int64_t c,
                               const lw_doctor_values *values)
{
  int64_t findings = 0;
  for (int split = LW_SPLIT_TRAIN + 1; split < LW_SPLITS; split++) {
    const lw_moments own = as_seen(info, c, &values->all[split]);
    const lw_moments train = as_seen(info, c, &values->all[LW_SPLIT_TRAIN]);
    if (!is_elsewhere(values, split) && !is_wider(values, split)) continue;
    printf("look: the values%s of the %s split, mean %.5g and deviation %.4g, are not like those "
           "of train, %.5g and %.4g\n",
           name_of(info, c).text, lw_split_name((lw_split)split), own.mean,
           lw_moments_deviation(&own), train.mean, lw_moments_deviation(&train));
    findings++;
  }
  return findings;
}

int64_t lw_doctor_print_values(const lw_dataset *dataset, const lw_doctor_scan *scan)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const bool values = !info->input->ids;
  int64_t findings = 0;
  if (values) print_table(info, scan);
  for (int split = 0; split < LW_SPLITS; split++) {
    if (!scan->constant[split]) continue;
    printf("look: %lld of %lld %s samples are one %s repeated\n", (long long)scan->constant[split],
           (long long)info->count[split], lw_split_name((lw_split)split), info->input->item);
    findings++;
  }
  for (int64_t c = 0; values && c < info->channels; c++)
    findings +=
        print_advice(info, c, &scan->channel[c]) + print_strangers(info, c, &scan->channel[c]);
  return findings;
}
