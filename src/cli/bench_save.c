/* longwave bench save JOB [--folder F] [--repeat 3] [--set section.key=value ...]: how long a
   checkpoint of the job's model holds a training up, beside a plain write of as many bytes by the
   same ranks to the same disk, in turns. */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"
#include "longwave/base/aside.h"
#include "longwave/base/columns.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/comm/agree.h"
#include "longwave/comm/reduce.h"
#include "longwave/run/banner.h"
#include "longwave/run/folder.h"
#include "longwave/train/trainer.h"
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { REPEATS_MOST = 100, PLAIN_PIECE = 64 << 20 };

typedef struct save_settings {
  char folder[LW_TEXT_MAX];
  int64_t repeat;
  bool help;
} save_settings;

#define AT(member) LW_AT(save_settings, member)
static const lw_option table[] = {
    LW_TEXT_ROW("folder", FLAG, AT(folder), ".", 1, LW_TEXT_MAX - 1,
                "folder on the disk in question; both files are removed"),
    LW_INT_ROW("repeat", FLAG, AT(repeat), "3", 1, REPEATS_MOST, "turns"),
    LW_BOOL_ROW("help", FLAG, AT(help), "false", "this text"),
    {0}};

static const char usage[] =
    "usage: longwave bench save JOB [flags] [--set section.key=value ...]\n\n"
    "How long a checkpoint of the job's model holds a training up, beside a plain write of as\n"
    "many bytes by the same ranks.\n\nflags:";

/* Each rank its part of one file in large pieces, all of it on the disk at the end. Local. */
static lw_status write_part(const char *path, const lw_world *world, int64_t bytes,
                            const char *piece)
{
  const int64_t part = bytes / world->size, first = part * world->rank;
  int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  bool fine = file >= 0;
  for (int64_t done = 0; done < part && fine;) {
    const int64_t now = part - done < PLAIN_PIECE ? part - done : PLAIN_PIECE;
    const ssize_t written = pwrite(file, piece, (size_t)now, first + done);
    fine = written > 0;
    done += written;
  }
  fine = fine && !fsync(file);
  const int reason = errno;
  if (file >= 0) close(file);
  if (fine) return LW_OK;
  return lw_fail(LW_ERROR_FILE, "cannot write '%s': %s", path, lw_reason(reason));
}

static lw_status write_plain(const char *path, const lw_world *world, int64_t bytes,
                             double *seconds)
{
  char *piece = NULL;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, LW_TAKE(&piece, PLAIN_PIECE));
  memset(piece, 0x5a, PLAIN_PIECE);
  LW_TRY_TOGETHER(world, LW_OK); /* all begin together */
  const double start = lw_clock();
  LW_TRY_TOGETHER(world, write_part(path, world, bytes, piece));
  *seconds = lw_clock() - start;
done:
  lw_mem_give(piece);
  if (world->rank == 0) unlink(path);
  return status;
}

static const lw_column columns[] = {
    {"turn", 0, 4, "%.0f", false},        {"plain s", 1, 10, "%.2f", false},
    {"MiB/s", 1, 10, "%.0f", false},      {"write s", 1, 10, "%.2f", false},
    {"MiB/s", 1, 10, "%.0f", false},      {"share", 1, 8, "%.2f", false},
    {"checksum s", 1, 10, "%.2f", false}, {"compare s", 1, 10, "%.2f", false},
    {"in all s", 1, 10, "%.2f", false},   {0}};

static void print_turn(int64_t turn, double plain, double all, const lw_checkpoint_saved *saved)
{
  const double mib = (double)saved->bytes / 1048576.0;
  lw_columns_print(stdout, columns, NULL,
                   (double[]){(double)turn, plain, mib / plain, saved->write_s,
                              mib / saved->write_s, plain / saved->write_s, saved->checksum_s,
                              saved->compare_s, all});
}

static void print_titles(const lw_world *world, int64_t parameters, int64_t bytes)
{
  printf("save: %d rank%s, %lld parameters, %.1f MiB\n", world->size, world->size > 1 ? "s" : "",
         (long long)parameters, (double)bytes / 1048576.0);
  lw_columns_print(stdout, columns, NULL, NULL);
}

/* Names that no other file has, the same on all ranks; the root's `aside` keeps them. */
static lw_status take_names(const lw_world *world, const char *folder, lw_aside *aside, char *plain,
                            char *checkpoint)
{
  lw_status status = LW_OK;
  LW_TRY(lw_folder_path(folder, "bench-save", plain));
  if (!world->rank) status = lw_aside_open(plain, aside);
  if (!world->rank && status == LW_OK) status = lw_aside_close(aside); /* or it outlives its name */
  LW_TRY_TOGETHER(world, status);
  if (world->rank == 0) snprintf(plain, LW_PATH_MAX, "%s", aside->temporary);
  lw_broadcast(world, plain, LW_PATH_MAX);
  if (snprintf(checkpoint, LW_PATH_MAX, "%s.h5", plain) >= LW_PATH_MAX)
    status = lw_fail(LW_ERROR_INPUT, "the path %s.h5 is too long; take a shorter folder", plain);
done:
  return status;
}

static lw_status take_turns(lw_trainer *trainer, const save_settings *set)
{
  const lw_world *world = trainer->world;
  char checkpoint[LW_PATH_MAX], plain[LW_PATH_MAX];
  lw_aside aside = LW_ASIDE_NONE;
  lw_checkpoint_saved saved = {0};
  double seconds = 0.0;
  lw_status status = LW_OK;
  LW_TRY(take_names(world, set->folder, &aside, plain, checkpoint));
  for (int64_t turn = 0; turn <= set->repeat; turn++) { /* the first one finds out the size */
    if (turn > 0) LW_TRY(write_plain(plain, world, saved.bytes, &seconds));
    const double start = lw_clock();
    LW_TRY(lw_trainer_save(trainer, checkpoint, &saved));
    const double all = lw_clock() - start;
    if (world->rank > 0) continue;
    unlink(checkpoint);
    if (turn == 0)
      print_titles(world, trainer->model->params.numbers, saved.bytes);
    else
      print_turn(turn, seconds, all, &saved);
  }
done:
  lw_aside_done(&aside);
  return status;
}

static lw_status run(lw_world *world, const lw_job *job, const save_settings *set)
{
  lw_trainer *trainer = NULL;
  lw_step_result result;
  lw_status status = LW_OK;
  lw_threads_start(job->execution.threads, world);
  LW_TRY(lw_trainer_create(job, world, &trainer));
  LW_TRY(lw_step(trainer, (lw_step_wishes){0}, &result)); /* so that all memory has been touched */
  LW_TRY(take_turns(trainer, set));
done:
  lw_trainer_destroy(&trainer);
  return status;
}

lw_status lw_bench_save(lw_world *world, int argc, char **argv)
{
  lw_job job;
  save_settings set = {.help = false};
  lw_option_section flags = {.name = "", .sentence = usage, .options = table, .values = &set};
  lw_status status = lw_bench_job(world, &flags, &set.help, argc, argv, &job);
  return status != LW_OK || set.help ? status : run(world, &job, &set);
}
