#!/usr/bin/env bash
# Sets up and runs every test: style, licences, unit tests, contracts, recordings of a real Loki, and end to end
# under Grafana's own plugin client and in a real Chromium, over the Loki that `scripts/loki.sh which` names:
# a real one wherever there is one, else the embedded one. It says at its start and at its end which one it was,
# and what was skipped for want of a program.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ $# == 0 ]] || { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "scripts/${BASH_SOURCE[0]##*/}" >&2; exit 2; }
step() { printf '\n== %s (%ss)\n' "$*" "$SECONDS"; }

step 'Go, Rust, Node and curl'
for program in cargo go curl npm; do
    command -v "$program" >/dev/null || { echo "test.sh: $program is needed" >&2; exit 1; }
done
rustup component add clippy rustfmt >/dev/null 2>&1 || true
loki=$(scripts/loki.sh which)
promtail=$(scripts/promtail.sh path)
echo "Loki: $loki"
echo "Promtail: ${promtail:-none: what a real one made of the same lines is used}"

mkdir -p target
# Each line: what is missing, and the test that wants it.
export GINKGO_SKIPPED=$PWD/target/skipped.tsv
# What the embedded Loki is asked, to be held against the recordings.
requests=$PWD/target/requests.jsonl
rm -f "$GINKGO_SKIPPED" "$requests"
[[ $loki != embedded* ]] || export GINKGO_LOKI_REQUESTS=$requests

step 'Style'
cargo fmt --all --check
cargo clippy --all-targets --quiet --locked -- -D warnings
RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --quiet --locked
for module in host checks licences; do
    (cd "tests/testbed/$module" && test -z "$(gofmt -l .)" && go vet .)
done
for script in scripts/*.sh .ci/run; do bash -n "$script"; done

step 'The test bed: the plugin host and its judges'
scripts/host.sh path
scripts/checks.sh path
scripts/chromium.sh path

step 'Front end'
scripts/frontend.sh check

step 'Licences'
scripts/licences.sh test
scripts/licences.sh check

step 'Tests'
cargo test --locked

step 'Front end in a real Chromium'
scripts/browser.sh

step 'Kinds of requests'
if [[ -s $requests ]]; then
    cargo run --quiet --locked --package recordings -- kinds tests/recordings "$requests"
else
    echo "Not held against the recordings: $loki was asked, and only the embedded Loki writes down what it is asked."
fi

step 'Done'
echo "Loki: $loki"
if [[ -s $GINKGO_SKIPPED ]]; then
    cut -f 1 "$GINKGO_SKIPPED" | sort | uniq -c | sed 's/^ *\([0-9]*\) \(.*\)/\1 skipped, which want \2:/'
    cut -f 2 "$GINKGO_SKIPPED" | sed 's/^/  /'
else
    echo 'Nothing was skipped.'
fi
