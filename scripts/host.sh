#!/usr/bin/env bash
# Grafana's plugin client as a small HTTP server (tests/testbed/host).
#
#   scripts/host.sh path
#       builds it when its sources have changed and prints the program's path.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/go-build.sh"

if [[ ${1:-} != path ]]; then
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
go_build ginkgo-host host . 'about a minute'
printf '%s\n' "$out/ginkgo-host"
