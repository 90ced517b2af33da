/* Which BLAS computes, and the settings that OpenBLAS alone has. */
#define _POSIX_C_SOURCE 200809L
#include "cblas_header.h"
#include "longwave/op/linear.h"
#include <stdlib.h>
#include <string.h>

#ifdef LW_OPENBLAS

/* OpenBLAS chooses its kernels when it is loaded, by a list of known processors; one younger than
 * the library gets those of "Prescott" (SSE3, a fifth of the speed). Then choose again by what the
 * processor says it can do. These two are exported but in no header; a BLAS without them keeps its
 * own choice. */
__attribute__((weak)) void gotoblas_dynamic_init(void);
__attribute__((weak)) void gotoblas_dynamic_quit(void);

static const char *better_core(void)
{
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return "SkylakeX";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
  return NULL;
}

static void choose_core(void)
{
  const char *variable = "OPENBLAS_CORETYPE", *core = better_core();
  if (!gotoblas_dynamic_init || !gotoblas_dynamic_quit || getenv(variable) || !core) return;
  if (strcmp(openblas_get_corename(), "Prescott") != 0) return;
  if (setenv(variable, core, 1) != 0) return;
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  unsetenv(variable);
}

void lw_linear_init(void)
{
  choose_core();
  openblas_set_num_threads(1);
}

const char *lw_linear_config(void)
{
  return openblas_get_config();
}

const char *lw_linear_core(void)
{
  return openblas_get_corename();
}

#else

/* Of BLIS, whose <cblas.h> does not declare these; its integers have 64 bits on such machines. */
__attribute__((weak)) void bli_thread_set_num_threads(int64_t count);
__attribute__((weak)) const char *bli_info_get_version_str(void);

void lw_linear_init(void)
{
  if (bli_thread_set_num_threads) bli_thread_set_num_threads(1);
}

const char *lw_linear_config(void)
{
  return bli_thread_set_num_threads ? "BLIS" : "a BLAS other than OpenBLAS and BLIS";
}

const char *lw_linear_core(void)
{
  return bli_info_get_version_str ? bli_info_get_version_str() : "unknown";
}

#endif
