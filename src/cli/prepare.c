/* longwave prepare TASK --out FILE.h5 [flags]: make a data set. To add a task: task/task.h. */
#define _POSIX_C_SOURCE 200809L
#include "command.h"
#include "longwave/base/aside.h"
#include "longwave/base/input.h"
#include "longwave/base/look.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/base/work.h"
#include "longwave/comm/agree.h"
#include "longwave/data/classes.h"
#include "longwave/data/content.h"
#include "longwave/task/task.h"
#include "longwave/io/h5.h"
#include "longwave/io/output.h"
#include "longwave/run/banner.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Data sets by the names that papers call them, and other words for tasks. */
static const lw_synonym task_words[] = {
    {"mnist smnist", "images", NULL, NULL},
    {"pmnist psmnist", "images", NULL, "Take --permute random"},
    {"fashion fashionmnist", "images", NULL, "Take --classes-of fashion-mnist"},
    {"cifar cifar10 scifar scifar10", "images", NULL, "Take --cifar-train and --cifar-test"},
    {"lracifar", "images", NULL, "Take --cifar-train, --cifar-test and --grey lra"},
    {"pixels picture vision", "images", NULL, NULL},
    {"imdb sentiment reviews documents classification lratext", "text", NULL, NULL},
    {"lm languagemodel languagemodeling languagemodelling wikitext wikitext103 enwik8 text8 "
     "shakespeare pg19 char bytes",
     "language", NULL, NULL},
    {"pathx path128 pathfinder128", "pathfinder", NULL, "Take --size 128"},
    {"path256 pathx256", "pathfinder", NULL, "Take --size 256"},
    {"path32 pathfinder32 path", "pathfinder", NULL, NULL},
    {"aan matching pairs", "retrieval", NULL, NULL},
    {"lists", "listops", NULL, NULL},
    {"csv tsv spreadsheet forecast forecasting ett physionet goemotions", "table", NULL, NULL},
    {"ts arff tsf uea ucr monash archive", "series", NULL, NULL},
    {"wav flac ogg sound sounds speech fsdd speechcommands", "audio", NULL, NULL},
    {"wfdb ecg eeg physionet mitbih mitdb cinc2021 ptbxl", "signals", NULL, NULL},
    {"fasta genbank dna rna protein promoters genome", "letters", NULL, NULL},
    {"conllu conll tagging pos ner ud", "tokens", NULL, NULL},
    {"npy npz numpy hdf5 h5", "arrays", NULL, NULL},
    {"rgb color png imagefolder colours", "colour", NULL, NULL},
    {"synthetic toy dummy", "random", NULL, NULL},
    {"lra", NULL, NULL,
     "its tasks are listops, text, retrieval, images, and pathfinder (--size 128: Path-X)"},
    {0}};

static void print_tasks(void)
{
  lw_look_page(stdout, "usage: longwave prepare TASK --out FILE.h5 [flags]\n\n"
                       "Makes a data set of a task and prints what it holds.\n\ntasks:");
  for (int i = 0; lw_tasks[i]; i++) printf("  %-12s%s\n", lw_tasks[i]->name, lw_tasks[i]->sentence);
  puts("\n'longwave prepare TASK --help' lists the flags of a task.");
}

typedef struct help_flag {
  bool help;
} help_flag;

static void print_task(const lw_task *task, const lw_option_section *flags)
{
  help_flag help = {.help = false};
  static const lw_option help_row[] = {
      LW_BOOL_ROW("help", FLAG, LW_AT(help_flag, help), "false", "this text"), {0}};
  char page[2 * LW_TEXT_MAX];
  lw_option_section sections[] = {*flags, {.name = "", .options = help_row, .values = &help}};
  snprintf(page, sizeof page,
           "usage: longwave prepare %s --out FILE.h5 [flags]\n\nMakes a data set: %s.\n\nflags:",
           task->name, task->sentence);
  sections[0].sentence = page;
  lw_command_help(sections, 2);
}

static lw_status find_task(const char *name, const lw_task **out)
{
  const char *names[LW_TASKS_MOST + 1] = {NULL};
  for (int i = 0; i < LW_TASKS_MOST && lw_tasks[i]; i++) {
    names[i] = lw_tasks[i]->name;
    if (!strcmp(name, names[i])) {
      *out = lw_tasks[i];
      return LW_OK;
    }
  }
  char hint[LW_TEXT_MAX];
  lw_option_hint_word(name, names, task_words, hint);
  return lw_fail(LW_ERROR_INPUT, "there is no task '%s'%s", name,
                 *hint ? hint : "; 'longwave prepare --help' lists the tasks");
}

static bool asks_for_help(int argc, char **argv)
{
  for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
    if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) return true;
  return false;
}

static lw_status parse(lw_option_section *flags, int argc, char **argv)
{
  lw_arguments arguments = {0};
  lw_status status = LW_OK;
  lw_option_defaults(flags, 1);
  LW_TRY(lw_option_arguments(flags, argc, argv, &arguments));
  LW_TRY(lw_option_check_required(flags, 1, "longwave prepare"));
done:
  return status;
}

/* Not where the data set goes: the same samples make the same bytes anywhere. */
static lw_status save_settings(const lw_task *task, const lw_option_section *flags,
                               lw_text *settings)
{
  lw_option_section kept = *flags;
  kept.options += LW_TASK_OUT_COUNT;
  kept.name = task->name;
  lw_option_save(&kept, 1, settings);
  return lw_text_end(settings);
}

/* A rank's part: the samples and the words that go with them; `settings` belongs to the caller. */
static lw_status make(const lw_task *task, const lw_option_section *flags, lw_product *product,
                      lw_text *settings)
{
  lw_status status = task->make(flags, product);
  if (status == LW_OK) status = save_settings(task, flags, settings);
  if (status != LW_OK) return status;
  product->recipe.settings = settings->text;
  product->recipe.origin = product->origin ? product->origin : "";
  return LW_OK;
}

static lw_status tell_lacks(const lw_dataset *dataset)
{
  char lack[LW_LACK_TEXT];
  for (int split = 0; split < LW_SPLITS; split++) {
    lw_status status = lw_dataset_lack(dataset, (lw_split)split, lack);
    if (status != LW_OK) return status;
    if (*lack) printf("look: %s\n", lack);
  }
  return LW_OK;
}

/* What must be read to be told is, if that is quick. Root. */
static lw_status report(const char *path)
{
  enum { NUMBERS_MOST = 1 << 25 };
  lw_dataset *dataset = NULL;
  lw_status status = LW_OK;
  LW_TRY(lw_dataset_open(path, &dataset));
  const lw_dataset_info *info = lw_dataset_describe(dataset);
  lw_dataset_report(dataset, stdout);
  if (info->tokens[0] + info->tokens[1] + info->tokens[2] < NUMBERS_MOST / info->channels)
    LW_TRY(lw_dataset_report_content(dataset, lw_world_lone(), stdout));
  LW_TRY(tell_lacks(dataset));
done:
  lw_dataset_close(&dataset);
  return status;
}

/* Texts that name files name what will be read, but for where the data set goes. */
static void note_inputs(const lw_option_section *flags)
{
  for (const lw_option *option = flags->options + LW_TASK_OUT_COUNT; option->name; option++)
    if (option->type == LW_OPTION_TEXT) lw_input_note((const char *)flags->values + option->offset);
}

/* Runs may need the data set that is there, and a long time may have made it. Asked before the work
   and after it, when another prepare may have written there. Root. */
static lw_status check_new(const lw_task_out *out)
{
  char what[128] = "";
  struct stat about;
  lw_dataset *there = NULL;
  if (out->force || stat(out->path, &about) != 0 || about.st_size == 0) return LW_OK;
  if (lw_dataset_open(out->path, &there) == LW_OK) {
    const lw_dataset_info *info = lw_dataset_describe(there);
    int64_t samples = 0;
    for (int split = 0; split < LW_SPLITS; split++) samples += info->count[split];
    snprintf(what, sizeof what, " (%.64s, %lld samples)", info->task, (long long)samples);
  }
  lw_dataset_close(&there);
  lw_input_forget(out->path); /* only looked at */
  return lw_fail(LW_ERROR_INPUT,
                 "%s exists%s; --force replaces it, another name for --out leaves it there",
                 out->path, what);
}

/* Version 1: samples in memory. notes: to be given back */
static lw_status prepare_samples(const lw_world *world, const lw_task *task,
                                 const lw_option_section *flags, char **notes)
{
  const lw_task_out *out = flags->values;
  const bool root = world->rank == 0;
  lw_product *product = NULL;
  lw_text settings = LW_TEXT_GROWS;
  lw_status status = LW_TAKE(&product, 1);
  if (status == LW_OK) product->rank = task->shared ? world->rank : 0;
  if (status == LW_OK) product->ranks = task->shared ? world->size : 1;
  if (status == LW_OK && (root || task->shared)) status = make(task, flags, product, &settings);
  if (root && status == LW_OK) status = check_new(out);
  LW_TRY_TOGETHER(world, status);
  LW_TRY(lw_dataset_write(out->path, world, &product->recipe, product->samples));
  *notes = product->notes;
  product->notes = NULL;
done:
  if (product) lw_product_done(product);
  lw_mem_give(product);
  lw_text_done(&settings);
  return status;
}

/* Version 2: samples one at a time. notes: to be given back */
static lw_status prepare_building(const lw_world *world, const lw_task *task,
                                  const lw_option_section *flags, char **notes)
{
  const lw_task_out *out = flags->values;
  lw_building building = {.world = world, .path = out->path};
  lw_text settings = LW_TEXT_GROWS;
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(world, save_settings(task, flags, &settings));
  LW_TRY_TOGETHER(world, task->build(flags, &building));
  LW_TRY_ON_ROOT(world, check_new(out));
  LW_TRY(lw_building_finish(&building, settings.text, notes));
done:
  lw_building_done(&building);
  lw_text_done(&settings);
  return status;
}

static lw_status prepare(const lw_world *world, const lw_task *task, const lw_option_section *flags)
{
  const lw_task_out *out = flags->values;
  const double bytes = task->least_bytes ? task->least_bytes(flags->values) : 0.0;
  const double start = lw_clock();
  char *notes = NULL;
  lw_work work = {0};
  assert(world);
  const bool root = world->rank == 0;
  lw_work_begin(&work, "", "", 0);
  lw_aside_remove_on_signals();
  note_inputs(flags);
  lw_status status = root ? lw_h5_check_place(out->path, lw_output_dataset.format, bytes) : LW_OK;
  if (root && status == LW_OK) status = check_new(out);
  LW_TRY_TOGETHER(world, status);
  LW_TRY(task->build ? prepare_building(world, task, flags, &notes)
                     : prepare_samples(world, task, flags, &notes));
  lw_work_end(&work);
  LW_TRY_ON_ROOT(world, report(out->path));
  if (root) printf("%smade in %.1f seconds\n", notes ? notes : "", lw_clock() - start);
done:
  lw_work_end(&work);
  lw_mem_give(notes);
  return status;
}

lw_status lw_command_prepare(lw_world *world, int argc, char **argv)
{
  const lw_task *task = NULL;
  void *values = NULL;
  lw_status status = LW_OK;
  const bool help = asks_for_help(argc, argv), named = argc > 1 && argv[1][0] != '-';
  const bool root = !world || world->rank == 0;
  if (!named) {
    if (root && (help || argc == 1)) print_tasks();
    return help ? LW_OK
                : lw_fail(LW_ERROR_INPUT, "no task given: longwave prepare TASK --out FILE.h5; "
                                          "'longwave prepare --help' lists the tasks");
  }
  LW_TRY(find_task(argv[1], &task)); /* the same on all ranks */
  assert(task);
  lw_option_section flags = {.name = "",
                             .sentence = task->sentence,
                             .options = task->options,
                             .synonyms = lw_command_words};
  if (help) {
    if (root) print_task(task, &flags);
    return LW_OK;
  }
  LW_TRY_TOGETHER(world, lw_mem_take(1, task->settings_bytes, &values));
  flags.values = values;
  LW_TRY_TOGETHER(world, parse(&flags, argc - 1, argv + 1));
  lw_threads_start(0, world);
  LW_TRY(prepare(world, task, &flags));
done:
  lw_mem_give(values);
  return status;
}
