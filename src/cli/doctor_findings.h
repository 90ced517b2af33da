/** What a scan found, in words: lines that begin with "look:" where something is wrong. Each
 *  function returns how many of these it printed. Local. */
#ifndef LONGWAVE_CLI_DOCTOR_FINDINGS_H
#define LONGWAVE_CLI_DOCTOR_FINDINGS_H

#include "doctor_scan.h"

/** Equal samples, and of pairs swapped ones and documents that stand in several splits. */
int64_t lw_doctor_print_equals(const lw_dataset *dataset, const lw_equals *equals);
/** Of the next token: stretches of text that stand in two splits. */
int64_t lw_doctor_print_overlap(const lw_dataset *dataset, const lw_doctor_overlap *overlap);
/** Samples of one item only, again and again; of values a table of the splits as well. */
int64_t lw_doctor_print_values(const lw_dataset *dataset, const lw_doctor_scan *scan);

#endif
