/* The data set of a job that is not there, or is something else: one sentence with the place of
   data.path and what to do. */
#include "longwave/base/mem.h"
#include "longwave/train/job.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char folder[TEMP_FOLDER_MAX], job_path[2 * TEMP_FOLDER_MAX];
static lw_job job;

static void write_file(const char *path, const char *text)
{
  FILE *file = fopen(path, "w");
  cr_assert(file && fputs(text, file) >= 0 && !fclose(file), "cannot write %s", path);
}

/* A job with these comments whose data set is %s/set.h5. */
static void write_job(const char *comments)
{
  char text[8192];
  cr_assert(*folder || temp_folder_make(folder));
  snprintf(job_path, sizeof job_path, "%s/job.yaml", folder);
  snprintf(text, sizeof text, "%sdata:\n  path: %s/set.h5\ntrain: {steps: 1}\n", comments, folder);
  write_file(job_path, text);
}

static void fails(const char *set, lw_status wanted, const char *says)
{
  lw_dataset *dataset = NULL;
  cr_assert_eq(lw_job_read_alone(&job, job_path, &set, set != NULL), LW_OK, "%s",
               lw_fail_message());
  cr_assert_eq(lw_job_open_data(&job, &dataset), wanted, "%s", lw_fail_message());
  cr_assert(strstr(lw_fail_message(), says), "no '%s' in '%s'", says, lw_fail_message());
}

static void done(void)
{
  cr_assert(temp_folder_remove(folder));
  cr_assert_eq(lw_mem_live(), 0);
}

Test(job_data, a_missing_file_is_told_with_the_command_of_the_comments)
{
  char comments[4096], says[4096];
  write_job("");
  /* Prose has one space; another file's command is not this one's; a backslash joins lines. */
  snprintf(comments, sizeof comments,
           "# `longwave doctor %s/set.h5` tells more.\n#   sh other.sh %s/set.h55\n"
           "#   sh datasets/x.sh FOLDER \\\n#     --out=%s/set.h5 --seed 3  \n",
           folder, folder, folder);
  write_job(comments);
  snprintf(says, sizeof says,
           "%s:6:3: data.path: there is no file '%s/set.h5'; make it: sh datasets/x.sh FOLDER "
           "--out=%s/set.h5 --seed 3 (FOLDER: see datasets/README.md)",
           job_path, folder, folder);
  fails(NULL, LW_ERROR_FILE, says);
  done();
}

Test(job_data, without_a_command_the_help_is_named)
{
  char says[4096];
  write_job("# A job.\n");
  snprintf(says, sizeof says,
           "%s:3:3: data.path: there is no file '%s/set.h5'; how to make one: see "
           "datasets/README.md, or longwave prepare --help",
           job_path, folder);
  fails(NULL, LW_ERROR_FILE, says);
  fails("data.path=gone.h5", LW_ERROR_FILE, "--set data.path: there is no file 'gone.h5'; how");
  done();
}

Test(job_data, what_is_no_data_set_is_told_with_its_place)
{
  char path[2 * TEMP_FOLDER_MAX], set[3 * TEMP_FOLDER_MAX];
  write_job("");
  snprintf(path, sizeof path, "%s/set.h5", folder);
  cr_assert_eq(mkdir(path, 0700), 0);
  fails(NULL, LW_ERROR_FILE, "job.yaml:2:3: data.path: '");
  fails(NULL, LW_ERROR_FILE, "is a folder, not a plain file; name a file in it");
  snprintf(path, sizeof path, "%s/empty", folder);
  write_file(path, "");
  snprintf(set, sizeof set, "data.path=%s", path);
  fails(set, LW_ERROR_FORMAT, "is an empty file; make or copy it again");
  snprintf(set, sizeof set, "data.path=%s", job_path);
  fails(set, LW_ERROR_FORMAT, "is not an HDF5 file");
  fails("data.path=/dev/null", LW_ERROR_FILE, "--set data.path: '/dev/null' is not a regular file");
  done();
}

/* Each job of the project is one, and names the command that makes its data set. */
Test(job_data, every_job_of_the_project_has_a_command)
{
  const char *root = getenv("LONGWAVE_ROOT");
  char pattern[4096];
  glob_t found;
  cr_assert(root, "LONGWAVE_ROOT is not set: run this by meson test");
  snprintf(pattern, sizeof pattern, "%s/jobs/*.yaml", root);
  cr_assert_eq(glob(pattern, 0, NULL, &found), 0);
  for (size_t i = 0; i < found.gl_pathc; i++) {
    const char *path = found.gl_pathv[i];
    if (strstr(path, "/study-") || strstr(path, "/simulate.yaml"))
      continue; /* of no data set of its own */
    cr_assert_eq(lw_job_read_alone(&job, path, NULL, 0), LW_OK, "%s", lw_fail_message());
    cr_assert(*job.data.recipe, "%s has no command for %s", path, job.data.path);
  }
  globfree(&found);
}
