#!/usr/bin/env bash
# Sets up and runs every test: style, unit tests, contracts, and end to end over a real Loki under
# Grafana's own plugin client, and the editors in a real Chromium. The first run builds Loki
# (scripts/loki.sh: 5 to 10 minutes).
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
step() { printf '\n== %s (%ss)\n' "$*" "$SECONDS"; }

step 'Go, Rust, Node and curl'
for program in cargo go curl npm; do
    command -v "$program" >/dev/null || { echo "test.sh: $program is needed" >&2; exit 1; }
done
rustup component add clippy rustfmt >/dev/null 2>&1 || true

step 'Style'
cargo fmt --check
cargo clippy --all-targets --quiet -- -D warnings
RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --quiet
for module in host checks; do
    (cd "tests/testbed/$module" && test -z "$(gofmt -l .)" && go vet .)
done
for script in scripts/*.sh .ci/run; do bash -n "$script"; done

step 'The test bed: Loki and the plugin host'
scripts/loki.sh path
scripts/host.sh path
scripts/promtail.sh path
scripts/checks.sh path
scripts/chromium.sh path

step 'Front end'
scripts/frontend.sh check

step 'Tests'
cargo test

step 'Front end in a real Chromium'
scripts/browser.sh

step 'Done'
