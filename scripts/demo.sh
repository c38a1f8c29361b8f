#!/usr/bin/env bash
# The main job on an embedded default: demo logs in a real Loki, and business questions answered.
#
#   scripts/demo.sh
#       builds Ginkgo, gets a Loki (scripts/loki.sh: yours, or one that is built once),
#       writes an hour of demo logs of the four systems, asks about a portfolio, a
#       strategy and a trace, and ends Loki again.
#   scripts/demo.sh --keep
#       the same, then goes on writing live logs until ctrl-c; Loki's address is printed.
#
# With GINKGO_LOKI_URL set, that Loki is used and left running.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$repo"
keep=
case ${1:-} in
'') ;;
--keep) keep=1 ;;
*) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac

step() { printf '\n== %s\n' "$*"; }

step 'Building Ginkgo'
cargo build --release --quiet --bin ginkgo
ginkgo=target/release/ginkgo

loki_pid=
work=$(mktemp -d "${TMPDIR:-/tmp}/ginkgo-demo.XXXXXX")
cleanup() {
    trap - EXIT INT TERM
    if [[ -n $loki_pid ]]; then
        kill -TERM "$loki_pid" 2>/dev/null || true
        wait "$loki_pid" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

if [[ -z ${GINKGO_LOKI_URL:-} ]]; then
    step 'Starting Loki'
    scripts/loki.sh path >/dev/null
    scripts/loki.sh run >"$work/address" 2>"$work/loki.log" &
    loki_pid=$!
    for _ in $(seq 600); do
        [[ -s $work/address ]] && break
        kill -0 "$loki_pid" 2>/dev/null || { tail -n 20 "$work/loki.log" >&2; exit 1; }
        sleep 0.1
    done
    GINKGO_LOKI_URL=$(head -n 1 "$work/address")
    [[ -n $GINKGO_LOKI_URL ]] || { echo 'demo.sh: Loki did not get ready' >&2; exit 1; }
    export GINKGO_LOKI_URL
fi
echo "Loki: $GINKGO_LOKI_URL"

step 'Writing an hour of demo logs'
"$ginkgo" demo --backfill 1h --once | tee "$work/said"

# The generator names ids that its logs have.
asked() { sed -n "s/^  ginkgo query --$1 //p" "$work/said" | head -n 1; }

step 'What went wrong in this portfolio?'
"$ginkgo" query --portfolio "$(asked portfolio)" --level error,critical --limit 8
step 'What did this strategy fill?'
"$ginkgo" query --strategy "$(asked strategy)" --filter event_type=ORDERFILLED \
    --columns event_type,symbol,direction,transaction_price,transaction_volume --limit 8
step 'What happened in this trace?'
"$ginkgo" query --trace "$(asked trace)" --forward --limit 20
step 'Why these lines? (ginkgo explain)'
"$ginkgo" explain --portfolio "$(asked portfolio)" --level error,critical

if [[ -n $keep ]]; then
    step 'Writing live'
    echo "In another terminal: export GINKGO_LOKI_URL=$GINKGO_LOKI_URL"
    "$ginkgo" demo
fi
