/** The site's sbatch, squeue and scancel, for the subcommands submit, status and cancel. Each is
 *  started from a list of words: no shell ever reads what a user typed. These subcommands run
 *  before MPI begins (main.c), so nothing of MPI's gets into a job's environment. */
#ifndef LONGWAVE_CLI_SLURM_H
#define LONGWAVE_CLI_SLURM_H

#include "longwave/base/status.h"
#include <stdbool.h>
#include <stdint.h>

/** Start words[0], looked up in PATH, and wait. words: NULL-ended. Of the environment it does not
 *  see what stands for options of SLURM's commands (SBATCH_*, SQUEUE_*, ...) or describes an outer
 *  job or step (SLURM_*, PMI*, ...), but SLURM_CONF and the like, which say where SLURM is. What it
 *  writes to standard output goes to output [room], 0-ended and truncated, or to the terminal when
 *  output is NULL. Errors: LW_ERROR_INPUT when there is no such program, or it ends with another
 *  code than 0 (its own complaint then stands on standard error). */
LW_MUST_USE lw_status lw_slurm_call(const char *const *words, char *output, int64_t room);

/** The same without a word when it fails, or takes more than five seconds: for what can do without
 *  the answer. output [room]. */
bool lw_slurm_ask(const char *const *words, char *output, int64_t room);

/** Whether squeue's lines, whose first word is a job's number (%i), have this job: "12" in any part
 *  of an array, "12_3" also in "12_[2-5%2]". */
bool lw_slurm_queue_has(const char *queue, const char *job);

/** Bytes of memory of a node of the partition, "" for the site's own; 0: sinfo does not tell. */
double lw_slurm_node_memory(const char *partition);

/** A warning that names the variables with this prefix that lw_slurm_call keeps from SLURM. */
void lw_slurm_tell_unseen(const char *prefix);

/** For a subcommand that got a world, as it does under mpirun or srun: LW_ERROR_INPUT. */
LW_MUST_USE lw_status lw_slurm_refuse_ranks(const char *command);

#endif
