#!/usr/bin/env bash
# Licences of everything that a lock file names: crates, Go modules, npm and Python packages.
#
#   scripts/licences.sh [check]
#       fails where one is not among those of deny.toml (the AGPL, the GPL and none at all never are), and
#       where docs/licences.md or THIRD-PARTY-LICENCES.txt is not what the lock files say. Without the network
#       once packages are installed. GINKGO_ADVISORY_DB=FOLDER, a copy of RustSec's database, adds its advisories.
#       Where cargo-deny is installed, it says what it thinks of deny.toml too.
#   scripts/licences.sh write
#       writes both files.
#   scripts/licences.sh test
#       plants packages under the AGPL, the GPL and no licence in copies of the lock files, and sees each refused.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/go-build.sh"

case $#${1:-} in
0 | 1check | 1write | 1test) ;;
*) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
verb=${1:-check}
for program in cargo go npm python3; do
    command -v "$program" >/dev/null || die "$program is needed"
done
python3 -c 'import tomllib' 2>/dev/null || die 'Python 3.11 or newer is needed'

go_build ginkgo-licences licences . 'a few seconds'
cd "$repo"
if [[ $verb == test ]]; then
    # The copies are read offline.
    cargo fetch --locked --quiet
    (cd tests/testbed/licences && go mod download)
    GINKGO_LICENCES=$out/ginkgo-licences python3 -B -m unittest discover -s scripts/licences
    exit
fi
scripts/frontend.sh >&2
python3 -B scripts/licences "$verb" "$out/ginkgo-licences"
if command -v cargo-deny >/dev/null; then
    cargo deny --log-level error --locked --offline check bans licenses sources
else
    say 'cargo-deny is not installed (cargo install --locked cargo-deny): deny.toml was read without it'
fi
