/** What this rank sends: bytes by kind and layer, counted where the messages are made (reduce.h,
 *  exchange.h). Local, main thread only.
 *
 *  Collectives count the bytes that a rank must at least send to the network: an all-reduce of n
 *  bytes over p ranks 2 n (p-1)/p, a reduce-scatter or an all-gather to n bytes n (p-1)/p, rounded
 *  up, a broadcast n on the root; whatever algorithm the MPI library takes. What HDF5 and ScaLAPACK
 *  send by themselves is not counted. */
#ifndef LONGWAVE_COMM_TRAFFIC_H
#define LONGWAVE_COMM_TRAFFIC_H

#include <stdint.h>

#define LW_TRAFFIC_TABLE(ENTRY)                                                                    \
  ENTRY(LW_TRAFFIC_OTHER, "other")                                                                 \
  ENTRY(LW_TRAFFIC_PLAN, "plan")               /* norms of blocks, for what is near */             \
  ENTRY(LW_TRAFFIC_SMOOTH, "smooth")           /* rows of V for smoothing */                       \
  ENTRY(LW_TRAFFIC_HALO, "halo")               /* near keys and values, and their gradients */     \
  ENTRY(LW_TRAFFIC_RING, "ring")               /* all keys and values, and their gradients */      \
  ENTRY(LW_TRAFFIC_SCAN, "scan")               /* sums of the far field */                         \
  ENTRY(LW_TRAFFIC_CONVOLUTION, "convolution") /* rows beside strips for convolutions */           \
  ENTRY(LW_TRAFFIC_AVERAGE, "average")         /* states of moving averages */                     \
  ENTRY(LW_TRAFFIC_MATRIX, "matrix")           /* what the scalapack engine gathers */             \
  ENTRY(LW_TRAFFIC_STATISTICS, "statistics")   /* batch norm, pooling */                           \
  ENTRY(LW_TRAFFIC_GRADIENT, "gradient")       /* reduce-scatter of gradients */                   \
  ENTRY(LW_TRAFFIC_PARAMETERS, "parameters")   /* all-gather of updated parameters */

typedef enum lw_traffic_kind {
#define LW_TRAFFIC_ENUM(name, text) name,
  LW_TRAFFIC_TABLE(LW_TRAFFIC_ENUM)
#undef LW_TRAFFIC_ENUM
      LW_TRAFFIC_KINDS
} lw_traffic_kind;

enum { LW_TRAFFIC_LAYERS = 1024 };

/** What is sent from here to the matching end belongs to `kind`; of nested ones the innermost
 *  counts. */
void lw_traffic_begin(lw_traffic_kind kind);
void lw_traffic_end(void);
/** What is sent from now on belongs to block `layer`; -1: to none. */
void lw_traffic_layer(int64_t layer);
/** Called by the functions of comm/. */
void lw_traffic_add(int64_t bytes);

/** Bytes since the start or the last reset; layer -1: outside the blocks, -2: all together. */
int64_t lw_traffic_bytes(lw_traffic_kind kind, int64_t layer);
const char *lw_traffic_name(lw_traffic_kind kind);
void lw_traffic_reset(void);

#endif
