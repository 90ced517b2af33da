/* What subcommands share. */
#include "command.h"
#include "longwave/base/log.h"
#include "longwave/base/look.h"
#include "longwave/base/mem.h"
#include "longwave/train/job.h"
#include <stdio.h>
#include <string.h>

/* A row counts for the commands that have its flag. */
const lw_synonym lw_command_words[] = {
    {"o output outfile", "out", NULL, NULL},
    {"output output_dir out_dir run_dir dir folder out", "run", NULL, NULL},
    {"continue restart resume_from", "resume", NULL, NULL},
    {"val valid dev", "validation", NULL, NULL},
    {"val valid dev eval validation", "split", "validation", NULL},
    {"test testing", "split", "test", NULL},
    {"train training", "split", "train", NULL},
    {"subset", "split", NULL, NULL},
    {"dataset input", "data", NULL, NULL},
    {"bs batch b", "batch_size", NULL, NULL},
    {"max_samples n_samples num_samples", "limit", NULL, NULL},
    {"num_threads", "threads", NULL, NULL},
    {"random_seed", "seed", NULL, NULL},
    {"max_len seq_len", "max_length", NULL, NULL},
    {"seq_len", "length", NULL, NULL},
    {"seq_len", "tokens", NULL, NULL},
    {"vocab_size", "vocabulary", NULL, NULL},
    {"num_classes", "classes", NULL, NULL},
    {"normalize", "normalise", NULL, NULL},
    {"gray", "grey", NULL, NULL},
    {"bit_reverse bitrev", "permute", "bit-reversal", NULL},
    {"permuted", "permute", "random", NULL},
    {"save", "keep", NULL, NULL},
    {"check checksum", "verify", NULL, NULL},
    {"verbose v", NULL, NULL, "'--debug' gives more lines"},
    {"device gpu gpus cuda", NULL, NULL, "there is no such flag: longwave computes on CPU cores"},
    {0}};

lw_status lw_command_arguments(const lw_world *world, lw_option_section *section, const bool *help,
                               int argc, char **argv, lw_arguments *arguments)
{
  lw_option_section keys[LW_JOB_SECTIONS];
  lw_job *job = NULL;
  if (arguments->sets) { /* --set names options of a job */
    lw_status taken = LW_TAKE(&job, 1);
    if (taken != LW_OK) return taken;
    lw_job_sections(job, keys);
    arguments->keys = keys;
    arguments->key_count = LW_JOB_SECTIONS;
  }
  section->synonyms = lw_command_words;
  lw_option_defaults(section, 1);
  lw_status status = lw_option_arguments(section, argc, argv, arguments);
  arguments->keys = NULL;
  lw_mem_give(job);
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
