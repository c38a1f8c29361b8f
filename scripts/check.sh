#!/usr/bin/env bash
# The inner loop: format, clippy, unit and contract tests, and the recordings of a real Loki replayed against the
# embedded one. Two minutes where everything has been built; scripts/test.sh is the whole of it.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ $# == 0 ]] || { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "scripts/${BASH_SOURCE[0]##*/}" >&2; exit 2; }
cargo fmt --all --check
cargo clippy --all-targets --quiet --locked -- -D warnings
cargo test --quiet --locked --workspace --lib --bins
cargo test --quiet --locked --test contract --test asking --test layers --test versions
cargo test --quiet --locked --package recordings
for script in scripts/*.sh .ci/run; do bash -n "$script"; done
echo 'All is well.'
