/* A run that several people share: what umask and setgid folders allow holds for all that is
   written, another member of the group goes on, and who may only read still gets tables. Other
   people need root to be made. */
#define _POSIX_C_SOURCE 200809L
#include "train_case.h"
#include <sys/stat.h>
#include <unistd.h>

#define TEST_LIMIT 180.0
#define GROUP "--clear-groups --regid 65533"

/* As user `user` of the group, by umask 002; what is said is in `output`. */
__attribute__((format(printf, 2, 3))) static int as(int user, const char *format, ...)
{
  char text[8 * TRAIN_PATH];
  int used = snprintf(text, sizeof text,
                      "umask 002; cd %s && exec setpriv --reuid %d " GROUP " env TMPDIR=%s/temporary "
                      "HOME=%s/temporary \"%s\" ",
                      folder, user, folder, folder, run_longwave());
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text + used, sizeof text - (size_t)used, format, arguments);
  va_end(arguments);
  return run_program((const char *const[]){"sh", "-c", text, NULL}, 0, TRAIN_LIMIT, output,
                     sizeof output);
}

/* The folder is the group's, with setgid, when there is a group to be made and the program can be
   reached. */
static bool start_shared(void)
{
  start();
  shell("mkdir %s/temporary && chmod 1777 %s/temporary && chgrp 65533 %s && chmod 2775 %s", folder,
        folder, folder, folder);
  return geteuid() == 0 && as(65531, "--version") == 0;
}

Test(group, files_have_the_modes_that_umask_allows, .timeout = TEST_LIMIT)
{
  start();
  shell("umask 002; \"%s\" train %s/job.yaml --run %s/runs/a --set checkpoint.keep=2", run_longwave(),
        folder, folder);
  shell("umask 002; \"%s\" evaluate %s/runs/a/checkpoints/best.h5 --keep", run_longwave(), folder);
  shell("find %s/runs ! -type l ! -perm -g+w; test -z \"$(find %s/runs ! -type l ! -perm -g+w)\"",
        folder, folder);
  shell("umask 077; \"%s\" train %s/job.yaml --run %s/runs/b", run_longwave(), folder, folder);
  shell("test -z \"$(find %s/runs/b ! -type l -perm /077)\"", folder);
  shell("umask 000; \"%s\" train %s/job.yaml --run %s/runs/c", run_longwave(), folder, folder);
  shell("test -z \"$(find %s/runs/c ! -type l -perm /002)\"", folder);
  finish();
}

Test(group, another_member_goes_on, .timeout = TEST_LIMIT)
{
  if (!start_shared()) cr_skip_test("other people need root");
  cr_assert_eq(as(65531, "train job.yaml --run runs/a"), 0, "%s", output);
  cr_assert_eq(as(65532, "train job.yaml --run runs/a --resume --set train.steps=20"), 0, "%s",
               output);
  cr_assert_eq(newest_step("runs/a"), 20);
  cr_assert_eq(as(65531, "table runs"), 0, "%s", output);
  cr_assert_eq(as(65532, "table runs --kept"), 0, "%s", output);
  cr_assert_null(strstr(output, "no test"), "%s", output);
  finish();
}

Test(group, one_who_may_only_read_gets_tables_and_reports, .timeout = TEST_LIMIT)
{
  if (!start_shared()) cr_skip_test("other people need root");
  cr_assert_eq(as(65531, "train job.yaml --run runs/a"), 0, "%s", output);
  cr_assert_eq(as(65531, "train job.yaml --run runs/b --seed 2"), 0, "%s", output);
  shell("chmod -R g-w %s/runs; find %s/runs >%s/before", folder, folder, folder);
  cr_assert_eq(as(65532, "table runs"), 0, "%s", output);
  cr_assert_eq(times_in_output("is read-only"), 2, "%s", output);
  cr_assert_null(strstr(output, "no test"), "%s", output);
  cr_assert_eq(as(65532, "report runs --out temporary/report.html"), 0, "%s", output);
  cr_assert_eq(as(65532, "evaluate runs/a/checkpoints/best.h5"), 0, "%s", output);
  shell("find %s/runs | cmp - %s/before; ls %s/temporary", folder, folder, folder);
  cr_assert_str_eq(output, "report.html\n", "nothing is left behind: %s", output);
  cr_assert_eq(as(65532, "train job.yaml --run runs/a --resume"), 4, "%s", output);
  cr_assert(strstr(output, "chmod -R g+w"), "%s", output);
  finish();
}
