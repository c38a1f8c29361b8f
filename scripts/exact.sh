#!/usr/bin/env bash
# The long runs of "exact to the last row": random questions against the oracle over a real Loki with
# default limits and over one with raised limits, then lines read by Loki's parsers and by Ginkgo.
#
#   scripts/exact.sh [QUESTIONS [SEED]]
#       QUESTIONS of each profile (1,000), the first with SEED (1), the next with the next seed; twenty
#       times as many lines of each format. What differs is printed with its seed, and
#       `GINKGO_LOKI_CONFIG=<profile> scripts/exact.sh 1 <seed>` asks exactly that again.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
questions=${1:-1000}
export GINKGO_SEED=${2:-1}
for profile in ${GINKGO_LOKI_CONFIG:-loki.yaml loki-large.yaml}; do
    printf '== %s questions over %s\n' "$questions" "$profile"
    GINKGO_LOKI_CONFIG=$profile GINKGO_QUERIES=$questions \
        cargo test --quiet --test answers -- --nocapture random::
done
printf '== lines read by Loki and by Ginkgo\n'
GINKGO_LINES=$((questions * 20)) cargo test --quiet --test answers -- --nocapture reading::
