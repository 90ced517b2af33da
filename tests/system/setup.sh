#!/bin/sh
# jobs/setup.sh on systems that it does not know how to install on: packages, modules, Spack; nothing is installed.
# usage: setup.sh PROGRAM SOURCES
set -eu
setup=$2/jobs/setup.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

# on LINES...: the system's own words of itself
on() { printf '%s\n' "$@" >"$folder/os-release"; }
# says TEXT: with a tool that would install something, which must not be called
says() {
  PATH="$folder/bin:$PATH" OS_RELEASE="$folder/os-release" sh "$setup" run >"$folder/output" 2>&1 </dev/null || {
    failed=1
    echo "ends with a failure, where '$1' was expected"
  }
  grep -qF -- "$1" "$folder/output" || {
    failed=1
    echo "does not say '$1'"
    cat "$folder/output"
  }
}

mkdir "$folder/bin"
for tool in apt-get sudo spack; do printf '#!/bin/sh\ntouch %s/called\n' "$folder" >"$folder/bin/$tool"; done
# Where all packages are there, Debian and Ubuntu need no tool.
printf '#!/bin/sh\necho install ok installed\n' >"$folder/bin/dpkg-query"
chmod +x "$folder"/bin/*

on 'PRETTY_NAME="Rocky Linux 9.4"' 'ID="rocky"' 'ID_LIKE="rhel centos fedora"'
says 'this is Rocky Linux 9.4'
says 'hdf5-openmpi-devel'
says "mpi/openmpi-$(uname -m)"
says 'spack install meson'
rm "$folder/bin/spack"
on ID=fedora
says 'scalapack-openmpi-devel'
on ID=opensuse-leap 'ID_LIKE="suse opensuse"'
says 'what these packages of Debian hold: build-essential'
rm "$folder/os-release"
says 'this is an unknown system'
on ID=ubuntu ID_LIKE=debian
says 'all packages are there'
on ID=debian
says 'all packages are there'
[ ! -e "$folder/called" ] || { failed=1; echo "a tool was called that installs"; }
exit "$failed"
