#!/usr/bin/env bash
# The workbench: the real query editor in your browser, without Grafana and without Docker.
#
#   scripts/workbench.sh
#       is scripts/demo.sh without the questions: a Loki with an hour of demo logs and live ones, and the
#       address of a page with the editors and their answers. Ctrl-c ends all of it.
#
# What scripts/demo.sh reads from the environment counts here too.
set -euo pipefail

if (($#)); then
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
exec "$(dirname "${BASH_SOURCE[0]}")/demo.sh" --workbench
