/* longwave submit JOB --nodes N --time T [...] [-- options of sbatch]: write the batch script of a
   training, or of the runs of a study, show it, send it. Its life cycle is slurm/train.sbatch,
   built into the program. */
#define _POSIX_C_SOURCE 200809L
#include "command.h"
#include "longwave/base/log.h"
#include "longwave/base/mem.h"
#include "longwave/base/tree.h"
#include "longwave/train/job.h"
#include "longwave/run/run.h"
#include "longwave/run/named.h"
#include "slurm.h"
#include "submit.h"
#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT(member) LW_AT(lw_submit_flags, member)
static const lw_option table[] = {
    LW_INT_ROW("nodes", FLAG, AT(nodes), "1", 1, 1e6, "nodes"),
    LW_TEXT_ROW(
        "time", FLAG, AT(time), "01:00:00", 1, 64,
        "most time of a life, as sbatch takes it: minutes, hours:minutes:seconds, days-hours"),
    LW_INT_ROW("ranks_per_node", FLAG, AT(ranks_per_node), "2", 1, 4096,
               "ranks on each node; one a socket is best"),
    LW_INT_ROW("ranks", FLAG, AT(ranks), "0", 0, 1e6, "ranks in all (-n); 0: nodes x ranks a node"),
    LW_INT_ROW("threads", FLAG, AT(threads), "0", 0, 4096,
               "cores of each rank; 0: the cores that the job gets, shared out"),
    LW_BOOL_ROW("exclusive", FLAG, AT(exclusive), "true",
                "nodes of its own, whole; else set threads"),
    LW_TEXT_ROW("partition", FLAG, AT(partition), "", 0, 255, "partition; if empty the site's"),
    LW_TEXT_ROW("account", FLAG, AT(account), "", 0, 255, "account; if empty your own"),
    LW_TEXT_ROW("name", FLAG, AT(name), "", 0, 255,
                "name in the queue; if empty that of the run folder"),
    LW_TEXT_ROW(
        "seeds", FLAG, AT(seeds), "", 0, 255,
        "one run a seed, each a job of its own: 1-4, or 1,5,7, or 1-16%4 for four at a time"),
    LW_INT_ROW(
        "warning", FLAG, AT(warning), "180", 1, 65535,
        "seconds before the end of the time at which training saves and leaves: two steps and a "
        "checkpoint should fit"),
    LW_TEXT_ROW(
        "run", FLAG, AT(run), "", 0, LW_TEXT_MAX - 1,
        "folder of the run; if empty runs/NAME for a job file NAME.yaml, or that of the run named"),
    LW_SWITCH_ROW("resume", FLAG, AT(resume), LW_RUN_RESUME_CHOICES, "false",
                  "go on from the newest checkpoint of the folder; auto: if there is one, else "
                  "start at step 0"),
    LW_BOOL_ROW("accept_data", FLAG, AT(accept_data), "false",
                "with --resume: go on although the data set has changed, and say what changed"),
    LW_INT_ROW("at_most", FLAG, AT(at_most), "0", 0, 1e6,
               "tasks of an array (a study, or --seeds) that run at a time; 0: all"),
    LW_TEXT_ROW("setup", FLAG, AT(setup), "", 0, LW_TEXT_MAX - 1,
                "file of shell lines, such as module load, that the script runs first; if empty "
                "the one that "
                "LONGWAVE_SETUP names"),
    LW_TEXT_ROW("site", FLAG, AT(site), "", 0, LW_TEXT_MAX - 1,
                "file with the rates of the nodes, as of longwave plan; if empty those of this "
                "machine, if it has measured this job"),
    LW_BOOL_ROW("dry_run", FLAG, AT(dry_run), "false", "check and show, write and send nothing"),
    LW_BOOL_ROW("show", FLAG, AT(show), "false", "show the whole script"),
    LW_BOOL_ROW("help", FLAG, AT(help), "false", "this text"),
    {0}};

enum { SETS = 256, SETUP_MAX = 1 << 16 };

/* ---- checks of what was typed ---- */

static lw_status check_text(const char *what, const char *text, const char *allowed)
{
  for (const char *c = text; *c; c++)
    if (iscntrl((unsigned char)*c))
      return lw_fail(LW_ERROR_INPUT,
                     "%s has a line end or another control character"
                     "; take it out",
                     what);
  if (allowed && text[strspn(text, allowed)])
    return lw_fail(LW_ERROR_INPUT,
                   "%s cannot be '%s'"
                   "; longwave submit --help tells what it can be",
                   what, text);
  return LW_OK;
}

/* A folder that the output goes to: sbatch reads no pattern in a path with a backslash. */
static lw_status check_path(const char *what, const char *path)
{
  lw_status status = check_text(what, path, NULL);
  if (status == LW_OK && strchr(path, '\\'))
    status = lw_fail(LW_ERROR_INPUT,
                     "%s has a backslash in its name, which sbatch cannot take: %s; choose another",
                     what, path);
  return status;
}

static lw_status check_flags(const lw_submit_flags *flags, const lw_arguments *arguments)
{
  lw_status status = LW_OK;
  LW_TRY(check_text("--time", flags->time, "0123456789:-"));
  LW_TRY(check_text("--seeds", flags->seeds, "0123456789,-:%"));
  LW_TRY(check_text("--partition", flags->partition, NULL));
  LW_TRY(check_text("--account", flags->account, NULL));
  LW_TRY(check_text("--name", flags->name, NULL));
  LW_TRY(check_path("--run", flags->run));
  if (flags->accept_data && !flags->resume)
    LW_TRY(lw_fail(LW_ERROR_INPUT, "--accept-data is for going on: give --resume, too"));
  for (int i = 1; i < arguments->word_count; i++) {
    const char *word = arguments->words[i];
    LW_TRY(check_text("an option of sbatch", word, NULL));
    if (strncmp(word, "--", 2) != 0)
      LW_TRY(lw_fail(LW_ERROR_INPUT,
                     "'%s' is no option of sbatch: after -- write each as one word, --name=value",
                     word));
  }
done:
  return status;
}

static lw_status check_folder(const lw_submit_flags *flags)
{
  if (*flags->seeds) return LW_OK;
  return lw_run_check_folder(flags->run, flags->resume);
}

static lw_status find_places(lw_submission *s)
{
  if (!getcwd(s->here, sizeof s->here))
    return lw_fail(LW_ERROR_FILE, "cannot tell the folder of work: %s", lw_reason(errno));
  ssize_t length = readlink("/proc/self/exe", s->program, sizeof s->program - 1);
  if (length < 0)
    return lw_fail(LW_ERROR_FILE, "cannot tell where longwave lies: %s", lw_reason(errno));
  s->program[length] = '\0';
  return check_path("the folder of work", s->here);
}

/* ---- what is sent ---- */

static bool is_study(const char *path)
{
  lw_tree *root = NULL;
  const bool found = lw_tree_read(path, &root) == LW_OK && lw_tree_find(root, "job");
  lw_tree_destroy(&root);
  return found;
}

static bool given(const lw_option_section *section, const char *name)
{
  int i = 0;
  while (strcmp(table[i].name, name) != 0) i++;
  return strcmp(section->origin[i].source, "default") != 0;
}

/* Of nodes, ranks a node and all ranks two tell the third. */
static lw_status count_ranks(const lw_option_section *section, lw_submit_flags *flags)
{
  const int64_t ranks = flags->ranks;
  if (ranks == 0) return LW_OK;
  if (given(section, "nodes") && !given(section, "ranks_per_node"))
    flags->ranks_per_node = (ranks + flags->nodes - 1) / flags->nodes;
  if (ranks < flags->ranks_per_node) flags->ranks_per_node = ranks;
  if (!given(section, "nodes"))
    flags->nodes = (ranks + flags->ranks_per_node - 1) / flags->ranks_per_node;
  if (ranks <= flags->nodes * flags->ranks_per_node && ranks >= flags->nodes) return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "%lld ranks do not fit %lld nodes of %lld ranks: change --nodes, "
                 "--ranks or --ranks-per-node",
                 (long long)ranks, (long long)flags->nodes, (long long)flags->ranks_per_node);
}

static lw_status read_setup(lw_submission *s)
{
  const char *named = getenv("LONGWAVE_SETUP");
  s->setup_path = *s->flags->setup ? s->flags->setup : named ? named : "";
  if (!*s->setup_path) return LW_OK;
  lw_status status = LW_TAKE(&s->setup, SETUP_MAX + 2);
  if (status != LW_OK) return status;
  FILE *file = fopen(s->setup_path, "r");
  const size_t length = file ? fread(s->setup, 1, SETUP_MAX, file) : 0;
  const bool failed = !file || ferror(file);
  const int error = errno;
  if (file) fclose(file);
  if (failed)
    return lw_fail(LW_ERROR_FILE, "cannot read '%s' (%s): %s", s->setup_path,
                   *s->flags->setup ? "--setup" : "LONGWAVE_SETUP", lw_reason(error));
  if (length == SETUP_MAX || strlen(s->setup) < length)
    return lw_fail(LW_ERROR_INPUT, "'%s' is no text of less than 64 KiB; let it call the rest",
                   s->setup_path);
  if (length > 0 && s->setup[length - 1] == '\n') s->setup[length - 1] = '\0';
  return check_text("the name of the file for --setup", s->setup_path, NULL);
}

/* Of a study the runs are the tasks, and the settings are its own. */
static lw_status take_study(lw_submission *s, char *folder, char *array)
{
  const lw_submit_flags *flags = s->flags;
  if (*flags->run || *flags->seeds || s->arguments->set_count > 0 || flags->accept_data)
    return lw_fail(LW_ERROR_INPUT,
                   "%s is a study, which has its own runs, seeds and settings: leave --run, "
                   "--seeds, --set and --accept-data out",
                   s->arguments->words[0]);
  s->study = true;
  s->folder = folder;
  lw_status status = lw_submit_check_study(s, folder, array);
  return status == LW_OK ? check_path("the study's folder of runs", folder) : status;
}

static lw_status take_job(lw_submission *s, lw_submit_flags *flags, char *array)
{
  lw_status status = LW_OK;
  LW_TRY(lw_named_job(s->arguments->words[0], s->job, flags->run));
  s->arguments->words[0] = s->job;
  s->folder = flags->run;
  LW_TRY(check_path("--run", flags->run));
  LW_TRY(check_folder(flags));
  LW_TRY(lw_submit_check_job(s));
  snprintf(array, LW_TEXT_MAX, "%s", flags->seeds);
done:
  return status;
}

/* Two jobs would train in one folder. Where the queue cannot be seen: nothing is said. */
static lw_status check_queue(const lw_submission *s)
{
  char queue[1 << 16];
  static const char *const words[] = {"squeue", "--me", "--noheader", "--format=%i", NULL};
  char job[64];
  lw_submission_job(s->folder, job);
  if (!*job || *s->flags->seeds || !lw_slurm_ask(words, queue, sizeof queue) ||
      !lw_slurm_queue_has(queue, job))
    return LW_OK;
  return lw_fail(LW_ERROR_INPUT,
                 "job %s for %s is still in the queue: wait for its end, or end it by longwave "
                 "cancel %s",
                 job, s->folder, job);
}

/* The last word of the run folder, or the study's name. */
static void name_job(const lw_submission *s, lw_submit_flags *flags)
{
  char folder[LW_TEXT_MAX];
  if (s->study)
    lw_named_default_run(s->arguments->words[0], folder);
  else
    snprintf(folder, sizeof folder, "%s", flags->run);
  const char *slash = strrchr(folder, '/');
  snprintf(flags->name, sizeof flags->name, "%s", slash ? slash + 1 : folder);
}

/* ---- the command ---- */

static const char usage[] =
    "usage: longwave submit JOB [flags] [--set section.key=value ...] [-- options of sbatch]\n"
    "       longwave submit STUDY [flags] [-- options of sbatch]\n\n"
    "Checks job, data and memory, writes the batch script of a training into the run folder and\n"
    "sends it to SLURM. The job saves before its time is over and goes back into the queue until\n"
    "the training is done. Of a study each run that is not finished becomes a task of an array.\n"
    "Options of sbatch may stand among the flags (-p long -t 1:00:00 --gres=...); what follows a\n"
    "lone -- is passed on as it is. 'longwave train JOB --dry-run' on a node times a step first.\n"
    "\n"
    "flags:";

/* The part of the script that is this job's own, or all of it. */
static void show(const lw_submit_flags *flags, const char *text, size_t head)
{
  long lines = 0;
  if (flags->show) {
    fputs(text, stdout);
    return;
  }
  for (const char *c = text + head; *c; c++) lines += *c == '\n';
  fwrite(text, 1, head, stdout);
  printf("# and %ld lines that start the ranks, save in time and come back: --show prints them\n",
         lines);
}

static lw_status submit(lw_submission *s, lw_submit_flags *flags)
{
  char folder[LW_TEXT_MAX] = "", array[LW_TEXT_MAX + 32] = "", *text = NULL;
  size_t head = 0;
  lw_status status = LW_OK;
  LW_TRY(check_flags(flags, s->arguments));
  LW_TRY(find_places(s));
  LW_TRY(read_setup(s));
  LW_TRY(is_study(s->arguments->words[0]) ? take_study(s, folder, array)
                                          : take_job(s, flags, array));
  if (s->study && !*array) {
    lw_log_root(LW_LOG_INFO, "nothing to send: all runs of the study are finished");
    goto done;
  }
  lw_text limited = lw_text_behind(array, sizeof array);
  if (*array && flags->at_most > 0 && !strchr(array, '%'))
    lw_text_add(&limited, "%%%lld", (long long)flags->at_most);
  s->array = array;
  if (!*flags->name) name_job(s, flags);
  if (!flags->dry_run) LW_TRY(check_queue(s));
  LW_TRY(lw_submission_options(s));
  LW_TRY(lw_submission_script(s, &text, &head));
  lw_slurm_tell_unseen("SBATCH_");
  show(flags, text, head);
  if (!flags->dry_run) LW_TRY(lw_submission_send(s, text));
done:
  s->array = NULL; /* it ends here */
  free(text);
  return status;
}

lw_status lw_command_submit(lw_world *world, int argc, char **argv)
{
  lw_submission s = {.flags = NULL};
  lw_submit_flags flags = {.help = false};
  lw_option_section section = {.name = "", .sentence = usage, .options = table, .values = &flags};
  const char *words[LW_SUBMIT_WORDS], *sets[SETS];
  lw_arguments arguments = {
      .words = words, .word_room = LW_SUBMIT_WORDS, .sets = sets, .set_room = SETS};
  char **list = NULL;
  int count = 0;
  lw_status status = LW_OK;
  LW_TRY(lw_sbatch_translate(argc, argv, &list, &count));
  LW_TRY(lw_command_arguments(world, &section, &flags.help, count, list, &arguments));
  if (flags.help) goto done;
  if (world) LW_TRY(lw_slurm_refuse_ranks(argv[0]));
  if (arguments.word_count == 0 || *words[0] == '-')
    LW_TRY(lw_fail(LW_ERROR_INPUT, "no job file given: longwave submit JOB.yaml"));
  LW_TRY(count_ranks(&section, &flags));
  s = (lw_submission){.flags = &flags, .arguments = &arguments};
  LW_TRY(submit(&s, &flags));
done:
  lw_submission_done(&s);
  lw_sbatch_free(list);
  return status;
}
