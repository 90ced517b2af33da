/** Messages between ranks; the only file with their MPI calls. What is sent is counted
 *  (comm/traffic.h), and the time spent in waiting is booked as LW_PROFILE_WAIT. */
#ifndef LONGWAVE_COMM_EXCHANGE_H
#define LONGWAVE_COMM_EXCHANGE_H

#include "longwave/comm/world.h"
#include <stdint.h>

/** Give `gone` to rank `to` and take `come` from rank `from` at once; either may be this rank.
 *  `count` floats may differ between the two and may be 0. To be called by all ranks concerned. */
typedef struct lw_exchange_side {
  int rank;
  float *data;
  int64_t count; /* below 2^31 */
} lw_exchange_side;
void lw_exchange(const lw_world *world, lw_exchange_side gone, lw_exchange_side come);

/** Messages that travel while this rank goes on computing: they are started, pushed now and then
 *  (MPI moves nothing between its calls) and finished. Each side knows what the other sends, so
 *  empty messages are not sent. Between two ranks the messages with the same tag arrive in the
 *  order they are started. Zero-initialise; the memory for the requests is kept until
 *  lw_flight_done. */
typedef struct lw_flight {
  MPI_Request *requests;
  int64_t count, room;
} lw_flight;

/** Room for so many messages, both ways together. Local. Errors: LW_ERROR_MEMORY. */
LW_MUST_USE lw_status lw_flight_reserve(lw_flight *flight, int64_t messages);
void lw_flight_done(lw_flight *flight);

/** Add a message to or from `rank` (not this one) of the world; of any length, 0 does nothing. The
 *  data must stay (and not be read, when they come) until lw_flight_finish. tag in [0, 2^20). */
void lw_flight_send(lw_flight *flight, const lw_world *world, int rank, int tag, const float *data,
                    int64_t count);
void lw_flight_receive(lw_flight *flight, const lw_world *world, int rank, int tag, float *data,
                       int64_t count);
/** Let messages move on; returns at once. */
void lw_flight_push(lw_flight *flight);
/** All messages of the flight have arrived or left; it is empty again. */
void lw_flight_finish(lw_flight *flight);

#endif
