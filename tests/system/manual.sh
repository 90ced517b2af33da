#!/bin/sh
# The manual pages and the completion of bash have every command, flag and key of a job, and are sound.
#   manual.sh LONGWAVE ROOT      the program, beside whose folder man/ has them; the root of the project
# shellcheck disable=SC2016 # of bash
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
longwave=$1
man=$(dirname "$1")/man
export OMP_NUM_THREADS=1
cd "$folder"
failed=0
fail() {
  echo "$*"
  failed=1
}

# Of a page as text: what roff has of special names is taken back.
plain() { sed 's/\\-/-/g; s/\\e/\\/g; s/\\(aq/'"'"'/g; s/\\&//g' "$1"; }

commands=$("$longwave" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[ "$(echo "$commands" | wc -l)" -ge 15 ] || fail "only these commands: $commands"
for command in $commands; do
  page=$man/longwave-$command.1
  [ -s "$page" ] || {
    fail "no page of $command: man/meson.build lists them"
    continue
  }
  plain "$page" >words
  parts=$("$longwave" "$command" --help | sed -n '/^\(tasks\|parts\):/,/^$/s/^  \([a-z]*\) .*/\1/p')
  for part in '' $parts; do
    # shellcheck disable=SC2086 # none, or one word
    "$longwave" "$command" $part --help | grep -oE '^  (-[a-zA-Z], )?--[a-z0-9-]+' | grep -oE '\-\-[a-z0-9-]+' >flags || continue
    while read -r flag; do
      grep -qE "(^|[^a-z-])$flag([^a-z0-9-]|\$)" words || fail "longwave-$command.1 has no $flag"
    done <flags
  done
  grep -qE "longwave.?-$command" "$man/longwave.1" || fail "longwave.1 has no $command"
done
# Keys of a job are in the page of train, by their sections.
"$longwave" train --help | sed -n 's/^  \([a-z][a-z0-9_]*\)  .*/\1/p' >keys
[ "$(wc -l <keys)" -ge 60 ] || fail "only these keys of a job: $(cat keys)"
plain "$man/longwave-train.1" >words
while read -r key; do grep -q "$key" words || fail "longwave-train.1 has no $key"; done <keys
for page in "$man"/*.1; do
  if command -v mandoc >/dev/null; then mandoc -T lint -W warning "$page" || fail "mandoc: $page"; fi
  if command -v groff >/dev/null; then
    groff -man -ww -z "$page" >warnings 2>&1
    [ ! -s warnings ] || fail "groff: $page: $(cat warnings)"
  fi
done

# offered WORD...: what bash offers for the last of them
offered() {
  bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; _longwave; printf "%s\n" "${COMPREPLY[@]}"' \
    "$man/longwave.bash" longwave "$@"
}
# offers ANSWER WORD...
offers() {
  answer=$1
  shift
  offered "$@" | grep -qxF -- "$answer" || fail "no '$answer' for: $*; but $(offered "$@" | tr '\n' ' ')"
}
bash -n "$man/longwave.bash" || fail "longwave.bash"
offers train tr
offers --resume train --res
offers listops prepare li
offers --max-depth prepare listops --max-d
offers attention.locality= train job.yaml --set attention.loc
offers bias train job.yaml --set attention.locality = b
[ -z "$(offered train --no-such)" ] || fail "offers something for --no-such"
exit $failed
