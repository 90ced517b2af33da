/** Trainings with a set of pairs of documents. Neighbour: train_case.h. */
#ifndef TESTS_SUPPORT_PAIRS_CASE_H
#define TESTS_SUPPORT_PAIRS_CASE_H

#include "train_case.h"

/** Both documents of a related pair are written with the same letters. Lengths differ, from 5 to
 *  319 letters: on a sequence axis of 2 some documents are cut and some are whole. */
static inline void write_pairs(const char *name, int first, int count)
{
  static char text[1 << 16];
  size_t at = 0;
  for (int i = first; i < first + count; i++) {
    const int label = i / 2 % 2, length[2] = {20 + 37 * i % 300, 5 + 53 * i % 290};
    at += (size_t)snprintf(text + at, sizeof text - at, "%d\ta%d\tb%d", label, i, i);
    for (int d = 0; d < 2; d++) {
      const char letter = i % 2 != (label == 0 && d == 1) ? 'k' : 'c';
      text[at++] = '\t';
      for (int t = 0; t < length[d]; t++) text[at++] = (char)(letter + t * t % (3 + d + i % 3));
    }
    at += (size_t)snprintf(text + at, sizeof text - at, "\n");
  }
  write_text(name, text);
}

/** The folder of start() with pairs.h5: 30, 8 and 8 pairs. */
static inline void start_pairs(void)
{
  start();
  write_pairs("train.tsv", 0, 30);
  write_pairs("validation.tsv", 32, 8);
  write_pairs("test.tsv", 40, 8);
  cr_assert_eq(longwave(0,
                        "prepare retrieval --out %s/pairs.h5 --train %s/train.tsv --validation "
                        "%s/validation.tsv --test %s/test.tsv",
                        folder, folder, folder, folder),
               0, "%s", output);
}

#endif
