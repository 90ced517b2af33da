#!/bin/sh
# Trainings are killed at random moments, one rank, all ranks or mpirun, and go on by --resume=auto until they are done:
#   sh tests/campaign/kill.sh PROGRAM [KILLS] [RANKS]
# Each must end with the bits of the training that nobody disturbed, and nothing may hang. Checkpoints are written so
# often that a good part of the kills meets one being written. Prints a table; fails if anything was otherwise.
set -u
. "$(dirname "$0")/common.sh"
kills=${2:-50}
ranks=${3:-2}
steps=150
limit=60 # seconds: no life of a training takes as long

life() { # life RUN: start or resume it
  # shellcheck disable=SC2086 # two words
  mpirun -n "$ranks" "$program" train "$folder/job.yaml" --run "$1" --resume=auto --set train.steps=$steps \
    --set checkpoint.every=3 --set checkpoint.keep=3 </dev/null >>"$1.out" 2>&1 &
  job=$!
}

# children PID: of mpirun, the ranks
children() {
  cat "/proc/$1/task/$1/children" 2>/dev/null
}

# all_gone PID...: within the limit
all_gone() {
  for try in $(seq $((limit * 20))); do
    alive=
    for pid in "$@"; do
      state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$pid/status" 2>/dev/null)
      case $state in '' | Z | X) ;; *) alive="$alive $pid" ;; esac
    done
    [ -n "$alive" ] || return 0
    sleep 0.05
  done
  echo "after $try looks still there:$alive"
  return 1
}

# rows RUN: lines of its metrics
rows() {
  lines=$(sed -n '$=' "$1/metrics.csv" 2>/dev/null)
  echo "${lines:-0}"
}

# wait_a_while RUN: three times of four until some more steps are done, else less than a second from the start on;
# whatever else the machine does, most kills then meet a training at work.
wait_a_while() {
  if [ "$(random 4)" -gt 0 ]; then
    sleep 0.3 # it first drops the lines behind its checkpoint
    target=$(($(rows "$1") + $(random $((steps / 2)))))
    while [ "$(rows "$1")" -lt $target ] && [ -n "$(children "$job")" ]; do sleep 0.01; done
  fi
  sleep "0.$(random 6)$(random 10)"
}

# The undisturbed one.
life "$folder/whole"
wait "$job" || { cat "$folder/whole.out"; exit 1; }
want=$(state_of "$folder/whole")
[ -n "$want" ] || { echo "the undisturbed training left no state"; exit 1; }
cut -d, -f1-7 "$folder/whole/metrics.csv" >"$folder/want.csv"

count=0 writing=0 hung=0 ended=0 same=0 rank_kills=0 all_kills=0 mpirun_kills=0 training=0
while [ $count -lt "$kills" ]; do
  training=$((training + 1))
  run=$folder/run-$training
  while :; do
    life "$run"
    if [ $count -lt "$kills" ]; then
      wait_a_while "$run"
      list=$(children "$job")
    else
      list=
    fi
    if [ -z "$list" ]; then # it is over, or nobody is to be killed any more
      wait "$job" || { cat "$run.out"; exit 1; }
      break
    fi
    # shellcheck disable=SC2086 # a list
    case $(random 3) in
      0) set -- $list && shift "$(random "$#")" && kill -KILL "$1" 2>/dev/null && rank_kills=$((rank_kills + 1)) ;;
      1) kill -KILL $list 2>/dev/null && all_kills=$((all_kills + 1)) ;;
      2) kill -KILL "$job" 2>/dev/null && mpirun_kills=$((mpirun_kills + 1)) ;;
    esac || { wait "$job"; break; } # too late: it has just ended by itself
    count=$((count + 1))
    # shellcheck disable=SC2086
    if ! all_gone "$job" $list; then
      hung=$((hung + 1))
      kill -KILL "$job" $list 2>/dev/null
    fi
    wait "$job" 2>/dev/null
    for file in "$run"/checkpoints/*.tmp-*; do
      [ ! -e "$file" ] || writing=$((writing + 1))
      break
    done
  done
  ended=$((ended + 1))
  cut -d, -f1-7 "$run/metrics.csv" >"$folder/is.csv"
  if [ "$(state_of "$run")" = "$want" ] && cmp -s "$folder/is.csv" "$folder/want.csv"; then
    same=$((same + 1))
    rm -rf "$run"
  else
    echo "training $training ended with another state"
    tail -n 40 "$run.out"
  fi
done

cat <<EOF
kills on $ranks ranks                $count
  of one rank                   $rank_kills
  of all ranks                  $all_kills
  of mpirun                     $mpirun_kills
  while a file was written      $writing
kills after which something hung $hung
trainings until their end       $ended
  with the undisturbed bits     $same
EOF
[ $hung -eq 0 ] && [ $same -eq $ended ]
