#ifndef LONGWAVE_CLI_INSPECT_CLOCK_H
#define LONGWAVE_CLI_INSPECT_CLOCK_H

#include "longwave/train/subject.h"

/** The decays of a checkpoint's attention, and what its clock has learnt, to standard output.
 *  Local. */
void lw_inspect_clock(const lw_subject *subject);

#endif
