#!/usr/bin/env bash
# The workbench: the real query editor in your browser, without Grafana and without Docker.
#
#   scripts/workbench.sh [--prepare]
#       builds the plugin and the front end, gets a Loki (scripts/loki.sh: yours, or one that is
#       built once), fills it with an hour of demo logs, goes on writing live ones, and prints the
#       address of a page with the editors and their answers. Ctrl-c ends all of it.
#       --prepare only builds.
#
# With GINKGO_LOKI_URL set, that Loki is used and left running; demo logs are written into it.
# GINKGO_WORKBENCH_ADDR (127.0.0.1:PORT) fixes the page's address; GINKGO_WORKBENCH_LOGS=off writes no logs.
# GINKGO_PROFILE=debug builds quickly.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
case ${1:-} in
'' | --prepare) ;;
*) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "scripts/${BASH_SOURCE[0]##*/}" >&2; exit 2 ;;
esac
for program in cargo go npm curl; do
    command -v "$program" >/dev/null || { echo "workbench.sh: $program is needed" >&2; exit 1; }
done

profile=${GINKGO_PROFILE:-release}
if [[ $profile == debug ]]; then cargo=dev; else cargo=$profile; fi
cargo build --profile "$cargo" --bin gpx_ginkgo --bin ginkgo
scripts/frontend.sh workbench
scripts/host.sh path >/dev/null
[[ -n ${GINKGO_LOKI_URL:-} ]] || scripts/loki.sh path >/dev/null
[[ ${1:-} == --prepare ]] || exec node frontend/workbench/serve.mjs
