#!/bin/sh
# The MIT-BIH Arrhythmia Database (PhysioNet: mitdb): two-lead ECGs of half an hour, 650,000 steps, with a class at each
# beat. From a folder with its records (NUMBER.hea, .dat, .atr), as many as there are: those of de Chazal et al. 2004 for
# training and for testing, so that no patient is in both but the one of 201 and 202. Records with a pacemaker are left out.
# usage: sh datasets/heartbeat.sh FOLDER OUT.h5 [flags of `longwave prepare signals`]
set -eu
least=2
# shellcheck source=datasets/common.sh
. "$(dirname "$0")/common.sh"
folder=$1
out=$2
shift 2
# records NUMBER...: those of them that are in the folder, joined by commas
records() {
  found=
  for number in "$@"; do
    [ ! -r "$folder/$number.hea" ] || found=${found:+$found,}$folder/$number
  done
  [ -n "$found" ] || {
    echo "$0: $folder has no record of $*" >&2
    return 1
  }
  printf '%s' "$found"
}
train=$(records 101 106 108 109 112 114 115 116 118 119 122 124 201 203 205 207 208 209 215 220 223 230)
test=$(records 100 103 105 111 113 117 121 123 200 202 210 212 213 214 219 221 222 228 231 232 233 234)
exec "$program" prepare signals --out "$out" --train "$train" --test-from "$test" "$@"
