/* Job files: what is taken can be saved, and means the same when read again. */
#include "fuzz.h"
#include "longwave/train/job.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static lw_job job, again;
  static char text[LW_JOB_TEXT_MAX], text_again[LW_JOB_TEXT_MAX];
  const char *path = lw_fuzz_file(0, data, size);
  if (lw_job_read(&job, lw_fuzz_world(), path, NULL, 0) == LW_OK) {
    lw_job_text(&job, text);
    lw_fuzz_expect(lw_job_from_text(&again, text, "saved") == LW_OK, "a saved job can be read");
    lw_job_text(&again, text_again);
    lw_fuzz_expect(strcmp(text, text_again) == 0, "a saved job is the same job");
  }
  return lw_fuzz_leave();
}
