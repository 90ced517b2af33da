#!/bin/sh
# MNIST from a folder with its four idx files, plain or with .gz behind the name.
# usage: sh datasets/mnist.sh FOLDER OUT.h5 [flags of `longwave prepare images`]
set -eu
least=2
# shellcheck source=datasets/common.sh
. "$(dirname "$0")/common.sh"
folder=$1
out=$2
shift 2
train_images=$(find_file "$folder" train-images-idx3-ubyte)
train_labels=$(find_file "$folder" train-labels-idx1-ubyte)
test_images=$(find_file "$folder" t10k-images-idx3-ubyte)
test_labels=$(find_file "$folder" t10k-labels-idx1-ubyte)
exec "$program" prepare images --out "$out" --classes-of digits \
  --train-images "$train_images" --train-labels "$train_labels" \
  --test-images "$test_images" --test-labels "$test_labels" "$@"
