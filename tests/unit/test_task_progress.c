/* Every task shows how far it is: from samples that are drawn to files that are read. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/base/work.h"
#include "longwave/io/png.h"
#include "make_task.h"
#include <omp.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGE = 1100000 }; /* bytes: of smaller files nothing is shown */

static FILE *written;

/* Each look at it comes three seconds later: a line at the fourth and at every tenth from then on. */
static double clock_of_test(void)
{
  static double seconds;
  return seconds += 3.0;
}

static int no_terminal(void)
{
  return 0;
}

static void begin(void)
{
  make_begin();
  written = freopen(at("said"), "w+", stderr);
  cr_assert(written);
  lw_work_look(clock_of_test, no_terminal);
}

TestSuite(task_progress, .init = begin, .fini = make_end);

/* What was said since the last time has a line that begins so, with the time that is left. */
static void expect(const char *says)
{
  static char said[1 << 16];
  fflush(stderr);
  rewind(stderr);
  const size_t count = fread(said, 1, sizeof said - 1, stderr);
  said[count] = 0;
  const char *line = strstr(said, says);
  const char *left = line ? strstr(line, " left\n") : NULL;
  cr_expect(left && left < strchr(line, '\n'), "'%s' in: %.2000s", says, said);
  cr_assert(freopen(at("said"), "w+", stderr));
}

/* A file of many lines of some length: begin, the middle again and again, end. */
static const char *large_file(const char *name, const char *begins, const char *middle,
                              const char *ends)
{
  const char *path = at(name);
  FILE *file = fopen(path, "wb");
  cr_assert(file);
  while (ftell(file) < LARGE) {
    fputs(begins, file);
    for (int i = 0; i < 2000; i++) fputs(middle, file);
    fputs(ends, file);
  }
  cr_assert_eq(fclose(file), 0);
  return path;
}

Test(task_progress, of_samples_that_are_drawn)
{
  FINE(MAKE(random, "--min-length", "8", "--max-length", "8"));
  expect("drawing  ");
  FINE(MAKE(listops, "--train", "40", "--validation", "2", "--test", "2", "--min-length", "3",
            "--max-length", "60"));
  expect("drawing  ");
  omp_set_num_threads(1); /* the first thread shows, but others might draw all pictures */
  FINE(MAKE(pathfinder, "--size", "16", "--train", "40", "--validation", "2", "--test", "2",
            "--contour-length", "3", "--distractors", "1"));
  expect("drawing  ");
}

Test(task_progress, of_files_that_are_read)
{
  FINE(MAKE(listops, "--import-train", large_file("a.tsv", "3\t[MAX", " 1 2 3", " ]\n"),
            "--validation", "5", "--test", "0"));
  expect("reading a.tsv  ");
  FINE(MAKE(text, "--train", large_file("b.tsv", "pos\t", "word ", "end\n"), "--validation",
            "0"));
  expect("reading b.tsv  ");
  FINE(MAKE(text, "--train", at("b.tsv"), "--validation", "0"));
  expect("encoding  ");
  FINE(MAKE(text, "--train", at("b.tsv"), "--validation", "0"));
  expect("looking for equal samples  ");
  FINE(MAKE(language, "--text", large_file("c.txt", "All", " play", ".\n")));
  expect("reading c.txt  ");
  FINE(MAKE(retrieval, "--train", large_file("d.tsv", "1\ta\tb\tone\t", "another ", "end\n")));
  expect("reading d.tsv  ");
}

Test(task_progress, of_pictures)
{
  static uint8_t images[16 + LARGE] = {0, 0, 8, 3, 0, 0, 4, 0, 0, 0, 0, 32, 0, 0, 0, 32};
  static uint8_t labels[8 + 1024] = {0, 0, 8, 1, 0, 0, 4, 0}, records[358 * 3073];
  bytes_file("images", images, 16 + 1024 * 1024);
  FINE(MAKE(images, "--train-images", at("images"), "--train-labels",
            bytes_file("labels", labels, sizeof labels)));
  expect("reading images  ");
  FINE(MAKE(images, "--cifar-train", bytes_file("batch.bin", records, sizeof records)));
  expect("reading batch.bin  ");
}

Test(task_progress, of_folders)
{
  static const uint8_t rgb[3 * 16 * 16];
  static const char *const folders[] = {"f", "f/neg", "f/pos", "metadata", "imgs"};
  char name[64];
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
    cr_assert_eq(mkdir(at(folders[i]), 0777), 0);
  for (int i = 0; i < 30; i++) {
    snprintf(name, sizeof name, "f/%s/%d.txt", i < 20 ? "neg" : "pos", i);
    text_file(name, name);
    snprintf(name, sizeof name, "metadata/%d.npy", i);
    text_file(name, "imgs black.png 0 1\n");
  }
  FINE(MAKE(text, "--train", at("f"), "--validation", "0"));
  expect("reading neg  ");
  FINE(lw_png_write(at("imgs/black.png"), 16, 16, rgb));
  FINE(MAKE(pathfinder, "--import", make_folder, "--size", "16", "--validation", "0", "--test",
            "0"));
  expect("reading pictures  ");
}
