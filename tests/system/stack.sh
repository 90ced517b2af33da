#!/bin/sh
# What is told when the build is set up: which MPI, HDF5, ScaLAPACK and BLAS were found; that one is missing; that they
# were not built with one MPI, where a machine has two.
# usage: stack.sh PROGRAM SOURCES
set -eu
sources=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

# says CODE TEXT OPTION...
says() {
  expected=$1
  text=$2
  shift 2
  code=0
  rm -rf "$folder/build"
  meson setup "$folder/build" "$sources" -Dtests=disabled "$@" >"$folder/output" 2>&1 </dev/null || code=$?
  if [ "$code" -eq "$expected" ] && grep -qE "$text" "$folder/output"; then return; fi
  failed=1
  echo "ends with $code, or does not say '$text': meson setup $*"
  tail -n 5 "$folder/output"
}

says 0 'ScaLAPACK: .*scalapack'
says 1 'there is no blas here \(tried: -lnothing, no-such-file\); .* -Dblas=NAME' -Dblas=-lnothing,no-such-file
if pkg-config --exists ompi-c hdf5-mpich scalapack-mpich mpich; then
  says 1 'library, Open MPI .*: name some that fit' -Dmpi=mpi -Dhdf5=hdf5-mpich
  says 1 'ScaLAPACK .* was built with another MPI .*libmpich' -Dmpi=mpi -Dscalapack=-lscalapack-mpich
  says 0 'MPICH Version: .*libmpich' -Dmpi=mpich
fi
exit "$failed"
