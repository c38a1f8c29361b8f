#!/usr/bin/env bash
# A real Promtail for the tests of the collectors: found where the user has one, else built once.
#
#   scripts/promtail.sh path
#       prints the path of a Promtail program: $GINKGO_PROMTAIL_BIN, else `promtail` on PATH,
#       else target/testbed/promtail, which is built from tests/testbed/promtail.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/go-build.sh"

case ${1:-} in
path)
    if [[ -n ${GINKGO_PROMTAIL_BIN:-} ]]; then
        [[ -x $GINKGO_PROMTAIL_BIN ]] || die "GINKGO_PROMTAIL_BIN is no program: $GINKGO_PROMTAIL_BIN"
        printf '%s\n' "$GINKGO_PROMTAIL_BIN"
    elif command -v promtail >/dev/null; then
        command -v promtail
    else
        [[ -x $out/promtail ]] || command -v go >/dev/null ||
            die 'no Promtail found: set GINKGO_PROMTAIL_BIN, put promtail on PATH, or install Go to build one'
        go_build promtail promtail github.com/grafana/loki/v3/clients/cmd/promtail 'about three minutes on two cores'
        printf '%s\n' "$out/promtail"
    fi
    ;;
*) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
