#!/usr/bin/env bash
# Grafana's plugin client as a small HTTP server (tests/testbed/host).
#
#   scripts/host.sh path
#       builds it when its sources have changed and prints the program's path.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
module=$repo/tests/testbed/host
out=$repo/target/testbed

if [[ ${1:-} != path ]]; then
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi

mkdir -p "$out"
# Two test runs may build at once, and one of them may already run the program:
# built aside and renamed, under a lock.
exec 9>"$out/host.lock"
flock 9
# A checksum spares Go's own look at what has changed, which links the program anew each time.
stamp=$out/host.built
want=$(cat "$module"/*.go "$module"/go.* | cksum)
if [[ ! -x $out/ginkgo-host || ! -f $stamp || $(<"$stamp") != "$want" ]]; then
    command -v go >/dev/null || { echo 'host.sh: Go is needed to build the plugin host' >&2; exit 1; }
    echo 'host.sh: building the plugin host: about a minute the first time' >&2
    part=$out/ginkgo-host.part.$$
    trap 'rm -f "$part"' EXIT
    (cd "$module" && go build -ldflags '-s -w' -o "$part" .) >&2
    mv -f "$part" "$out/ginkgo-host"
    printf '%s\n' "$want" >"$stamp"
fi
printf '%s\n' "$out/ginkgo-host"
