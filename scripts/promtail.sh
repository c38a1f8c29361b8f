#!/usr/bin/env bash
# A real Promtail for the tests of the collectors: found where the user has one, else built once.
#
#   scripts/promtail.sh path
#       prints the path of a Promtail program: $GINKGO_PROMTAIL_BIN, else `promtail` on PATH,
#       else target/testbed/promtail, which is built from tests/testbed/promtail.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
module=$repo/tests/testbed/promtail
out=$repo/target/testbed

say() { printf 'promtail.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

build() {
    mkdir -p "$out"
    exec 9>"$out/promtail.lock"
    flock 9
    local want stamp=$out/promtail.built
    # A checksum, not file times: a fresh checkout must not cost a build.
    want=$(cat "$module/go.mod" "$module/go.sum" | cksum)
    if [[ ! -x $out/promtail || ! -f $stamp || $(<"$stamp") != "$want" ]]; then
        command -v go >/dev/null ||
            die 'no Promtail found: set GINKGO_PROMTAIL_BIN, put promtail on PATH, or install Go to build one'
        say 'building Promtail, once: about three minutes on two cores'
        local part=$out/promtail.part.$$
        if ! (cd "$module" && go build -ldflags '-s -w' -o "$part" \
            github.com/grafana/loki/v3/clients/cmd/promtail) >&2; then
            rm -f "$part"
            die 'the build of Promtail failed'
        fi
        mv -f "$part" "$out/promtail"
        printf '%s\n' "$want" >"$stamp"
    fi
    printf '%s\n' "$out/promtail"
}

case ${1:-} in
path)
    if [[ -n ${GINKGO_PROMTAIL_BIN:-} ]]; then
        [[ -x $GINKGO_PROMTAIL_BIN ]] || die "GINKGO_PROMTAIL_BIN is no program: $GINKGO_PROMTAIL_BIN"
        printf '%s\n' "$GINKGO_PROMTAIL_BIN"
    elif command -v promtail >/dev/null; then
        command -v promtail
    else
        build
    fi
    ;;
*) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
