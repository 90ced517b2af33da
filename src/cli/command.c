/* What subcommands share. */
#include "command.h"
#include "longwave/base/log.h"
#include "longwave/base/look.h"
#include <stdio.h>
#include <string.h>

lw_status lw_command_arguments(const lw_world *world, lw_option_section *section, const bool *help,
                               int argc, char **argv, lw_arguments *arguments)
{
  lw_option_defaults(section, 1);
  lw_status status = lw_option_arguments(section, argc, argv, arguments);
  if (status != LW_OK || !*help || (world && world->rank > 0)) return status;
  lw_command_help(section, 1);
  return LW_OK;
}

void lw_command_help(const lw_option_section *sections, int count)
{
  lw_look_page(stdout, sections->sentence);
  lw_option_help(sections, count, stdout);
  puts("\nEvery command takes --quiet (warnings and errors only) and --debug (more lines).");
}

const char *lw_command_loudness(void)
{
  if (!lw_log_shows(LW_LOG_INFO)) return "--quiet";
  return lw_log_shows(LW_LOG_DEBUG) ? "--debug" : NULL;
}
