#define _POSIX_C_SOURCE 200809L
#include "longwave/run/watch.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/base/text.h"
#include "longwave/comm/agree.h"
#include "longwave/run/folder.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Turns of the thread in the time set; each writes where it is after BEAT turns. All ranks have the
   same time set and start to count within a step, so one more beat later all have been heard. */
enum { TURNS = 40, BEAT = TURNS / 4, LAST_RESORT_SECONDS = 60 };

struct lw_watch {
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t ended; /* with `end`, under the mutex */
  bool end;
  double seconds; /* the time set */
  int rank, size;
  char folder[LW_PATH_MAX];
  int64_t moves;
  int still; /* turns since the last move */
  bool armed;
  struct sigaction before; /* what an alarm meant, when armed */
};

/* ---- what a rank writes ---- */

enum { RECORD = LW_PROFILE_PLACE_MAX + 32 };

typedef struct state {
  bool there;
  int still;   /* turns */
  double time; /* of the file, by the clock of its file system */
  char text[LW_PROFILE_PLACE_MAX];
} state;

static lw_status place_path(const lw_watch *watch, int rank, char *path)
{
  char name[64];
  snprintf(name, sizeof name, "places/rank-%d", rank);
  return lw_folder_path(watch->folder, name, path);
}

/* In place and of one length, so that a full disk takes it. */
static void tell(const lw_watch *watch)
{
  char path[LW_PATH_MAX], text[LW_PROFILE_PLACE_MAX], record[RECORD + 1];
  if (place_path(watch, watch->rank, path) != LW_OK) return;
  int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) return;
  lw_profile_place(text);
  int used = snprintf(record, sizeof record, "%d %s", watch->still, text);
  memset(record + used, ' ', (size_t)(RECORD - used));
  record[RECORD - 1] = '\n';
  (void)!pwrite(file, record, RECORD, 0); /* who cannot write gives no sign of life */
  close(file);
}

static state hear(const lw_watch *watch, int rank)
{
  char path[LW_PATH_MAX], record[RECORD + 1] = "", *text;
  state heard = {0};
  struct stat about;
  int file = place_path(watch, rank, path) == LW_OK ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return heard;
  if (pread(file, record, RECORD, 0) == RECORD && !fstat(file, &about)) {
    heard.there = true;
    heard.time = (double)about.st_mtim.tv_sec + 1e-9 * (double)about.st_mtim.tv_nsec;
    heard.still = (int)strtol(record, &text, 10);
    for (char *end = record + RECORD; end > text && strchr(" \n", end[-1]);) *--end = 0;
    snprintf(heard.text, sizeof heard.text, "%s", *text ? text + 1 : text);
  }
  close(file);
  return heard;
}

/* ---- what one says about all ---- */

enum { SAID = LW_PROFILE_PLACE_MAX + 64 };

typedef struct report {
  lw_text text; /* what is said, a line for ranks that say the same */
  int lowest;   /* the first rank with a sign of life */
  bool moving;  /* some rank is where it is for less than the time set */
} report;

/* Ranks of which the same is said share a line. */
static void add_line(report *r, int first, int last, const char *said)
{
  char who[48];
  if (first == last)
    snprintf(who, sizeof who, "rank %d", first);
  else
    snprintf(who, sizeof who, "ranks %d to %d", first, last);
  lw_text_add(&r->text, "\n  %s: %s", who, said);
}

static void judge_rank(const lw_watch *watch, int rank, double now, report *r, char said[SAID])
{
  const state heard = hear(watch, rank);
  const bool silent = !heard.there || now - heard.time > 0.5 * watch->seconds;
  if (!heard.there)
    snprintf(said, SAID, "no sign of life");
  else if (silent)
    snprintf(said, SAID, "no sign of life for %.0f s, last seen in %s", now - heard.time,
             heard.text);
  else
    snprintf(said, SAID, "%s", heard.text);
  if (silent) return;
  r->moving |= heard.still + BEAT < TURNS;
  if (rank < r->lowest) r->lowest = rank;
}

static void survey(const lw_watch *watch, double now, report *r)
{
  char said[SAID], next[SAID];
  int first = 0;
  judge_rank(watch, 0, now, r, said);
  for (int rank = 1; rank < watch->size; rank++) {
    judge_rank(watch, rank, now, r, next);
    if (!strcmp(said, next)) continue;
    add_line(r, first, rank - 1, said);
    memcpy(said, next, sizeof said);
    first = rank;
  }
  add_line(r, first, watch->size - 1, said);
}

/* The lowest rank with a sign of life speaks for all; the others are ended with it, or by
   themselves if that fails. */
static void judge(const lw_watch *watch)
{
  const state own = hear(watch, watch->rank);
  char text[6000];
  report r = {.text = LW_TEXT_IN(text), .lowest = watch->size};
  if (own.there) {
    survey(watch, own.time, &r);
    if (r.moving || (r.lowest != watch->rank && watch->still < 2 * TURNS)) return;
  } else { /* its folder is gone, or the disk was full from the beginning */
    char here[LW_PROFILE_PLACE_MAX];
    lw_profile_place(here);
    lw_text_add(&r.text, "\n  this rank: %s", here);
  }
  lw_leave(lw_fail(LW_ERROR_STALLED,
                   "no progress for %.2g minutes (train.stall_minutes); the job ends; continue it "
                   "with --resume%s",
                   watch->seconds * watch->still / TURNS / 60.0, text));
}

/* ---- the thread ---- */

/* False: it is time to end. */
static bool wait_turn(lw_watch *watch)
{
  struct timespec until;
  const double turn = watch->seconds / TURNS;
  clock_gettime(CLOCK_REALTIME, &until);
  const double end = (double)until.tv_sec + 1e-9 * (double)until.tv_nsec + turn;
  until.tv_sec = (time_t)end;
  until.tv_nsec = (long)(1e9 * (end - (double)until.tv_sec));
  pthread_mutex_lock(&watch->mutex);
  if (!watch->end) pthread_cond_timedwait(&watch->ended, &watch->mutex, &until);
  const bool end_now = watch->end;
  pthread_mutex_unlock(&watch->mutex);
  return !end_now;
}

/* The disk of the files may be what hangs: then the system ends this process. */
static void arm(lw_watch *watch)
{
  sigaction(SIGALRM, &(struct sigaction){.sa_handler = SIG_DFL}, &watch->before);
  alarm(LAST_RESORT_SECONDS + (unsigned)watch->seconds);
  watch->armed = true;
}

static void disarm(lw_watch *watch)
{
  if (!watch->armed) return;
  alarm(0);
  sigaction(SIGALRM, &watch->before, NULL);
  watch->armed = false;
}

static void *look(void *context)
{
  lw_watch *watch = context;
  for (int turn = 0; wait_turn(watch); turn++) {
    const int64_t moves = lw_profile_moves();
    watch->still = moves == watch->moves ? watch->still + 1 : 0;
    watch->moves = moves;
    if (watch->still == TURNS) arm(watch);
    if (watch->still == 0) disarm(watch);
    if (turn % BEAT == 0) tell(watch);
    if (watch->still > TURNS + BEAT && turn % BEAT == 0) judge(watch);
  }
  return NULL;
}

lw_status lw_watch_start(double minutes, const char *folder, const lw_world *world, lw_watch **out)
{
  lw_watch *watch = NULL;
  sigset_t all, before;
  *out = NULL;
  if (minutes <= 0.0) return LW_OK;
  lw_status status = LW_TAKE(&watch, 1);
  if (status != LW_OK) return status;
  watch->seconds = 60.0 * minutes;
  watch->rank = world->rank;
  watch->size = world->size;
  snprintf(watch->folder, sizeof watch->folder, "%s", folder);
  pthread_mutex_init(&watch->mutex, NULL);
  pthread_cond_init(&watch->ended, NULL);
  sigfillset(&all); /* signals are the main thread's */
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int failed = pthread_create(&watch->thread, NULL, look, watch);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (failed) {
    lw_mem_give(watch);
    return lw_fail(LW_ERROR_MEMORY, "rank %d cannot start the thread of train.stall_minutes: %s",
                   world->rank, lw_reason(failed));
  }
  *out = watch;
  return LW_OK;
}

void lw_watch_stop(lw_watch **out)
{
  lw_watch *watch = *out;
  char path[LW_PATH_MAX];
  if (!watch) return;
  pthread_mutex_lock(&watch->mutex);
  watch->end = true;
  pthread_cond_signal(&watch->ended);
  pthread_mutex_unlock(&watch->mutex);
  pthread_join(watch->thread, NULL);
  disarm(watch);
  pthread_cond_destroy(&watch->ended);
  pthread_mutex_destroy(&watch->mutex);
  if (place_path(watch, watch->rank, path) == LW_OK) unlink(path);
  lw_mem_give(watch);
  *out = NULL;
}
