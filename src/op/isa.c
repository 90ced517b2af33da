#include "isa.h"
#include <stdatomic.h>
#include <string.h>

extern const lw_isa lw_isa_plain;
#ifdef LW_ISA_X86
extern const lw_isa lw_isa_avx2, lw_isa_avx512;
#endif

const lw_isa *const lw_isa_all[] = {
#ifdef LW_ISA_X86
    &lw_isa_avx512,
    &lw_isa_avx2,
#endif
    &lw_isa_plain,
    NULL,
};

static _Atomic(const lw_isa *) chosen;

/* The features are those of the compiler flags in meson.build. */
static bool executable(const lw_isa *isa)
{
#ifdef LW_ISA_X86
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (isa == &lw_isa_avx2) return avx2;
  if (isa == &lw_isa_avx512)
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
#endif
  return isa == &lw_isa_plain;
}

bool lw_isa_force(const char *name)
{
  for (const lw_isa *const *isa = lw_isa_all; *isa; isa++) {
    if (!executable(*isa) || (name && strcmp(name, (*isa)->name) != 0)) continue;
    atomic_store(&chosen, *isa);
    return true;
  }
  return false;
}

const lw_isa *lw_isa_now(void)
{
  const lw_isa *isa = atomic_load(&chosen);
  if (isa) return isa;
  lw_isa_force(NULL);
  return atomic_load(&chosen);
}
