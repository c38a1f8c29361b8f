#!/usr/bin/env bash
# Measures Ginkgo over a real Loki and prints tables; benches/README.md says what they show.
#
#   scripts/bench.sh fast                 against the best LogQL by hand; CPU and memory: 15 min
#   scripts/bench.sh metric               error rates and values against the best single LogQL: 10 min
#   scripts/bench.sh splits               the same on Lokis that split at other intervals: 15 min
#   scripts/bench.sh decode               Loki's answer to the finished frame, no network: 1 min
#   scripts/bench.sh together [SECONDS]   20 users with 12 panels each, 300 s by default
#
# Needs a real Loki (scripts/loki.sh own; the embedded one is no benchmark's subject), cargo, Go and curl. One at
# a time, on a quiet machine.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "scripts/${BASH_SOURCE[0]##*/}" >&2; exit 2; }

case ${1:-} in
fast | metric | splits | together)
    read -r loki _ < <(scripts/loki.sh own)
    [[ $loki != embedded ]] || {
        echo 'bench.sh: figures are of a real Loki, and there is none: set GINKGO_LOKI_BIN, or put loki on the path' >&2
        exit 1
    }
    scripts/host.sh path >/dev/null
    if [[ $1 == together ]]; then set -- together "${2:-300}"; else set -- "$1"; fi
    cargo bench --quiet --locked --bench figures -- "$@"
    ;;
decode) cargo bench --quiet --locked --bench decode ;;
*) usage ;;
esac
