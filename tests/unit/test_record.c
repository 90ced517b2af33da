/* The sign of life, and tests that a run folder remembers. */
#include "longwave/base/mem.h"
#include "longwave/run/kept.h"
#include "longwave/run/record.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static char folder[TEMP_FOLDER_MAX];

static void write_text(const char *name, const char *text)
{
  char path[TEMP_FOLDER_MAX + 32];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

Test(life, begins_when_the_interval_leaves_chance_and_ends_when_it_is_back)
{
  /* Of 100 answers 0.60 has an interval from 0.502, 0.59 one from 0.492. */
  static const struct {
    double accuracy;
    int64_t since;
    bool news;
  } steps[] = {{0.10, 0, false}, {0.59, 0, false}, {0.60, 30, true}, {0.90, 30, false},
               {0.55, 0, true},  {0.50, 0, false}, {0.80, 70, true}};
  lw_record record = {.chance = 0.5};
  cr_assert(temp_folder_make(folder));
  for (int i = 0; i < (int)(sizeof steps / sizeof *steps); i++) {
    const lw_evaluation evaluation = {
        .objective = &lw_objective_class, .answers = 100, .score = {{0.0, steps[i].accuracy}}};
    bool news = !steps[i].news;
    cr_assert_eq(lw_record_evaluation(folder, &evaluation, 10 * (i + 1), &record, &news), LW_OK);
    cr_assert_eq(record.since, steps[i].since, "step %d", 10 * (i + 1));
    cr_assert_eq(news, steps[i].news, "step %d", 10 * (i + 1));
  }
  cr_assert(temp_folder_remove(folder));
  cr_assert_eq(lw_mem_live(), 0);
}

Test(kept, counts_for_its_own_checkpoint_only)
{
  const lw_objective *next = &lw_objective_next_token; /* loss, perplexity, bits, accuracy */
  lw_kept kept = {0};
  bool found = true;
  cr_assert(temp_folder_make(folder));
  cr_assert_eq(lw_kept_read(folder, LW_SPLIT_TEST, 7, next, &kept, &found), LW_OK);
  cr_assert_not(found);
  write_text("evaluation-test.csv", "checkpoint,step,samples,loss,accuracy,low,high,chance\n"
                                    "000000ab,40,10,0.5,0.7,0.4,0.9,0.6\n");
  write_text("confusion-test.csv", "label,no,\"yes, sir\"\nno,5,1\n\"yes, sir\",2,2\n");
  cr_assert_eq(lw_kept_read(folder, LW_SPLIT_TEST, 0xac, next, &kept, &found), LW_OK);
  cr_assert_not(found);
  cr_assert_eq(lw_kept_read(folder, LW_SPLIT_VALIDATION, 0xab, next, &kept, &found), LW_OK);
  cr_assert_not(found);
  cr_assert_eq(lw_kept_read(folder, LW_SPLIT_TEST, 0xab, next, &kept, &found), LW_OK);
  cr_assert(found && kept.step == 40 && kept.samples == 10 && kept.score.value[3] == 0.7);
  cr_assert(kept.classes == 2 && kept.confusion[1] == 1 && kept.confusion[2] == 2);
  cr_assert_str_eq(kept.names[1], "yes, sir");
  cr_assert(isnan(kept.score.value[1]) && isnan(kept.score.value[2]));
  lw_kept_done(&kept);
  write_text("evaluation-test.csv", "checkpoint,step,samples,loss,accuracy,low,high,chance,"
                                    "perplexity,bits_per_token\n"
                                    "000000ab,40,10,0.5,0.7,0.4,0.9,0.6,1.65,0.72\n");
  cr_assert_eq(lw_kept_read(folder, LW_SPLIT_TEST, 0xab, next, &kept, &found), LW_OK);
  cr_assert(found && kept.score.value[1] == 1.65 && kept.score.value[2] == 0.72);
  lw_kept_done(&kept);
  cr_assert(temp_folder_remove(folder));
  cr_assert_eq(lw_mem_live(), 0);
}
