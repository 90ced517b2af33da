/* The HDF5 door: what is written on any rank count is read back, equal to the byte; what is
 * damaged, foreign or too large is refused in words. */
#define _DEFAULT_SOURCE
#include "longwave/io/h5.h"
#include "longwave/array/layout.h"
#include "longwave/base/mem.h"
#include "longwave/comm/reduce.h"
#include "mpi_folder.h"
#include <errno.h>
#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROWS = 7, COLUMNS = 3 };

static bool exists(const char *path)
{
  return access(path, F_OK) == 0;
}

static uint32_t file_checksum(const char *path)
{
  static char bytes[1 << 20];
  FILE *file = fopen(path, "rb");
  if (!file) return 0;
  size_t count = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  return lw_crc32(0, bytes, (int64_t)count);
}

static lw_status define(lw_h5_writer *writer)
{
  const char *const names[] = {"one", "", "three"};
  const int64_t matrix[] = {ROWS, COLUMNS}, none[] = {0}, two = 2;
  lw_status status = LW_OK;
  LW_TRY(lw_h5_writer_array(writer, "/a/b/matrix", LW_H5_F32, 2, matrix));
  LW_TRY(lw_h5_writer_array(writer, "/a/empty", LW_H5_U8, 1, none));
  LW_TRY(lw_h5_writer_array(writer, "/few", LW_H5_I64, 1, &two));
  LW_TRY(lw_h5_writer_texts(writer, "/names", names, 3));
  LW_TRY(lw_h5_writer_text(writer, "/", "title", "Langwelle – ä"));
  LW_TRY(lw_h5_writer_text(writer, "/", "nothing", ""));
  LW_TRY(lw_h5_writer_integer(writer, "/a/b/matrix", "crc32", 4000000000));
  LW_TRY(lw_h5_writer_integer(writer, "/a", "below", -5));
  LW_TRY(lw_h5_writer_real(writer, "/", "tenth", 0.1));
  LW_TRY(lw_h5_writer_link(writer, "/a/b/matrix", "/again/matrix"));
done:
  return status;
}

static float item(int64_t row, int64_t column)
{
  return (float)(100 * row + column) + 0.5f;
}

/* Each rank its rows of the matrix; the last rank alone writes `few`, so others write no rows. */
static lw_status put(lw_h5_writer *writer, const lw_world *world)
{
  float rows[ROWS * COLUMNS];
  const int64_t few[] = {INT64_MAX, -1};
  int64_t first = lw_layout_first(ROWS, world->size, world->rank);
  int64_t count = lw_layout_count(ROWS, world->size, world->rank);
  bool last = world->rank == world->size - 1;
  for (int64_t i = 0; i < count * COLUMNS; i++) rows[i] = item(first + i / COLUMNS, i % COLUMNS);
  lw_status status = LW_OK;
  LW_TRY(lw_h5_writer_put(writer, "/a/b/matrix", first, count, rows));
  LW_TRY(lw_h5_writer_put(writer, "/a/empty", 0, 0, NULL));
  LW_TRY(lw_h5_writer_put(writer, "/few", 0, last ? 2 : 0, last ? few : NULL));
done:
  return status;
}

static void write_file(const lw_world *world, const char *path)
{
  lw_h5_writer *writer = NULL;
  FINE(lw_h5_writer_create(world, path, &writer));
  FINE(define(writer));
  FINE(lw_h5_writer_start(writer));
  FINE(put(writer, world));
  FINE(lw_h5_writer_finish(writer));
  MPI_Barrier(world->all);
  CHECK(!exists(path) && exists(lw_h5_writer_temporary(writer)), "published too early");
  MPI_Barrier(world->all);
  FINE(lw_h5_writer_publish(writer));
  CHECK(exists(path) && !exists(lw_h5_writer_temporary(writer)), "not published");
  lw_h5_writer_destroy(&writer);
  CHECK(exists(path), "gone with its writer");
}

static lw_status count_name(const char *name, void *context)
{
  char *all = context;
  strcat(all, name);
  strcat(all, " ");
  return strcmp(name, "names") ? LW_OK : lw_fail(LW_ERROR_INPUT, "enough");
}

static void check_attributes(const lw_h5 *file)
{
  char text[32];
  int64_t integer = 0;
  double real = 0;
  FINE(lw_h5_get_text(file, "/", "title", text, sizeof text));
  CHECK(!strcmp(text, "Langwelle – ä"), "%s", text);
  CHECK(lw_h5_text_room(file, "/", "title") == (int64_t)sizeof "Langwelle – ä", "room");
  CHECK(lw_h5_text_room(file, "/", "nothing") == 1, "an empty text");
  CHECK(lw_h5_text_room(file, "/", "none") == -1, "no text");
  FAILS(lw_h5_get_text(file, "/", "title", text, 16), LW_ERROR_FORMAT,
        "at most 15 are supported; write a shorter one");
  FINE(lw_h5_get_integer(file, "/again/matrix", "crc32", &integer));
  CHECK(integer == 4000000000, "%lld", (long long)integer);
  FINE(lw_h5_get_integer(file, "/a", "below", &integer));
  CHECK(integer == -5, "%lld", (long long)integer);
  FINE(lw_h5_get_real(file, "/", "tenth", &real));
  CHECK(real == 0.1, "%g", real);
  FAILS(lw_h5_get_integer(file, "/", "tenth", &integer), LW_ERROR_FORMAT, "one whole number");
  FAILS(lw_h5_get_integer(file, "/", "title", &integer), LW_ERROR_FORMAT, "'title' of '/'");
  FAILS(lw_h5_get_real(file, "/none", "x", &real), LW_ERROR_FORMAT, "missing");
  CHECK(lw_h5_texts_count(file, "/names") == 3, "three names");
  CHECK(lw_h5_texts_count(file, "/few") == -1, "numbers are no names");
  FINE(lw_h5_read_text(file, "/names", 2, text, sizeof text));
  CHECK(!strcmp(text, "three"), "%s", text);
  FINE(lw_h5_read_text(file, "/names", 1, text, sizeof text));
  CHECK(!strcmp(text, ""), "%s", text);
  FAILS(lw_h5_read_text(file, "/names", 3, text, sizeof text), LW_ERROR_FORMAT, "no text 3");
}

static void check_arrays(const lw_h5 *file)
{
  lw_h5_shape shape;
  double rows[2 * COLUMNS];
  int64_t few[2] = {0};
  FINE(lw_h5_array_shape(file, "/a/b/matrix", &shape));
  CHECK(shape.rank == 2 && shape.dims[0] == ROWS && shape.dims[1] == COLUMNS &&
            shape.items == ROWS * COLUMNS && shape.type == LW_H5_F32,
        "the shape");
  FINE(lw_h5_read(file, "/again/matrix", LW_H5_F64, 4, 2, rows));
  for (int i = 0; i < 2 * COLUMNS; i++)
    CHECK(rows[i] == (double)item(4 + i / COLUMNS, i % COLUMNS), "%d: %g", i, rows[i]);
  FINE(lw_h5_read(file, "/few", LW_H5_I64, 0, 2, few));
  CHECK(few[0] == INT64_MAX && few[1] == -1, "%lld", (long long)few[0]);
  FINE(lw_h5_array_shape(file, "/a/empty", &shape));
  CHECK(shape.items == 0, "empty");
  FINE(lw_h5_read(file, "/a/empty", LW_H5_U8, 0, 0, NULL));
  FAILS(lw_h5_read(file, "/few", LW_H5_I64, 1, 2, few), LW_ERROR_FORMAT, "which has 2");
  FAILS(lw_h5_read(file, "/fewer", LW_H5_I64, 0, 1, few), LW_ERROR_FORMAT, "no array '/fewer'");
  FAILS(lw_h5_array_shape(file, "/a", &shape), LW_ERROR_FORMAT, "'/a'");
  FAILS(lw_h5_array_shape(file, "/names", &shape), LW_ERROR_FORMAT, "type");
  CHECK(lw_h5_has(file, "/a/b") && !lw_h5_has(file, "/b/c/d") && lw_h5_has(file, "/"), "has");
}

MPI_TEST_1234(a_file_comes_back)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM], names[256] = "";
  lw_h5 *file = NULL;
  begin(world, folder, path, "file.h5");
  write_file(world, path);
  FINE(lw_h5_open(path, &file));
  check_arrays(file);
  check_attributes(file);
  CHECK(lw_h5_each(file, "/", count_name, names) == LW_ERROR_INPUT, "the visitor's failure");
  CHECK(!strcmp(names, "a again few names "), "%s", names);
  lw_h5_close(&file);
  end(world, folder);
}

/* HDF5 may lay out a file as it likes, so the measure is a file that one rank writes alone. */
MPI_TEST_1234(every_rank_count_writes_the_same_bytes)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM], alone_path[PATH_ROOM];
  lw_world *alone = NULL;
  begin(world, folder, path, "together.h5");
  write_file(world, path);
  FINE(lw_world_create(MPI_COMM_SELF, &alone));
  sleep(1); /* a time in the file would be another second now */
  snprintf(alone_path, sizeof alone_path, "%s/alone-%d.h5", folder, world->rank);
  write_file(alone, alone_path);
  CHECK(file_checksum(path) && file_checksum(path) == file_checksum(alone_path), "bytes differ");
  lw_world_destroy(&alone);
  end(world, folder);
}

MPI_TEST_1234(a_failure_of_one_rank_ends_all)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM], temporary[2 * PATH_ROOM];
  float rows[ROWS * COLUMNS] = {0};
  lw_h5_writer *writer = NULL;
  begin(world, folder, path, "file.h5");
  FINE(lw_h5_writer_create(world, path, &writer));
  FINE(define(writer));
  FINE(lw_h5_writer_start(writer));
  snprintf(temporary, sizeof temporary, "%s", lw_h5_writer_temporary(writer));
  CHECK(exists(temporary), "no %s", temporary);
  bool last = world->rank == world->size - 1;
  FAILS(lw_h5_writer_put(writer, "/a/b/matrix", last ? ROWS : 0, last ? 1 : 0, rows),
        LW_ERROR_INPUT, "rows 7 to 8");
  lw_h5_writer_destroy(&writer);
  MPI_Barrier(world->all);
  CHECK(!exists(path) && !exists(temporary), "something stays behind");
  end(world, folder);
}

MPI_TEST_1234(no_room_is_told_before_anything_is_written)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  const int64_t too_many = INT64_C(1) << 55, negative = -1;
  lw_h5_writer *writer = NULL;
  begin(world, folder, path, "file.h5");
  FINE(lw_h5_writer_create(world, path, &writer));
  FAILS(lw_h5_writer_array(writer, "/x", LW_H5_F64, 1, &negative), LW_ERROR_INPUT, "/x");
  FINE(lw_h5_writer_array(writer, "/x", LW_H5_F64, 1, &too_many));
  FAILS(lw_h5_writer_array(writer, "/x", LW_H5_F64, 1, &too_many), LW_ERROR_INPUT, "twice");
  FAILS(lw_h5_writer_start(writer), LW_ERROR_FILE, "MiB are needed");
  lw_h5_writer_destroy(&writer);
  char nowhere[PATH_ROOM + 16];
  snprintf(nowhere, sizeof nowhere, "%s/no/file.h5", folder);
  FINE(lw_h5_writer_create(world, nowhere, &writer));
  FAILS(lw_h5_writer_start(writer), LW_ERROR_FILE, "No such file");
  lw_h5_writer_destroy(&writer);
  end(world, folder);
}

/* A file system of 8 MiB, for root only: filled after the space has been reserved, it still takes
 * the data; filled before, it refuses; and the process goes on. */
MPI_TEST(a_full_disk_is_survived, 2)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM], fill[PATH_ROOM];
  const int64_t bytes = 2 << 20;
  int mounted = 0;
  begin(world, folder, path, "file.h5");
  snprintf(fill, sizeof fill, "%s/fill", folder);
  if (!world->rank) mounted = mount("tmpfs", folder, "tmpfs", 0, "size=8m") == 0;
  lw_broadcast(world, &mounted, sizeof mounted);
  if (mounted) {
    lw_h5_writer *writer = NULL;
    FINE(lw_h5_writer_create(world, path, &writer));
    FINE(lw_h5_writer_array(writer, "/x", LW_H5_U8, 1, &bytes));
    FINE(lw_h5_writer_start(writer));
    if (!world->rank) {
      static char block[1 << 16];
      FILE *file = fopen(fill, "wb");
      while (file && fwrite(block, sizeof block, 1, file) == 1) {
      }
      if (file) (void)!fclose(file);
    }
    void *data = NULL;
    FINE(lw_mem_take(bytes, 1, &data));
    FINE(lw_h5_writer_put(writer, "/x", 0, world->rank ? 0 : bytes, data));
    FINE(lw_h5_writer_finish(writer));
    FINE(lw_h5_writer_publish(writer));
    lw_h5_writer_destroy(&writer);
    FINE(lw_h5_writer_create(world, path, &writer));
    FINE(lw_h5_writer_array(writer, "/x", LW_H5_U8, 1, &bytes));
    FAILS(lw_h5_writer_start(writer), LW_ERROR_FILE, "are free");
    lw_h5_writer_destroy(&writer);
    lw_mem_give(data);
    MPI_Barrier(world->all);
    if (!world->rank) CHECK(umount(folder) == 0, "%s", strerror(errno));
  }
  end(world, folder);
}

MPI_TEST(foreign_files_are_refused, 1)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  struct stat about;
  lw_h5 *file = NULL;
  begin(world, folder, path, "file.h5");
  FAILS(lw_h5_open(path, &file), LW_ERROR_FILE, "No such file");
  FAILS(lw_h5_open(folder, &file), LW_ERROR_FILE, "not a plain file");
  FILE *text = fopen(path, "w");
  CHECK(text && fputs("no HDF5 here\n", text) >= 0 && fclose(text) == 0, "cannot write");
  FAILS(lw_h5_open(path, &file), LW_ERROR_FORMAT, "is not an HDF5 file");
  CHECK(remove(path) == 0, "cannot remove");
  write_file(world, path);
  CHECK(stat(path, &about) == 0 && truncate(path, about.st_size / 2) == 0, "cannot cut");
  FAILS(lw_h5_open(path, &file), LW_ERROR_FORMAT, "truncated");
  CHECK(file == NULL, "out is touched");
  end(world, folder);
}

/* A file that another program has changed: links to elsewhere, and an array of 2^42 bytes of which
 * nothing was ever written. */
static void add_surprises(const char *path)
{
  const hsize_t items = (hsize_t)1 << 40, chunk = 1 << 10;
  hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
  hid_t space = H5Screate_simple(1, &items, NULL), how = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(how, 1, &chunk);
  H5Pset_deflate(how, 1);
  hid_t set = H5Dcreate2(file, "/hollow", H5T_IEEE_F32LE, space, H5P_DEFAULT, how, H5P_DEFAULT);
  CHECK(H5Lcreate_soft("/a/b/matrix", file, "/soft", H5P_DEFAULT, H5P_DEFAULT) >= 0, "soft");
  CHECK(H5Lcreate_external(path, "/a", file, "/external", H5P_DEFAULT, H5P_DEFAULT) >= 0,
        "external");
  CHECK(H5Dclose(set) >= 0 && H5Pclose(how) >= 0 && H5Sclose(space) >= 0, "cannot close");
  CHECK(H5Fclose(file) >= 0, "cannot close the file");
}

MPI_TEST(surprises_in_a_file_are_refused, 1)
{
  char folder[TEMP_FOLDER_MAX], path[PATH_ROOM];
  lw_h5_shape shape;
  lw_h5 *file = NULL;
  begin(world, folder, path, "file.h5");
  write_file(world, path);
  add_surprises(path);
  FINE(lw_h5_open(path, &file));
  CHECK(file && lw_h5_has(file, "/a/b/matrix"), "the array is gone");
  CHECK(!lw_h5_has(file, "/soft") && !lw_h5_has(file, "/external/b/matrix"), "a link is followed");
  FAILS(lw_h5_array_shape(file, "/external/b/matrix", &shape), LW_ERROR_FORMAT, "has no array");
  FAILS(lw_h5_array_shape(file, "/hollow", &shape), LW_ERROR_FORMAT, "claims more items");
  lw_h5_close(&file);
  end(world, folder);
}

MPI_TESTS_1234
