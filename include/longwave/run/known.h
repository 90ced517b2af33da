/** Versions of libraries that are known to damage files or to hang, for a warning at the start. A
 *  checkpoint is read back before it counts, so that nothing wrong passes; but it costs the
 *  run. */
#ifndef LONGWAVE_RUN_KNOWN_H
#define LONGWAVE_RUN_KNOWN_H

#include <stddef.h>

/** What is known against the MPI library of this name and version ("Open MPI v4.0.0"), with its
 *  source and what to do; "" when nothing is. io: the user's choice of Open MPI's MPI-IO component
 *  (OMPI_MCA_io), or NULL. text [room] out. Local. */
void lw_known_fault(const char *library, const char *io, char *text, size_t room);

#endif
