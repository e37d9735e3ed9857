#!/bin/bash
# Three parties as the tasks of one Slurm job: sbatch Scripts/deploy/slurm.sh experiment.json session.json identities
# `identities` is a folder with p0, p1, p2. Slurm says where the tasks run; the session's ports are kept, its hosts replaced.
#SBATCH --ntasks=3
#SBATCH --ntasks-per-node=1
#SBATCH --signal=TERM@30
set -euo pipefail
experiment="$1" session="$2" identities="$3"
mapfile -t hosts < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
peers=""
for host in "${hosts[@]}"; do peers+="${peers:+,}$host:7000"; done
exec srun spdz-bench party "$experiment" --session "$session" --identity "$identities/p{id}" --peers "$peers" \
  --output "results-$SLURM_JOB_ID/P{id}"
