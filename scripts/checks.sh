#!/usr/bin/env bash
# Alloy's parser and formatter, the loader of `docker compose` and Grafana's own types of dashboards and
# alert rules, as one program for the tests (tests/testbed/checks).
#
#   scripts/checks.sh path
#       builds it when its sources have changed and prints the program's path.
#   scripts/checks.sh yaml|compose|alloy|pipeline|dashboard|rules FILE...
#       runs it: tests/testbed/checks/main.go says what each does.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
module=$repo/tests/testbed/checks
out=$repo/target/testbed

if [[ $# == 0 || ($1 != path && $# == 1) ]]; then
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi

mkdir -p "$out"
exec 9>"$out/checks.lock"
flock 9
stamp=$out/checks.built
want=$(cat "$module"/*.go "$module"/go.* | cksum)
if [[ ! -x $out/ginkgo-checks || ! -f $stamp || $(<"$stamp") != "$want" ]]; then
    command -v go >/dev/null || { echo 'checks.sh: Go is needed to build the checks' >&2; exit 1; }
    part=$out/ginkgo-checks.part.$$
    trap 'rm -f "$part"' EXIT
    (cd "$module" && go build -ldflags '-s -w' -o "$part" .) >&2
    mv -f "$part" "$out/ginkgo-checks"
    printf '%s\n' "$want" >"$stamp"
fi
exec 9>&-
if [[ $1 == path ]]; then
    printf '%s\n' "$out/ginkgo-checks"
else
    "$out/ginkgo-checks" "$@"
fi
