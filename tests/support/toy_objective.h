/** An objective that only a test has: the proof that one is a file and a row. */
#ifndef TESTS_SUPPORT_TOY_OBJECTIVE_H
#define TESTS_SUPPORT_TOY_OBJECTIVE_H

#include "longwave/model/objective.h"

extern const lw_objective toy_objective;

#endif
