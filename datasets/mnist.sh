#!/bin/sh
# MNIST from a folder with its four idx files, plain or with .gz behind the name.
# usage: sh datasets/mnist.sh FOLDER OUT.h5 [flags of `longwave prepare images`]
set -eu
usage='usage: sh datasets/mnist.sh FOLDER OUT.h5 [flags]'
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
train_images=$(find_file train-images-idx3-ubyte)
train_labels=$(find_file train-labels-idx1-ubyte)
test_images=$(find_file t10k-images-idx3-ubyte)
test_labels=$(find_file t10k-labels-idx1-ubyte)
exec "${LONGWAVE:-longwave}" prepare images --out "$out" --classes-of digits \
  --train-images "$train_images" --train-labels "$train_labels" \
  --test-images "$test_images" --test-labels "$test_labels" "$@"
