/** Changes to finished HDF5 files, for tests that need data sets and checkpoints that the program
 *  would not write; checksums follow where the name says so. */
#ifndef TESTS_SUPPORT_H5_CHANGE_H
#define TESTS_SUPPORT_H5_CHANGE_H

#include "longwave/io/h5.h"
#include <criterion/criterion.h>
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

static inline hid_t h5_change_open(const char *path)
{
  hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
  cr_assert(file >= 0, "cannot open %s", path);
  return file;
}

static inline void h5_change_attribute(hid_t object, const char *name, hid_t type,
                                       const void *value)
{
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  cr_assert(attribute >= 0 && H5Awrite(attribute, type, value) >= 0, "attribute %s", name);
  H5Aclose(attribute);
}

/** A number among the attributes of the root. */
static inline void h5_change_integer(const char *path, const char *name, int64_t value)
{
  hid_t file = h5_change_open(path);
  h5_change_attribute(file, name, H5T_NATIVE_INT64, &value);
  H5Fclose(file);
}

static inline void h5_change_real(const char *path, const char *name, double value)
{
  hid_t file = h5_change_open(path);
  h5_change_attribute(file, name, H5T_NATIVE_DOUBLE, &value);
  H5Fclose(file);
}

/** Entry `place` of an array of fixed-length texts becomes `text`, cut to their length; the array's
 *  crc32 follows. */
static inline void h5_change_text(const char *path, const char *array, int place, const char *text)
{
  hid_t file = h5_change_open(path);
  hid_t set = H5Dopen2(file, array, H5P_DEFAULT), type = H5Dget_type(set),
        space = H5Dget_space(set);
  const size_t width = H5Tget_size(type), count = (size_t)H5Sget_simple_extent_npoints(space);
  char *bytes = calloc(count + 1, width), entry[256] = "";
  cr_assert(bytes && width < sizeof entry &&
            H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0);
  memset(bytes + (size_t)place * width, 0, width);
  memcpy(bytes + (size_t)place * width, text, strlen(text) < width ? strlen(text) : width);
  cr_assert(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0);
  uint32_t sum = 0;
  for (size_t i = 0; i < count; i++) {
    memcpy(entry, bytes + i * width, width);
    entry[width] = 0;
    sum = lw_crc32(sum, entry, (int64_t)strlen(entry) + 1);
  }
  const int64_t whole = sum;
  h5_change_attribute(set, "crc32", H5T_NATIVE_INT64, &whole);
  free(bytes);
  H5Sclose(space);
  H5Tclose(type);
  H5Dclose(set);
  H5Fclose(file);
}

#endif
