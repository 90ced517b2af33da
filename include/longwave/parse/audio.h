/** Sounds in files: WAV, FLAC, OGG and what else libsndfile knows; this is its one door. Frames are
 *  read from the first to the last. A file that ends too early or is damaged is refused, at the
 *  latest with its last frame. Local. Not here: another sampling rate; nothing is resampled. */
#ifndef LONGWAVE_PARSE_AUDIO_H
#define LONGWAVE_PARSE_AUDIO_H

#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct lw_audio lw_audio;

typedef struct lw_audio_info {
  int64_t rate;     /* frames a second */
  int64_t channels; /* values of one frame */
  int64_t frames;   /* > 0 */
  bool whole; /* every value is a whole number of 16 bits: PCM of at most 16 bits, A-law, u-law */
  char format[64]; /* such as "WAV (Microsoft), Signed 16 bit PCM" */
} lw_audio_info;

/** Errors: LW_ERROR_FILE; LW_ERROR_FORMAT with the path: no sound file, cut short, without a
 *  frame. */
LW_MUST_USE lw_status lw_audio_open(const char *path, lw_audio **out);
void lw_audio_close(lw_audio **audio);

const lw_audio_info *lw_audio_describe(const lw_audio *audio); /* borrowed */

/** The next `frames` frames; so many must be left. values [frames, channels] out; full scale is
 *  32768, and 1. lw_audio_whole is only for files that are `whole`. Errors: LW_ERROR_FORMAT with
 *  the path and the frame. */
LW_MUST_USE lw_status lw_audio_whole(lw_audio *audio, int16_t *values, int64_t frames);
LW_MUST_USE lw_status lw_audio_real(lw_audio *audio, float *values, int64_t frames);

#endif
