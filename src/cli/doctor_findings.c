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

static void print_table(const lw_dataset_info *info, const lw_doctor_scan *scan)
{
  static const lw_column columns[] = {{"values as a model", 0, -20, NULL, false},
                                      {"mean", 0, 12, "%.5g", false},
                                      {"deviation", 0, 12, "%.4g", false},
                                      {"least", 0, 12, "%.5g", false},
                                      {"greatest", 0, 12, "%.5g", false},
                                      {"deviation in a sample", 0, 22, "%.4g", false},
                                      {0}};
  lw_columns_print(stdout, columns, NULL, NULL);
  for (int split = 0; split < LW_SPLITS; split++) {
    const lw_moments now =
        lw_moments_scaled(&scan->values[split], info->channel[0].scale, info->channel[0].shift);
    if (!now.count) continue;
    char name[32];
    snprintf(name, sizeof name, "  %s", lw_split_name((lw_split)split));
    lw_columns_print(
        stdout, columns, (const char *[]){name},
        (double[]){now.mean, lw_moments_deviation(&now), now.least, now.greatest,
                   fabs(info->channel[0].scale) * sqrt(scan->inside[split] / (double)now.count)});
  }
}

/* Where samples have levels of their own, far apart, what happens within them is too small to be
   learnt, whatever scale and shift are. */
static int64_t print_offsets(const lw_dataset_info *info, const lw_doctor_scan *scan)
{
  const lw_moments *train = &scan->values[LW_SPLIT_TRAIN];
  if (info->longest[LW_SPLIT_TRAIN] < 2 || train->least == train->greatest) return 0;
  const double inside = sqrt(scan->inside[LW_SPLIT_TRAIN] / (double)train->count);
  const double whole = lw_moments_deviation(train);
  if (inside >= 0.05 * whole) return 0;
  printf("look: the samples of train have different levels: values of all samples deviate by %.4g, "
         "but within a sample by %.4g. Subtract each sample's mean when the file is made, unless "
         "it tells the class\n",
         whole * fabs(info->channel[0].scale), inside * fabs(info->channel[0].scale));
  return 1;
}

static int64_t print_advice(const lw_dataset_info *info, const lw_doctor_scan *scan)
{
  char text[LW_MOMENTS_TEXT];
  if (!scan->values[LW_SPLIT_TRAIN].count) return 0;
  const int64_t findings = print_offsets(info, scan);
  if (!*lw_moments_advice(&scan->values[LW_SPLIT_TRAIN], info, text)) return findings;
  printf("look: the values of the train split have %s\n", text);
  return findings + 1;
}

/* Whether the mean of a split is another one: by half a deviation, and by four standard errors of a
   mean of so many samples. */
static bool is_elsewhere(const lw_doctor_scan *scan, int split)
{
  const lw_moments *own = &scan->values[split], *train = &scan->values[LW_SPLIT_TRAIN];
  const lw_moments *means = &scan->means[split], *train_means = &scan->means[LW_SPLIT_TRAIN];
  if (!own->count || !train->count) return false;
  const double spread = fmax(lw_moments_deviation(means), lw_moments_deviation(train_means));
  const double error = spread * sqrt(1.0 / (double)means->count + 1.0 / (double)train_means->count);
  return fabs(own->mean - train->mean) > fmax(0.5 * lw_moments_deviation(train), 4.0 * error);
}

/* Whether values spread more than twice as far, or less than half. */
static bool is_wider(const lw_doctor_scan *scan, int split)
{
  const double own = lw_moments_deviation(&scan->values[split]);
  const double train = lw_moments_deviation(&scan->values[LW_SPLIT_TRAIN]);
  const int64_t least = 8; /* samples that say something of a spread */
  if (scan->means[split].count < least || scan->means[LW_SPLIT_TRAIN].count < least) return false;
  return own > 2.0 * train || train > 2.0 * own;
}

static int64_t print_strangers(const lw_dataset_info *info, const lw_doctor_scan *scan)
{
  int64_t findings = 0;
  for (int split = LW_SPLIT_TRAIN + 1; split < LW_SPLITS; split++) {
    const lw_moments own =
        lw_moments_scaled(&scan->values[split], info->channel[0].scale, info->channel[0].shift);
    const lw_moments train = lw_moments_scaled(&scan->values[LW_SPLIT_TRAIN],
                                               info->channel[0].scale, info->channel[0].shift);
    if (!is_elsewhere(scan, split) && !is_wider(scan, split)) continue;
    printf("look: the values of the %s split, mean %.5g and deviation %.4g, are not like those of "
           "train, %.5g and %.4g\n",
           lw_split_name((lw_split)split), own.mean, lw_moments_deviation(&own), train.mean,
           lw_moments_deviation(&train));
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
  if (!values) return findings;
  return findings + print_advice(info, scan) + print_strangers(info, scan);
}
