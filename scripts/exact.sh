#!/usr/bin/env bash
# The long runs of "exact to the last row" against oracles, over the Loki that `scripts/loki.sh which` names (it
# proves something on a real one): random questions for lines
# (default limits, then raised ones), random questions for numbers (default limits), and lines read by
# Loki's parsers and by Ginkgo.
#
#   scripts/exact.sh [all|lines|numbers|reading] [QUESTIONS [SEED]]
#       QUESTIONS (16,000) of each kind and profile, the first with SEED (1), the next with the next seed.
#       Systems and layouts take turns: 16,000 are 1,000 of each of four systems in each of four layouts.
#       `reading` reads QUESTIONS lines of each format. What differs is printed at once, with its seed:
#       `GINKGO_LOKI_CONFIG=<profile> scripts/exact.sh <kind> 1 <seed>` asks exactly that again.
#
# All of it takes hours on two cores. Needs what the tests need (scripts/test.sh).
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
kind=${1:-all}
export GINKGO_QUERIES=${2:-16000} GINKGO_LINES=${2:-16000} GINKGO_SEED=${3:-1}
case $kind in all | lines | numbers | reading) ;; *)
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "scripts/${BASH_SOURCE[0]##*/}" >&2
    exit 2
    ;;
esac

echo "Loki: $(scripts/loki.sh which)"

# As users run it: built for speed.
ask() {
    printf '== %s: %s over %s\n' "$1" "$GINKGO_QUERIES" "$GINKGO_LOKI_CONFIG"
    cargo test --release --quiet --locked --test "$2" -- --nocapture "$3"
}
profiles=${GINKGO_LOKI_CONFIG:-loki.yaml loki-large.yaml}
for GINKGO_LOKI_CONFIG in $profiles; do
    export GINKGO_LOKI_CONFIG
    if [[ $kind == all || $kind == lines ]]; then ask 'questions for lines' answers random::; fi
done
GINKGO_LOKI_CONFIG=${profiles%% *}
if [[ $kind == all || $kind == numbers ]]; then ask 'questions for numbers' metrics random::; fi
if [[ $kind == all || $kind == reading ]]; then ask 'lines read by Loki and by Ginkgo' answers reading::; fi
