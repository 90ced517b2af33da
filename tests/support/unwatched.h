/** UNWATCHED: of what only computes the numbers to expect. Sanitizers, which make it far slower, look at
 *  what is tested. */
#ifndef TESTS_SUPPORT_UNWATCHED_H
#define TESTS_SUPPORT_UNWATCHED_H

#define UNWATCHED __attribute__((no_sanitize("address"), no_sanitize("undefined")))

#endif
