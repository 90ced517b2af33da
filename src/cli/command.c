/* What subcommands share. */
#include "command.h"
#include <stdio.h>
#include <string.h>

lw_status lw_command_arguments(const lw_world *world, lw_option_section *section, const bool *help,
                               int argc, char **argv, lw_arguments *arguments)
{
  lw_option_defaults(section, 1);
  lw_status status = lw_option_arguments(section, argc, argv, arguments);
  if (status != LW_OK || !*help || (world && world->rank > 0)) return status;
  puts(section->sentence);
  lw_option_help(section, 1, stdout);
  return LW_OK;
}

void lw_command_run_folder(const char *path, char *folder)
{
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  const char *dot = strrchr(name, '.');
  int length = dot && dot > name ? (int)(dot - name) : (int)strlen(name);
  snprintf(folder, LW_TEXT_MAX, "runs/%.*s", length, name);
}

static const char *documents_name(bool pairs)
{
  return pairs ? "pairs of documents" : "single samples";
}

lw_status lw_command_check_data(const lw_model *model, const lw_dataset *dataset)
{
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  const lw_model_data *data = &model->data;
  if (info->kind == data->kind && info->vocabulary == data->vocabulary &&
      info->target == data->target && lw_dataset_outcomes(info) == data->classes &&
      info->pairs == data->pairs)
    return LW_OK;
  if (info->pairs != data->pairs)
    return lw_fail(LW_ERROR_INPUT, "%s holds %s, but the checkpoint's model was trained on %s",
                   lw_dataset_path(dataset), documents_name(info->pairs),
                   documents_name(data->pairs));
  return lw_fail(LW_ERROR_INPUT,
                 "%s (%s, vocabulary %lld, target %s of %lld) does not fit the checkpoint's model "
                 "(%s, vocabulary %lld, target %s of %lld)",
                 lw_dataset_path(dataset), lw_kind_name(info->kind), (long long)info->vocabulary,
                 lw_target_name(info->target), (long long)lw_dataset_outcomes(info),
                 lw_kind_name(data->kind), (long long)data->vocabulary,
                 lw_target_name(data->target), (long long)data->classes);
}
