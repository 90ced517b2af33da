/* The task `colour`: small pictures with a class each, pixel by pixel, row by row, as three
 * channels: PNG files, or CIFAR-10's binary batches (a byte of the class, 1024 red, 1024 green and
 * 1024 blue levels). */
#include "building.h"
#include "entries.h"
#include "longwave/base/mem.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "longwave/io/png.h"
#include "longwave/parse/source.h"
#include "passed_over.h"
#include <inttypes.h>
#include <string.h>

enum { COLOURS = 3, CIFAR_SIDE = 32, SIDE_MOST = 4096 };

typedef struct settings {
  lw_task_out out;
  lw_entry_settings entries;
  const char *cifar[LW_SPLITS], *classes;
  lw_normalise normalise;
  lw_split_rule rule;
} settings;

#define PLACE(member) LW_AT(settings, member)
static const lw_option options[] = {
    LW_TASK_OUT_OPTIONS,
    LW_ENTRY_OPTIONS(settings, entries),
    LW_LONG_ROW("cifar_train", FLAG, PLACE(cifar[LW_SPLIT_TRAIN]), "", 0,
                "in place of PNG files: CIFAR-10 binary batches, joined by commas"),
    LW_LONG_ROW("cifar_test", FLAG, PLACE(cifar[LW_SPLIT_TEST]), "", 0, "the same for testing"),
    LW_TASK_CLASSES_OPTION(settings, classes),
    LW_TASK_NORMALISE_OPTION(settings, normalise),
    LW_TASK_SPLIT_OPTIONS(settings, rule),
    {0},
};

typedef struct reading {
  const lw_option_section *flags;
  const settings *own;
  lw_building *building;
  bool cifar;
  lw_entries entries;
  lw_list classes;
  int64_t width, height; /* of every picture */
  uint8_t *read;         /* [height, width, 4], or a record of CIFAR */
  uint8_t *items;        /* [height * width, COLOURS] */
  int64_t pictures;      /* of CIFAR */
} reading;

/* ---- PNG ---- */

/* Width and height stand in bytes 16 to 23, big endian; libpng looks at all else. */
static lw_status size_of(const char *path, int64_t *width, int64_t *height)
{
  lw_source *source = NULL;
  uint8_t b[24];
  lw_status status = LW_OK;
  LW_TRY(lw_source_open(path, &source));
  LW_TRY(lw_source_take(source, b, sizeof b));
  if (memcmp(b, "\x89PNG\r\n\x1a\n", 8) != 0)
    LW_TRY(lw_fail(LW_ERROR_FORMAT, "'%s' is no PNG file", path));
  *width = (int64_t)b[16] << 24 | b[17] << 16 | b[18] << 8 | b[19];
  *height = (int64_t)b[20] << 24 | b[21] << 16 | b[22] << 8 | b[23];
  if (*width < 1 || *height < 1 || *width > SIDE_MOST || *height > SIDE_MOST)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "'%s' has %" PRId64 " x %" PRId64 " pixels; sides from 1 to %d "
                   "can be read",
                   path, *width, *height, SIDE_MOST));
done:
  lw_source_close(&source);
  return status;
}

static lw_status check_size(const reading *in, const char *path)
{
  int64_t width = 0, height = 0;
  lw_status status = size_of(path, &width, &height);
  if (status != LW_OK || (width == in->width && height == in->height)) return status;
  return lw_fail(LW_ERROR_INPUT,
                 "'%s' has %" PRId64 " x %" PRId64 " pixels, '%s' %" PRId64 " x %" PRId64
                 "; pictures of one data set have one size: scale them first",
                 path, width, height, in->entries.entry[0].path, in->width, in->height);
}

static lw_status add_picture(const reading *in, const lw_entry *entry)
{
  const int64_t pixels = in->width * in->height;
  const lw_builder_sample sample = {.where = entry->path,
                                    .name = entry->name,
                                    .group = entry->group,
                                    .has_split = entry->has_split,
                                    .split = entry->split,
                                    .label = entry->class};
  lw_status status = LW_OK;
  LW_TRY(check_size(in, entry->path));
  LW_TRY(lw_png_read(entry->path, in->width, in->height, in->read));
  for (int64_t i = 0; i < pixels; i++) {
    if (in->read[i * 4 + COLOURS] != 255)
      LW_TRY(lw_fail(LW_ERROR_INPUT,
                     "'%s' is transparent at pixel %" PRId64 "; lay it on a background first",
                     entry->path, i));
    memcpy(in->items + i * COLOURS, in->read + i * 4, COLOURS);
  }
  LW_TRY(lw_builder_begin(in->building->builder, &sample));
  LW_TRY(lw_builder_items(in->building->builder, in->items, NULL, pixels));
  LW_TRY(lw_builder_end(in->building->builder));
done:
  return status;
}

static lw_status add_pictures(const reading *in)
{
  int64_t first = 0, behind = 0;
  lw_work work = {0};
  lw_status status = LW_OK;
  lw_building_part(in->building, in->entries.count, &first, &behind);
  lw_work_begin(&work, "reading pictures", "pictures", behind - first);
  for (int64_t i = first; i < behind; i++) {
    LW_TRY(add_picture(in, &in->entries.entry[i]));
    lw_work_add(&work, 1);
  }
done:
  lw_work_end(&work);
  return status;
}

/* ---- CIFAR-10 ---- */

static lw_status add_record(reading *in, const char *path, lw_split split, int64_t number)
{
  const int64_t pixels = in->width * in->height;
  char where[LW_TEXT_MAX + 32];
  const uint8_t class = in->read[0];
  const lw_builder_sample sample = {.where = where,
                                    .has_split = split != LW_SPLIT_TRAIN,
                                    .split = split,
                                    .label = in->classes.entry[class]};
  lw_status status = LW_OK;
  snprintf(where, sizeof where, "%s:%" PRId64, path, number);
  for (int64_t i = 0; i < pixels; i++)
    for (int k = 0; k < COLOURS; k++) in->items[i * COLOURS + k] = in->read[1 + k * pixels + i];
  LW_TRY(lw_builder_begin(in->building->builder, &sample));
  LW_TRY(lw_builder_items(in->building->builder, in->items, NULL, pixels));
  LW_TRY(lw_builder_end(in->building->builder));
done:
  return status;
}

static lw_status add_batch(reading *in, const char *path, lw_split split)
{
  const int64_t pixels = in->width * in->height;
  lw_source *source = NULL;
  bool more = false;
  lw_status status = LW_OK;
  LW_TRY(lw_source_open(path, &source));
  LW_TRY(lw_source_more(source, &more));
  if (!more) LW_TRY(lw_fail(LW_ERROR_FORMAT, "'%s' is empty; download or make it again", path));
  for (int64_t number = 0; more; number++) {
    LW_TRY(lw_source_take(source, in->read, 1));
    if (in->read[0] >= in->classes.count)
      LW_TRY(lw_fail(LW_ERROR_FORMAT,
                     "'%s': label %d at byte %" PRId64 " is not from 0 to %" PRId64
                     "; is it the binary version of CIFAR-10?",
                     path, in->read[0], lw_source_offset(source) - 1, in->classes.count - 1));
    LW_TRY(lw_source_take(source, in->read + 1, COLOURS * pixels));
    LW_TRY(add_record(in, path, split, number));
    LW_TRY(lw_source_more(source, &more));
    in->pictures++;
  }
done:
  lw_source_close(&source);
  return status;
}

static lw_status add_cifar(reading *in)
{
  lw_list files = {0};
  lw_status status = LW_OK;
  for (int split = 0; split < LW_SPLITS; split++) {
    if (!in->own->cifar[split] || !in->own->cifar[split][0]) continue;
    LW_TRY(lw_list_split(in->own->cifar[split], "the list of CIFAR batches", &files));
    for (int64_t i = 0; i < files.count; i++)
      LW_TRY(add_batch(in, files.entry[i], (lw_split)split));
  }
done:
  lw_list_done(&files);
  return status;
}

/* ---- the task ---- */

static lw_status begin(reading *in)
{
  static const char *const endings[] = {".png", NULL};
  static const char *const files_only[] = {"folder",        "list",    "pattern",
                                           "validation_if", "test_if", NULL};
  const settings *own = in->own;
  const char *classes = own->classes;
  lw_status status = LW_OK;
  in->cifar = own->cifar[LW_SPLIT_TRAIN][0] || own->cifar[LW_SPLIT_TEST][0];
  in->width = in->height = CIFAR_SIDE;
  if (in->cifar && !*classes)
    classes = "airplane,automobile,bird,cat,deer,dog,frog,horse,ship,truck";
  if (in->cifar)
    LW_TRY(lw_task_forbid(in->flags, files_only, "with --cifar-train"));
  else {
    LW_TRY(lw_entries_read(&own->entries, endings, in->building->like != NULL, &in->entries));
    LW_TRY(size_of(in->entries.entry[0].path, &in->width, &in->height));
  }
  if (*classes) LW_TRY(lw_list_split(classes, "--classes", &in->classes));
  LW_TRY(LW_TAKE(&in->read, in->width * in->height * 4));
  LW_TRY(LW_TAKE(&in->items, in->width * in->height * COLOURS));
done:
  return status;
}

static lw_status create(const reading *in)
{
  static const lw_channel channel[COLOURS] = {{.name = "red"}, {.name = "green"}, {.name = "blue"}};
  bool given[LW_SPLITS];
  memcpy(given, in->entries.split, sizeof given);
  if (in->own->cifar[LW_SPLIT_TEST][0]) given[LW_SPLIT_TEST] = true;
  const lw_builder_plan plan = {.task = "colour",
                                .input = &lw_input_values,
                                .target = &lw_target_class,
                                .stored = LW_H5_U8,
                                .channels = COLOURS,
                                .channel = channel,
                                .normalise = in->own->normalise,
                                .classes = in->classes.count,
                                .class_names = in->classes.entry,
                                .named = !in->cifar,
                                .grouped = in->entries.grouped,
                                .rule = lw_building_rule(in->flags, in->own->rule, given),
                                .like = in->building->like};
  return lw_builder_create(in->building->world, in->building->path, &plan, &in->building->builder);
}

static lw_status say(const reading *in)
{
  const settings *own = in->own;
  const lw_entries *entries = &in->entries;
  const char *const paths[] = {own->cifar[LW_SPLIT_TRAIN], own->cifar[LW_SPLIT_TEST],
                               own->entries.list, own->entries.list[0] ? "" : own->entries.folder};
  lw_status status = LW_OK;
  LW_TRY(lw_building_origin_of(in->building, "pictures of", paths, 4));
  LW_TRY(lw_building_note(in->building,
                          "pictures: %" PRId64 " of %" PRId64 " x %" PRId64 " pixels\n",
                          in->cifar ? in->pictures : entries->count, in->width, in->height));
  LW_TRY(lw_entries_say_passed(in->building, entries, own->entries.folder, ".png"));
done:
  return status;
}

static lw_status build(const lw_option_section *flags, lw_building *building)
{
  reading in = {.flags = flags, .own = flags->values, .building = building};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(building->world, begin(&in));
  LW_TRY(create(&in));
  if (in.cifar)
    LW_TRY_ON_ROOT(building->world, add_cifar(&in));
  else
    LW_TRY_TOGETHER(building->world, add_pictures(&in));
  LW_TRY_ON_ROOT(building->world, say(&in));
done:
  lw_mem_give(in.items);
  lw_mem_give(in.read);
  lw_list_done(&in.classes);
  lw_entries_done(&in.entries);
  return status;
}

const lw_task lw_colour_task = {
    .name = "colour",
    .sentence = "colour pictures with a class each, as 3 channels: PNG files or CIFAR-10",
    .options = options,
    .settings_bytes = sizeof(settings),
    .build = build,
    .source = {"folder",
               false,
               true,
               {"list", "validation_if", "test_if", "cifar_train", "cifar_test"}},
};
