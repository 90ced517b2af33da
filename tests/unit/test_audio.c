/* Sounds: what is written as WAV, FLAC and OGG is read again; files that are cut short or damaged are refused. */
#define _POSIX_C_SOURCE 200809L
#include "longwave/parse/audio.h"
#include "make_task.h"
#include <math.h>
#include <sndfile.h>
#include <unistd.h>

TestSuite(audio, .init = make_begin, .fini = make_end);

enum { FRAMES = 3000, CHANNELS = 2 };
static int16_t wave[FRAMES * CHANNELS];

static char *sound_file(const char *name, int format)
{
  char *path = at(name);
  SF_INFO about = {.samplerate = 8000, .channels = CHANNELS, .format = format};
  for (int i = 0; i < FRAMES * CHANNELS; i++)
    wave[i] = (int16_t)lrint(20000 * sin(0.01 * i * (1 + i % CHANNELS)));
  SNDFILE *file = sf_open(path, SFM_WRITE, &about);
  cr_assert(file);
  sf_command(file, SFC_SET_SCALE_INT_FLOAT_WRITE, NULL, SF_TRUE);
  cr_assert(sf_writef_short(file, wave, FRAMES) == FRAMES && !sf_close(file));
  return path;
}

static lw_status read_all(const char *path, int16_t *whole, float *real, lw_audio_info *info)
{
  lw_audio *audio = NULL;
  lw_status status = lw_audio_open(path, &audio);
  if (status != LW_OK) return status;
  *info = *lw_audio_describe(audio);
  for (int64_t i = 0; status == LW_OK && i < info->frames; i += 1000) {
    const int64_t now = info->frames - i < 1000 ? info->frames - i : 1000;
    status = info->whole ? lw_audio_whole(audio, whole + i * info->channels, now)
                         : lw_audio_real(audio, real + i * info->channels, now);
  }
  lw_audio_close(&audio);
  return status;
}

static int16_t whole[FRAMES * CHANNELS];
static float real[FRAMES * CHANNELS];
static lw_audio_info info;

Test(audio, whole_numbers_come_back)
{
  static const int formats[] = {SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
                                SF_FORMAT_WAVEX | SF_FORMAT_PCM_16};
  for (int i = 0; i < 3; i++) {
    FINE(read_all(sound_file("a", formats[i]), whole, real, &info));
    cr_expect(info.rate == 8000 && info.channels == CHANNELS && info.frames == FRAMES &&
              info.whole);
    cr_expect(!memcmp(whole, wave, sizeof wave));
  }
  FINE(read_all(sound_file("a", SF_FORMAT_WAV | SF_FORMAT_PCM_U8), whole, real, &info));
  cr_expect(info.whole && abs(whole[77] - wave[77]) <= 256, "full scale is 32768");
  cr_expect(strstr(info.format, "WAV") && strstr(info.format, "8 bit"), "%s", info.format);
}

Test(audio, real_numbers_come_back)
{
  static const int formats[] = {SF_FORMAT_WAV | SF_FORMAT_FLOAT, SF_FORMAT_FLAC | SF_FORMAT_PCM_24,
                                SF_FORMAT_OGG | SF_FORMAT_VORBIS};
  for (int i = 0; i < 3; i++) {
    FINE(read_all(sound_file("a", formats[i]), whole, real, &info));
    cr_expect(!info.whole && info.frames == FRAMES);
    double most = 0;
    for (int k = 0; k < FRAMES * CHANNELS; k++)
      most = fmax(most, fabs(real[k] - wave[k] / 32768.0));
    cr_expect_lt(most, i < 2 ? 1e-6 : 0.1, "format %d: %g", i, most);
  }
}

static void cut(const char *path, double part)
{
  FILE *file = fopen(path, "rb");
  cr_assert(file && !fseek(file, 0, SEEK_END));
  const long size = ftell(file);
  fclose(file);
  cr_assert_eq(truncate(path, (off_t)((double)size * part)), 0);
}

Test(audio, files_that_are_cut_short_are_refused)
{
  static const int formats[] = {SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
                                SF_FORMAT_OGG | SF_FORMAT_VORBIS};
  for (int i = 0; i < 3; i++) {
    char *path = sound_file("short", formats[i]);
    cut(path, 0.7);
    FAILS(read_all(path, whole, real, &info), LW_ERROR_FORMAT, "cut short");
    cut(path, 0.02);
    cr_expect_eq(read_all(path, whole, real, &info), LW_ERROR_FORMAT);
  }
}

Test(audio, what_is_no_sound_is_refused)
{
  FAILS(read_all(at("none"), whole, real, &info), LW_ERROR_FILE, "No such file");
  FAILS(read_all(text_file("empty", ""), whole, real, &info), LW_ERROR_FORMAT, "' is empty");
  FAILS(read_all(text_file("text", "some letters"), whole, real, &info), LW_ERROR_FORMAT,
        "text' is no sound that can be read (WAV, FLAC and OGG are)");
  FAILS(read_all(make_folder, whole, real, &info), LW_ERROR_FILE, "Is a directory");
  SF_INFO about = {.samplerate = 8000, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
  SNDFILE *file = sf_open(at("silent"), SFM_WRITE, &about);
  cr_assert(file && !sf_close(file));
  FAILS(read_all(at("silent"), whole, real, &info), LW_ERROR_FORMAT, "silent' holds no sound");
  about.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
  file = sf_open(at("infinite"), SFM_WRITE, &about);
  const float values[] = {0, 1, INFINITY};
  cr_assert(file && sf_writef_float(file, values, 3) == 3 && !sf_close(file));
  FAILS(read_all(at("infinite"), whole, real, &info), LW_ERROR_FORMAT, "not finite in frame 2");
}

Test(audio, damage_is_found)
{
  char *path = sound_file("damaged", SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
  FILE *file = fopen(path, "r+b");
  cr_assert(file && !fseek(file, -400, SEEK_END));
  for (int i = 0; i < 40; i++) fputc(0x5a, file);
  fclose(file);
  FAILS(read_all(path, whole, real, &info), LW_ERROR_FORMAT, "is damaged or cut short after frame");
}
