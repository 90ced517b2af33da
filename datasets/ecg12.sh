#!/bin/sh
# 12-lead ECGs with several diagnoses each: from a folder with records (NAME.hea, NAME.mat or NAME.mat.gz) of the
# PhysioNet/CinC Challenges 2020 and 2021 (physionet.org/content/challenge-2021). Small samples of them, 68 records in all, are in
# github.com/DeepPSP/torch_ecg (sample-data/cinc2021) and github.com/awwong1/physionet-challenge-2020 (tests/data).
# usage: sh datasets/ecg12.sh FOLDER OUT.h5 [flags of `longwave prepare signals`]
# A quarter is for testing; diagnoses that fewer than eight records have are left out (--least-count).
set -eu
least=2
# shellcheck source=datasets/common.sh
. "$(dirname "$0")/common.sh"
folder=$1
out=$2
shift 2
case " $* " in *' --least-count'*) ;; *) set -- --least-count 8 "$@" ;; esac
exec "$program" prepare signals --out "$out" --train "$folder" --question classes \
  --validation 0.15 --test 0.25 "$@"
