# shellcheck shell=sh
# Sourced by each lint, which has a function `check ROOT` that prints a line for each thing wrong under ROOT, proves
# with `sees` and `accepts` that it can tell wrong from right, and ends with `judge`.
set -u
LC_ALL=C.UTF-8
export LC_ALL
project=$1
sample=$(mktemp -d)
trap 'rm -rf "$sample"' EXIT

# found_in FILE TEXT: what the check says of a tree that holds only this file (\n in TEXT is a line end)
found_in() {
  rm -rf "$sample/tree"
  mkdir -p "$(dirname "$sample/tree/$1")"
  printf '%b' "$2" >"$sample/tree/$1"
  check "$sample/tree"
}

sees() {
  [ -n "$(found_in "$1" "$2")" ] && return
  echo "the lint itself is wrong: it does not see '$2' in $1"
  exit 1
}

accepts() {
  [ -z "$(found_in "$1" "$2")" ] && return
  echo "the lint itself is wrong: it refuses '$2' in $1"
  exit 1
}

judge() {
  found=$(check "$project")
  [ -z "$found" ] && exit 0
  echo "$found"
  exit 1
}
