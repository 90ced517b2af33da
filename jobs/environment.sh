# shellcheck shell=sh
# Sourced by scripts that start mpirun. Settings that are already in the environment win.

# mpirun refuses to start as root, as in containers, unless both are set.
if [ "$(id -u)" -eq 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT="${OMPI_ALLOW_RUN_AS_ROOT:-1}"
  export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="${OMPI_ALLOW_RUN_AS_ROOT_CONFIRM:-1}"
fi

# On one machine by hand there may be more ranks than cores: allow it, and let a waiting rank give its core to one
# that works, or every message waits for the next turn of the scheduler. Under SLURM the allocation counts.
if [ -z "${SLURM_JOB_ID:-}" ]; then
  export OMPI_MCA_rmaps_base_oversubscribe="${OMPI_MCA_rmaps_base_oversubscribe:-1}"
  export OMPI_MCA_mpi_yield_when_idle="${OMPI_MCA_mpi_yield_when_idle:-1}"
  export OMPI_MCA_hwloc_base_binding_policy="${OMPI_MCA_hwloc_base_binding_policy:-none}"
  # The same for Open MPI 5, whose launcher (PRRTE) reads names of its own.
  export PRTE_MCA_rmaps_default_mapping_policy="${PRTE_MCA_rmaps_default_mapping_policy:-:oversubscribe}"
  export PRTE_MCA_hwloc_default_binding_policy="${PRTE_MCA_hwloc_default_binding_policy:-none}"
  # Ranks of one machine talk through shared memory. To look for networks would take half of the start, and where there
  # is none Open MPI 5 warns of it at each connection.
  export OMPI_MCA_pml="${OMPI_MCA_pml:-ob1}"
  export OMPI_MCA_btl="${OMPI_MCA_btl:-self,vader}"
  # A thread that waits for the others turns for a short while only: on a machine that does other things, too, long
  # turning made two threads three times slower than one.
  export GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-20000}"
fi

# BLAS never starts threads of its own; longwave shares the cores among its ranks (parallel.threads, OMP_NUM_THREADS).
export OPENBLAS_NUM_THREADS="${OPENBLAS_NUM_THREADS:-1}"
export BLIS_NUM_THREADS="${BLIS_NUM_THREADS:-1}"
export MKL_NUM_THREADS="${MKL_NUM_THREADS:-1}"
