# shellcheck shell=sh
# Sourced by the campaigns: a folder of their own with a small data set and job, random numbers, the end.
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=jobs/environment.sh
. "$root/jobs/environment.sh"
export OMP_NUM_THREADS=1
# Killed ranks would leave their shared memory behind; what else they leave goes with the folder.
export OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,tcp OMPI_MCA_btl_tcp_if_include=lo
program=$1
folder=$(mktemp -d "${TMPDIR:-/tmp}/longwave-campaign-XXXXXX") || exit 1
export TMPDIR="$folder/tmp"
mkdir "$TMPDIR"
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

"$program" prepare listops --out "$folder/set.h5" --train 40 --validation 12 --test 12 --min-length 5 \
  --max-length 20 --max-depth 4 >/dev/null 2>&1 || exit 1
cat >"$folder/job.yaml" <<EOF
data: {path: $folder/set.h5}
model: {layers: 2, width: 16, heads: 2, norm: batch, dropout: 0.2}
attention: {bound: 0.2}
train: {steps: 12, batch_size: 6, accumulation: 2, evaluate_every: 50, log_every: 1000}
optimizer: {learning_rate: 0.01, schedule: constant}
checkpoint: {every: 4, keep: 4}
parallel: {threads: 1}
EOF

# random N: a number from 0 to N - 1
random() {
  echo $(($(od -An -N4 -tu4 /dev/urandom) % $1))
}

# state_of RUN: the checksum of its newest checkpoint, read whole
state_of() {
  "$program" inspect --verify "$1/checkpoints/latest.h5" 2>&1 | sed -n "s/.*the state's is //p"
}
