/** Whether the file of a sound is all there. libsndfile reads what is left of a WAV or OGG file
 *  that was cut short, without a word. */
#ifndef LONGWAVE_PARSE_AUDIO_WHOLE_H
#define LONGWAVE_PARSE_AUDIO_WHOLE_H

#include "longwave/base/status.h"

/** Other formats, and bytes that are none, are fine here. Errors: LW_ERROR_FILE; LW_ERROR_FORMAT
 *  with the path and the bytes that are missing. */
LW_MUST_USE lw_status lw_audio_check_whole(const char *path);

#endif
