/* Files written aside: whole under their name or not there, unique on the way, and what the dead
   left is cleared away; which files may be replaced. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/base/aside.h"
#include "longwave/base/input.h"
#include "longwave/base/mem.h"
#include "longwave/io/output.h"
#include "temp_folder.h"
#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH = 2 * TEMP_FOLDER_MAX };
static char folder[TEMP_FOLDER_MAX], path[PATH];

static const char *in_folder(const char *name)
{
  static char joined[PATH];
  snprintf(joined, sizeof joined, "%s/%s", folder, name);
  return joined;
}

static void begin(const char *name)
{
  cr_assert(temp_folder_make(folder));
  snprintf(path, sizeof path, "%s", in_folder(name));
}

static void end(void)
{
  cr_assert(temp_folder_remove(folder));
  cr_assert_eq(lw_mem_live(), 0);
}

static void put(const char *where, const char *text)
{
  FILE *file = fopen(where, "w");
  cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0, "cannot write %s", where);
}

static void expect_text(const char *where, const char *text)
{
  char found[256] = "";
  FILE *file = fopen(where, "r");
  cr_assert(file, "no %s", where);
  found[fread(found, 1, sizeof found - 1, file)] = 0;
  fclose(file);
  cr_assert_str_eq(found, text);
}

/* Files in the folder; hidden ones are none. */
static int count_files(void)
{
  int files = 0;
  DIR *directory = opendir(folder);
  for (struct dirent *entry; directory && (entry = readdir(directory));)
    files += entry->d_name[0] != '.';
  if (directory) closedir(directory);
  return files;
}

static void publish_text(const char *text)
{
  lw_aside aside = LW_ASIDE_NONE;
  cr_assert_eq(lw_aside_open_text(path, &aside), LW_OK, "%s", lw_fail_message());
  fputs(text, aside.stream);
  cr_assert_eq(lw_aside_publish(&aside), LW_OK, "%s", lw_fail_message());
  lw_aside_done(&aside);
}

Test(aside, whoever_failed_on_the_way_leaves_nothing)
{
  lw_aside aside = LW_ASIDE_NONE;
  begin("file");
  cr_assert_eq(lw_aside_end(&aside, LW_ERROR_FILE), LW_ERROR_FILE); /* never opened */
  cr_assert_eq(lw_aside_open_text(path, &aside), LW_OK);
  fputs("half", aside.stream);
  cr_assert_eq(lw_aside_end(&aside, LW_ERROR_MEMORY), LW_ERROR_MEMORY);
  cr_assert_eq(count_files(), 0);
  cr_assert_eq(lw_aside_open_text(path, &aside), LW_OK);
  fputs("whole", aside.stream);
  cr_assert_eq(lw_aside_end(&aside, LW_OK), LW_OK);
  expect_text(path, "whole");
  cr_assert_eq(count_files(), 1);
  end();
}

Test(aside, a_file_is_there_whole_or_not_at_all)
{
  lw_aside aside = LW_ASIDE_NONE;
  begin("file");
  publish_text("first");
  cr_assert_eq(lw_aside_open_text(path, &aside), LW_OK);
  fputs("sec", aside.stream);
  expect_text(path, "first");
  lw_aside_done(&aside); /* given up */
  expect_text(path, "first");
  cr_assert_eq(count_files(), 1);
  publish_text("second");
  expect_text(path, "second");
  cr_assert_eq(count_files(), 1);
  end();
}

Test(aside, two_writers_of_one_place_do_not_meet)
{
  lw_aside slow = LW_ASIDE_NONE, quick = LW_ASIDE_NONE;
  begin("file");
  cr_assert_eq(lw_aside_open_text(path, &slow), LW_OK);
  cr_assert_eq(lw_aside_open_text(path, &quick), LW_OK);
  cr_assert_str_neq(slow.temporary, quick.temporary);
  fputs("quick", quick.stream);
  cr_assert_eq(lw_aside_publish(&quick), LW_OK);
  fputs("slow", slow.stream);
  fflush(slow.stream);
  expect_text(path, "quick");
  cr_assert_eq(lw_aside_publish(&slow), LW_OK);
  expect_text(path, "slow");
  lw_aside_done(&slow);
  lw_aside_done(&quick);
  cr_assert_eq(count_files(), 1);
  end();
}

/* In a process of its own, which leaves its file behind; it waits when told to. */
static pid_t start_writer(bool waits)
{
  int ready[2];
  char byte;
  cr_assert_eq(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    lw_aside aside = LW_ASIDE_NONE;
    (void)!write(ready[1], lw_aside_open(path, &aside) == LW_OK ? "y" : "n", 1);
    if (waits) sleep(15);
    _exit(0);
  }
  cr_assert_eq(read(ready[0], &byte, 1), 1);
  cr_assert_eq(byte, 'y');
  close(ready[0]);
  close(ready[1]);
  return child;
}

Test(aside, what_the_dead_left_is_removed_by_the_next_writer, .timeout = 20)
{
  begin("file");
  const pid_t living = start_writer(true), dead = start_writer(false);
  siginfo_t about;
  cr_assert_eq(waitid(P_PID, (id_t)dead, &about, WEXITED | WNOWAIT), 0); /* it stays a zombie */
  put(in_folder("file.tmp-00000000-1-0-elsewhere"), "of another machine");
  put(in_folder("file.tmp-notes"), "of the user");
  cr_assert_eq(count_files(), 4);
  publish_text("new");
  cr_assert_eq(count_files(), 4, "one is new, one is gone: %d", count_files());
  kill(living, SIGKILL);
  waitpid(living, NULL, 0);
  waitpid(dead, NULL, 0);
  publish_text("newer");
  cr_assert_eq(count_files(), 3);
  end();
}

Test(aside, the_longest_name_has_room_for_an_ending)
{
  char name[256];
  begin("");
  memset(name, 'x', 255);
  name[255] = 0;
  snprintf(path, sizeof path, "%s", in_folder(name));
  publish_text("long");
  expect_text(path, "long");
  end();
}

Test(aside, temporary_names_are_known)
{
  static const char *const temporary[] = {"step-00000007.h5.tmp", "a.tmp-0123abcd-17-0-node"};
  static const char *const others[] = {"step-00000007.h5", "a.tmp-", "a.tmp-notes", "tmp"};
  for (size_t i = 0; i < sizeof temporary / sizeof *temporary; i++)
    cr_expect(lw_aside_is_temporary(temporary[i]), "%s", temporary[i]);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    cr_expect_not(lw_aside_is_temporary(others[i]), "%s", others[i]);
}

Test(aside, links_are_replaced_in_one_step)
{
  char target[16] = "";
  begin("link");
  cr_assert_eq(lw_aside_link(path, "one"), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(lw_aside_link(path, "two"), LW_OK, "%s", lw_fail_message());
  cr_assert_eq(readlink(path, target, sizeof target - 1), 3);
  cr_assert_str_eq(target, "two");
  cr_assert_eq(count_files(), 1);
  end();
}

/* ---- what may be replaced ---- */

static void refused(const char *where, const char *says)
{
  cr_expect_neq(lw_output_check(where, &lw_output_picture), LW_OK, "%s", where);
  cr_expect(strstr(lw_fail_message(), says), "'%s' in: %s", says, lw_fail_message());
}

Test(output, replaces_its_like_and_nothing_else)
{
  begin("picture.png");
  cr_assert_eq(lw_output_check(path, &lw_output_picture), LW_OK); /* not there */
  put(path, "");
  cr_assert_eq(lw_output_check(path, &lw_output_picture), LW_OK);
  put(path, "\x89PNG\r\n\x1a\nand so on");
  cr_assert_eq(lw_output_check(path, &lw_output_picture), LW_OK, "%s", lw_fail_message());
  put(path, "model: {layers: 2}\n");
  refused(path, "it is a text file, not a PNG picture; give another name");
  put(path, "\x89HDF\r\n\x1a\nhalf");
  refused(path, "it is another HDF5 file, or a damaged one");
  put(path, "\x1f\x8b\x08");
  refused(path, "it is a gzip file");
  refused(folder, "it is a folder");
  refused("/dev/null", "it is not a regular file");
  end();
}

Test(output, an_input_is_one_by_whatever_name)
{
  begin("picture.png");
  put(path, "\x89PNG\r\n\x1a\n");
  put(in_folder("other.png"), "\x89PNG\r\n\x1a\n");
  cr_assert_eq(link(path, in_folder("hard.png")), 0);
  cr_assert_eq(symlink("picture.png", in_folder("soft.png")), 0);
  lw_input_note(path);
  refused(path, "this command reads it");
  refused(in_folder("hard.png"), "this command reads it");
  refused(in_folder("soft.png"), "this command reads it");
  cr_expect_eq(lw_output_check(in_folder("other.png"), &lw_output_picture), LW_OK);
  lw_input_forget(in_folder("hard.png"));
  cr_expect_eq(lw_output_check(path, &lw_output_picture), LW_OK);
  end();
}

Test(output, what_this_process_wrote_it_may_write_again)
{
  begin("picture.png");
  publish_text("\x89PNG\r\n\x1a\n");
  lw_input_note(path);
  cr_expect_eq(lw_output_check(path, &lw_output_picture), LW_OK, "%s", lw_fail_message());
  publish_text("\x89PNG\r\n\x1a\n");
  end();
}
