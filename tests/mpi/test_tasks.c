/* Tasks that build: what comes out of small files of each kind, on any number of ranks, and what is refused. */
#define _POSIX_C_SOURCE 200809L
#include "build_task.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "longwave/io/png.h"

/* ---- sounds ---- */

/* A WAV file of 16 bits: channels * frames values from `first` on. */
static void put_wave(const lw_world *world, const char *name, int rate, int channels, int frames,
                     int first)
{
  uint8_t bytes[512] = "RIFF....WAVEfmt \20\0\0\0\1\0";
  const uint32_t size = (uint32_t)(2 * channels * frames);
  const uint32_t fields[] = {36 + size, (uint32_t)rate, (uint32_t)(rate * channels * 2), size};
  const int places[] = {4, 24, 28, 40};
  for (int k = 0; k < 4; k++)
    for (int i = 0; i < 4; i++) bytes[places[k] + i] = (uint8_t)(fields[k] >> 8 * i);
  bytes[22] = (uint8_t)channels;
  bytes[32] = (uint8_t)(2 * channels);
  bytes[34] = 16;
  memcpy(bytes + 36, "data", 4);
  for (int i = 0; i < channels * frames; i++) {
    bytes[44 + 2 * i] = (uint8_t)(first + i);
    bytes[45 + 2 * i] = (uint8_t)((first + i) >> 8);
  }
  put_bytes(world, name, bytes, 44 + size);
}

static void put_waves(const lw_world *world)
{
  put_folder(world, "f");
  put_wave(world, "f/no_ann_0.wav", 8000, 2, 3, 10);
  put_wave(world, "f/no_bob_1.wav", 8000, 2, 4, -20);
  put_wave(world, "f/yes_ann_0.wav", 8000, 2, 5, 30);
  put_wave(world, "f/yes_bob_1.wav", 8000, 2, 6, 40);
  put_wave(world, "f/yes_eve_1.wav", 8000, 2, 7, 50);
}

MPI_CASE_ON(sounds, 3)
MPI_TEST(sounds, 1)
{
  build_begin(world);
  put_waves(world);
  const char *folder = at("f");
  FINE(BUILD(audio, "--folder", folder, "--pattern", "{class}_{speaker}_{take}", "--test-if",
             "take=1", "--validation", "0"));
  TOLD("train: no_ann_0.wav=no*3 yes_ann_0.wav=yes*5 validation: test: no_bob_1.wav=no*4 "
       "yes_bob_1.wav=yes*6 yes_eve_1.wav=yes*7");
  STORED(LW_SPLIT_TRAIN, 1, 30, 31, 32, 33);
  STORED(LW_SPLIT_TEST, 0, -20, -19, -18, -17);
  CHECK(world->rank || strstr(build_notes, "sounds: 5 files, 8000 Hz"), "%s", build_notes);
  FINE(BUILD(audio, "--folder", folder, "--pattern", "{class}_{name}", "--mono", "mean",
             "--validation", "0", "--test", "0"));
  STORED(LW_SPLIT_TRAIN, 0, 11, 13, 15);
  FINE(BUILD(audio, "--folder", folder, "--pattern", "{class}_{name}", "--patch", "3",
             "--validation", "0", "--test", "0"));
  TOLD("train: no_ann_0.wav=no*1 no_bob_1.wav=no*1 yes_ann_0.wav=yes*1 yes_bob_1.wav=yes*2 "
       "yes_eve_1.wav=yes*2 validation: test:");
  STORED(LW_SPLIT_TRAIN, 4, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61);
  build_end(world);
}

/* For predictions: without a class, of 24 bits where the model was trained on 16. */
MPI_TEST(sounds_to_predict, 1)
{
  static uint8_t wave[44 + 18] =
      "RIFF\66\0\0\0WAVEfmt \20\0\0\0\1\0\2\0\100\37\0\0\200\273\0\0\6\0\30\0"
      "data\22\0\0";
  lw_dataset *first = NULL, *set = NULL;
  float of_first[6] = {0}, of_set[6] = {1};
  build_begin(world);
  put_waves(world);
  FINE(BUILD(audio, "--folder", at("f"), "--pattern", "{class}_{name}", "--validation", "0",
             "--test", "0"));
  CHECK(!rename(build_set, at("first.h5")), "renamed");
  for (int i = 0; i < 6; i++) wave[44 + 3 * i + 1] = (uint8_t)(10 + i);
  put_folder(world, "new");
  put_bytes(world, "new/unknown.wav", wave, sizeof wave);
  FINE(lw_dataset_open(at("first.h5"), &first));
  build_like = lw_dataset_describe(first);
  FINE(BUILD(audio, "--folder", at("new")));
  TOLD("train: validation: test: unknown.wav=-*3");
  FINE(lw_dataset_open(build_set, &set));
  FINE(lw_dataset_read_values(first, LW_SPLIT_TRAIN, 0, 0, 3, of_first)); /* 10 .. 15, too */
  FINE(lw_dataset_read_values(set, LW_SPLIT_TEST, 0, 0, 3, of_set));
  for (int i = 0; i < 6; i++)
    CHECK(of_set[i] - of_first[i] < 1e-5 && of_first[i] - of_set[i] < 1e-5,
          "value %d is %g, not %g", i, of_set[i], of_first[i]);
  lw_dataset_close(&set);
  FAILS(BUILD(audio, "--folder", at("new"), "--mono", "mean"), LW_ERROR_INPUT,
        "the model was trained on 8000 Hz and 2 channels");
  lw_dataset_close(&first);
  build_like = NULL;
  build_end(world);
}

MPI_TEST(bad_sounds, 1)
{
  build_begin(world);
  put_waves(world);
  const char *folder = at("f");
#define SOUNDS(...) BUILD(audio, "--folder", folder, "--pattern", __VA_ARGS__)
  FAILS(SOUNDS("{class}_{name}_{group}", "--test-if", "name=bob", "--validation-if", "name=eve"),
        LW_ERROR_INPUT, "'1'");
  FAILS(SOUNDS("{name}"), LW_ERROR_INPUT, "has no part {class}");
  FAILS(SOUNDS("{class}_{name}", "--patch", "4"), LW_ERROR_INPUT,
        "no_ann_0.wav' has 3 values, fewer than the 4 of a step");
  FAILS(SOUNDS("{class}_{take}", "--test-if", "class=yes"), LW_ERROR_INPUT, "yes");
  put_wave(world, "f/yes_eve_2.wav", 16000, 2, 7, 50);
  FAILS(SOUNDS("{class}_{name}"), LW_ERROR_INPUT, "yes_eve_2.wav' has 16000 Hz and 2 channels, '");
  put_wave(world, "f/yes_eve_2.wav", 8000, 1, 7, 50);
  FAILS(SOUNDS("{class}_{name}"), LW_ERROR_INPUT, "yes_eve_2.wav' has 8000 Hz and 1 channel, '");
  put_text(world, "f/yes_eve_2.wav", "");
  FAILS(SOUNDS("{class}_{name}"), LW_ERROR_FORMAT, "yes_eve_2.wav' is empty");
  CHECK(access(build_set, F_OK), "nothing is written");
  build_end(world);
}

/* ---- records ---- */

#define WORD(kind, low) (uint8_t)((low)&255), (uint8_t)((kind) << 2 | (low) >> 8)

static void put_record(const lw_world *world, const char *name, int first, const char *comments)
{
  char path[32], text[256];
  uint8_t bytes[20];
  int sums[2] = {0, 0};
  for (int i = 0; i < 10; i++) {
    bytes[2 * i] = (uint8_t)(first + i);
    bytes[2 * i + 1] = (uint8_t)((first + i) >> 8);
    sums[i & 1] += first + i;
  }
  snprintf(path, sizeof path, "%s.dat", name);
  put_bytes(world, path, bytes, sizeof bytes);
  snprintf(path, sizeof path, "%s.hea", name);
  snprintf(
      text, sizeof text,
      "%s 2 250 5\n%s.dat 16 200(2)/mV 16 0 %d %d 0 I\n%s.dat 16 200(2)/mv 16 0 %d %d 0 II\n%s",
      name, name, first, sums[0], name, first + 1, sums[1], comments);
  put_text(world, path, text);
}

static void put_records(const lw_world *world)
{
  static const uint8_t marks[] = {WORD(28, 0), WORD(1, 1), WORD(5, 2), WORD(2, 0),
                                  WORD(8, 1),  0,          0};
  put_record(world, "a", 7, "#Dx: 11,22,22\n#Age: 40\n");
  put_record(world, "b", 107, "# Dx: 22\n# Age: NaN\n");
  put_record(world, "c", -7, "#Dx: 33,11\n#Age: 50.5\n");
  put_text(world, "RECORDS", "a\nb\n");
  for (const char *name = "a.atr\0b.atr\0c.atr\0"; *name; name += 6)
    put_bytes(world, name, marks, sizeof marks);
}

/* The classes of the steps of a sample as digits, '-' where none is asked for. */
static const char *steps_of(lw_split split, int64_t sample)
{
  static char text[64];
  int32_t labels[32];
  lw_dataset *set = NULL;
  if (lw_dataset_open(build_set, &set) != LW_OK) return lw_fail_message();
  const int64_t count = lw_dataset_length(set, split, sample);
  const lw_items items = {.sample = sample, .count = count};
  if (lw_dataset_read_step_labels(set, split, &items, labels) != LW_OK) return lw_fail_message();
  for (int64_t i = 0; i < count; i++) text[i] = (char)(labels[i] < 0 ? '-' : '0' + labels[i]);
  text[count] = 0;
  lw_dataset_close(&set);
  return text;
}
#define STEPS(split, sample, wanted)                                                               \
  do {                                                                                             \
    const char *steps = steps_of(split, sample);                                                   \
    CHECK(!strcmp(steps, wanted), "%s, not %s", steps, wanted);                                    \
  } while (0)

MPI_CASE_ON(records, 2)
MPI_TEST(records, 1)
{
  build_begin(world);
  put_records(world);
  const char *train = at("RECORDS"), *test = at("c.hea");
#define RECORDS(...)                                                                               \
  BUILD(signals, "--train", train, "--test-from", test, "--validation", "0", __VA_ARGS__)
  FINE(RECORDS("--normalise", "none"));
  TOLD("train: a=-*5 b=-*5 validation: test: c=-*5");
  STORED(LW_SPLIT_TRAIN, 1, 107, 108, 109, 110);
  STEPS(LW_SPLIT_TRAIN, 0, "-0-21"); /* N, V (and L at the same step), A */
  CHECK(world->rank || strstr(build_notes, "left out: 3 annotations of kinds"), "%s", build_notes);
  CHECK(world->rank || strstr(build_notes, "left out: 3 annotations at steps"), "%s", build_notes);
  FINE(RECORDS("--kinds", "x=N,A", "--channels", "II"));
  STORED(LW_SPLIT_TRAIN, 1, 108, 110);
  STEPS(LW_SPLIT_TEST, 0, "-0--0");
  FINE(RECORDS("--question", "next-values", "--horizon", "2"));
  FINE(RECORDS("--question", "numbers", "--key", "age", "--unit", "years"));
  FINE(RECORDS("--question", "classes", "--codes", "22,11"));
  FINE(RECORDS("--question", "classes", "--least-count", "2"));
  CHECK(world->rank || strstr(build_notes, "left out: 1 of 3 codes"), "%s", build_notes);
  build_end(world);
}

MPI_TEST(bad_records, 1)
{
  build_begin(world);
  put_records(world);
  const char *train = at("RECORDS"), *test = at("c.hea");
  FAILS(RECORDS("--question", "numbers"), LW_ERROR_INPUT, "--key is missing");
  FAILS(RECORDS("--question", "step-numbers"), LW_ERROR_INPUT, "records have no numbers at steps");
  FAILS(RECORDS("--question", "numbers", "--key", "Sex"), LW_ERROR_INPUT, "has no comment '#Sex:'");
  FAILS(RECORDS("--question", "numbers", "--key", "Dx"), LW_ERROR_INPUT,
        "a.hea': '11,22,22' behind");
  FAILS(RECORDS("--question", "classes", "--least-count", "3"), LW_ERROR_INPUT, "3 records have");
  FAILS(RECORDS("--kinds", "x=Y"), LW_ERROR_INPUT, "there is no kind 'Y' of annotations");
  FAILS(RECORDS("--kinds", "x=N;y=N"), LW_ERROR_INPUT, "has the kind 'N' twice");
  FAILS(RECORDS("--kinds", "N,V"), LW_ERROR_INPUT, "is no list of classes with their kinds");
  FAILS(RECORDS("--channels", "I,V"), LW_ERROR_INPUT, "has no channel 'V' (--channels)");
  FAILS(RECORDS("--annotator", "qrs"), LW_ERROR_FILE, "a.qrs': No such file");
  put_bytes(world, "b.atr", (const uint8_t[]){WORD(1, 5), 0, 0}, 4);
  FAILS(RECORDS("--missing", "keep"), LW_ERROR_INPUT, "b.atr' has an annotation at step 5, its");
  put_text(world, "RECORDS", "a\nb\na\n");
  FAILS(RECORDS("--missing", "keep"), LW_ERROR_INPUT, "a' is given twice");
  put_text(world, "RECORDS", "a;b\n");
  FAILS(RECORDS("--missing", "keep"), LW_ERROR_INPUT, "RECORDS' line 1: 'a;b' is no name");
  put_text(world, "RECORDS", "a\nb\n");
  put_text(world, "b.hea", "b 1 250 5\nb.dat 16\n");
  FAILS(RECORDS("--missing", "keep"), LW_ERROR_INPUT, "b' has 1 channels, '");
  put_text(world, "b.hea", "b 2 100 5\nb.dat 16\nb.dat 16\n");
  FAILS(RECORDS("--missing", "keep"), LW_ERROR_INPUT, "b' has 100 steps a second, '");
  put_text(world, "b.hea", "b 2 250 5\nb.dat 16 1/V\nb.dat 16\n");
  FAILS(RECORDS("--missing", "keep"), LW_ERROR_INPUT, "' is in V, of '");
  put_record(world, "b", INT16_MIN, "");
  FAILS(RECORDS("--normalise", "none"), LW_ERROR_INPUT, "channel 'I' has no value at step 0");
  CHECK(access(build_set, F_OK), "nothing is written");
  build_end(world);
}

/* ---- letters and words ---- */

MPI_TEST(letters, 1)
{
  build_begin(world);
  put_text(world, "a.fa", ">one|x p\nACGT\nac\n>two|y\nGG\n");
  put_text(world, "b.fa", ">three|x\nTTN\n");
  put_text(world, "g.gb",
           "LOCUS  A 12 bp DNA circular\nFEATURES             Location\n"
           "     CDS             complement(2..4)\n     tRNA            4..5\n"
           "ORIGIN\n 1 acgtacgtac gt\n//\n");
  put_text(world, "list", "name,split,class\none|x,train,p\ntwo|y,test,p\n");
  const char *a = at("a.fa");
#define NONE "--validation", "0", "--test", "0"
  FINE(BUILD(letters, "--train", of_class("+", "a.fa"), "--test-from", of_class("+", "b.fa"),
             "--letters", "ACGTN", "--validation", "0"));
  TOLD("train: one|x=+*6 two|y=+*2 validation: test: three|x=+*3");
  FINE(BUILD(letters, "--train", a, "--pattern", "{id}|{class} {rest}||{id}|{class}", NONE));
  FINE(BUILD(letters, "--train", at("g.gb"), "--features", "tRNA,CDS", NONE));
  STEPS(LW_SPLIT_TRAIN, 0, "022110000000");
  FAILS(BUILD(letters, "--train", a, NONE), LW_ERROR_INPUT, "a.fa:1: no class is known");
  FAILS(BUILD(letters, "--train", of_class("+", "b.fa"), NONE), LW_ERROR_INPUT,
        "b.fa:1: letter 3 of the record that begins here is 'N', none of --letters 'ACGT'");
  FINE(BUILD(letters, "--train", of_class("+", "b.fa"), "--unknown", "A", NONE));
  FINE(BUILD(letters, "--train", a, "--list", at("list"), NONE));
  FAILS(BUILD(letters, "--train", at("b.fa"), "--list", at("list"), NONE), LW_ERROR_INPUT,
        "b.fa:1: the record 'three|x' is not in '");
  FAILS(BUILD(letters, "--train", a, "--features", "CDS", NONE), LW_ERROR_INPUT,
        "a.fa' is no file of GenBank");
  FAILS(BUILD(letters, "--train", a, "--letters", "AAC", NONE), LW_ERROR_INPUT, "has 'A' twice");
  FAILS(BUILD(letters, "--train", a, "--unknown", "N", NONE), LW_ERROR_INPUT, "'N' is none of");
  build_end(world);
}

MPI_TEST(tokens, 1)
{
  build_begin(world);
  put_text(world, "a", "the\tD\nCat\tN\n\nthe\tD\ncat\tN\nsat\tV\n");
  put_text(world, "b", "a\tD\nthe\tD\n");
  put_text(world, "bad", "a\n");
#define WORDS(...)                                                                                 \
  BUILD(tokens, "--form", "columns", "--train", at("a"), "--test-from", at("b"), "--validation",   \
        "0", __VA_ARGS__)
  FINE(WORDS("--lower"));
  TOLD("train: =-*2 =-*3 validation: test: =-*2");
  STEPS(LW_SPLIT_TRAIN, 1, "012");
  CHECK(world->rank || strstr(build_notes, "words: 7 in 3 sentences, 3 tokens, 2 words are"), "%s",
        build_notes);
  FINE(WORDS("--as", "bytes", "--classes", "N,D,V"));
  TOLD("train: =-*7 =-*11 validation: test: =-*5");
  STEPS(LW_SPLIT_TRAIN, 0, "1---0--");
  FAILS(WORDS("--classes", "D,N"), LW_ERROR_INPUT, "'V'");
  FAILS(WORDS("--least-count", "9"), LW_ERROR_INPUT, "no word comes 9 times");
  FAILS(WORDS("--as", "bytes", "--least-count", "9"), LW_ERROR_INPUT, "with --as bytes");
  FAILS(WORDS("--label-column", "1"), LW_ERROR_INPUT, "are the same");
  FAILS(BUILD(tokens, "--form", "columns", "--train", at("bad")), LW_ERROR_FORMAT, "bad' line 1");
  FAILS(BUILD(tokens, "--train", at("a")), LW_ERROR_FORMAT, "a' line 1 begins with no id");
  build_end(world);
}

/* ---- arrays ---- */

static void put_array(const lw_world *world, const char *name, const char *type, const char *shape,
                      const void *items, size_t size)
{
  uint8_t bytes[512] = "\x93NUMPY\1\0\x76\0"; /* a head of 118 bytes */
  char head[120];
  const int length = snprintf(
      head, sizeof head, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type, shape);
  memset(bytes + 10, ' ', 118);
  memcpy(bytes + 10, head, (size_t)length);
  memcpy(bytes + 128, items, size);
  put_bytes(world, name, bytes, 128 + size);
}
#define ARRAY(name, type, shape, item, ...)                                                        \
  put_array(world, name, type, shape, (const item[]){__VA_ARGS__},                                 \
            sizeof((const item[]){__VA_ARGS__}))

MPI_TEST(arrays, 1)
{
  build_begin(world);
  ARRAY("x.npy", "<i2", "2, 3, 2", int16_t, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  ARRAY("y.npy", "<i4", "2,", int32_t, 1, 0);
  ARRAY("m.npy", "|u1", "2, 3", uint8_t, 1, 0, 1, 0, 0, 0);
  ARRAY("s.npy", "|i1", "2, 3", int8_t, 1, -1, 0, 0, 0, 1);
  ARRAY("r.npy", "<f4", "2, 2", float, 1.5f, 2, 3, 4);
  ARRAY("flat.npy", "<f4", "5,", float, 1, 2, 3, 4, 5);
  ARRAY("off.npy", "<i8", "3,", int64_t, 0, 2, 5);
  ARRAY("bad.npy", "<i8", "3,", int64_t, 0, 2, 4);
  const char *x = at("x.npy"), *flat = at("flat.npy");
#define ARRAYS(targets, ...)                                                                       \
  BUILD(arrays, "--train", x, "--train-targets", targets, NONE, __VA_ARGS__)
  FINE(ARRAYS(at("y.npy"), "--classes", "no,yes", "--normalise", "none"));
  TOLD("train: =yes*3 =no*3 validation: test:");
  STORED(LW_SPLIT_TRAIN, 1, 7, 8, 9, 10, 11, 12);
  FINE(ARRAYS(at("y.npy"), "--channels-first", "--normalise", "none"));
  TOLD("train: =1*2 =0*2 validation: test:");
  STORED(LW_SPLIT_TRAIN, 0, 1, 3, 5, 2, 4, 6);
  FINE(ARRAYS(at("m.npy"), "--question", "classes"));
  FINE(ARRAYS(at("r.npy"), "--question", "numbers", "--numbers", "p,q"));
  FINE(ARRAYS(at("s.npy"), "--question", "step-class"));
  STEPS(LW_SPLIT_TRAIN, 0, "1-0");
  FINE(BUILD(arrays, "--train", flat, "--train-offsets", at("off.npy"), "--question", "next-values",
             "--horizon", "1", NONE));
  FAILS(BUILD(arrays, "--train", x, NONE), LW_ERROR_INPUT, "array of targets that belongs to '");
  FAILS(BUILD(arrays, "--train", flat, NONE), LW_ERROR_INPUT, "flat.npy' has the shape [5]");
  FAILS(ARRAYS(flat, "--question", "class"), LW_ERROR_INPUT,
        "an answer for each sample was expected");
  FAILS(ARRAYS(at("r.npy"), "--question", "class"), LW_ERROR_INPUT, "one class was expected");
  FAILS(ARRAYS(at("y.npy"), "--classes", "no"), LW_ERROR_INPUT, "has 1 for its class; a whole");
  FAILS(ARRAYS(at("r.npy"), "--question", "classes"), LW_ERROR_INPUT,
        "has 1.5 for class 0; 0 or 1");
  FAILS(ARRAYS(at("r.npy"), "--question", "numbers", "--numbers", "p"), LW_ERROR_INPUT, "1 names");
  FAILS(ARRAYS(at("y.npy"), "--channels", "p"), LW_ERROR_INPUT, "--channels has 1 names");
  FAILS(BUILD(arrays, "--train", flat, "--train-offsets", at("bad.npy"), "--question",
              "next-values", "--horizon", "1", NONE),
        LW_ERROR_INPUT, "bad.npy' ends with 4, '");
  FAILS(BUILD(arrays, "--train", at("x.h5:/a"), NONE), LW_ERROR_FILE, "x.h5");
  build_end(world);
}

/* An array of an HDF5 file: the values of a data set that was built. */
MPI_TEST(arrays_of_hdf5, 1)
{
  char again[3 * PATH_ROOM];
  build_begin(world);
  ARRAY("x.npy", "<i2", "2, 3", int16_t, 1, 2, 3, 4, 5, 6);
  ARRAY("y.npy", "<i4", "2,", int32_t, 1, 0);
  FINE(BUILD(arrays, "--train", at("x.npy"), "--train-targets", at("y.npy"), NONE));
  CHECK(!rename(build_set, at("first.h5")), "renamed");
  snprintf(again, sizeof again, "%s:/train/values", at("first.h5"));
  ARRAY("off.npy", "<i8", "3,", int64_t, 0, 2, 6);
  FINE(BUILD(arrays, "--train", again, "--train-offsets", at("off.npy"), "--train-targets",
             at("y.npy"), NONE));
  TOLD("train: =1*2 =0*4 validation: test:");
  STORED(LW_SPLIT_TRAIN, 1, 3, 4, 5, 6);
  build_end(world);
}

/* ---- pictures ---- */

MPI_CASE_ON(colours, 2)
MPI_TEST(colours, 1)
{
  static const uint8_t one[] = {1, 2, 3, 4, 5, 6}, two[] = {7, 8, 9, 10, 11, 12};
  static uint8_t batch[2 * 3073] = {6};
  build_begin(world);
  put_folder(world, "train");
  put_folder(world, "train/red");
  put_folder(world, "train/blue");
  put_folder(world, "test");
  put_folder(world, "test/blue");
  if (!world->rank) {
    FINE(lw_png_write(at("train/red/a.png"), 2, 1, one));
    FINE(lw_png_write(at("train/blue/b.png"), 2, 1, one));
    FINE(lw_png_write(at("test/blue/b.png"), 2, 1, two));
  }
  MPI_Barrier(world->all);
  FINE(BUILD(colour, "--folder", build_folder, "--pattern", "{split}/{class}/{name}",
             "--validation", "0"));
  TOLD("train: train/blue/b.png=blue*2 train/red/a.png=red*2 validation: test: "
       "test/blue/b.png=blue*2");
  STORED(LW_SPLIT_TEST, 0, 7, 8, 9, 10, 11, 12);
  if (!world->rank) FINE(lw_png_write(at("test/blue/b.png"), 1, 2, two));
  MPI_Barrier(world->all);
  FAILS(BUILD(colour, "--folder", build_folder, "--pattern", "{split}/{class}/{name}"),
        LW_ERROR_INPUT, "has 2 x 1 pixels, '");
  batch[1] = 9;
  batch[1 + 1024] = 8;
  batch[1 + 2048] = 7;
  put_bytes(world, "batch", batch, sizeof batch);
  FINE(BUILD(colour, "--cifar-train", at("batch"), NONE));
  STORED(LW_SPLIT_TRAIN, 0, 9, 8, 7, 0, 0, 0);
  put_bytes(world, "batch", batch, 3000);
  FAILS(BUILD(colour, "--cifar-train", at("batch"), NONE), LW_ERROR_FORMAT, "batch' is truncated");
  build_end(world);
}
