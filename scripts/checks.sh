#!/usr/bin/env bash
# Alloy's parser and formatter, the loader of `docker compose` and Grafana's own types of dashboards and
# alert rules, as one program for the tests (tests/testbed/checks).
#
#   scripts/checks.sh path
#       builds it when its sources have changed and prints the program's path.
#   scripts/checks.sh yaml|compose|alloy|pipeline|dashboard|rules FILE...
#       runs it: tests/testbed/checks/main.go says what each does.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/go-build.sh"

if [[ $# == 0 || ($1 != path && $# == 1) ]]; then
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi

go_build ginkgo-checks checks . 'about three minutes'
if [[ $1 == path ]]; then
    printf '%s\n' "$out/ginkgo-checks"
else
    "$out/ginkgo-checks" "$@"
fi
