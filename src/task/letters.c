/* The task `letters`: sequences of DNA, RNA or proteins, a token for each letter. The class of a
 * record stands before the name of its file, in its own name, or in a list; or each letter has the
 * class of a feature of GenBank. */
#include "building.h"
#include "entries_inside.h"
#include "longwave/base/mem.h"
#include "longwave/comm/agree.h"
#include "longwave/data/input.h"
#include "longwave/data/target.h"
#include "longwave/parse/letters.h"
#include "name_pattern.h"
#include "passed_over.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 14, NAME_MOST = 128 };

#define FORM_CHOICES(TYPE, ITEM)                                                                   \
  TYPE(form_kind)                                                                                  \
  ITEM(FORM_AUTO, "auto")                                                                          \
  ITEM(FORM_FASTA, "fasta")                                                                        \
  ITEM(FORM_LINES, "lines")                                                                        \
  ITEM(FORM_WHOLE, "whole")                                                                        \
  ITEM(FORM_GENBANK, "genbank")
LW_CHOICE(FORM_CHOICES);

typedef struct settings {
  lw_task_out out;
  const char *source[LW_SPLITS];
  form_kind form;
  char pattern[LW_TEXT_MAX], list[LW_TEXT_MAX], letters[LW_TEXT_MAX], unknown[LW_TEXT_MAX];
  const char *features;
  lw_letter_case letter_case;
  lw_windows windows;
  lw_split_rule rule;
} settings;

#define PLACE(member) LW_AT(settings, member)
static const lw_option options[] = {
    LW_TASK_OUT_OPTIONS,
    LW_LONG_ROW("train", FLAG, PLACE(source[LW_SPLIT_TRAIN]), NULL, 1,
                "files, joined by commas, plain or gzip; CLASS=FILE gives the class of all records "
                "of a file; validation and test samples that are not given are taken from them"),
    LW_LONG_ROW("validation_from", FLAG, PLACE(source[LW_SPLIT_VALIDATION]), "", 0,
                "the same for validation"),
    LW_LONG_ROW("test_from", FLAG, PLACE(source[LW_SPLIT_TEST]), "", 0, "the same for testing"),
    LW_CHOICE_ROW("form", FLAG, PLACE(form), FORM_CHOICES, "auto",
                  "of the files: FASTA, a record a line, the whole file one record, GenBank; auto: "
                  "by how they begin"),
    LW_TEXT_ROW(
        "pattern", FLAG, PLACE(pattern), "", 0, LW_TEXT_MAX - 1,
        "what the names of records tell, such as {id}|{class}; {class}, {group} and {split} "
        "count"),
    LW_TEXT_ROW("list", FLAG, PLACE(list), "", 0, LW_TEXT_MAX - 1,
                "a file of lines name, class, split, group with tabs or commas between, for the "
                "first words of the names of records"),
    LW_LONG_ROW("features", FLAG, PLACE(features), "", 0,
                "GenBank: ask for a class at each letter: 'other', or one of these kinds of "
                "features, joined by commas, such as CDS,tRNA,rRNA; later features hide earlier "
                "ones"),
    LW_TEXT_ROW("letters", FLAG, PLACE(letters), "ACGT", 1, 64,
                "all letters, in the order of their token ids"),
    LW_CHOICE_ROW("case", FLAG, PLACE(letter_case), LW_LETTER_CASE_CHOICES, "upper",
                  "capitals and small letters: as they are, or all the same"),
    LW_TEXT_ROW("unknown", FLAG, PLACE(unknown), "", 0, 1,
                "one of --letters that stands for all others; without it others are refused"),
    LW_TASK_WINDOW_OPTIONS(settings, windows),
    LW_TASK_SPLIT_OPTIONS(settings, rule),
    {0},
};

typedef struct reading {
  const lw_option_section *flags;
  const settings *own;
  lw_building *building;
  lw_list features;    /* their kinds */
  lw_entries listed;   /* by name */
  lw_letter_map map;   /* to letters */
  int16_t id[256];     /* of a letter; -1: it has none */
  const char *path;    /* of the file at hand */
  char *class_of_file; /* NULL: it has none */
  lw_split split;      /* of the file */
  int64_t records, letters, elsewhere;
} reading;

/* ---- what is known of a record ---- */

static int by_name(const void *a, const void *b)
{
  return strcmp(((const lw_entry *)a)->name, ((const lw_entry *)b)->name);
}

static lw_status read_list(reading *in)
{
  lw_status status = LW_OK;
  if (!in->own->list[0]) return LW_OK;
  LW_TRY(lw_entry_list_read(in->own->list, "", in->building->like != NULL, &in->listed));
  qsort(in->listed.entry, (size_t)in->listed.count, sizeof *in->listed.entry, by_name);
  for (int64_t i = 1; i < in->listed.count; i++)
    if (!by_name(&in->listed.entry[i - 1], &in->listed.entry[i]))
      LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' has the name '%s' twice; remove one", in->own->list,
                     in->listed.entry[i].name));
done:
  return status;
}

/* Texts of a sample, in memory of its own. */
typedef struct told {
  char name[NAME_MOST], where[LW_TEXT_MAX + 32];
  lw_entry entry; /* class, group, split */
} told;

static lw_status look_up(const reading *in, told *of)
{
  const lw_entry key = {.name = of->name};
  const lw_entry *found =
      bsearch(&key, in->listed.entry, (size_t)in->listed.count, sizeof *in->listed.entry, by_name);
  lw_status status = LW_OK;
  if (!found && in->building->like) return LW_OK;
  if (!found)
    return lw_fail(LW_ERROR_INPUT, "%s: the record '%s' is not in '%s' (--list)", of->where,
                   of->name, in->own->list);
  if (found->class) LW_TRY(lw_mem_copy(found->class, &of->entry.class));
  if (found->group) LW_TRY(lw_mem_copy(found->group, &of->entry.group));
  of->entry.has_split = found->has_split;
  of->entry.split = found->split;
done:
  return status;
}

static lw_status match(const reading *in, const char *name, told *of)
{
  lw_name_parts parts;
  lw_status status = LW_OK;
  const bool fits = lw_name_match(in->own->pattern, name, &parts);
  if (!fits && in->building->like) return LW_OK;
  if (!fits)
    return lw_fail(LW_ERROR_INPUT,
                   "%s: the name '%.200s' does not fit --pattern '%s'; change the pattern, or add "
                   "one for such names behind a '||'",
                   of->where, name, in->own->pattern);
  const lw_piece class = lw_name_part(&parts, "class"), group = lw_name_part(&parts, "group");
  const lw_piece split = lw_name_part(&parts, "split");
  LW_TRY(lw_entry_set(&of->entry.class, class.text, class.length));
  LW_TRY(lw_entry_set(&of->entry.group, group.text, group.length));
  of->entry.has_split = split.text != NULL;
  if (split.text && !lw_split_of(split.text, split.length, &of->entry.split))
    LW_TRY(lw_fail(LW_ERROR_INPUT, "%s: '%.*s' is no split; train, validation and test are",
                   of->where, (int)split.length, split.text));
done:
  return status;
}

static lw_status tell(const reading *in, const lw_letters_record *record, told *of)
{
  const size_t word = strcspn(record->name, " \t");
  lw_status status = LW_OK;
  *of = (told){.entry = {.has_split = in->split != LW_SPLIT_TRAIN, .split = in->split}};
  snprintf(of->name, sizeof of->name, "%.*s", (int)(word < NAME_MOST ? word : NAME_MOST - 1),
           record->name);
  snprintf(of->where, sizeof of->where, "%s:%" PRId64, in->path, record->line);
  if (in->own->list[0])
    LW_TRY(look_up(in, of));
  else if (in->own->pattern[0])
    LW_TRY(match(in, record->name, of));
  if (in->class_of_file && !of->entry.class)
    LW_TRY(lw_mem_copy(in->class_of_file, &of->entry.class));
  if (!of->entry.class && !in->features.count && !in->building->like)
    LW_TRY(lw_fail(LW_ERROR_INPUT,
                   "%s: no class is known; give it for the file by CLASS=FILE, for records by "
                   "--pattern or --list, or for letters by --features",
                   of->where));
done:
  return status;
}

/* ---- letters ---- */

static lw_status add_steps(const reading *in, const lw_letters_record *record, int64_t first,
                           int64_t count)
{
  uint8_t labels[PIECE];
  int32_t classes[PIECE];
  if (!in->features.count) return LW_OK;
  lw_letters_labels(record, in->features.entry, in->features.count, first, count, labels);
  for (int64_t i = 0; i < count; i++) classes[i] = labels[i];
  return lw_builder_step_classes(in->building->builder, first, classes, count);
}

static lw_status add_letters(reading *in, lw_letters *letters, const lw_letters_record *record)
{
  uint8_t text[PIECE];
  int64_t count = 0, before = 0;
  lw_status status = LW_OK;
  for (;; before += count) {
    LW_TRY(lw_letters_take(letters, text, PIECE, &count));
    if (!count) break;
    for (int64_t i = 0; i < count; i++) {
      if (in->id[text[i]] < 0)
        LW_TRY(lw_fail(LW_ERROR_INPUT,
                       "%s:%" PRId64 ": letter %" PRId64 " of the record that begins here is '%c', "
                       "none of --letters '%s'; add it, or give the one that stands for others by "
                       "--unknown",
                       in->path, record->line, before + i + 1, text[i], in->own->letters));
      text[i] = (uint8_t)in->id[text[i]];
    }
    LW_TRY(lw_builder_items(in->building->builder, text, NULL, count));
    LW_TRY(add_steps(in, record, before, count));
  }
  in->letters += before;
done:
  return status;
}

static lw_status add_record(reading *in, lw_letters *letters, const lw_letters_record *record)
{
  told of;
  lw_status status = tell(in, record, &of);
  const lw_builder_sample sample = {.where = of.where,
                                    .name = of.name,
                                    .group = of.entry.group,
                                    .has_split = of.entry.has_split,
                                    .split = of.entry.split,
                                    .label = of.entry.class};
  if (status == LW_OK) status = lw_builder_begin(in->building->builder, &sample);
  if (status == LW_OK) status = add_letters(in, letters, record);
  if (status == LW_OK) status = lw_builder_end(in->building->builder);
  in->records++;
  in->elsewhere += record->elsewhere;
  lw_mem_give(of.entry.class);
  lw_mem_give(of.entry.group);
  return status;
}

static lw_status add_file(reading *in)
{
  static const lw_letters_form forms[] = {[FORM_FASTA] = LW_LETTERS_FASTA,
                                          [FORM_LINES] = LW_LETTERS_LINES,
                                          [FORM_WHOLE] = LW_LETTERS_WHOLE,
                                          [FORM_GENBANK] = LW_LETTERS_GENBANK};
  lw_letters_form form = forms[in->own->form];
  lw_letters *letters = NULL;
  const lw_letters_record *record = NULL;
  lw_status status = LW_OK;
  if (in->own->form == FORM_AUTO) LW_TRY(lw_letters_form_of(in->path, &form));
  if (in->features.count && form != LW_LETTERS_GENBANK)
    LW_TRY(
        lw_fail(LW_ERROR_INPUT, "'%s' is no file of GenBank, so it has no --features", in->path));
  LW_TRY(lw_letters_open(in->path, form, &in->map, &letters));
  LW_TRY(lw_letters_next(letters, &record));
  if (!record)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "'%s' holds no records; download or make it again", in->path));
  while (record) {
    LW_TRY(add_record(in, letters, record));
    LW_TRY(lw_letters_next(letters, &record));
  }
done:
  lw_letters_close(&letters);
  return status;
}

/* "CLASS=FILE", or a file whose name has an '='. */
static lw_status add_source(reading *in, const char *text)
{
  const char *sign = strchr(text, '=');
  lw_status status = LW_OK;
  lw_mem_give(in->class_of_file);
  in->class_of_file = NULL;
  if (sign) LW_TRY(lw_entry_set(&in->class_of_file, text, sign - text));
  in->path = sign ? sign + 1 : text;
  LW_TRY(add_file(in));
done:
  return status;
}

static lw_status add_all(reading *in)
{
  lw_list files = {0};
  lw_status status = LW_OK;
  for (int split = 0; split < LW_SPLITS; split++) {
    if (!in->own->source[split][0]) continue;
    in->split = (lw_split)split;
    LW_TRY(lw_list_split(in->own->source[split], "the list of files", &files));
    for (int64_t i = 0; i < files.count; i++) LW_TRY(add_source(in, files.entry[i]));
  }
done:
  lw_list_done(&files);
  return status;
}

/* ---- the task ---- */

/* Everything but the files, on all ranks. */
static lw_status begin(reading *in)
{
  const settings *own = in->own;
  const char *twice = NULL;
  lw_status status = LW_OK;
  memset(in->id, -1, sizeof in->id);
  for (const char *c = own->letters; *c; c++) {
    if (in->id[(uint8_t)*c] >= 0) twice = c;
    in->id[(uint8_t)*c] = (int16_t)(c - own->letters);
  }
  in->map = lw_letter_map_of(own->letter_case, own->letters, own->unknown[0]);
  if (twice) LW_TRY(lw_fail(LW_ERROR_INPUT, "--letters '%s' has '%c' twice", own->letters, *twice));
  if (own->unknown[0] && !strchr(own->letters, own->unknown[0]))
    LW_TRY(lw_fail(LW_ERROR_INPUT, "--unknown '%s' is none of --letters '%s'", own->unknown,
                   own->letters));
  if (own->pattern[0]) LW_TRY(lw_name_pattern_check(own->pattern, "--pattern"));
  if (own->pattern[0] && own->list[0])
    LW_TRY(lw_fail(LW_ERROR_INPUT, "--pattern and --list exclude each other; remove one"));
  if (own->features[0]) LW_TRY(lw_list_split(own->features, "--features", &in->features));
  LW_TRY(read_list(in));
done:
  return status;
}

static lw_status create(const reading *in)
{
  const settings *own = in->own;
  char texts[64][2];
  const char *names[64], *classes[LW_OPTIONS_MAX + 1] = {"other"};
  bool given[LW_SPLITS];
  const int64_t letters = (int64_t)strlen(own->letters), features = in->features.count;
  for (int64_t i = 0; i < letters; i++) {
    snprintf(texts[i], sizeof texts[i], "%c", own->letters[i]);
    names[i] = texts[i];
  }
  if (features > LW_OPTIONS_MAX)
    return lw_fail(LW_ERROR_INPUT, "--features has more than %d kinds", LW_OPTIONS_MAX);
  for (int64_t i = 0; i < features; i++) classes[i + 1] = in->features.entry[i];
  for (int split = 0; split < LW_SPLITS; split++)
    given[split] = own->source[split][0] || in->listed.split[split];
  const lw_builder_plan plan = {
      .task = "letters",
      .input = &lw_input_tokens,
      .target = features ? &lw_target_step_class : &lw_target_class,
      .stored = LW_H5_U8,
      .vocabulary = letters,
      .token_names = names,
      .classes = features ? features + 1 : 0,
      .class_names = features ? classes : NULL,
      .named = true,
      .grouped = own->list[0] ? in->listed.count && in->listed.entry[0].group
                              : lw_name_pattern_has(own->pattern, "group"),
      .windows = own->windows,
      .rule = lw_building_rule(in->flags, own->rule, given),
      .like = in->building->like,
  };
  return lw_builder_create(in->building->world, in->building->path, &plan, &in->building->builder);
}

static lw_status say(const reading *in)
{
  const settings *own = in->own;
  lw_status status = LW_OK;
  LW_TRY(lw_building_origin_of(in->building, "letters of", own->source, LW_SPLITS));
  LW_TRY(lw_building_note(in->building, "records: %" PRId64 " with %" PRId64 " letters\n",
                          in->records, in->letters));
  if (in->elsewhere)
    LW_TRY(lw_building_note(in->building,
                            "left out: %" PRId64 " part%s of features in other records\n",
                            in->elsewhere, lw_plural(in->elsewhere)));
done:
  return status;
}

static lw_status build(const lw_option_section *flags, lw_building *building)
{
  reading in = {.flags = flags, .own = flags->values, .building = building};
  lw_status status = LW_OK;
  LW_TRY_TOGETHER(building->world, begin(&in));
  LW_TRY(create(&in));
  LW_TRY_ON_ROOT(building->world, add_all(&in));
  LW_TRY_ON_ROOT(building->world, say(&in));
done:
  lw_mem_give(in.class_of_file);
  lw_entries_done(&in.listed);
  lw_list_done(&in.features);
  return status;
}

const lw_task lw_letters_task = {
    .name = "letters",
    .sentence = "sequences of letters with a class each, or one at each letter: FASTA, GenBank, "
                "lines",
    .options = options,
    .settings_bytes = sizeof(settings),
    .build = build,
    .source = {"train", true, false, {"validation_from", "test_from", "list"}},
};
