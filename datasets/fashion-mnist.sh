#!/bin/sh
# Fashion-MNIST from Debian's package dataset-fashion-mnist.
# usage: sh datasets/fashion-mnist.sh OUT.h5 [flags of `longwave prepare images`]
set -eu
least=1
# shellcheck source=datasets/common.sh
. "$(dirname "$0")/common.sh"
out=$1
shift
folder=${FASHION_MNIST:-/usr/share/datasets/fashion-mnist}
[ -r "$folder/train-images-idx3-ubyte.gz" ] || {
  echo "no $folder/train-images-idx3-ubyte.gz: apt-get install dataset-fashion-mnist," \
    "or name the folder in FASHION_MNIST" >&2
  exit 1
}
exec "$program" prepare images --out "$out" --classes-of fashion-mnist \
  --train-images "$folder/train-images-idx3-ubyte.gz" \
  --train-labels "$folder/train-labels-idx1-ubyte.gz" \
  --test-images "$folder/t10k-images-idx3-ubyte.gz" \
  --test-labels "$folder/t10k-labels-idx1-ubyte.gz" "$@"
