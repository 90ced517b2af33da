/* What a command reads outlives what it writes; what it writes replaces nothing of another kind; two
   writers of one file do not meet. */
#define _POSIX_C_SOURCE 200809L
#include "fault.h"
#include "train_case.h"

#define TEST_LIMIT 120.0

/* The command must be refused with code 2 and `says`, and the file must keep its bytes. */
__attribute__((format(printf, 3, 4))) static void refuse(const char *file, const char *says,
                                                         const char *format, ...)
{
  char command[8 * TRAIN_PATH];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(command, sizeof command, format, arguments);
  va_end(arguments);
  shell("cd %s && cp -L %s kept", folder, file);
  const int code = longwave(0, "%s", command);
  cr_expect_eq(code, 2, "%s: %d: %s", command, code, output);
  cr_expect(strstr(output, says), "%s: no '%s': %s", command, says, output);
  cr_expect_eq(times_in_output("error: "), 1, "%s", output);
  shell("cd %s && cmp %s kept && ! ls -A | grep tmp-", folder, file);
}

/* Only when it is told to, and only by one that is whole. */
Test(outputs, prepare_replaces_data_sets_only, .timeout = TEST_LIMIT)
{
  start();
  write_text("a.tsv", "0\tbad\n1\tgood\n");
  shell("cd %s && ln a.tsv hard.tsv && ln -s a.tsv soft.tsv", folder);
  static const char *const names[] = {"a.tsv", "hard.tsv", "soft.tsv"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    refuse(names[i], "this command reads it",
           "prepare text --train %s/a.tsv --validation 0 --out %s/%s", folder, folder, names[i]);
  refuse("job.yaml", "it is a text file, not a data set",
         "prepare text --train %s/a.tsv --validation 0 --out %s/job.yaml", folder, folder);
  shell(": >%s/empty.h5", folder);
  refuse("set.h5", "set.h5 exists (listops, 64 samples); --force replaces it",
         "prepare text --train %s/a.tsv --validation 0 --out %s/set.h5", folder, folder);
  refuse("set.h5", "empty.h5' holds no documents", "prepare text --train %s/empty.h5 --validation 0 --force --out "
         "%s/set.h5", folder, folder);
  refuse("job.yaml", "it is a text file, not a data set",
         "prepare text --train %s/a.tsv --validation 0 --force --out %s/job.yaml", folder, folder);
  cr_assert_eq(longwave(0, "prepare text --train %s/a.tsv --validation 0 --out %s/empty.h5", folder,
                        folder), 0, "%s", output); /* an empty file holds nothing */
  cr_assert_eq(longwave(2, "prepare text --train %s/a.tsv --validation 0 --force --out %s/set.h5",
                        folder, folder), 0, "%s", output);
  /* The data set does not tell how it came to its place: the same bytes. */
  shell("cmp %s/set.h5 %s/empty.h5", folder, folder);
  finish();
}

Test(outputs, evaluations_replace_their_like_only, .timeout = TEST_LIMIT)
{
  char best[TRAIN_PATH];
  start();
  train_well(0, "run", "--set model.norm=layer");
  checkpoint_of("run", 12, best);
  const char *const own = best + strlen(folder) + 1;
  refuse(own, "this command reads it", "evaluate %s --logits %s", best, best);
  refuse(own, "this command reads it", "evaluate %s --gradients %s", best, best);
  refuse(own, "this command reads it", "inspect --attention %s --out %s", best, best);
  refuse("set.h5", "this command reads it", "evaluate %s --logits %s/set.h5", best, folder);
  refuse("set.h5", "this command reads it", "inspect --attention %s --out %s/set.h5", best, folder);
  refuse("run/checkpoints/step-00000010.h5", "it is a checkpoint, not a file of logits",
         "evaluate %s --logits %s/run/checkpoints/step-00000010.h5", best, folder);
  refuse("job.yaml", "it is a text file", "evaluate %s --gradients %s/job.yaml", best, folder);
  for (int times = 0; times < 2; times++) {
    cr_assert_eq(longwave(0, "evaluate %s --logits %s/l.h5 --gradients %s/g.h5", best, folder,
                          folder), 0, "%s", output);
    cr_assert_eq(longwave(0, "inspect --attention %s --out %s/a.h5", best, folder), 0, "%s",
                 output);
  }
  refuse("l.h5", "it is a file of logits, not a file of gradients", "evaluate %s --gradients %s/l.h5",
         best, folder);
  finish();
}

/* Those of earlier versions do not say what they are. */
Test(outputs, reports_and_figures_replace_their_like_only, .timeout = TEST_LIMIT)
{
  start();
  train_well(0, "run", "");
  refuse("run/metrics.csv", "it is a text file, not a report",
         "report %s/run --kept --out %s/run/metrics.csv", folder, folder);
  refuse("set.h5", "it is a data set, not a report", "report %s/run --kept --out %s/set.h5", folder,
         folder);
  refuse("job.yaml", "not a file of figures", "bench attention --tokens 64 --json %s/job.yaml",
         folder);
  refuse("job.yaml", "this command reads it", "bench step %s/job.yaml --json %s/job.yaml", folder,
         folder);
  for (int times = 0; times < 2; times++) {
    cr_assert_eq(longwave(0, "report %s/run --kept --out %s/r.html", folder, folder), 0, "%s",
                 output);
    cr_assert_eq(longwave(0, "bench attention --tokens 64 --repeat 1 --json %s/f.json", folder), 0,
                 "%s", output);
  }
  finish();
}

Test(outputs, pictures_replace_pictures_only, .timeout = TEST_LIMIT)
{
  start();
  cr_assert_eq(longwave(0, "prepare pathfinder --size 32 --train 8 --validation 2 --test 2 --out "
                           "%s/p.h5", folder), 0, "%s", output);
  refuse("p.h5", "this command reads it", "doctor %s/p.h5 --pictures %s/p.h5", folder, folder);
  refuse("job.yaml", "it is a text file, not a PNG picture", "doctor %s/p.h5 --pictures %s/job.yaml",
         folder, folder);
  for (int times = 0; times < 2; times++)
    cr_assert_eq(longwave(0, "doctor %s/p.h5 --pictures %s/p.png", folder, folder), 0, "%s",
                 output);
  train_well(0, "run", "");
  shell("mkdir %s/pictures && cp %s/job.yaml %s/pictures/layer-1.png", folder, folder, folder);
  refuse("pictures/layer-1.png", "it is a text file, not a PNG picture",
         "inspect --attention %s/run/checkpoints/best.h5 --pictures %s/pictures", folder, folder);
  finish();
}

/* The run would write its own job.yaml there. A run's own job may be the job of its resumption. */
Test(outputs, a_run_does_not_replace_the_job_it_is_made_from, .timeout = TEST_LIMIT)
{
  start();
  refuse("job.yaml", "choose another folder with --run", "train %s/job.yaml --run %s", folder,
         folder);
  shell("cd %s && ! ls | grep checkpoints", folder);
  train_well(0, "run", "--set train.steps=5");
  cr_assert_eq(longwave(0, "train %s/run/job.yaml --run %s/run --resume --set train.steps=6", folder,
                        folder), 0, "%s", output);
  finish();
}

/* ---- two at once ---- */

/* Exit code of a script; $P: the program, $D: the folder, $F: the library of faults. */
static int script(const char *text)
{
  setenv("P", run_longwave(), 1);
  setenv("D", folder, 1);
  setenv("F", faults_library(), 1);
  setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
  return run_program((const char *const[]){"sh", "-c", text, NULL}, 0, TRAIN_LIMIT, output,
                     sizeof output);
}

/* begin MILLISECONDS: a prepare that sleeps so long once its file is begun. */
static const char two[] =
    "make() { $P prepare listops --out $D/two.h5 --min-length 8 --max-length 40 --max-depth 4"
    " --seed $1 --train 300 --validation 20 --test 20; }\n"
    "begin() { LD_PRELOAD=$F LONGWAVE_FAULTS=\"write path=two.h5.tmp nap=$1 times=1\" make 1 & job=$!\n"
    "  for i in $(seq 500); do ls $D | grep -q two.h5.tmp- && return; sleep 0.02; done\n"
    "  echo never; exit 98; }\n";

Test(outputs, the_slower_of_two_writers_does_not_write_into_the_other_file, .timeout = TEST_LIMIT)
{
  char text[2048];
  start();
  snprintf(text, sizeof text,
           "%sbegin 3000; make 2 || exit 1; $P inspect --verify $D/two.h5 || exit 2; wait $job ||"
           " exit 3\n$P inspect --verify $D/two.h5 || exit 4; ls -A $D | grep tmp- && exit 5; exit 0",
           two);
  const int code = script(text);
  cr_assert_eq(code, 0, "%d: %s", code, output);
  finish();
}

Test(outputs, what_a_killed_writer_left_goes_with_the_next_one, .timeout = TEST_LIMIT)
{
  char text[2048];
  start();
  snprintf(text, sizeof text,
           "%sbegin 60000; kill -KILL $(cat /proc/$job/task/$job/children) $job; wait\n"
           "ls $D | grep -q two.h5.tmp- || exit 1; [ ! -e $D/two.h5 ] || exit 2\n"
           "make 2 || exit 3; ls -A $D | grep tmp- && exit 4; $P inspect --verify $D/two.h5",
           two);
  const int code = script(text);
  cr_assert_eq(code, 0, "%d: %s", code, output);
  finish();
}

Test(outputs, a_writer_that_is_asked_to_leave_leaves_nothing, .timeout = TEST_LIMIT)
{
  char text[2048];
  start();
  snprintf(text, sizeof text,
           "%sbegin 60000; kill -TERM $(cat /proc/$job/task/$job/children); wait $job\n"
           "[ $? = 143 ] || exit 1; ls -A $D | grep -q two.h5 && exit 2; exit 0",
           two);
  const int code = script(text);
  cr_assert_eq(code, 0, "%d: %s", code, output);
  finish();
}
