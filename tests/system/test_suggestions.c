/* What the program says to words of other programs: commands, tasks, flags. */
#include "run.h"
#include <criterion/criterion.h>
#include <string.h>

#define LIMIT 60.0

static const struct {
  const char *words[4], *hint;
} tried[] = {
    {{"eval"}, "there is no command 'eval'; did you mean 'evaluate'?"},
    {{"resume"}, "did you mean 'train'? Take --resume"},
    {{"prepare", "mnist", "-h"}, "there is no task 'mnist'; did you mean 'images'?"},
    {{"prepare", "Path-X", "-h"}, "did you mean 'pathfinder'? Take --size 128"},
    {{"prepare", "lm", "-h"}, "did you mean 'language'?"},
    {{"prepare", "imdb", "-h"}, "did you mean 'text'?"},
    {{"prepare", "txet", "-h"}, "did you mean 'text'?"},
    {{"bench", "steps", "-h"}, "did you mean 'step'?"},
    {{"submit", "x.yaml", "--lr=1"}, "did you mean '--set optimizer.learning_rate='?"},
    {{"evaluate", "x.h5", "--split=val"}, "did you mean 'validation'?"},
    {{"evaluate", "x.h5", "--val"}, "did you mean '--split validation'?"},
    {{"train", "x.yaml", "--epochs=3"}, "did you mean '--set train.epochs='?"},
};

Test(suggestions, words_of_other_programs, .timeout = 3 * LIMIT)
{
  static char output[RUN_OUTPUT_MAX];
  for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
    const char *const argv[] = {run_longwave(), tried[i].words[0], tried[i].words[1],
                                tried[i].words[2], NULL};
    cr_expect_eq(run_program(argv, 0, LIMIT, output, sizeof output), 2, "%s", output);
    cr_expect_not_null(strstr(output, tried[i].hint), "%s", output);
  }
}
