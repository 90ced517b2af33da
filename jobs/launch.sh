#!/bin/sh
# Run longwave on some ranks of this machine.
# It is mpirun with the settings of environment.sh, and with a Ctrl-C that loses nothing: mpirun by itself ends its
# ranks within two seconds, so this script keeps Ctrl-C, TERM, HUP (the terminal is closed) and their like from it and
# passes USR1 on, at which training saves a checkpoint and leaves. A second Ctrl-C ends the ranks at once.
# usage: sh jobs/launch.sh RANKS COMMAND [flags]             as in: sh jobs/launch.sh 2 train jobs/demo.yaml
#        sh jobs/launch.sh RANKS PROGRAM COMMAND [flags]     a path, in place of build/longwave or $LONGWAVE
# LONGWAVE_MPIRUN names the launcher of the MPI that longwave was built with, where that is not mpirun: mpirun.mpich.
set -u
least=2
# shellcheck source=jobs/usage.sh
. "$(dirname "$0")/usage.sh"
# shellcheck source=jobs/environment.sh
. "$(dirname "$0")/environment.sh"
case $1 in
  *[!0-9]* | 0* | '')
    echo "launch: '$1' is not a number of ranks; write it first, as in: sh $0 2 $*" >&2
    exit 2
    ;;
esac
ranks=$1
shift
program=${LONGWAVE:-$(dirname "$0")/../build/longwave}
case $1 in
  */*)
    program=$1
    shift
    ;;
esac
if ! [ -f "$program" ] || ! [ -x "$program" ]; then
  echo "launch: there is no program $program; build it (ninja -C build longwave), or name it in LONGWAVE" >&2
  exit 2
fi
launcher=${LONGWAVE_MPIRUN:-mpirun}
command -v "$launcher" >/dev/null || {
  echo "launch: there is no $launcher here; install Open MPI (sh jobs/setup.sh run), or name another in LONGWAVE_MPIRUN" >&2
  exit 1
}

# Open MPI 4 explains in ten lines that a rank ended with a code other than 0; other versions know no flag against it.
quiet=
case $("$launcher" --version 2>/dev/null) in *"(Open MPI) 4."*) quiet=--quiet ;; esac

# mpirun dies when the reader of its output does (head after its lines, tee by the same Ctrl-C): between them stands one
# that then goes on to read. The name of a pipe can go when both of its ends are open.
drain() {
  trap '' INT TERM HUP QUIT PIPE
  cat 2>/dev/null
  cat >/dev/null
}
if [ -p /dev/fd/1 ] || [ -p /dev/fd/2 ]; then
  pipes=$(mktemp -d) && mkfifo "$pipes/out" "$pipes/err" || exit 4
  if [ -p /dev/fd/1 ]; then
    drain <"$pipes/out" &
    exec >"$pipes/out"
  fi
  if [ -p /dev/fd/2 ]; then
    drain <"$pipes/err" >&2 &
    exec 2>"$pipes/err"
  fi
  rm -r "$pipes"
fi

# A session of its own, so that the terminal's Ctrl-C does not reach mpirun.
# shellcheck disable=SC2086 # one word or none
setsid "$launcher" $quiet -n "$ranks" "$program" "$@" </dev/null &
mpirun=$!
asked=0
leave() {
  asked=$((asked + 1))
  if [ "$asked" -eq 1 ]; then kill -USR1 "$mpirun"; else kill -TERM "$mpirun"; fi
}
# Under nohup, HUP is ignored and stays so.
trap leave INT TERM HUP QUIT USR1 USR2

# wait returns early when a trap runs: wait again until mpirun is gone.
while :; do
  before=$asked
  wait "$mpirun"
  code=$?
  [ "$asked" -ne "$before" ] || break
done
# The last lines must be out before the prompt is back.
exec >&- 2>&-
wait
exit "$code"
