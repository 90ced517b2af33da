#include "longwave/parse/audio.h"
#include "audio_whole.h"
#include "longwave/base/input.h"
#include "longwave/base/mem.h"
#include <inttypes.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>

struct lw_audio {
  SNDFILE *file;
  char *path;
  lw_audio_info info;
  int64_t read; /* frames so far */
};

static bool is_whole(int format)
{
  switch (format & SF_FORMAT_SUBMASK) {
  case SF_FORMAT_PCM_S8:
  case SF_FORMAT_PCM_U8:
  case SF_FORMAT_PCM_16:
  case SF_FORMAT_ULAW:
  case SF_FORMAT_ALAW:
    return true;
  default:
    return false;
  }
}

static const char *name_of(int format)
{
  SF_FORMAT_INFO about = {.format = format};
  return sf_command(NULL, SFC_GET_FORMAT_INFO, &about, sizeof about) || !about.name ? "another kind"
                                                                                    : about.name;
}

static void describe(const SF_INFO *found, lw_audio_info *info)
{
  *info = (lw_audio_info){.rate = found->samplerate,
                          .channels = found->channels,
                          .frames = found->frames,
                          .whole = is_whole(found->format)};
  snprintf(info->format, sizeof info->format, "%s, %s", name_of(found->format & SF_FORMAT_TYPEMASK),
           name_of(found->format & SF_FORMAT_SUBMASK));
}

lw_status lw_audio_open(const char *path, lw_audio **out)
{
  SF_INFO found = {0};
  lw_audio *audio = NULL;
  lw_status status = LW_TAKE(&audio, 1);
  if (status != LW_OK) return status;
  LW_TRY(lw_mem_copy(path, &audio->path));
  LW_TRY(lw_audio_check_whole(path));
  audio->file = sf_open(path, SFM_READ, &found);
  if (!audio->file)
    LW_TRY(lw_fail(LW_ERROR_FORMAT, "'%s' is no sound that can be read (WAV, FLAC and OGG are): %s",
                   path, sf_strerror(NULL)));
  if (found.frames < 1 || found.frames > INT64_MAX / 4096)
    LW_TRY(lw_fail(LW_ERROR_FORMAT, "'%s' holds no sound: it has no frame; remove the file", path));
  describe(&found, &audio->info);
  lw_input_note(path);
  *out = audio;
  audio = NULL;
done:
  lw_audio_close(&audio);
  return status;
}

void lw_audio_close(lw_audio **audio)
{
  if (!*audio) return;
  if ((*audio)->file) sf_close((*audio)->file);
  lw_mem_give((*audio)->path);
  lw_mem_give(*audio);
  *audio = NULL;
}

const lw_audio_info *lw_audio_describe(const lw_audio *audio)
{
  return &audio->info;
}

static lw_status check_read(lw_audio *audio, int64_t frames, int64_t got)
{
  const int error = sf_error(audio->file);
  audio->read += got;
  if (!error && got == frames) return LW_OK;
  return lw_fail(LW_ERROR_FORMAT,
                 "'%s' is damaged or cut short after frame %" PRId64 " of %" PRId64
                 "%s%s; download or copy it again",
                 audio->path, audio->read, audio->info.frames, error ? ": " : "",
                 error ? sf_error_number(error) : "");
}

lw_status lw_audio_whole(lw_audio *audio, int16_t *values, int64_t frames)
{
  return check_read(audio, frames, sf_readf_short(audio->file, values, frames));
}

lw_status lw_audio_real(lw_audio *audio, float *values, int64_t frames)
{
  const int64_t first = audio->read, channels = audio->info.channels;
  lw_status status = check_read(audio, frames, sf_readf_float(audio->file, values, frames));
  for (int64_t i = 0; status == LW_OK && i < frames * channels; i++)
    if (!isfinite(values[i]))
      status = lw_fail(LW_ERROR_FORMAT,
                       "'%s' has a value that is not finite in frame %" PRId64
                       "; repair or remove the file",
                       audio->path, first + i / channels);
  return status;
}
