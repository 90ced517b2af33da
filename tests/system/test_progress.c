/* What long work shows while it lasts: on a terminal a bar of one row, whatever happens to its
   width; in a log lines from time to time. */
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE
#include "fault.h"
#include "screen.h"
#include "train_case.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TEST_LIMIT 120.0

/* ---- a terminal ---- */

static screen shown;
static int terminal; /* our end of it */
static int draws;

static double now(void)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void set_columns(int columns)
{
  const struct winsize size = {.ws_row = 24, .ws_col = (unsigned short)columns};
  screen_resize(&shown, columns);
  cr_assert_eq(ioctl(terminal, TIOCSWINSZ, &size), 0);
}

/* A shell's command on a new terminal. */
static pid_t on_terminal(int columns, const char *command)
{
  shown = (screen){.columns = columns, .reflows = true};
  terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  cr_assert(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
  set_columns(columns);
  const pid_t child = fork();
  if (child != 0) return child;
  setsid();
  const int other = open(ptsname(terminal), O_RDWR);
  if (dup2(other, 0) < 0 || dup2(other, 1) < 0 || dup2(other, 2) < 0) _exit(127);
  setenv("TERM", "xterm", 1);
  run_environment();
  execl("/bin/sh", "sh", "-c", command, (char *)NULL);
  _exit(127);
}

/* What is written goes to the screen, up to so many draws of a bar. False: they do not come. */
static bool watch(int until)
{
  static const char draw[] = "\033[?7h"; /* its end */
  static int matched;
  const double end = now() + TRAIN_LIMIT;
  while (draws < until && now() < end) {
    char byte;
    struct pollfd waiting = {.fd = terminal, .events = POLLIN};
    if (poll(&waiting, 1, 1000) == 0) continue;
    if (read(terminal, &byte, 1) != 1) return false;
    screen_feed(&shown, &byte, 1);
    matched = byte == draw[matched] ? matched + 1 : byte == draw[0];
    if (draw[matched]) continue;
    matched = 0;
    draws++;
  }
  return draws >= until;
}

/* Rows of the bar: of all that is printed only it counts the steps like this. */
static int bar_rows(void)
{
  return screen_count(&shown, "/96000");
}

/* Lines that were made before the terminal became narrower are cut. */
static bool fits(void)
{
  const char *line = screen_row(&shown, shown.last_row);
  const size_t length = strlen(line);
  return (int)length < shown.columns && length > 5 && strcmp(line + length - 5, " left") == 0;
}

Test(progress, training_keeps_to_one_row_of_the_terminal, .timeout = TEST_LIMIT)
{
  static const int widths[] = {60, 200, 80, 33, 100};
  char command[4 * TRAIN_PATH];
  int state = 0;
  start();
  snprintf(command, sizeof command,
           "exec mpirun -n 2 %s train %s/job.yaml --run %s/run --set train.steps=96000 "
           "--set checkpoint.every=50 --set checkpoint.keep=2 --set train.evaluate_every=0",
           run_longwave(), folder, folder);
  const pid_t child = on_terminal(80, command);
  const double began = now();
  cr_assert(watch(3), "%s", screen_text(&shown));
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
    set_columns(widths[i]);
    do {
      cr_assert(watch(draws + 1), "%s", screen_text(&shown));
      cr_expect_eq(bar_rows(), 1, "%d columns\n%s", widths[i], screen_text(&shown));
    } while (!fits());
  }
  while (screen_count(&shown, "saved step 50 ") == 0)
    cr_assert(watch(draws + 1), "%s", screen_text(&shown));
  cr_expect_eq(bar_rows(), 1, "%s", screen_text(&shown));
  cr_expect_lt(draws, 10.0 * (now() - began) + 2.0);
  cr_assert_eq(write(terminal, "\003", 1), 1); /* Ctrl-C */
  watch(1 << 30);
  waitpid(child, &state, 0);
  cr_expect(WIFEXITED(state), "%d\n%s", state, screen_text(&shown)); /* mpirun's own code */
  cr_expect_eq(screen_count(&shown, "stopped at step"), 1, "%s", screen_text(&shown));
  cr_expect_leq(bar_rows(), 1, "%s", screen_text(&shown));
  close(terminal);
  finish();
}

/* ---- a log ---- */

static void expect(const char *says)
{
  cr_expect(strstr(output, says), "'%s' in: %s", says, output);
  cr_expect(!strchr(output, '\033') && !strchr(output, '\r'), "%s", output);
}

#define FINE(...) cr_assert_eq(longwave(__VA_ARGS__), 0, "%s", output)

Test(progress, all_long_work_writes_lines_to_a_log, .timeout = TEST_LIMIT)
{
  start();
  faults("clock nap=4000");
  FINE(0, "prepare random --out %s/random.h5", folder);
  expect("/80 samples  ");
  expect(" left\nwriting  ");
  FINE(0, "train %s/job.yaml --run %s/run --set train.steps=4", folder, folder);
  expect("validation split  ");
  FINE(0, "evaluate %s/run/checkpoints/best.h5 --keep=false", folder);
  expect("test split  12/12 samples  100 %  0:00 left\n");
  FINE(0, "table %s/run", folder);
  expect("testing  0/1 runs  test split  ");
  FINE(0, "doctor %s/set.h5", folder);
  expect("reading  ");
  expect("guessing  ");
  FINE(0, "inspect %s/set.h5 --verify", folder);
  expect("checking  /");
  FINE(0, "inspect %s/run/checkpoints/best.h5 --verify", folder);
  expect("reading the checkpoint  ");
  FINE(0, "inspect %s/run/checkpoints/best.h5 --attention --pictures %s/maps", folder, folder);
  expect("attention  ");
  faults_end();
  FINE(0, "evaluate %s/run/checkpoints/best.h5", folder);
  cr_expect(!strstr(output, "left"), "no line of short work: %s", output);
  finish();
}
