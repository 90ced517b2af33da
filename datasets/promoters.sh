#!/bin/sh
# Promoters of E. coli and other pieces of its genome, 81 letters each: from a folder with Ecoli_prom.fa and
# Ecoli_non_prom.fa, plain or with .gz behind the name, of github.com/solovictor/CNNPromoterData. As where they were
# published (Umarov and Solovyev 2017), 30 % drawn at random are for testing; a tenth is for validation.
# usage: sh datasets/promoters.sh FOLDER OUT.h5 [flags of `longwave prepare letters`]
set -eu
least=2
# shellcheck source=datasets/common.sh
. "$(dirname "$0")/common.sh"
promoters=$(find_file "$1" Ecoli_prom.fa)
others=$(find_file "$1" Ecoli_non_prom.fa)
out=$2
shift 2
exec "$program" prepare letters --out "$out" --train "promoter=$promoters,other=$others" \
  --split-by class --test 0.3 "$@"
