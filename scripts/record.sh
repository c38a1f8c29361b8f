#!/usr/bin/env bash
# Records what a real Loki answers, for machines that have none: tests/recordings.
#
#   scripts/record.sh [NAME...]
#       NAME is a suite: answers, metrics, protocol, dashboards, browser (all of them). Runs its tests over a real
#       Loki (scripts/loki.sh: never the embedded one) through a proxy, and writes tests/recordings/NAME.jsonl.zst:
#       the lines that were pushed, and some requests of every kind with their answers.
#       GINKGO_LOKI_URL names a Loki that runs already; it has to be empty, with tests/testbed/loki/loki.yaml's
#       settings. GINKGO_QUERIES (400) is how many random questions are asked besides, GINKGO_SEED the first.
#       GINKGO_PER_KIND (40) requests of a kind and status are kept, GINKGO_PUSH_MEGABYTES (96) of lines.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
suites=("$@")
[[ ${#suites[@]} -gt 0 ]] || suites=(answers metrics protocol dashboards browser)
for suite in "${suites[@]}"; do
    case $suite in answers | metrics | protocol | dashboards | browser) ;; *)
        sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "scripts/${BASH_SOURCE[0]##*/}" >&2
        exit 2
        ;;
    esac
done
read -r kind _ < <(scripts/loki.sh which)
[[ $kind != embedded ]] || { echo 'record.sh: a recording wants a real Loki: scripts/loki.sh which' >&2; exit 1; }
export GINKGO_QUERIES=${GINKGO_QUERIES:-400} GINKGO_SEED=${GINKGO_SEED:-1}

cargo build --quiet --locked --package recordings --features record --release
work=$(mktemp -d "${TMPDIR:-/tmp}/ginkgo-record.XXXXXX")
[[ -n ${GINKGO_RECORD_KEEP:-} ]] || trap 'rm -rf "$work"' EXIT
mkdir -p tests/recordings

for suite in "${suites[@]}"; do
    printf '== %s\n' "$suite"
    to=${GINKGO_LOKI_URL:-} loki_in=''
    if [[ -z $to ]]; then
        coproc LOKI { scripts/loki.sh run --until-eof 2>/dev/null; }
        loki_in=${LOKI[1]} loki_pid=$LOKI_PID
        read -r to <&"${LOKI[0]}"
    fi
    coproc PROXY { target/release/recordings proxy "$to" "$work/$suite"; } 2>/dev/null
    proxy_in=${PROXY[1]} proxy_pid=$PROXY_PID
    read -r url <&"${PROXY[0]}"
    # What is right is judged elsewhere: a test that the proxy disturbs is no reason to throw the rest away.
    run=(cargo test --quiet --locked --test "$suite")
    [[ $suite != browser ]] || run=(scripts/browser.sh)
    GINKGO_LOKI_URL=$url "${run[@]}" || echo "record.sh: not every test of $suite passed" >&2
    exec {proxy_in}>&-
    wait "$proxy_pid"
    [[ -z $loki_in ]] || { exec {loki_in}>&-; wait "$loki_pid" 2>/dev/null || true; }
    target/release/recordings select "$work/$suite" "tests/recordings/$suite.jsonl.zst" \
        "${GINKGO_PER_KIND:-40}" "${GINKGO_PUSH_MEGABYTES:-96}"
done
du -sh tests/recordings
