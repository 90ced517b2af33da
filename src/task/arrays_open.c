#include "arrays.h"
#include "longwave/base/mem.h"
#include <inttypes.h>
#include <stdio.h>

enum { SHAPE_TEXT = 256 };

void lw_arrays_close(lw_arrays_split *split)
{
  lw_array_close(&split->values);
  lw_array_close(&split->targets);
  lw_array_close(&split->offsets);
  lw_array_close(&split->groups);
}

/* [N, T], [N, T, C], with channels first [N, C, T]; with offsets [total], [total, C]. */
static lw_status look_at_values(const lw_arrays_settings *own, lw_arrays_split *split)
{
  const lw_array_shape *shape = lw_array_describe(split->values);
  char text[SHAPE_TEXT];
  const int least = split->offsets ? 1 : 2, most = least + 1;
  if (shape->dims < least || shape->dims > most || (split->offsets && own->channels_first))
    return lw_fail(LW_ERROR_INPUT,
                   "'%s' has the shape %s; [samples, steps], [samples, steps, channels] (or with "
                   "--channels-first [samples, channels, steps]), or with offsets [steps] or "
                   "[steps, channels] can be read",
                   lw_array_name(split->values), lw_array_show(split->values, text, sizeof text));
  const bool several = shape->dims == most;
  const int steps = own->channels_first && several ? 2 : 1;
  split->channels = several ? shape->size[split->offsets ? 1 : 3 - steps] : 1;
  split->steps = split->offsets ? 0 : shape->size[steps];
  split->samples = split->offsets ? lw_array_describe(split->offsets)->size[0] - 1 : shape->size[0];
  return LW_OK;
}

static lw_status refuse_targets(const lw_arrays_split *split, const char *wanted)
{
  char a[SHAPE_TEXT], b[SHAPE_TEXT];
  return lw_fail(LW_ERROR_INPUT, "'%s' has the shape %s, which does not fit '%s' of %s; %s",
                 lw_array_name(split->targets), lw_array_show(split->targets, a, sizeof a),
                 lw_array_name(split->values), lw_array_show(split->values, b, sizeof b), wanted);
}

static lw_status look_at_targets(const lw_arrays_settings *own, lw_arrays_split *split)
{
  const lw_array_shape *shape = lw_array_describe(split->targets);
  const lw_array_shape *values = lw_array_describe(split->values);
  const bool steps = lw_question_steps(own->question), numbers = own->question != LW_QUESTION_CLASS;
  const int64_t rows = split->offsets && steps ? values->size[0] : split->samples;
  /* dimensions before those of an answer */
  const int before = steps && !split->offsets ? 2 : 1;
  if (shape->size[0] != rows || shape->dims < before || shape->dims > before + 1 ||
      (before == 2 && shape->size[1] != split->steps))
    return refuse_targets(split, steps ? "an answer for each step was expected"
                                       : "an answer for each sample was expected");
  split->width = shape->dims > before ? shape->size[before] : 1;
  if (split->width > 1 && (!numbers || own->question == LW_QUESTION_STEP_CLASS))
    return refuse_targets(split,
                          "one class was expected; --question classes takes 0 and 1 for each "
                          "class");
  return LW_OK;
}

static lw_status check_vector(const lw_array *array, int64_t size)
{
  const lw_array_shape *shape = lw_array_describe(array);
  char text[SHAPE_TEXT];
  if (shape->row == 1 && (shape->size[0] == size || size < 0)) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "'%s' has the shape %s; one number for each of %" PRId64 " samples was expected",
                 lw_array_name(array), lw_array_show(array, text, sizeof text), size);
}

/* An array that may not be given. */
static lw_status open_if(const char *name, lw_array **out)
{
  return name[0] ? lw_array_open(name, out) : LW_OK;
}

lw_status lw_arrays_open(const lw_arrays_settings *own, lw_split split, bool unlabelled,
                         lw_arrays_split *out)
{
  lw_status status = LW_OK;
  if (!own->values[split][0]) return LW_OK;
  LW_TRY(lw_array_open(own->values[split], &out->values));
  LW_TRY(open_if(own->targets[split], &out->targets));
  LW_TRY(open_if(own->offsets[split], &out->offsets));
  LW_TRY(open_if(own->groups[split], &out->groups));
  if (out->offsets) LW_TRY(check_vector(out->offsets, -1));
  LW_TRY(look_at_values(own, out));
  if (own->question == LW_QUESTION_NEXT_VALUES && out->targets)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' is given, and --question next-values asks for none",
                   own->targets[split]));
  if (out->samples < 1)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' holds no sample", lw_array_name(out->offsets)));
  if (own->question != LW_QUESTION_NEXT_VALUES && !out->targets && !unlabelled)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "the array of targets that belongs to '%s' is missing",
                   own->values[split]));
  if (out->targets) LW_TRY(look_at_targets(own, out));
  if (out->groups) LW_TRY(check_vector(out->groups, out->samples));
done:
  return status;
}
