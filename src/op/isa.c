#include "isa.h"
#include "longwave/op/instruction_set.h"
#include <stdatomic.h>
#include <string.h>

extern const lw_isa lw_isa_plain;
#ifdef LW_ISA_X86
extern const lw_isa lw_isa_avx2, lw_isa_avx512;
#endif

/* Widest first. */
static const lw_isa *const all[] = {
#ifdef LW_ISA_X86
    &lw_isa_avx512,
    &lw_isa_avx2,
#endif
    &lw_isa_plain,
    NULL,
};

const char *const lw_instruction_sets[] = {
#ifdef LW_ISA_X86
    "avx512",
    "avx2",
#endif
    "plain",
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

bool lw_instruction_set_force(const char *name)
{
  for (const lw_isa *const *isa = all; *isa; isa++) {
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
  lw_instruction_set_force(NULL);
  return atomic_load(&chosen);
}

const char *lw_instruction_set(void)
{
  return lw_isa_now()->name;
}
