/* Data sets that people write by hand: types of all kinds, and items that no model can take, which
   must be found alike on any number of ranks before anything is trained on them. */
#include "hand_made.h"
#include "longwave/data/dataset.h"
#include "mpi_folder.h"
#include <math.h>

enum { SAMPLES = 20, LENGTH = 7, ITEMS = SAMPLES * LENGTH };

/* The same on every rank: the root writes, all open. NULL when that failed. */
static lw_dataset *make(const lw_world *world, const char *path, const hand_made *what)
{
  lw_dataset *dataset = NULL;
  MPI_Barrier(world->all); /* nobody reads the one before any more */
  if (!world->rank) hand_made_write(path, what);
  MPI_Barrier(world->all);
  FINE(lw_dataset_open(path, &dataset));
  return dataset;
}

static void fill(double *items, bool values)
{
  for (int i = 0; i < ITEMS; i++) items[i] = values ? i - 64 : i % 50;
}

/* What was written comes back, and the checksums are those of the bytes in the file. */
static void check_type(const lw_world *world, const char *path, const hand_made *what)
{
  lw_dataset *dataset = make(world, path, what);
  int32_t tokens[LENGTH];
  float values[LENGTH];
  if (!dataset) return;
  FINE(lw_dataset_verify(dataset, world, LW_SPLITS));
  for (int64_t i = 0; i < SAMPLES; i++) {
    CHECK(lw_dataset_label(dataset, LW_SPLIT_TRAIN, i) == i % 2, "label %lld", (long long)i);
    if (what->values)
      FINE(lw_dataset_read_values(dataset, LW_SPLIT_TRAIN, i, 0, LENGTH, values));
    else
      FINE(lw_dataset_read_tokens(dataset, LW_SPLIT_TRAIN, i, 0, LENGTH, tokens));
    for (int64_t t = 0; t < LENGTH; t++) {
      const double read = what->values ? (double)values[t] : tokens[t];
      const double wanted = what->split[0].items[i * LENGTH + t] * (what->values ? 0.5 : 1.0);
      CHECK(read == wanted, "%g for %g", read, wanted);
    }
  }
  lw_dataset_close(&dataset);
}

/* types [count]: of values, or of tokens, their labels and, where the numbers fit, the offsets */
static void check_types(const lw_world *world, bool values, const hid_t *types, size_t count)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  double items[ITEMS];
  begin(world, folder, path, "set.h5");
  fill(items, values);
  for (size_t i = 0; i < count; i++) {
    hand_made what = {.values = values,
                      .vocabulary = values ? 0 : 50,
                      .scale = values ? 0.5 : 1.0,
                      .item_type = types[i],
                      .split = {{SAMPLES, NULL, LENGTH, items, NULL}}};
    if (!values) what.label_type = types[i];
    if (!values && H5Tget_size(types[i]) > 1) what.offset_type = types[i];
    check_type(world, path, &what);
  }
  end(world, folder);
}

MPI_TEST_1234(whole_numbers_of_any_size_and_order_are_read)
{
  const hid_t types[] = {H5T_STD_I8LE,  H5T_STD_I16LE, H5T_STD_I32LE, H5T_STD_I64LE, H5T_STD_U8LE,
                         H5T_STD_U16LE, H5T_STD_U32LE, H5T_STD_U64LE, H5T_STD_I32BE, H5T_STD_U16BE,
                         H5T_STD_I64BE};
  check_types(world, false, types, sizeof types / sizeof *types);
}

MPI_TEST(numbers_of_any_type_are_read_as_values, 2)
{
  const hid_t types[] = {H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_IEEE_F32BE, H5T_IEEE_F64BE,
                         H5T_STD_I16LE,  H5T_STD_I32LE,  H5T_STD_I64LE,  H5T_STD_I8LE};
  check_types(world, true, types, sizeof types / sizeof *types);
}

/* A float64 is not rounded to float32 before shift has brought it near 0. */
MPI_TEST(scale_and_shift_work_on_the_stored_number, 1)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  const double items[] = {1.7e9, 1.7e9 + 0.25};
  float values[2];
  begin(world, folder, path, "set.h5");
  const hand_made what = {.values = true,
                          .shift = -1.7e9,
                          .item_type = H5T_IEEE_F64LE,
                          .split = {{1, NULL, 2, items, NULL}}};
  lw_dataset *dataset = make(world, path, &what);
  FINE(lw_dataset_read_values(dataset, LW_SPLIT_TRAIN, 0, 0, 2, values));
  CHECK(values[0] == 0.0f && values[1] == 0.25f, "%g, %g", (double)values[0], (double)values[1]);
  lw_dataset_close(&dataset);
  end(world, folder);
}

static void check_fault(const lw_world *world, const char *path, hand_made *what, const char *says)
{
  lw_dataset *dataset = make(world, path, what);
  if (!dataset) return;
  FAILS(lw_dataset_verify(dataset, world, LW_SPLITS), LW_ERROR_FORMAT, says);
  lw_dataset_close(&dataset);
}

MPI_TEST_1234(the_first_item_at_fault_is_named)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  double items[ITEMS], late[ITEMS];
  begin(world, folder, path, "set.h5");
  for (int values = 0; values <= 1; values++) {
    fill(items, values);
    fill(late, values);
    hand_made what = {.values = values,
                      .vocabulary = values ? 0 : 50,
                      .item_type = values ? H5T_IEEE_F32LE : H5T_STD_I64LE,
                      .split = {{SAMPLES, NULL, LENGTH, items, NULL},
                                {3, NULL, LENGTH, items, NULL},
                                {SAMPLES, NULL, LENGTH, late, NULL}}};
    late[16 * LENGTH + 2] = values ? NAN : 50;
    check_fault(world, path, &what,
                values ? "test sample 16 is not finite at 2 (nan); correct array '/test/values'"
                       : "test sample 16 has token 50 at 2, outside the vocabulary of 50; correct");
    items[9 * LENGTH + 6] = values ? INFINITY : -1;
    items[19 * LENGTH] = values ? NAN : 1e15;
    check_fault(world, path, &what,
                values ? "train sample 9 is not finite at 6 (inf) (and 2 more items like it)"
                       : "train sample 9 has token -1 at 6, outside the vocabulary of 50 (and 2 "
                         "more items like it)");
  }
  end(world, folder);
}

/* Training has no use for the test split, and goes on. */
MPI_TEST(splits_that_are_not_used_may_be_at_fault, 2)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  double items[ITEMS];
  begin(world, folder, path, "set.h5");
  fill(items, true);
  items[5] = NAN;
  hand_made what = {.values = true,
                    .split = {{2, NULL, 2, NULL, NULL}, {2, NULL, 2, NULL, NULL},
                              {SAMPLES, NULL, LENGTH, items, NULL}}};
  lw_dataset *dataset = make(world, path, &what);
  FINE(lw_dataset_verify(dataset, world, LW_SPLIT_TEST));
  FAILS(lw_dataset_verify(dataset, world, LW_SPLITS), LW_ERROR_FORMAT, "test sample 0");
  lw_dataset_close(&dataset);
  end(world, folder);
}

/* Stored numbers may be finite and the values not; at the edge float32 decides. */
MPI_TEST(values_too_large_for_float32_are_found, 2)
{
  static const struct {
    double stored, scale;
    bool fits;
  } cases[] = {{3.4e38, 1.0, true}, {1e39, 1.0, false},  {1e30, 1e10, false},
               {-3.5e38, 1.0, false}, {1e300, 1e-290, true}};
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  float value;
  begin(world, folder, path, "set.h5");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const hand_made what = {.values = true,
                            .scale = cases[i].scale,
                            .item_type = H5T_IEEE_F64LE,
                            .split = {{1, NULL, 1, &cases[i].stored, NULL}}};
    lw_dataset *dataset = make(world, path, &what);
    const lw_status looked = lw_dataset_verify(dataset, world, LW_SPLITS);
    const lw_status read = lw_dataset_read_values(dataset, LW_SPLIT_TRAIN, 0, 0, 1, &value);
    CHECK((looked == LW_OK) == cases[i].fits, "%g", cases[i].stored);
    CHECK(read == looked, "reading %g", cases[i].stored);
    lw_dataset_close(&dataset);
  }
  end(world, folder);
}

MPI_TEST(what_is_not_read_is_named_with_what_is, 1)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  const double large[] = {0, 3e9};
  lw_dataset *dataset = NULL;
  begin(world, folder, path, "set.h5");
  hand_made what = {.vocabulary = 4, .split = {{2, NULL, 3, NULL, NULL}}};
  what.label_type = H5T_IEEE_F64LE;
  hand_made_write(path, &what);
  FAILS(lw_dataset_open(path, &dataset), LW_ERROR_FORMAT,
        "'/train/labels' has the wrong type: it holds float64, and must hold whole numbers (int8");
  what.label_type = 0;
  what.item_type = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_fields(what.item_type, 15, 10, 5, 0, 10);
  H5Tset_precision(what.item_type, 16);
  H5Tset_ebias(what.item_type, 15);
  H5Tset_size(what.item_type, 2);
  hand_made_write(path, &what);
  FAILS(lw_dataset_open(path, &dataset), LW_ERROR_FORMAT, "real numbers of 2 bytes; write it as");
  H5Tclose(what.item_type);
  what.item_type = 0;
  what.label_type = H5T_STD_I64LE;
  what.split[0].labels = large;
  hand_made_write(path, &what);
  FAILS(lw_dataset_open(path, &dataset), LW_ERROR_FORMAT, "/labels has 3000000000 at 1, outside 2");
  end(world, folder);
}

MPI_TESTS_1234
