#include "longwave/base/json_read.h"
#include <jansson.h>

lw_status lw_json_parse(const char *text, int64_t bytes, const char *name, lw_json_value *root)
{
  json_error_t error;
  json_t *value = json_loadb(text, (size_t)bytes, JSON_REJECT_DUPLICATES, &error);
  if (!value)
    return lw_fail(LW_ERROR_FORMAT, "%s is not JSON: byte %d: %s", name, error.position,
                   error.text);
  if (!json_is_object(value)) {
    json_decref(value);
    return lw_fail(LW_ERROR_FORMAT, "%s is not a JSON object", name);
  }
  root->value = value;
  return LW_OK;
}

void lw_json_free(lw_json_value *root)
{
  json_decref(root->value);
  root->value = NULL;
}

lw_status lw_json_visit(lw_json_value object,
                        lw_status (*visit)(const char *key, lw_json_value value, void *context),
                        void *context)
{
  const char *key;
  json_t *value;
  json_object_foreach(object.value, key, value)
  {
    const lw_status status = visit(key, (lw_json_value){value}, context);
    if (status != LW_OK) return status;
  }
  return LW_OK;
}

bool lw_json_is_object(lw_json_value value)
{
  return json_is_object((json_t *)value.value);
}

lw_json_value lw_json_member(lw_json_value object, const char *key)
{
  return (lw_json_value){json_object_get(object.value, key)};
}

int64_t lw_json_members(lw_json_value object)
{
  return (int64_t)json_object_size(object.value);
}

const char *lw_json_string(lw_json_value value)
{
  return json_string_value(value.value);
}

int64_t lw_json_length(lw_json_value array)
{
  return json_is_array((json_t *)array.value) ? (int64_t)json_array_size(array.value) : -1;
}

bool lw_json_integer(lw_json_value array, int64_t index, int64_t *number)
{
  const json_t *value = json_array_get(array.value, (size_t)index);
  if (!json_is_integer(value)) return false;
  *number = json_integer_value(value);
  return true;
}
