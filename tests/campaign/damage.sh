#!/bin/sh
# Bits of checkpoints and of data sets are flipped and files cut short, at random places:
#   sh tests/campaign/damage.sh PROGRAM [TIMES]
# Each damage must be noticed or harmless. A damaged checkpoint: the training goes on from the one before it, or from
# this one, and ends with the very bits in both cases. A damaged data set: it is refused with a sentence, or the
# training ends with the very bits. Prints a table; fails if anything was otherwise.
set -u
. "$(dirname "$0")/common.sh"
times=${2:-500}

# damage FILE: what was done, in words
damage() {
  size=$(stat -c %s "$1")
  at=$(random "$size")
  if [ "$(random 4)" -eq 0 ]; then
    truncate -s "$at" "$1"
    echo "cut to $at of $size bytes"
    return
  fi
  bit=$(random 8)
  byte=$(od -An -j "$at" -N 1 -tu1 "$1")
  # shellcheck disable=SC2059 # the byte is the format
  printf "$(printf '\\%03o' $((byte ^ (1 << bit))))" | dd of="$1" bs=1 seek="$at" conv=notrunc 2>/dev/null
  echo "bit $bit of byte $at of $size flipped"
}

# train RUN ARGUMENT...: exit code; what it says is in $folder/out
train() {
  run=$1
  shift
  timeout 60 "$program" train "$folder/job.yaml" --run "$run" "$@" </dev/null >"$folder/out" 2>&1
}

train "$folder/base" || exit 1
cp -a "$folder/base" "$folder/whole"
train "$folder/whole" --resume --set train.steps=15 || exit 1
want=$(state_of "$folder/whole")
[ -n "$want" ] || { echo "the undisturbed training left no state"; exit 1; }

noticed=0 harmless=0 wrong=0
# judge KIND WHAT CODE: after a training in $folder/run
judge() {
  if [ "$3" -eq 0 ] && [ "$(state_of "$folder/run")" = "$want" ]; then
    if grep -q 'trying the previous checkpoint' "$folder/out"; then
      noticed=$((noticed + 1))
    else
      harmless=$((harmless + 1))
    fi
  elif [ "$1" = data ] && { [ "$3" -eq 4 ] || [ "$3" -eq 5 ]; } && grep -q '^error: .*bad\.h5' "$folder/out"; then
    noticed=$((noticed + 1))
  else
    wrong=$((wrong + 1))
    echo "$1, $2: exit code $3"
    tail -n 5 "$folder/out"
  fi
}

row() { # row NAME: the counts so far, then from zero
  printf '%-14s %8d %10d %9d %7d\n' "$1" $((noticed + harmless + wrong)) $noticed $harmless $wrong
  bad=$((bad + wrong))
  noticed=0 harmless=0 wrong=0
}

bad=0
printf '%-14s %8s %10s %9s %7s\n' '' damaged noticed harmless wrong
for _ in $(seq $((times / 2))); do
  rm -rf "$folder/run"
  cp -a "$folder/base" "$folder/run"
  what=$(damage "$folder/run/checkpoints/step-00000012.h5")
  train "$folder/run" --resume --set train.steps=15
  judge checkpoint "$what" $?
done
row checkpoints
for _ in $(seq $((times - times / 2))); do
  rm -rf "$folder/run"
  cp "$folder/set.h5" "$folder/bad.h5"
  what=$(damage "$folder/bad.h5")
  train "$folder/run" --set train.steps=15 --set data.path="$folder/bad.h5"
  judge data "$what" $?
done
row 'data sets'
[ "$bad" -eq 0 ]
