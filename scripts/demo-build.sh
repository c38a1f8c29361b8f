#!/usr/bin/env bash
# Builds the one program of the demo (crates/cli) and prints its path. How far it is goes to stderr: cargo's
# own bar in a terminal, elsewhere a line every 15 s.
#
#   scripts/demo-build.sh
#       GINKGO_PROFILE names cargo's profile: demo (built quickly, quick enough for a demo) unless said
#       otherwise; debug and release are known too.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
if (($#)); then
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "scripts/${BASH_SOURCE[0]##*/}" >&2
    exit 2
fi
folder=${GINKGO_PROFILE:-demo}
profile=$folder
[[ $profile != debug ]] || profile=dev
program=${CARGO_TARGET_DIR:-target}/$folder/ginkgo
what=(--package ginkgo-cli --locked)

# Cargo names each crate when it begins with it, and nothing while the last ones take their time.
progress() {
    local total=$1 line status started=0 crate='' next=$((SECONDS + 15))
    while :; do
        status=0
        IFS= read -r -t 5 line || status=$?
        # Above 128: nothing came in time.
        ((status == 0 || status > 128)) || return 0
        if [[ $status == 0 && $line =~ ^\ +Compiling\ ([^ ]+) ]]; then
            crate=${BASH_REMATCH[1]}
            started=$((started + 1))
        elif [[ $status == 0 ]]; then
            printf '%s\n' "$line" >&2
        fi
        if ((SECONDS >= next)); then
            printf 'demo-build.sh: %d of about %d crates after %d s: %s\n' "$started" "$total" "$SECONDS" "$crate" >&2
            next=$((SECONDS + 15))
        fi
    done
}

if [[ -t 2 || -x $program ]]; then
    # Cargo's own bar, or little to build.
    cargo build "${what[@]}" --profile "$profile" >&2
else
    # Cargo begins with each of these once, give or take a few.
    total=$(cargo tree "${what[@]}" --edges normal,build --prefix none | sed 's/ (\*)$//' | sort -u | wc -l)
    cargo build "${what[@]}" --profile "$profile" 2>&1 | progress "$total"
fi
printf '%s\n' "$program"
