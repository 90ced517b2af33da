/** FNV-1a: a number for a text or for bytes, the same on every machine and in every version. It
 *  does not protect against forgery; checksums of files are elsewhere (data/dataset.h,
 *  train/checkpoint.h). Local.
 *  Source: Fowler, Noll, Vo, "The FNV Non-Cryptographic Hash Algorithm". */
#ifndef LONGWAVE_BASE_HASH_H
#define LONGWAVE_BASE_HASH_H

#include <stdint.h>

#define LW_HASH_BEGIN UINT32_C(2166136261)
/** From LW_HASH_BEGIN, or from the hash of what stands before the text. */
uint32_t lw_hash_text(uint32_t before, const char *text);
/** Of 64 bits. bytes [count] */
uint64_t lw_hash_bytes(const uint8_t *bytes, int64_t count);

#endif
