/** Event files of TensorBoard: curves of numbers over steps. Local. Not here: which curves
 *  (study/export.h).
 *
 *  The format: records of 8 bytes of length, little-endian, 4 bytes of their checksum, the data, 4
 *  bytes of theirs; a checksum is CRC-32C, turned right by 15 bits, plus 0xa282ead8. The data are
 *  messages of Protocol Buffers: Event {1: wall_time, double; 2: step, int64; 3: file_version,
 *  text; 5: summary}, Summary {1: value}, Value {1: tag, text; 2: simple_value, float}.
 *  Source: TensorFlow, tensorflow/core/lib/io/record_writer.h, core/util/event.proto and
 *  core/framework/summary.proto. */
#ifndef LONGWAVE_IO_EVENTS_H
#define LONGWAVE_IO_EVENTS_H

#include "longwave/base/aside.h"
#include <stdint.h>

/** Begins an event file. time: seconds since 1970. Errors: LW_ERROR_FILE. */
LW_MUST_USE lw_status lw_events_begin(FILE *out, double time);
/** One number of the curve `tag`, at most 200 bytes. Errors: LW_ERROR_FILE, LW_ERROR_INPUT (the tag
 *  is too long). */
LW_MUST_USE lw_status lw_events_number(FILE *out, double time, int64_t step, const char *tag,
                                       float number);

/** CRC-32C (Castagnoli), from 0 or from that of what stands before. Source: RFC 3720, appendix
 *  B.4. */
uint32_t lw_crc32c(uint32_t crc, const void *data, int64_t bytes);

#endif
