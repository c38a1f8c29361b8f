#!/usr/bin/env bash
# A Chromium for the browser tests: found where the user has one, else Debian's by apt.
#
#   scripts/chromium.sh path
#       prints the path of a Chromium: $GINKGO_CHROMIUM, else `chromium`, `chromium-browser` or
#       `google-chrome` on PATH, else Debian's package `chromium`, which is installed (as root).
set -euo pipefail

if [[ ${1:-} != path ]]; then
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
say() { printf 'chromium.sh: %s\n' "$*" >&2; }

found() {
    local name
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" && return 0
    done
    return 1
}

if [[ -n ${GINKGO_CHROMIUM:-} ]]; then
    [[ -x $GINKGO_CHROMIUM ]] || { say "GINKGO_CHROMIUM is no program: $GINKGO_CHROMIUM"; exit 1; }
    printf '%s\n' "$GINKGO_CHROMIUM"
    exit
fi
found && exit
if ! command -v apt-get >/dev/null || [[ $(id -u) != 0 ]]; then
    say 'no Chromium found: install one (Debian: apt-get install chromium) or set GINKGO_CHROMIUM'
    exit 1
fi
say 'installing the Debian package chromium (about 500 MB with what it needs): apt-get update, apt-get install'
{
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium
} >&2
found || { say 'chromium was installed and is not on PATH'; exit 1; }
