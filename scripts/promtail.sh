#!/usr/bin/env bash
# A real Promtail for the tests of the collectors, where there is one.
#
#   scripts/promtail.sh path
#       prints the program: $GINKGO_PROMTAIL_BIN, else `promtail` on the path; else nothing, and the pipelines
#       are judged by their parser and by what a real one made of the same lines (tests/recordings).
set -euo pipefail

case ${1:-}:$# in
path:1)
    if [[ -n ${GINKGO_PROMTAIL_BIN:-} ]]; then
        [[ -x $GINKGO_PROMTAIL_BIN ]] ||
            { echo "promtail.sh: GINKGO_PROMTAIL_BIN is no program: $GINKGO_PROMTAIL_BIN" >&2; exit 1; }
        printf '%s\n' "$GINKGO_PROMTAIL_BIN"
    else
        command -v promtail || true
    fi
    ;;
*) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
