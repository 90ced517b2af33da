/* The end of a building: the data set is written. */
#include "longwave/base/mem.h"
#include "longwave/base/text.h"
#include "longwave/comm/agree.h"
#include "longwave/task/task.h"

lw_status lw_building_finish(lw_building *building, const char *settings, char **notes)
{
  const lw_world *world = building->world;
  lw_text all = LW_TEXT_GROWS;
  lw_status status = LW_OK;
  LW_TRY(lw_builder_finish(building->builder, building->origin, settings));
  lw_text_add(&all, "%s%s", lw_builder_notes(building->builder),
              building->notes ? building->notes : "");
  LW_TRY_TOGETHER(world, lw_text_end(&all));
  *notes = all.text;
  all = LW_TEXT_GROWS;
done:
  lw_text_done(&all);
  return status;
}

void lw_building_done(lw_building *building)
{
  lw_builder_destroy(&building->builder);
  lw_mem_give(building->origin);
  lw_mem_give(building->notes);
  building->origin = building->notes = NULL;
}
