# shellcheck shell=sh
# Sourced: a real SLURM on this machine, on loopback only, without systemd: munged, slurmctld and some slurmd, each
# ended by its process id. They also end when the sourcing shell dies, whatever kills it.
#   cluster_start NODES     sets SLURM_CONF; every node n1, n2, ... has two CPUs
#   cluster_stop
#   preempt_how             a line of slurm.conf: a job that must give way gets its own signal; "": it gets TERM
#   node_kill N             node nN dies at once, with every process on it
# The caller has made the folder $cluster (a short path, for a socket lies in it). Needs root.
: "${cluster:=}"
preempt_how=SlurmctldParameters=preempt_send_user_signal

# Whether the packages are there; else a line that says what is missing.
cluster_possible() {
  for word in munged slurmctld slurmd sbatch srun; do
    command -v "$word" >/dev/null && continue
    echo "skipped: there is no $word here; sh jobs/setup.sh test installs it"
    return 1
  done
  [ "$(id -u)" -eq 0 ] && return
  echo "skipped: only root may start a cluster"
  return 1
}

# launch NAME COMMAND...: in the background, to die with this shell; its id goes to pid.NAME, its words to NAME.out
launch() {
  name=$1
  shift
  setpriv --pdeathsig KILL -- "$@" >"$cluster/$name.out" 2>&1 </dev/null &
  echo $! >"$cluster/pid.$name"
}

alive() {
  kill -0 "$(cat "$cluster/pid.$1")" 2>/dev/null
}

# end NAME: TERM, five seconds of patience, KILL
end() {
  [ -s "$cluster/pid.$1" ] || return 0
  pid=$(cat "$cluster/pid.$1")
  kill -TERM "$pid" 2>/dev/null
  for _ in $(seq 50); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  rm -f "$cluster/pid.$1"
}

# A node has a host name, processes, /dev/shm and /etc/hosts of its own. Open MPI names its shared memory after the
# host, so nodes that shared the first or the third would write into each other's. When the first of its processes
# ends, the kernel ends them all: that is a node's death.
# All of that is mounted in a second view of the root folder. It hangs below /dev/shm, which can be made private, where
# the root of a chroot cannot: so nothing gets out, and nothing stays.
node_start() {
  mkdir -p "$cluster/spool.n$1" "$cluster/tmp.n$1"
  # shellcheck disable=SC2016 # for the inner shell
  launch "n$1" unshare --uts --mount --propagation unchanged --pid --fork --kill-child sh -c '
    mount --make-private /dev/shm && mount -t tmpfs tmpfs /dev/shm && mkdir /dev/shm/root &&
      mount --rbind / /dev/shm/root && mount --make-rprivate /dev/shm/root && cd /dev/shm/root &&
      mount -t proc proc proc && mount -t tmpfs tmpfs dev/shm && mount --bind "$2/hosts" etc/hosts &&
      hostname "$1" && exec chroot . slurmd -D -N "$1" -f "$2/slurm.conf"' node "n$1" "$cluster"
}

node_kill() {
  pid=$(cat "$cluster/pid.n$1")
  kill -KILL "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  rm -f "$cluster/pid.n$1"
}

# configure NODES PORT
configure() {
  cat >"$cluster/slurm.conf" <<END
ClusterName=longwave
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$2
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A job that was requeued waits for the end of its credential before it starts again. Less than 5 means 120.
AuthInfo=socket=$cluster/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool.%n
# PMIx makes a folder there, which two nodes of one machine must not share.
TmpFS=$cluster/tmp.%n
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd.%n.pid
SlurmctldLogFile=$cluster/slurmctld.log
SlurmdLogFile=$cluster/slurmd.%n.log
# What needs control groups, a database or more than one machine is left out.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=0,batch_sched_delay=0
SlurmctldTimeout=10
SlurmdTimeout=5
InactiveLimit=0
KillWait=10
JobRequeue=1
# A job of partition low gives way to one of high: it is told, has GraceTime, and goes back into the queue.
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
$preempt_how
NodeName=n[1-$1] NodeAddr=127.0.0.1 Port=[$(($2 + 1))-$(($2 + $1))] CPUs=2 RealMemory=1000
PartitionName=main Nodes=n[1-$1] Default=YES PriorityTier=2
PartitionName=low Nodes=n[1-$1] PriorityTier=1 GraceTime=30
PartitionName=high Nodes=n[1-$1] PriorityTier=3
END
  {
    cat /etc/hosts 2>/dev/null
    for i in $(seq "$1"); do echo "127.0.0.1 n$i"; done
  } >"$cluster/hosts"
}

idle_nodes() {
  timeout 5 sinfo --noheader --states=idle --format=%D 2>/dev/null
}

# cluster_try NODES PORT: 1 when it does not come up, perhaps because others have taken the ports
cluster_try() {
  configure "$1" "$2"
  launch munged munged --foreground --socket="$cluster/munge.socket" --key-file="$cluster/munge.key" \
    --log-file="$cluster/munged.log" --pid-file="$cluster/munged.pid" --seed-file="$cluster/munge.seed"
  for _ in $(seq 100); do
    [ -S "$cluster/munge.socket" ] && break
    sleep 0.05
  done
  alive munged && [ -S "$cluster/munge.socket" ] || return 1
  launch slurmctld slurmctld -D -i -f "$cluster/slurm.conf"
  for i in $(seq "$1"); do node_start "$i"; done
  for _ in $(seq 150); do
    [ "$(idle_nodes)" = "$1" ] && return
    alive slurmctld || break
    sleep 0.1
  done
  return 1
}

cluster_start() {
  mkdir -p "$cluster/state"
  chmod 755 "$cluster" # munged insists that everybody can reach its socket
  (umask 077 && head -c 1024 /dev/urandom >"$cluster/munge.key")
  export SLURM_CONF="$cluster/slurm.conf"
  # Ports below those that the kernel gives away by itself.
  for port in $((20000 + $$ % 1000 * 10)) $((21005 + $$ % 1000 * 10)); do
    cluster_try "$1" "$port" && return
    tail -n 5 "$cluster"/*.log "$cluster"/*.out
    cluster_stop
  done
  echo "the cluster does not start"
  return 1
}

cluster_stop() {
  for file in "$cluster"/pid.n[0-9]*; do
    # unshare takes the node's processes with it.
    [ -f "$file" ] && node_kill "${file##*.n}"
  done
  end slurmctld
  end munged
}
