#!/usr/bin/env bash
# Grafana's plugin client as a small HTTP server (tests/testbed/host).
#
#   scripts/host.sh path
#       builds it when its sources have changed and prints the program's path.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
out=$repo/target/testbed

if [[ ${1:-} != path ]]; then
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
command -v go >/dev/null || { echo 'host.sh: Go is needed to build the plugin host' >&2; exit 1; }

mkdir -p "$out"
# Two test runs may build at once, and one of them may already run the program:
# built aside and renamed, under a lock. Go's cache knows what has changed.
exec 9>"$out/host.lock"
flock 9
part=$out/ginkgo-host.part.$$
trap 'rm -f "$part"' EXIT
[[ -x $out/ginkgo-host ]] || echo 'host.sh: building the plugin host, once: about a minute' >&2
(cd "$repo/tests/testbed/host" && go build -ldflags '-s -w' -o "$part" .) >&2
if cmp -s "$part" "$out/ginkgo-host"; then
    rm -f "$part"
else
    mv -f "$part" "$out/ginkgo-host"
fi
printf '%s\n' "$out/ginkgo-host"
