/* The types of items: one table for the file, memory and words. */
#include "h5_private.h"

typedef struct type_entry {
  const char *name;
  int64_t size;
  H5T_class_t family;
  H5T_sign_t sign;
} type_entry;

static const type_entry types[LW_H5_TYPES] = {
    [LW_H5_F32] = {"float32", 4, H5T_FLOAT, H5T_SGN_ERROR},
    [LW_H5_F64] = {"float64", 8, H5T_FLOAT, H5T_SGN_ERROR},
    [LW_H5_U8] = {"uint8", 1, H5T_INTEGER, H5T_SGN_NONE},
    [LW_H5_U16] = {"uint16", 2, H5T_INTEGER, H5T_SGN_NONE},
    [LW_H5_U32] = {"uint32", 4, H5T_INTEGER, H5T_SGN_NONE},
    [LW_H5_U64] = {"uint64", 8, H5T_INTEGER, H5T_SGN_NONE},
    [LW_H5_I8] = {"int8", 1, H5T_INTEGER, H5T_SGN_2},
    [LW_H5_I16] = {"int16", 2, H5T_INTEGER, H5T_SGN_2},
    [LW_H5_I32] = {"int32", 4, H5T_INTEGER, H5T_SGN_2},
    [LW_H5_I64] = {"int64", 8, H5T_INTEGER, H5T_SGN_2},
};

int64_t lw_h5_type_size(lw_h5_type type)
{
  return types[type].size;
}

const char *lw_h5_type_name(lw_h5_type type)
{
  return types[type].name;
}

bool lw_h5_type_whole(lw_h5_type type)
{
  return types[type].family == H5T_INTEGER;
}

hid_t lw_h5_native(lw_h5_type type)
{
  const hid_t native[LW_H5_TYPES] = {
      [LW_H5_F32] = H5T_NATIVE_FLOAT,  [LW_H5_F64] = H5T_NATIVE_DOUBLE,
      [LW_H5_U8] = H5T_NATIVE_UINT8,   [LW_H5_U16] = H5T_NATIVE_UINT16,
      [LW_H5_U32] = H5T_NATIVE_UINT32, [LW_H5_U64] = H5T_NATIVE_UINT64,
      [LW_H5_I8] = H5T_NATIVE_INT8,    [LW_H5_I16] = H5T_NATIVE_INT16,
      [LW_H5_I32] = H5T_NATIVE_INT32,  [LW_H5_I64] = H5T_NATIVE_INT64,
  };
  return native[type];
}

hid_t lw_h5_stored(lw_h5_type type)
{
  const hid_t stored[LW_H5_TYPES] = {
      [LW_H5_F32] = H5T_IEEE_F32LE, [LW_H5_F64] = H5T_IEEE_F64LE, [LW_H5_U8] = H5T_STD_U8LE,
      [LW_H5_U16] = H5T_STD_U16LE,  [LW_H5_U32] = H5T_STD_U32LE,  [LW_H5_U64] = H5T_STD_U64LE,
      [LW_H5_I8] = H5T_STD_I8LE,    [LW_H5_I16] = H5T_STD_I16LE,  [LW_H5_I32] = H5T_STD_I32LE,
      [LW_H5_I64] = H5T_STD_I64LE,
  };
  return stored[type];
}

/* What an array has that is not read: the kind of HDF5 and the bytes of an item. */
static lw_status foreign(const char *path, const char *name, H5T_class_t family, size_t size)
{
  static const struct {
    H5T_class_t family;
    const char *name;
  } families[] = {{H5T_INTEGER, "whole numbers"}, {H5T_FLOAT, "real numbers"},
                  {H5T_STRING, "texts"},          {H5T_ENUM, "an enumeration (NumPy's bool)"},
                  {H5T_COMPOUND, "records"},      {H5T_VLEN, "lists of any length"},
                  {H5T_ARRAY, "arrays"}};
  const char *is = "items";
  for (size_t i = 0; i < sizeof families / sizeof *families; i++)
    if (families[i].family == family) is = families[i].name;
  return lw_fail(
      LW_ERROR_FORMAT,
      "'%s': array '%s' has a type that is not supported: %s of %zu bytes; write it as int8 "
      "to int64, uint8 to uint64, float32 or float64",
      path, name, is, size);
}

lw_status lw_h5_type_read(const char *path, const char *name, hid_t set, lw_h5_shape *shape)
{
  hid_t type = H5Dget_type(set);
  const H5T_class_t family = H5Tget_class(type);
  const size_t size = H5Tget_size(type);
  const H5T_sign_t sign = family == H5T_INTEGER ? H5Tget_sign(type) : H5T_SGN_ERROR;
  const bool number = family == H5T_INTEGER || family == H5T_FLOAT;
  const bool full = number && H5Tget_precision(type) == 8 * size;
  shape->big_endian = number && H5Tget_order(type) == H5T_ORDER_BE;
  H5Tclose(type);
  for (int i = 0; full && i < LW_H5_TYPES; i++)
    if (types[i].family == family && types[i].sign == sign && types[i].size == (int64_t)size) {
      shape->type = (lw_h5_type)i;
      return LW_OK;
    }
  return foreign(path, name, family, size);
}
