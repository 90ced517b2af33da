# shellcheck shell=sh
# Sourced by the scripts of this folder after they set `least` (jobs/usage.sh). Sets `root`, the project's folder, and
# `program`, what makes the data set: the program that LONGWAVE names, the one built in this folder, or that of the PATH.
# shellcheck source=jobs/usage.sh
. "$(dirname "$0")/../jobs/usage.sh"
root=$(CDPATH='' cd "$(dirname "$0")/.." && pwd)
program=${LONGWAVE:-$root/build/longwave}
[ -n "${LONGWAVE:-}" ] || [ -x "$program" ] || program=longwave
program=$(command -v "$program") || {
  echo "$0: no program ${LONGWAVE:-$root/build/longwave}; build it (README.md), or name it in LONGWAVE" >&2
  exit 1
}
case $program in */*) program=$(cd "$(dirname "$program")" && pwd)/$(basename "$program") ;; esac

# find_file FOLDER NAME: the file of this name, or with .gz behind it
find_file() {
  for file in "$1/$2" "$1/$2.gz"; do
    [ -r "$file" ] && printf '%s' "$file" && return
  done
  echo "$0: no $2 or $2.gz in $1" >&2
  return 1
}
