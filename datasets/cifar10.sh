#!/bin/sh
# Grey CIFAR-10 from a folder with the six binary batches (data_batch_1.bin .. data_batch_5.bin, test_batch.bin),
# plain or with .gz behind the name.
# usage: sh datasets/cifar10.sh FOLDER OUT.h5 [flags of `longwave prepare images`]
set -eu
usage='usage: sh datasets/cifar10.sh FOLDER OUT.h5 [flags]'
folder=${1:?$usage}
out=${2:?$usage}
shift 2

# The file of this name, or with .gz behind it.
find_file() {
  for name in "$folder/$1" "$folder/$1.gz"; do
    [ -r "$name" ] && printf '%s' "$name" && return
  done
  echo "no $1 or $1.gz in $folder" >&2
  return 1
}
train=
for number in 1 2 3 4 5; do
  batch=$(find_file "data_batch_$number.bin")
  train=${train:+$train,}$batch
done
test_batch=$(find_file test_batch.bin)
exec "${LONGWAVE:-longwave}" prepare images --out "$out" --classes-of cifar10 \
  --cifar-train "$train" --cifar-test "$test_batch" "$@"
