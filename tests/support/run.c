#define _GNU_SOURCE
#include "run.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORDS_MAX = 64 };

static double seconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A test that is itself started by srun or mpirun must not make its own mpirun join that job. */
static void forget_outer_job(void)
{
  static const char *const prefixes[] = {"SLURM_", "PMIX_", "PMI_", "OMPI_COMM_", "OMPI_MCA_orte"};
  for (char **entry = environ; *entry;) {
    char name[256];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(*entry, "="), *entry);
    int foreign = 0;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
      foreign |= strncmp(name, prefixes[i], strlen(prefixes[i])) == 0;
    if (!foreign || unsetenv(name) != 0) entry++; /* else the list has moved up */
  }
}

/* The settings of jobs/environment.sh, for a test that is started by hand; and shared memory only,
   for a start in half the time. */
void run_environment(void)
{
  static const char *const settings[][2] = {
      {"OMPI_ALLOW_RUN_AS_ROOT", "1"},
      {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
      {"OMPI_MCA_rmaps_base_oversubscribe", "1"},
      {"OMPI_MCA_mpi_yield_when_idle", "1"},
      {"OMPI_MCA_hwloc_base_binding_policy", "none"},
      {"PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe"},
      {"PRTE_MCA_hwloc_default_binding_policy", "none"},
      {"OMPI_MCA_pml", "ob1"},
      {"OMPI_MCA_btl", "self,vader"},
      {"OMPI_MCA_btl_tcp_if_include", "lo"}, /* for tests that ask for tcp */
      {"GOMP_SPINCOUNT", "20000"},
      {"OPENBLAS_NUM_THREADS", "1"},
      {"OMP_NUM_THREADS", "1"},
  };
  forget_outer_job();
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
    setenv(settings[i][0], settings[i][1], 0);
  /* Else a program linked with Criterion takes itself for one of its sandboxed tests and aborts. */
  unsetenv("BXFI_MAP");
}

/* When a rank has failed, mpirun sleeps two seconds before it ends those that are still there, who may
   want to save. Ours leave together, so nothing is lost; tests of signals start mpirun by a script. */
static void leave_at_once(void)
{
  setenv("OMPI_MCA_odls_base_sigkill_timeout", "0", 0);
  setenv("PRTE_MCA_odls_base_sigkill_timeout", "0", 0);
}

static void become(const char *const argv[], int ranks, int output)
{
  /* When a time limit of the test runner ends the test, the program must go with it. */
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  int nothing = open("/dev/null", O_RDONLY);
  if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)
    _exit(RUN_NOT_STARTED);
  run_environment();
  if (ranks > 0) leave_at_once();

  char count[16];
  snprintf(count, sizeof count, "%d", ranks);
  const char *mpirun = getenv("LONGWAVE_MPIRUN");
  const char *words[WORDS_MAX] = {mpirun && *mpirun ? mpirun : "mpirun", "-n", count};
  int used = ranks > 0 ? 3 : 0;
  for (int i = 0; argv[i] && used < WORDS_MAX - 1; i++) words[used++] = argv[i];
  words[used] = NULL;
  execvp(words[0], (char *const *)words);
  _exit(RUN_NOT_STARTED);
}

/* Read until the writers are gone. Returns 0 when `end` came first. */
static int collect(int input, double end, char *output, size_t room)
{
  size_t used = 0;
  int finished = 0;
  while (!finished && seconds() < end) {
    struct pollfd waiting = {.fd = input, .events = POLLIN};
    if (poll(&waiting, 1, (int)((end - seconds()) * 1000.0) + 1) <= 0) continue;
    ssize_t got = read(input, output + used, room - 1 - used);
    if (got > 0) used += (size_t)got;
    if (used == room - 1) used = room / 2; /* keep the start and the newest */
    finished = got <= 0;
  }
  output[used] = '\0';
  return finished;
}

/* The state of a child that has ended or does so by `end`; 0 when it does not. */
static int reap(pid_t child, double end, int *state)
{
  for (;;) {
    if (waitpid(child, state, WNOHANG) == child) return 1;
    if (seconds() > end) return 0;
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
  }
}

int run_program(const char *const argv[], int ranks, double limit, char *output, size_t room)
{
  int ends[2], state = 0;
  double end = seconds() + limit;
  output[0] = '\0';
  if (pipe2(ends, O_CLOEXEC) != 0) return RUN_NOT_STARTED;
  pid_t child = fork();
  if (child == 0) become(argv, ranks, ends[1]);
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    return RUN_NOT_STARTED;
  }
  int in_time = collect(ends[0], end, output, room) && reap(child, end, &state);
  close(ends[0]);
  if (!in_time) {
    /* TERM, not KILL: mpirun ends its ranks and removes their shared memory. */
    kill(child, SIGTERM);
    if (!reap(child, seconds() + 10.0, &state)) {
      kill(child, SIGKILL);
      waitpid(child, &state, 0);
    }
    return RUN_TIMED_OUT;
  }
  return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
}

const char *run_longwave(void)
{
  const char *path = getenv("LONGWAVE_PROGRAM");
  return path ? path : "longwave";
}
