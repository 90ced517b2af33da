#!/bin/sh
# The lines of a file as a table for C, one literal each, since a longer one need not be understood.
set -eu
echo '/* Made from slurm/train.sbatch. */'
echo 'static const char *const batch_script[] = {'
sed 's/[\\"]/\\&/g; s/.*/    "&\\n",/' "$1"
echo '    0};'
