/* Job files: what is taken can be saved, and means the same when read again. */
#include "fuzz.h"
#include "longwave/train/job.h"
#include <stdlib.h>
#include <string.h>

static lw_status read_as_text(lw_job *job, const uint8_t *data, size_t size)
{
  char *text = malloc(size + 1);
  lw_fuzz_expect(text != NULL, "there is memory for the input");
  memcpy(text, data, size);
  text[size] = 0;
  lw_status status = lw_job_from_text(job, text, "text");
  free(text);
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static lw_job job, again;
  static char text[LW_JOB_TEXT_MAX], text_again[LW_JOB_TEXT_MAX];
  const lw_world *world = lw_fuzz_world();
  /* A file takes longer; only there a zero byte is not the end. */
  bool as_text = size % 8 && size && !memchr(data, 0, size);
  lw_status status = as_text ? read_as_text(&job, data, size)
                             : lw_job_read(&job, world, lw_fuzz_file(0, data, size), NULL, 0);
  if (status == LW_OK) {
    lw_job_text(&job, text);
    lw_fuzz_expect(lw_job_from_text(&again, text, "saved") == LW_OK, "a saved job can be read");
    lw_job_text(&again, text_again);
    lw_fuzz_expect(strcmp(text, text_again) == 0, "a saved job is the same job");
  }
  return lw_fuzz_leave();
}
