#!/bin/sh
# Install what Longwave needs on Debian 12 or 13; does nothing when all is there.
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

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  # shellcheck disable=SC2086 # on one line
  echo "setup: this is no Debian; install by hand what these packages hold:" $wanted >&2
  exit 1
fi

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
