/* lives.csv: what each start of a run leaves, and when a job that comes back is refused. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/base/mem.h"
#include "longwave/run/folder.h"
#include "longwave/run/lives.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[TEMP_FOLDER_MAX];

static void begin(void)
{
  cr_assert(temp_folder_make(folder));
  cr_assert_eq(lw_folder_create(folder), LW_OK, "%s", lw_fail_message());
}

static void end(void)
{
  cr_assert(temp_folder_remove(folder));
  cr_assert_eq(lw_mem_live(), 0);
}

/* SLURM's variables; NULL: not set. */
static void set_job(const char *job, const char *nodes)
{
  unsetenv("SLURM_ARRAY_JOB_ID");
  unsetenv("SLURM_ARRAY_TASK_ID");
  unsetenv("SLURM_JOB_ID");
  unsetenv("SLURM_JOB_NODELIST");
  if (job) setenv("SLURM_JOB_ID", job, 1);
  if (nodes) setenv("SLURM_JOB_NODELIST", nodes, 1);
}

static void save_step(int64_t step)
{
  char path[LW_PATH_MAX];
  cr_assert_eq(lw_folder_checkpoint(folder, step, path), LW_OK);
  FILE *file = fopen(path, "w");
  cr_assert(file && fclose(file) == 0);
}

static lw_life start_well(void)
{
  lw_life life = {.ranks = 4, .cores = 8, .nodes = -1, .processor = "a \"fast\", big one"};
  cr_assert_eq(lw_lives_begin(folder, &life), LW_OK, "%s", lw_fail_message());
  return life;
}

static lw_life last(void)
{
  lw_life life;
  cr_assert_eq(lw_lives_last(folder, &life), LW_OK, "%s", lw_fail_message());
  return life;
}

Test(lives, a_folder_without_them_has_none)
{
  begin();
  cr_assert_eq(last().number, 0);
  end();
}

Test(lives, tell_where_and_how_far)
{
  begin();
  set_job("12", "n[1,3-4]");
  lw_life life = start_well();
  cr_assert_str_eq(last().end, "running");
  cr_assert_eq(lw_lives_end(folder, &life, "stopped", 70), LW_OK, "%s", lw_fail_message());
  save_step(70);
  set_job(NULL, NULL);
  life = start_well();
  cr_assert_eq(life.number, 2);
  cr_assert_eq(life.first_step, 70);
  cr_assert_str_eq(life.job, "-");
  cr_assert_eq(lw_lives_end(folder, &life, "finished", 90), LW_OK, "%s", lw_fail_message());

  char path[LW_PATH_MAX], line[512];
  cr_assert_eq(lw_folder_path(folder, "lives.csv", path), LW_OK);
  FILE *file = fopen(path, "r");
  cr_assert(fgets(line, sizeof line, file));
  cr_assert_str_eq(line,
                   "life,job,ranks,first_step,last_step,end,began,ended,where,data_axis,"
                   "sequence_axis,threads,nodes,cores,version,commit,processor,kernels,blas,mpi,"
                   "hdf5\n");
  cr_assert(fgets(line, sizeof line, file));
  cr_assert_eq(strncmp(line, "1,12,4,0,70,stopped,20", 22), 0, "%s", line);
  cr_assert(strstr(line, ",\"n[1,3-4]\",0,0,0,,8,,,\"a \"\"fast\"\", big one\",,,,\n"), "%s", line);
  cr_assert(fgets(line, sizeof line, file));
  cr_assert_eq(strncmp(line, "2,-,4,70,90,finished,20", 23), 0, "%s", line);
  cr_assert_not(fgets(line, sizeof line, file));
  fclose(file);
  end();
}

Test(lives, a_task_of_an_array_has_its_own_name)
{
  begin();
  set_job("15", "n1");
  setenv("SLURM_ARRAY_JOB_ID", "12", 1);
  setenv("SLURM_ARRAY_TASK_ID", "3", 1);
  cr_assert_str_eq(start_well().job, "12_3");
  end();
}

/* A killed life says nothing itself: the next one writes how far it came. */
Test(lives, a_killed_one_is_lost)
{
  begin();
  set_job(NULL, NULL);
  start_well();
  save_step(40);
  save_step(60);
  start_well();
  set_job("1", "n1");
  char path[LW_PATH_MAX], line[512];
  cr_assert_eq(lw_folder_path(folder, "lives.csv", path), LW_OK);
  FILE *file = fopen(path, "r");
  cr_assert(fgets(line, sizeof line, file) && fgets(line, sizeof line, file));
  cr_assert_eq(strncmp(line, "1,-,4,0,60,lost,", 16), 0, "%s", line);
  fclose(file);
  end();
}

Test(lives, two_without_progress_are_enough_for_a_job)
{
  lw_life life = {.number = -1};
  begin();
  set_job("7", "n1");
  start_well();
  start_well();
  cr_assert_eq(lw_lives_begin(folder, &life), LW_ERROR_STUCK);
  cr_assert(strstr(lw_fail_message(), "job 7 came back from the queue without progress"), "%s",
            lw_fail_message());
  cr_assert_eq(life.number, -1, "out parameters stay untouched");
  cr_assert_eq(last().number, 2);
  cr_assert_str_eq(last().end, "lost");
  /* It stays refused, a new job may try, and by hand one may always. */
  cr_assert_eq(lw_lives_begin(folder, &life), LW_ERROR_STUCK);
  set_job("8", "n1");
  cr_assert_eq(start_well().number, 3);
  set_job(NULL, NULL);
  for (int i = 0; i < 4; i++) start_well();
  end();
}

Test(lives, progress_in_one_of_two_is_enough)
{
  begin();
  set_job("7", "n1");
  for (int64_t step = 5; step < 30; step += 5) {
    start_well();
    save_step(step);
    start_well();
    start_well();
    save_step(step + 2);
  }
  end();
}

Test(lives, begin_where_a_damaged_checkpoint_was_passed_over)
{
  begin();
  set_job(NULL, NULL);
  save_step(60);
  lw_life life = start_well();
  cr_assert_eq(lw_lives_resume(folder, &life, 40), LW_OK, "%s", lw_fail_message());
  cr_assert(last().first_step == 40 && last().last_step == 40);
  cr_assert_eq(lw_lives_end(folder, &life, "stopped", 50), LW_OK, "%s", lw_fail_message());
  cr_assert(last().first_step == 40 && last().last_step == 50);
  end();
}

Test(lives, lines_of_others_are_passed_over)
{
  begin();
  set_job(NULL, "a\"b\nc");
  cr_assert_eq(lw_folder_write(folder, "lives.csv", "rubbish\n\n1,2\n"), LW_OK);
  cr_assert_eq(start_well().number, 1);
  cr_assert_str_eq(last().where, "a\"b c");
  cr_assert_eq(lw_folder_write(folder, "lives.csv", ""), LW_OK);
  cr_assert_eq(last().number, 0);
  end();
}

/* Columns go by name: what another version wrote is kept as far as it is known. */
Test(lives, of_other_versions_are_understood)
{
  begin();
  set_job(NULL, NULL);
  cr_assert_eq(
      lw_folder_write(folder, "lives.csv", "mood,life,job,first_step,end\ngood,3,12,30,failed\n"),
      LW_OK);
  cr_assert(last().number == 3 && last().first_step == 30 && last().cores == -1);
  cr_assert_str_eq(last().job, "12");
  cr_assert_eq(start_well().number, 4);
  cr_assert_eq(last().cores, 8);
  end();
}
