#!/bin/sh
# ETTh1, a transformer's load and oil temperature by the hour, to predict the next 24 hours of all seven channels from 96:
# from a folder with ETTh1.csv, plain or with .gz behind the name, of github.com/zhouhaoyi/ETDataset (ETT-small).
# usage: sh datasets/ett.sh FOLDER OUT.h5 [flags of `longwave prepare table`, such as --horizon 96 --window 336]
# The usual split: 8,640 rows to train on, 2,880 for validation, 2,880 for testing; the last 3,020 rows are not used.
set -eu
least=2
# shellcheck source=datasets/common.sh
. "$(dirname "$0")/common.sh"
file=$(find_file "$1" ETTh1.csv)
out=$2
shift 2
case " $* " in *' --horizon'[\ =]*) ;; *) set -- --horizon 24 "$@" ;; esac
case " $* " in *' --window'[\ =]*) ;; *) set -- --window 96 "$@" ;; esac
exec "$program" prepare table --out "$out" --train "$file" --rows step --time date --question next-values \
  --stride 1 --split-by order --limit 14400 --validation 2880 --test 2880 --reach-back "$@"
