/** The header of a WFDB record, taken apart in place. */
#ifndef LONGWAVE_PARSE_WFDB_HEADER_H
#define LONGWAVE_PARSE_WFDB_HEADER_H

#include "longwave/parse/wfdb.h"

/** text: the whole file; it is cut into pieces, to which *header points. The arrays of *header are
 *  the caller's to give back, on failure too. Errors: LW_ERROR_FORMAT with path and line. */
LW_MUST_USE lw_status lw_wfdb_header_read(const char *path, char *text, lw_wfdb_header *header);

#endif
