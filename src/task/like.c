#include "like.h"
#include "longwave/base/mem.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *form_of(const lw_input *input, const lw_target *target, int64_t documents)
{
  if (target->form) return target->form;
  if (!input->ids) return input->name;
  return documents > 1 ? "pairs of documents" : "token ids of single documents";
}

lw_status lw_like_open(const char *path, const lw_dataset_recipe *wanted,
                       const lw_option_section *flags, const char *const *names, lw_dataset **out)
{
  if (!path[0]) return LW_OK;
  lw_status status = lw_task_forbid(flags, names, "with --like, which sets it");
  if (status == LW_OK) status = lw_dataset_open(path, out);
  if (status != LW_OK) return status;
  const lw_dataset_info *info = lw_dataset_describe(*out);
  if (info->input == wanted->input && info->target == wanted->target &&
      info->documents == wanted->documents)
    return LW_OK;
  return lw_fail(LW_ERROR_INPUT, "'%s' (--like) holds %s, and this task makes %s", path,
                 form_of(info->input, info->target, info->documents),
                 form_of(wanted->input, wanted->target, wanted->documents));
}

static lw_status expect_same(const lw_dataset *other, const char *given)
{
  lw_list list = {0};
  lw_status status = lw_list_split(given, "--class-names", &list);
  if (status != LW_OK) return status;
  const int64_t classes = lw_dataset_describe(other)->classes;
  for (int64_t k = 0; k < list.count && k < classes; k++)
    if (strcmp(list.entry[k], lw_dataset_class_name(other, k)) != 0)
      LW_TRY(lw_fail(LW_ERROR_INPUT,
                     "--class-names has '%s' as class %" PRId64
                     ", '%s' (--like) has '%s'; remove --class-names, or give the same names in "
                     "the same order",
                     list.entry[k], k, lw_dataset_path(other), lw_dataset_class_name(other, k)));
  if (list.count != classes)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "--class-names has %" PRId64 " names, '%s' (--like) has %" PRId64
                   "; remove --class-names, or give the same names in the same order",
                   list.count, lw_dataset_path(other), classes));
done:
  lw_list_done(&list);
  return status;
}

lw_status lw_like_classes(const lw_dataset *other, const lw_option_section *flags,
                          const char *given, lw_product *product)
{
  if (!other) return lw_product_name_classes(product, given, "--class-names");
  const int64_t classes = lw_dataset_describe(other)->classes;
  const char **names = NULL;
  lw_status status = LW_OK;
  if (lw_task_given(flags, "class_names")) LW_TRY(expect_same(other, given));
  LW_TRY(LW_TAKE(&names, classes));
  for (int64_t k = 0; k < classes; k++) names[k] = lw_dataset_class_name(other, k);
  LW_TRY(lw_product_take_classes(product, names, classes, lw_dataset_path(other)));
done:
  lw_mem_give(names);
  return status;
}

lw_status lw_like_scale(const lw_dataset *other, double *scale, double *shift)
{
  if (!lw_dataset_stores_bytes(other))
    return lw_fail(
        LW_ERROR_INPUT,
        "'%s' (--like) stores real numbers, not levels of grey; its scale is not one of pictures",
        lw_dataset_path(other));
  *scale = lw_dataset_describe(other)->channel[0].scale;
  *shift = lw_dataset_describe(other)->channel[0].shift;
  return LW_OK;
}

lw_status lw_like_setting(const lw_dataset *other, const char *name, const char *value)
{
  char start[LW_TEXT_MAX], flag[LW_TEXT_MAX];
  snprintf(start, sizeof start, "\n  %s: ", name);
  const char *found = strstr(lw_dataset_settings(other), start);
  if (!found) return LW_OK; /* made by hand, or by another task */
  found += strlen(start);
  const int quoted = *found == '"', length = (int)strcspn(found + quoted, "\"\n");
  if ((int)strlen(value) == length && !memcmp(found + quoted, value, (size_t)length)) return LW_OK;
  snprintf(flag, sizeof flag, "%s", name);
  for (char *c = flag; *c; c++)
    if (*c == '_') *c = '-';
  return lw_fail(LW_ERROR_INPUT, "'%s' (--like) was made with --%s %.*s, not %s; give the same",
                 lw_dataset_path(other), flag, length, found + quoted, value);
}
