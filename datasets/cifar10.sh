#!/bin/sh
# Grey CIFAR-10 from a folder with the six binary batches (data_batch_1.bin .. data_batch_5.bin, test_batch.bin),
# plain or with .gz behind the name.
# usage: sh datasets/cifar10.sh FOLDER OUT.h5 [flags of `longwave prepare images`]
set -eu
least=2
# shellcheck source=datasets/common.sh
. "$(dirname "$0")/common.sh"
folder=$1
out=$2
shift 2
train=
for number in 1 2 3 4 5; do
  batch=$(find_file "$folder" "data_batch_$number.bin")
  train=${train:+$train,}$batch
done
test_batch=$(find_file "$folder" test_batch.bin)
exec "$program" prepare images --out "$out" --classes-of cifar10 \
  --cifar-train "$train" --cifar-test "$test_batch" "$@"
