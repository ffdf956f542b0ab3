#!/usr/bin/env bash
# A Slurm of this machine alone for the tests: one node with two cores, no accounting. Needs root, slurm-wlm and munge.
#   tests/slurm.sh start FOLDER      begins it; what it writes goes to the folder, to which /etc/slurm/slurm.conf leads
#   tests/slurm.sh restart FOLDER    stops the node's daemon, and starts it again
#   tests/slurm.sh stop FOLDER       ends it
set -euo pipefail
command=$1 folder=$(realpath "$2")
# Where a job's own commands look for it: what the executor plugin starts does not see SLURM_CONF.
configuration=/etc/slurm/slurm.conf
# Debian has daemons where only root looks for commands.
PATH="$PATH:/usr/sbin"

write_configuration() {
    local name memory
    name=$(hostname -s)
    memory=$(awk '/MemTotal/ {print int($2 / 1024)}' /proc/meminfo)
    cat > "$folder/slurm.conf" << END
ClusterName=tests
SlurmctldHost=$name(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
AuthInfo=socket=$folder/munge.socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
# A job that takes more memory than it asked for is ended; looked for each second.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
KillWait=2
MailProg=/bin/true
MpiDefault=none
ReturnToService=2
NodeName=$name NodeAddr=127.0.0.1 CPUs=2 RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=$name Default=YES MaxTime=INFINITE State=UP
END
}

start() {
    mkdir -p "$folder/state" "$folder/spool"
    write_configuration
    # Fails where there is another Slurm's.
    ln -s "$folder/slurm.conf" "$configuration"
    dd if=/dev/urandom of="$folder/munge.key" bs=1024 count=1 status=none
    chmod 400 "$folder/munge.key"
    # By force, as the folder is not one of the system's.
    munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
        --log-file="$folder/munged.log" --seed-file="$folder/munge.seed" 2> "$folder/munged.err"
    slurmctld
    slurmd
    for _ in $(seq 60); do
        if sinfo --noheader --states=idle | grep --quiet idle; then
            return
        fi
        sleep 1
    done
    tail "$folder"/*.log >&2
    exit 1
}

end() {
    if [ -f "$folder/$1.pid" ]; then
        kill "$(cat "$folder/$1.pid")" || true
    fi
}

case $command in
    start) start ;;
    restart)
        end slurmd
        while [ -f "$folder/slurmd.pid" ]; do sleep 0.1; done
        slurmd
        ;;
    stop)
        if [ "$(readlink "$configuration")" = "$folder/slurm.conf" ]; then
            scancel --user=root || true
            for daemon in slurmd slurmctld munged; do end $daemon; done
            rm "$configuration"
        fi
        ;;
esac
