#!/usr/bin/env bash
# Runs every fuzz target of fuzz/, on stable Rust.
#
#   scripts/fuzz.sh [RUNS [TARGET...]]
#       RUNS inputs a target (100,000), of at most 4 KB each; all targets unless some are named.
#       What a target found stays in fuzz/corpus, so the next run goes on from there; an input that
#       broke it is in fuzz/artifacts, and `cargo fuzz run TARGET FILE` repeats it.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../fuzz"
runs=${1:-100000}
if [[ ! $runs =~ ^[0-9]+$ ]]; then
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "../scripts/${BASH_SOURCE[0]##*/}" >&2
    exit 2
fi
shift || true
targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || targets=(query logql lines answers minloki)

# A C++ compiler is all that is needed besides: libFuzzer is built with the targets.
command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --locked

# Coverage is a pass of stable LLVM; only the sanitizers, which safe Rust can do without, are not.
export RUSTC_BOOTSTRAP=1
for target in "${targets[@]}"; do
    printf '== %s: %s inputs\n' "$target" "$runs"
    cargo fuzz run --fuzz-dir . --sanitizer none "$target" -- \
        -runs="$runs" -max_len=4096 -rss_limit_mb=2048 -timeout=10 -verbosity=1 -print_final_stats=1
done
