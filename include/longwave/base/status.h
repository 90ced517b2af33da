/** What can fail returns lw_status. The message of the last failure is kept beside it, per process.
 *  Invariant: a function that returns anything but LW_OK has called lw_fail (or passed on a
 *  callee's failure). Not here: printing and leaving; only src/cli does that. Neighbours:
 *  comm/agree.h (all ranks fail together). */
#ifndef LONGWAVE_BASE_STATUS_H
#define LONGWAVE_BASE_STATUS_H

/* One table makes the enum, the names and the exit codes of the program. */
#define LW_STATUS_TABLE(ENTRY)                                                                     \
  ENTRY(LW_OK, 0, "ok")                                                                            \
  ENTRY(LW_ERROR_INPUT, 2, "bad input") /* job file, option, data file */                          \
  ENTRY(LW_ERROR_MEMORY, 3, "out of memory")                                                       \
  ENTRY(LW_ERROR_FILE, 4, "file") /* cannot open, read, write; disk full */                        \
  ENTRY(LW_ERROR_FORMAT, 5, "damaged or foreign file")                                             \
  ENTRY(LW_ERROR_FOREIGN, 5, "file of another version or kind") /* undamaged, but not for us */    \
  ENTRY(LW_ERROR_DIVERGED, 6, "the loss is not finite")                                            \
  ENTRY(LW_ERROR_STALLED, 7, "nothing moves")                                                      \
  ENTRY(LW_ERROR_STUCK, 8, "no progress in two lives")                                             \
  ENTRY(LW_STOPPED, 130, "stopped as asked, everything is saved")

typedef enum lw_status {
#define LW_STATUS_ENUM(name, code, text) name,
  LW_STATUS_TABLE(LW_STATUS_ENUM)
#undef LW_STATUS_ENUM
} lw_status;

#define LW_MUST_USE __attribute__((warn_unused_result))

/** Leave the current function through its `done:` label when a call fails; needs `lw_status
 *  status`. */
#define LW_TRY(call)                                                                               \
  do {                                                                                             \
    status = (call);                                                                               \
    if (status != LW_OK) goto done;                                                                \
  } while (0)

/** Bytes of a sentence: long enough for a list of every mistake in a job file. */
enum { LW_MESSAGE_MAX = 8192 };

/** Record a failure and its sentence (what, where, what to do; no full stop needed); it may
 *  quote lw_fail_message(), the one before. Returns `status`. */
lw_status lw_fail(lw_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Say where the failure before happened: "context: its sentence". Returns `status`. */
lw_status lw_fail_context(lw_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** The sentence of the last lw_fail in this process; "" if there was none. Borrowed, overwritten
 *  by the next. */
const char *lw_fail_message(void);

/** What strerror says of an error number of the system, and, where a user can do something about
 *  it, what. lw_reason: the text lives as long as the block around the call. */
enum { LW_REASON_MAX = 256 };
#define lw_reason(error) lw_reason_in(error, (char[LW_REASON_MAX]){""})
const char *lw_reason_in(int error, char text[LW_REASON_MAX]);

const char *lw_status_name(lw_status status);

/** Exit code of the program for a status. */
int lw_status_exit_code(lw_status status);

#endif
