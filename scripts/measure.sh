#!/usr/bin/env bash
# Measures the plugin as Grafana meets it: size, handshake, idle memory, stop. Prints one table;
# benches/README.md keeps the figures. Needs Go (for the plugin host), cargo and curl.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
cargo build --release --quiet --locked --bin gpx_ginkgo
host=$(scripts/host.sh path)
plugin=target/release/gpx_ginkgo

field() { sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p"; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

work=$(mktemp -d "${TMPDIR:-/tmp}/ginkgo-measure.XXXXXX")
trap 'rm -rf "$work"' EXIT
runs=11
for _ in $(seq $runs); do
    "$host" --plugin "$plugin" --plugin-log /dev/null >"$work/out" 2>/dev/null &
    pid=$!
    until [[ $(wc -l <"$work/out") -ge 2 ]]; do sleep 0.02; done
    url=$(head -n 1 "$work/out")
    about=$(curl -fsS "$url/api/host")
    field handshake_ms <<<"$about" >>"$work/handshake"
    plugin_pid=$(field pid <<<"$about")
    # Memory settles once the services are up.
    sleep 0.2
    awk '/^VmRSS/ { print $2 / 1024 }' "/proc/$plugin_pid/status" >>"$work/memory"
    stopped=$(curl -fsS -X POST "$url/api/host/stop")
    field stop_ms <<<"$stopped" >>"$work/stop"
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
done
printf '%-24s %s MB\n' 'binary size' "$(($(stat -c %s "$plugin") / 1000000))"
printf '%-24s %s ms (median of %s)\n' 'handshake' "$(median <"$work/handshake")" $runs
printf '%-24s %s MB (median of %s)\n' 'idle memory (VmRSS)' "$(median <"$work/memory")" $runs
printf '%-24s %s ms (median of %s)\n' 'stop' "$(median <"$work/stop")" $runs
