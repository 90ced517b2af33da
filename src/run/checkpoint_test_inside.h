/* What the sources of the test of a checkpoint share: checkpoint_test.c, checkpoint_test_files.c,
   checkpoint_test_folder.c. */
#ifndef LONGWAVE_RUN_CHECKPOINT_TEST_INSIDE_H
#define LONGWAVE_RUN_CHECKPOINT_TEST_INSIDE_H

#include "longwave/run/checkpoint_test.h"

/* Whether the request can be met, as far as that shows without reading. Local. */
LW_MUST_USE lw_status lw_test_folder_check(const lw_checkpoint_test_request *request);
/* test->kept, and on the root test->folder. Collective over all. */
LW_MUST_USE lw_status lw_test_folder_choose(lw_checkpoint_test *test);

/* Begin the files of logits and gradients that are asked for. Collective over all. */
LW_MUST_USE lw_status lw_test_files_begin(lw_checkpoint_test *test);

#endif
