#include "longwave/comm/exchange.h"
#include "longwave/base/mem.h"
#include "longwave/base/profile.h"
#include "longwave/comm/traffic.h"
#include <assert.h>
#include <stdbool.h>

void lw_exchange(const lw_world *world, lw_exchange_side gone, lw_exchange_side come)
{
  enum { TAG = 1 << 20 }; /* flights have those below */
  if (gone.rank != world->rank) lw_traffic_add(gone.count * (int64_t)sizeof(float));
  lw_profile_begin(LW_PROFILE_WAIT);
  MPI_Sendrecv(gone.data, (int)gone.count, MPI_FLOAT, gone.rank, TAG, come.data, (int)come.count,
               MPI_FLOAT, come.rank, TAG, world->all, MPI_STATUS_IGNORE);
  lw_profile_end();
}

/* MPI counts are int: a message of so many floats (1 GiB) or more leaves as one message of whole
   slabs and one of the rest. */
enum { SLAB = 1 << 28, PARTS = 2 };

lw_status lw_flight_reserve(lw_flight *flight, int64_t messages)
{
  return lw_mem_grow((void **)&flight->requests, &flight->room, PARTS * messages,
                     (int64_t)sizeof *flight->requests);
}

void lw_flight_done(lw_flight *flight)
{
  assert(flight->count == 0);
  lw_mem_give(flight->requests);
  *flight = (lw_flight){0};
}

typedef struct end {
  const lw_world *world;
  int rank, tag;
  bool sends;
} end;

static void post(lw_flight *flight, const end *e, float *data, int64_t count, MPI_Datatype type)
{
  assert(flight->count < flight->room);
  MPI_Request *request = &flight->requests[flight->count++];
  if (e->sends)
    MPI_Isend(data, (int)count, type, e->rank, e->tag, e->world->all, request);
  else
    MPI_Irecv(data, (int)count, type, e->rank, e->tag, e->world->all, request);
}

static void start(lw_flight *flight, const end *e, float *data, int64_t count)
{
  const int64_t slabs = count / SLAB, rest = count % SLAB;
  assert(e->rank != e->world->rank);
  if (slabs > 0) {
    MPI_Datatype slab;
    MPI_Type_contiguous(SLAB, MPI_FLOAT, &slab);
    MPI_Type_commit(&slab);
    post(flight, e, data, slabs, slab);
    MPI_Type_free(&slab); /* MPI keeps it until the message has left */
  }
  if (rest > 0) post(flight, e, data + slabs * SLAB, rest, MPI_FLOAT);
}

void lw_flight_send(lw_flight *flight, const lw_world *world, int rank, int tag, const float *data,
                    int64_t count)
{
  lw_traffic_add(count * (int64_t)sizeof *data);
  start(flight, &(end){world, rank, tag, true}, (float *)data, count); /* is not written to */
}

void lw_flight_receive(lw_flight *flight, const lw_world *world, int rank, int tag, float *data,
                       int64_t count)
{
  start(flight, &(end){world, rank, tag, false}, data, count);
}

void lw_flight_push(lw_flight *flight)
{
  int done;
  MPI_Testall((int)flight->count, flight->requests, &done, MPI_STATUSES_IGNORE);
}

void lw_flight_finish(lw_flight *flight)
{
  lw_profile_begin(LW_PROFILE_WAIT);
  MPI_Waitall((int)flight->count, flight->requests, MPI_STATUSES_IGNORE);
  lw_profile_end();
  flight->count = 0;
}
