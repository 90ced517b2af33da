#!/bin/sh
# Install what Longwave needs on Debian 12 or 13, or Ubuntu; does nothing when all is there. On other systems it installs
# nothing, and prints the names of packages and modules to ask for.
# usage: sh jobs/setup.sh [run]      to build and use it
#        sh jobs/setup.sh test       the same, and for the tests
set -eu
# shellcheck source=jobs/usage.sh
. "$(dirname "$0")/usage.sh"

run="build-essential pkg-config meson ninja-build libopenmpi-dev openmpi-bin libscalapack-openmpi-dev
  libhdf5-openmpi-dev libopenblas-dev libyaml-dev zlib1g-dev libpng-dev libjansson-dev libsndfile1-dev
  dataset-fashion-mnist"
test="libcriterion-dev clang clang-tidy libclang-rt-dev libomp-dev shellcheck nodejs python3-h5py python3-numpy libsimgrid-dev
  slurmctld slurmd slurm-client munge"

case "${1:-run}" in
  run) wanted=$run ;;
  test) wanted="$run $test" ;;
  *)
    usage >&2
    exit 2
    ;;
esac

# The names of other systems were not tried.
red_hat="gcc pkgconf-pkg-config meson ninja-build openmpi-devel scalapack-openmpi-devel hdf5-openmpi-devel openblas-devel
  libyaml-devel zlib-devel libpng-devel jansson-devel libsndfile-devel"
spack="meson ninja pkgconf openmpi netlib-scalapack hdf5+mpi openblas libyaml zlib libpng jansson libsndfile"

# What to ask for where this script installs nothing.
advise() {
  echo "setup: this is $1, where nothing is installed by this script; what is needed:"
  # shellcheck disable=SC2086 # on one line
  case " $2 " in
    *" rhel "* | *" fedora "* | *" centos "*)
      echo "  packages, some of them of EPEL and CRB:" $red_hat
      echo "  modules, before the build and before each run: mpi/openmpi-$(uname -m)"
      ;;
    *) echo "  what these packages of Debian hold:" $run ;;
  esac
  # shellcheck disable=SC2086
  if command -v spack >/dev/null; then
    echo "  with Spack: spack install" $spack
    echo "              spack load" ${spack%%hdf5*}hdf5 ${spack#*hdf5+mpi }
  fi
  echo "  clusters have most of it as modules: a compiler, MPI, parallel HDF5 and ScaLAPACK built with that MPI, BLAS"
  echo "setup: meson setup build tells what is missing; docs/stacks.md has its options"
}

# of FIELD: of the file that says which system this is
system=${OS_RELEASE:-/etc/os-release}
of() { sed -n "s/^$1=//p" "$system" 2>/dev/null | tr -d \"\'; }
like="$(of ID) $(of ID_LIKE)"
case " $like " in
  *" debian "* | *" ubuntu "*) ;;
  *)
    name=$(of PRETTY_NAME)
    advise "${name:-an unknown system}" "$like"
    exit 0
    ;;
esac

missing=
for package in $wanted; do
  case "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)" in
    'install ok installed') ;;
    *) missing="$missing $package" ;;
  esac
done
if [ -z "$missing" ]; then
  echo "setup: all packages are there"
  exit 0
fi

if [ "$(id -u)" -eq 0 ]; then
  as_root=
elif command -v sudo >/dev/null; then
  as_root=sudo
else
  echo "setup: neither root nor sudo; let an administrator run: apt-get install$missing" >&2
  exit 1
fi

# env keeps sudo from dropping the variable; the lock may be held by an upgrade that runs by itself.
apt() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 "$@" </dev/null
}
echo "setup: installing$missing"
apt update
# shellcheck disable=SC2086 # one word a package
apt install -y --no-install-recommends $missing
