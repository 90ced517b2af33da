#!/bin/sh
# One case of the life cycle on a cluster of its own:  cases.sh CASE LONGWAVE ROOT
# The program; the root of the project. 77: skipped, with a line that says why.
set -u
wanted=$1
program=$2
root=$3
# shellcheck source=tests/slurm/cluster.sh
. "$root/tests/slurm/cluster.sh"
cluster_possible || exit 77

cluster=$(mktemp -d /tmp/longwave-XXXXXX)
work=$(mktemp -d /tmp/longwave-XXXXXX)
leave() {
  code=$?
  trap '' INT TERM
  cluster_stop
  rm -rf "$cluster" "$work"
  exit "$code"
}
trap leave EXIT
trap 'exit 124' INT TERM
cd "$work" || exit 1

# ---- tools

fail() {
  echo "$wanted: $*"
  squeue
  tail -n 40 slurm-*.out runs/*/lives.csv runs/*/slurm-*.out 2>/dev/null
  exit 1
}

# within SECONDS COMMAND...: until it succeeds
within() {
  tries=$(($1 * 5))
  shift
  while ! "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "too late: $*"
    sleep 0.2
  done
}

# expect COMMAND...
expect() {
  "$@" || fail "not so: $*"
}

# says FILE TEXT
says() {
  grep -sqF -- "$2" "$1"
}

# Nobody of ours waits or runs.
queue_empty() {
  [ -z "$(squeue --noheader)" ]
}

# submit [option of sbatch...] -- [flag of train...]: the batch script with the test's job; its number goes to $id
submit() {
  options=
  while [ "$1" != -- ]; do
    options="$options $1"
    shift
  done
  shift
  # shellcheck disable=SC2086 # one word an option
  id=$(sbatch --parsable $options "$root/slurm/train.sbatch" job.yaml "$@") || fail "sbatch refuses"
}

# lives RUN COLUMN: that column of each life, in a line
lives() {
  tail -n +2 "runs/$1/lives.csv" | cut -d, -f"$2" | paste -sd' '
}

saved() {
  [ -e "runs/$1/checkpoints/latest.h5" ]
}

# state RUN STEP: the checksum of a checkpoint's content, which inspect compares with the content
state() {
  "$program" inspect "runs/$1/checkpoints/step-$(printf %08d "$2").h5" | grep -oE 'checksum [0-9a-f]{8}' | head -n 1
}

# same_as_uninterrupted RUN STEP [flag of train...]: two ranks without SLURM get the same bits in one life
same_as_uninterrupted() {
  run=$1
  step=$2
  shift 2
  sed "s/steps: .*/steps: $step/" job.yaml >whole.yaml
  OMPI_MCA_btl=self,vader mpirun --oversubscribe -n 2 "$program" train whole.yaml --set checkpoint.every=0 "$@" \
    >whole.out 2>&1 </dev/null || fail "$(cat whole.out)"
  first=$(state "$run" "$step")
  [ -n "$first" ] || fail "no checkpoint of step $step"
  [ "$first" = "$(state whole "$step")" ] || fail "$run: $first, uninterrupted: $(state whole "$step")"
}

# A job that only a signal ends, until `end_at` gives it a last step.
prepare() {
  expect "$program" prepare listops --out set.h5 --train 40 --validation 12 --test 12 --min-length 5 \
    --max-length 20 --max-depth 4 >/dev/null
  cat >job.yaml <<END
data: {path: set.h5}
model: {layers: 4, width: 16, heads: 2, dropout: 0.2}
train:
  steps: 1000000
  batch_size: 12
  accumulation: 6
  evaluate_every: 0
  log_every: 1000000
optimizer: {learning_rate: 0.001, schedule: constant}
checkpoint: {every: 50}
parallel: {threads: 1}
END
}

end_at() {
  sed -i "s/steps: .*/steps: $1/" job.yaml
}

# Two nodes of one machine talk by TCP on loopback; there are more ranks than cores.
export LONGWAVE="$program" TMPDIR="$work" OMP_NUM_THREADS=1 OMPI_MCA_orte_tmpdir_base="$work" \
  OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,vader,tcp OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo \
  OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_hwloc_base_binding_policy=none SLURM_PMIX_FENCE=ring \
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
one_rank_a_node="--nodes=2 --ntasks-per-node=1"

# ---- cases: $nodes and a function

case_plain() {
  end_at 40
  # The first start of the ranks dies, as one of MPI's now and then does.
  cat >starting <<'END'
#!/bin/sh
[ "$1" != train ] || ! mkdir "died.$SLURM_PROCID" 2>/dev/null || kill -SEGV $$
exec "$real" "$@"
END
  chmod +x starting
  export LONGWAVE="$work/starting" real="$program"
  # shellcheck disable=SC2086
  submit $one_rank_a_node --
  within 60 queue_empty
  expect says "slurm-$id.out" "ranks are started by srun --mpi=pmix"
  expect says "slurm-$id.out" "the ranks died with code 139 before MPI had connected them"
  expect says "slurm-$id.out" "2 ranks x 1 thread;"
  expect [ "$(lives job 2,3,5,6)" = "$id,2,40,finished" ]
  expect says runs/job/lives.csv 'n[1-2]'
  # The other way of starting ranks, and the launcher that the user names.
  LONGWAVE_LAUNCH=mpirun
  export LONGWAVE_LAUNCH
  # shellcheck disable=SC2086
  submit $one_rank_a_node -- --run runs/other
  within 60 queue_empty
  expect says "slurm-$id.out" "ranks are started by mpirun"
  expect [ "$(lives other 3,5,6)" = "2,40,finished" ]
  expect [ -n "$(state job 40)" ]
  expect [ "$(state job 40)" = "$(state other 40)" ]
}

# The signal before the limit comes at SLURM's leisure, up to half a minute before the second that was asked for.
case_limit() {
  # shellcheck disable=SC2086
  submit $one_rank_a_node --time=1 --signal=B:USR1@50 --
  within 90 says "slurm-$id.out" "goes back into the queue"
  expect [ "$(lives job 6)" = stopped ]
  step=$(($(lives job 5) + 20))
  end_at "$step"
  within 60 queue_empty
  # On a busy machine a life may be over before it does more than a step.
  case $(lives job 6) in
    stopped*" finished") ;;
    *) fail "unexpected lives" ;;
  esac
  expect says "slurm-$id.out" "restart 1"
  expect says "slurm-$id.out" "resumed from runs/job/checkpoints/"
  same_as_uninterrupted job "$step"
}

# The launcher that leaves signals to the script; and USR1 as SLURM sends it before a preemption.
case_mpirun() {
  LONGWAVE_LAUNCH=mpirun
  export LONGWAVE_LAUNCH
  # shellcheck disable=SC2086
  submit $one_rank_a_node --
  within 60 saved job
  scancel --batch --signal=USR1 "$id"
  within 60 says "slurm-$id.out" "goes back into the queue"
  expect [ "$(lives job 6)" = stopped ]
  step=$(($(lives job 5) + 20))
  end_at "$step"
  within 60 queue_empty
  expect [ "$(lives job 1,2,6)" = "1,$id,stopped 2,$id,finished" ]
  same_as_uninterrupted job "$step"
}

# Both ways to cancel save, and neither brings the job back; a job that waits just goes.
case_cancel() {
  for run in scancel longwave; do
    way=scancel
    [ "$run" = scancel ] || way="$program cancel"
    # shellcheck disable=SC2086
    submit $one_rank_a_node -- --run "runs/$run"
    running=$id
    # shellcheck disable=SC2086
    submit $one_rank_a_node -- --run "runs/$run-waits"
    within 60 saved "$run"
    # shellcheck disable=SC2086 # the program and its word
    expect $way "$id" >/dev/null && expect $way "$running" >/dev/null
    within 60 queue_empty
    expect says "slurm-$running.out" "cancelled; what was trained is saved"
    expect [ "$(lives "$run" 6)" = stopped ]
    expect [ ! -e "runs/$run-waits" ]
  done
}

# The job goes on without the dead node.
case_node() {
  # shellcheck disable=SC2086
  submit $one_rank_a_node --
  within 60 saved job
  node_kill 2
  end_at 300
  within 90 says runs/job/lives.csv "n[1,3]"
  within 60 queue_empty
  expect [ "$(lives job 1,6)" = "1,lost 2,finished" ]
  expect says runs/job/lives.csv 'n[1-2]'
}

# A job gives way and comes back; what is more urgent starts when the checkpoint is written, not after GraceTime.
case_preempt() {
  # shellcheck disable=SC2086
  submit $one_rank_a_node --partition=low --
  within 60 saved job
  low=$id
  expect timeout 25 srun --partition=high --nodes=2 --ntasks-per-node=1 true
  within 60 says "slurm-$low.out" "goes back into the queue"
  expect [ "$(lives job 6 | cut -d' ' -f1)" = stopped ]
  expect timeout 60 "$program" cancel "$low" >/dev/null
  within 60 queue_empty
}

# The same where SLURM sends TERM only.
case_preempt_term() {
  case_preempt
}

# Each task has a seed and a folder, and one that goes back into the queue does not take others with it: not even the
# last to start, which has the number of the whole array.
case_array() {
  submit --array=3-5 --nodes=1 --ntasks-per-node=1 --
  within 60 saved job-seed-3
  within 60 saved job-seed-4
  scancel --batch --signal=USR1 "${id}_3"
  within 60 saved job-seed-5
  scancel --batch --signal=USR1 "${id}_5"
  within 60 says "slurm-${id}_5.out" "goes back into the queue"
  within 60 says runs/job-seed-5/lives.csv stopped
  expect [ "$(lives job-seed-4 6)" = running ]
  scancel --batch --signal=USR1 "${id}_4"
  within 60 says runs/job-seed-4/lives.csv stopped
  # Two run again, a node each; the third waits, and finds the new end when it starts.
  within 90 training_again 2
  # Beyond whatever they do until the signal.
  step=$(($(tail -qn 1 runs/*/metrics.csv | cut -d, -f1 | sort -n | tail -n 1) + 500))
  end_at "$step"
  for seed in $again; do scancel --batch --signal=USR1 "${id}_$seed"; done
  within 90 queue_empty
  for seed in 3 4 5; do
    expect [ "$(lives "job-seed-$seed" 2,6 | cut -d' ' -f1)" = "${id}_$seed,stopped" ]
    case $(lives "job-seed-$seed" 6) in
      *" finished") ;;
      *) fail "seed $seed is not done" ;;
    esac
    expect says "runs/job-seed-$seed/job.yaml" "seed: $seed"
    state "job-seed-$seed" "$step" >>states
  done
  expect [ "$(sort -u states | wc -l)" -eq 3 ]
}

# training_again COUNT: so many tasks of the array have begun to train a second time; their seeds go to $again
training_again() {
  again=
  for seed in 3 4 5; do
    case $(lives "job-seed-$seed" 6) in "stopped running") again="$again $seed" ;; esac
  done
  [ "$(echo "$again" | wc -w)" -eq "$1" ]
}

# Paths that a shell or sbatch could take apart, and a job's way through longwave's own commands.
case_submit() {
  odd="it's \"one\" \$(touch broken) & 50%j"
  mkdir "$odd"
  cp set.h5 "$odd"
  end_at 60
  mv job.yaml "$odd/my job.yaml"
  cd "$odd" || fail "no folder"
  "$program" submit "my job.yaml" -N 2 --ranks-per-node 1 -t 5 --show --dry-run --comment="a 'b' \"c\" # d" \
    >shown || fail "submit --dry-run"
  expect queue_empty
  expect [ ! -e runs ]
  # What sbatch refuses leaves nothing, and what does not fit the nodes is not sent.
  "$program" submit "my job.yaml" --partition=none >refused 2>&1 && fail "sbatch takes partition none"
  "$program" submit "my job.yaml" --set parallel.memory=1 >refused 2>&1 && fail "a MiB is enough"
  "$program" submit "my job.yaml" --set model.width=4096 >refused 2>&1 && fail "a node of 1000 MiB is enough"
  expect grep -q "but has 500.0 MiB (its part of a node's memory" refused
  expect [ ! -e runs ]
  "$program" submit "my job.yaml" --nodes 2 --ranks-per-node 1 --time 5 --show -- --comment="a 'b' \"c\" # d" \
    >sent || fail "submit"
  head -n "$(wc -l <shown)" sent | cmp - shown || fail "another script than the one that --dry-run shows"
  head -n "$(wc -l <shown)" "runs/my job/submit.sbatch" | cmp - shown || fail "another script than the one that is shown"
  id=$(grep -oE 'job [0-9]+ is in the queue' sent | tr -dc 0-9)
  scontrol show job "$id" >queued
  expect says queued "Comment=a 'b' \"c\" # d"
  expect says queued "JobName=my job"
  "$program" status >status.out || fail status
  expect grep -q "^ *$id .*my job" status.out
  within 60 queue_empty
  expect [ "$(lives "my job" 2,3,6)" = "$id,2,finished" ]
  expect says "runs/my job/slurm-$id.out" "job $id: done"
  "$program" status >status.out || fail status
  expect grep -qE "^ +60 .* 1  finished  $id +my job\$" status.out
  [ -z "$(find "$work" -name broken)" ] || fail "a shell has read a path"
  study
}

# The runs of a study are the tasks of an array, each of which resumes; what is finished is not sent again.
study() {
  sed -i "s/steps: .*/steps: 1000000/" "my job.yaml"
  printf 'job: my job.yaml\nlaunch: mpirun -n 7\nseeds: [1, 2]\n' >study.yaml
  echo 'echo "this is set up"' >setup.sh
  "$program" submit study.yaml -N1 --ranks-per-node 1 --time 5 --setup setup.sh >sent || fail "submit of a study"
  id=$(grep -oE 'job [0-9]+ is in the queue' sent | tr -dc 0-9)
  within 60 saved study/seed-1
  within 60 saved study/seed-2
  "$program" submit study.yaml >twice 2>&1 && fail "the study is in the queue twice"
  "$program" status --runs runs/study >status.out || fail status
  expect grep -qE " 1  running   ${id}_2 +seed-2\$" status.out
  scancel --batch --signal=USR1 "${id}_2"
  within 60 says "runs/study/slurm-${id}_2.out" "goes back into the queue"
  expect says "runs/study/slurm-${id}_2.out" "this is set up"
  sed -i "s/steps: .*/steps: $(($(lives study/seed-2 5) + 500))/" "my job.yaml"
  expect "$program" cancel "${id}_1" >/dev/null
  within 90 queue_empty
  expect [ "$(lives study/seed-1 6)" = stopped ]
  expect [ "$(lives study/seed-2 2,6)" = "${id}_2,stopped ${id}_2,finished" ]
  expect grep -q "array=1\$" <<END
$("$program" submit study.yaml --dry-run)
END
}

# In the shell of a step of one task every command is alone, again and again, whatever plugin has started the shell; and
# who cannot find the other tasks of a step does not do their work.
case_step() {
  end_at 20
  for mpi in none pmi2 pmix; do
    # shellcheck disable=SC2016 # for the inner shell
    timeout 60 srun --mpi="$mpi" --ntasks=1 sh -c '"$1" inspect set.h5 && "$1" inspect set.h5 && "$1" train job.yaml &&
      "$1" status && "$1" submit job.yaml --run runs/other --dry-run' sh "$program" >"$mpi.out" 2>&1 || fail "$(cat "$mpi.out")"
    expect says "$mpi.out" "1 rank x 1 thread;"
    rm -r runs
  done
  for mpi in none pmi2; do
    timeout 60 srun --mpi="$mpi" --ntasks=2 "$program" train job.yaml >"$mpi.out" 2>&1 && fail "two trainings in one folder"
    expect grep -q "srun --mpi=pmix" "$mpi.out"
    expect [ ! -e runs ]
  done
  timeout 60 srun --mpi=pmix --ntasks=2 "$program" train job.yaml >pmix.out 2>&1 || fail "$(cat pmix.out)"
  expect says pmix.out "2 ranks x 1 thread;"
  # The interactive step of salloc: alone, and with ranks of its own by either launcher.
  # shellcheck disable=SC2016 # for the inner shell
  timeout 100 salloc --quiet --nodes=2 --ntasks=2 srun --interactive --preserve-env --mpi=none sh -c '
    "$1" train job.yaml --run runs/alone && mpirun -n 2 "$1" train job.yaml --run runs/mpirun &&
      srun --mpi=pmix -n 2 "$1" train job.yaml --run runs/srun' sh "$program" >inner.out 2>&1 || fail "$(cat inner.out)"
  expect [ "$(lives alone 3) $(lives mpirun 3) $(lives srun 3)" = "1 2 2" ]
}

# What an outer job or step has left in the environment is nothing to this job.
case_stale() {
  end_at 20
  export SLURM_ARRAY_JOB_ID=77 SLURM_ARRAY_TASK_ID=3 SLURM_RESTART_COUNT=4 SLURM_CPUS_PER_TASK=7 SLURM_STEP_NUM_TASKS=3 \
    SLURM_STEP_ID=1 SLURM_EXPORT_ENV=NONE PMI_RANK=1 PMI_SIZE=2 PMIX_RANK=1
  submit --nodes=1 --ntasks-per-node=1 --
  within 60 queue_empty
  expect says "slurm-$id.out" "1 ranks of 2 cores, restart 0: train job.yaml"
  expect [ "$(lives job 2,3,6)" = "$id,1,finished" ]
  export SBATCH_TIMELIMIT=1 SBATCH_PARTITION=low SBATCH_ARRAY_INX=1-3 SBATCH_JOB_NAME=other SQUEUE_STATES=TIMEOUT \
    SLURM_STEP_NUM_TASKS=1
  unset PMI_RANK PMI_SIZE PMIX_RANK
  "$program" submit job.yaml --run runs/sent --ranks-per-node 1 --time 5 >sent || fail "submit"
  id=$(grep -oE 'job [0-9]+ is in the queue' sent | tr -dc 0-9)
  scontrol show job "$id" >queued
  expect says queued "JobName=sent"
  expect says queued "TimeLimit=00:05:00"
  expect says queued "Partition=main"
  unset SQUEUE_STATES
  within 60 queue_empty
  expect [ "$(lives sent 2,3,6)" = "$id,1,finished" ]
}

case "$wanted" in
  preempt_term)
    nodes=2
    preempt_how=
    ;;
  plain | limit | mpirun | preempt | cancel | array | submit | step | stale) nodes=2 ;;
  node) nodes=3 ;;
  *)
    echo "there is no case $wanted"
    exit 2
    ;;
esac
cluster_start "$nodes" || exit 1
prepare
"case_$wanted"
