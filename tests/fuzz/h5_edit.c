#define _POSIX_C_SOURCE 200809L
#include "h5_edit.h"
#include "fuzz.h"
#include "longwave/data/builder.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <fcntl.h>
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 16, NAMES_MAX = 128, NAME_MAX_BYTES = 128, RANK_MAX = 6, WRITE_MAX = 4096 };

struct lw_fuzz_base {
  size_t size;
  int count;
  char names[NAMES_MAX][NAME_MAX_BYTES];
  uint8_t bytes[FILE_MAX];
};

/* What is left of an input; nothing but zeros behind its end. */
typedef struct script {
  const uint8_t *next, *end;
} script;

static unsigned take(script *s)
{
  return s->next < s->end ? *s->next++ : 0;
}

static void take_bytes(script *s, void *out, size_t count)
{
  for (size_t i = 0; i < count; i++) ((uint8_t *)out)[i] = (uint8_t)take(s);
}

static herr_t add_name(hid_t file, const char *name, const H5O_info_t *about, void *context)
{
  lw_fuzz_base *base = context;
  (void)file;
  (void)about;
  if (base->count < NAMES_MAX)
    snprintf(base->names[base->count++], NAME_MAX_BYTES, "%s%s", name[0] == '.' ? "" : "/",
             name[0] == '.' ? "/" : name);
  return 0;
}

const lw_fuzz_base *lw_fuzz_base_read(const char *path)
{
  lw_fuzz_base *base = calloc(1, sizeof *base);
  lw_fuzz_expect(base != NULL, "there is memory");
  int handle = open(path, O_RDONLY);
  ssize_t size = read(handle, base->bytes, sizeof base->bytes);
  lw_fuzz_expect(size > 0 && size < FILE_MAX, "the file to be edited is there");
  close(handle);
  base->size = (size_t)size;
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, add_name, base, H5O_INFO_BASIC);
  H5Fclose(file);
  return base;
}

void lw_fuzz_data(const char *path)
{
  static const char *const names[] = {"no", "yes", "perhaps"};
  static const uint8_t tokens[] = {0, 2, 1, 1, 0};
  const lw_dataset_recipe recipe = {.task = "fuzz",
                                    .input = &lw_input_tokens,
                                    .target = &lw_target_class,
                                    .documents = 1,
                                    .vocabulary = 3,
                                    .classes = 2,
                                    .scale = 1,
                                    .class_names = names,
                                    .token_names = names,
                                    .origin = "a fuzz target",
                                    .settings = "none: []\n"};
  const lw_world *world = lw_fuzz_world();
  lw_samples samples[LW_SPLITS] = {0};
  lw_status status = LW_OK;
  for (int i = 0; i < 3 && status == LW_OK; i++)
    status = lw_samples_add(&samples[i / 2], tokens + i, 3, i % 2);
  if (status == LW_OK) status = lw_dataset_write(path, world, &recipe, samples);
  lw_fuzz_expect(status == LW_OK, "a data set can be written");
  for (int split = 0; split < LW_SPLITS; split++) lw_samples_done(&samples[split]);
}

/* Three series of seven steps. */
static lw_status add_series(lw_builder *builder, const lw_target *target, int sample)
{
  static const float values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, NAN, 13, 14};
  static const double times[] = {0, 1, 2, 2, 3, 4.5, 5};
  static const char *const labels[] = {"a", "b"};
  const lw_builder_sample about = {.name = "a name",
                                   .group = labels[0],
                                   .weight = 1,
                                   .label = labels[sample % 2],
                                   .labels = labels,
                                   .label_count = sample % 3,
                                   .numbers = values + sample,
                                   .has_split = true};
  lw_status status = lw_builder_begin(builder, &about);
  if (status == LW_OK) status = lw_builder_items(builder, values, times, 7);
  for (int step = 0; step < 7 && status == LW_OK && target->by_row; step += 2)
    status = target->kind == LW_ANSWER_NUMBERS
                 ? lw_builder_step_numbers(builder, step, values + step)
                 : lw_builder_step_label(builder, step, labels[step / 2 % 2]);
  return status == LW_OK ? lw_builder_end(builder) : status;
}

void lw_fuzz_data_2(const char *path, const lw_target *target)
{
  const lw_builder_plan plan = {.task = "fuzz",
                                .input = &lw_input_values,
                                .target = target,
                                .stored = LW_H5_F32,
                                .channels = 2,
                                .missing = true,
                                .timed = true,
                                .named = true,
                                .weighted = true,
                                .grouped = true,
                                .numbers = target->kind == LW_ANSWER_NUMBERS ? 2 : 0,
                                .horizon = 2,
                                .sparse = target->kind == LW_ANSWER_CLASS,
                                .windows = {.length = target->next ? 3 : 0, .stride = 2}};
  lw_builder *builder = NULL;
  lw_status status = lw_builder_create(lw_fuzz_world(), path, &plan, &builder);
  for (int i = 0; i < 3 && status == LW_OK; i++) status = add_series(builder, target, i);
  if (status == LW_OK) status = lw_builder_finish(builder, "a fuzz target", "none: []\n");
  lw_fuzz_expect(status == LW_OK, "a data set of version 2 can be built");
  lw_builder_destroy(&builder);
}

/* ---- edits ---- */

static hid_t text_type(script *s)
{
  static const size_t sizes[] = {1, 7, 16, 64, 65, 300, H5T_VARIABLE, 1 << 20};
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, sizes[take(s) % 8]);
  H5Tset_strpad(type, (H5T_str_t)(take(s) % 3));
  return type;
}

static hid_t odd_type(script *s)
{
  hid_t type, whole = H5Tcopy(H5T_STD_I32LE);
  switch (take(s) % 5) {
  case 0:
    type = H5Tcreate(H5T_COMPOUND, 16);
    H5Tinsert(type, "x", take(s) % 12, whole);
    break;
  case 1:
    type = H5Tcreate(H5T_OPAQUE, 1 + take(s));
    break;
  case 2:
    type = H5Tenum_create(whole);
    break;
  case 3:
    type = H5Tvlen_create(whole);
    break;
  default:
    type = H5Tcopy(whole);
    H5Tset_precision(type, 1 + take(s) % 32);
    H5Tset_offset(type, take(s) % 16);
    H5Tset_size(type, 1 + take(s) % 16);
  }
  H5Tclose(whole);
  return type;
}

static hid_t any_type(script *s)
{
  const hid_t plain[] = {H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_STD_U8LE,   H5T_STD_U16LE,
                         H5T_STD_I32LE,  H5T_STD_I64LE,  H5T_STD_U64LE,  H5T_STD_I64BE,
                         H5T_IEEE_F64BE, H5T_STD_I8LE,   H5T_STD_REF_OBJ};
  const unsigned count = sizeof plain / sizeof plain[0], choice = take(s) % (count + 4);
  if (choice < count) return H5Tcopy(plain[choice]);
  return choice < count + 3 ? text_type(s) : odd_type(s);
}

enum { SIDES = 13, SMALL_SIDES = 4, SMALL_RANK = 2 };

/* Attributes are small: HDF5 takes memory for a large one when it is made. */
static hid_t any_space(script *s, unsigned rank_max, unsigned choices)
{
  static const hsize_t sides[SIDES] = {
      0, 1, 2, 3, 4, 5, 6, 16, 1000, 1u << 20, 1u << 31, (hsize_t)1 << 40, (hsize_t)1 << 62};
  unsigned rank = take(s) % (rank_max + 3);
  if (rank > rank_max) return H5Screate(rank % 2 ? H5S_SCALAR : H5S_NULL);
  hsize_t dims[RANK_MAX + 1];
  for (unsigned i = 0; i < rank; i++) dims[i] = sides[take(s) % choices];
  return rank ? H5Screate_simple((int)rank, dims, NULL) : H5Screate(H5S_SCALAR);
}

/* Content from the script, where it is little and has no pointers in it. */
static bool content_of(script *s, hid_t type, hid_t space, uint8_t content[WRITE_MAX])
{
  hssize_t items = H5Sget_simple_extent_npoints(space);
  size_t size = H5Tget_size(type);
  if (items <= 0 || items > WRITE_MAX || (size_t)items * size > WRITE_MAX) return false;
  if (H5Tis_variable_str(type) > 0 || H5Tget_class(type) == H5T_VLEN) return false;
  take_bytes(s, content, (size_t)items * size);
  return true;
}

static void replace_attribute(hid_t file, const char *name, script *s)
{
  char key[64] = "";
  uint8_t content[WRITE_MAX];
  const char *text = "text of its own length";
  if (H5Aget_name_by_idx(file, name, H5_INDEX_NAME, H5_ITER_INC, take(s) % 24, key, sizeof key,
                         H5P_DEFAULT) < 0)
    return;
  H5Adelete_by_name(file, name, key, H5P_DEFAULT);
  if (take(s) % 8 == 0) return;
  hid_t type = any_type(s), space = H5Screate(H5S_SCALAR);
  if (take(s) % 2) {
    H5Sclose(space);
    space = any_space(s, SMALL_RANK, SMALL_SIDES);
  }
  hid_t attribute =
      H5Acreate_by_name(file, name, key, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  if (attribute >= 0 && content_of(s, type, space, content)) H5Awrite(attribute, type, content);
  if (attribute >= 0 && H5Tis_variable_str(type) > 0 && H5Sget_simple_extent_npoints(space) == 1)
    H5Awrite(attribute, type, &text);
  if (attribute >= 0) H5Aclose(attribute);
  H5Sclose(space);
  H5Tclose(type);
}

static void set_layout(hid_t how, hid_t space, script *s)
{
  hsize_t chunk[RANK_MAX];
  switch (take(s) % 5) {
  case 0:
    H5Pset_layout(how, H5D_COMPACT);
    break;
  case 1:
    for (int i = 0; i < RANK_MAX; i++) chunk[i] = 1 + take(s);
    H5Pset_chunk(how, H5Sget_simple_extent_ndims(space), chunk);
    if (take(s) % 2) H5Pset_deflate(how, 1);
    if (take(s) % 2) H5Pset_fletcher32(how);
    break;
  case 2:
    H5Pset_external(how, "/dev/zero", 0, H5F_UNLIMITED);
    break;
  default:
    break;
  }
}

/* The attributes that the object had go with it. */
static void replace_array(hid_t file, const char *name, script *s)
{
  uint8_t content[WRITE_MAX];
  hid_t type = any_type(s), space = any_space(s, RANK_MAX, SIDES),
        how = H5Pcreate(H5P_DATASET_CREATE);
  set_layout(how, space, s);
  H5Ldelete(file, name, H5P_DEFAULT);
  hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, how, H5P_DEFAULT);
  if (set >= 0 && H5Pget_external_count(how) <= 0 && content_of(s, type, space, content))
    H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, content);
  if (set >= 0) H5Dclose(set);
  H5Pclose(how);
  H5Sclose(space);
  H5Tclose(type);
}

static void rewrite_array(hid_t file, const char *name, script *s)
{
  uint8_t content[WRITE_MAX];
  hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
  if (set < 0) return;
  hid_t type = H5Dget_type(set), space = H5Dget_space(set);
  if (H5Dget_storage_size(set) > 0 && content_of(s, type, space, content))
    H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, content);
  H5Sclose(space);
  H5Tclose(type);
  H5Dclose(set);
}

static void replace_link(hid_t file, const lw_fuzz_base *base, const char *name, script *s)
{
  const char *other = base->names[take(s) % (unsigned)base->count];
  hid_t group;
  H5Ldelete(file, name, H5P_DEFAULT);
  switch (take(s) % 5) {
  case 0:
    H5Lcreate_soft(other, file, name, H5P_DEFAULT, H5P_DEFAULT);
    break;
  case 1:
    H5Lcreate_hard(file, other, file, name, H5P_DEFAULT, H5P_DEFAULT);
    break;
  case 2:
    H5Lcreate_external("/dev/zero", other, file, name, H5P_DEFAULT, H5P_DEFAULT);
    break;
  case 3:
    group = H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (group >= 0) H5Gclose(group);
    break;
  default:
    break;
  }
}

static void edit(hid_t file, const lw_fuzz_base *base, script *s)
{
  const char *name = base->names[take(s) % (unsigned)base->count];
  switch (take(s) % 4) {
  case 0:
    replace_attribute(file, name, s);
    break;
  case 1:
    replace_array(file, name, s);
    break;
  case 2:
    rewrite_array(file, name, s);
    break;
  default:
    replace_link(file, base, name, s);
  }
}

/* ---- bytes ---- */

static void change_bytes(const char *path, unsigned count, script *s)
{
  int handle = open(path, O_RDWR);
  for (unsigned i = 0; i < count; i++) {
    off_t place = (off_t)(take(s) | take(s) << 8);
    uint8_t byte = (uint8_t)take(s);
    if (place < lseek(handle, 0, SEEK_END))
      lw_fuzz_expect(pwrite(handle, &byte, 1, place) == 1, "a byte can be written");
  }
  close(handle);
}

const char *lw_fuzz_edited(const lw_fuzz_base *base, const uint8_t *data, size_t size)
{
  script s = {data, data + size};
  const char *path = lw_fuzz_file(0, base->bytes, base->size);
  unsigned edits = take(&s) % 8, bytes = take(&s) % 8;
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  if (edits) {
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    for (unsigned i = 0; i < edits; i++) edit(file, base, &s);
    H5Fclose(file);
  }
  change_bytes(path, bytes, &s);
  return path;
}
