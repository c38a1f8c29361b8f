#!/usr/bin/env bash
# Builds a Go program of the test bed once. Not run, but sourced: by host.sh and checks.sh.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
out=$repo/target/testbed

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# Says every 15 s how many of so many packages are compiled: Go names each when it begins with it, and
# nothing while it links. Anything else that Go says goes on as it is.
progress() {
    local line status compiled=0 began=$SECONDS next=$((SECONDS + 15))
    while :; do
        status=0
        IFS= read -r -t 5 line || status=$?
        # Above 128: nothing came in time.
        ((status == 0 || status > 128)) || return 0
        case $status:$line in
        0:*[[:space:]]*) printf '%s\n' "$line" >&2 ;;
        0:*) compiled=$((compiled + 1)) ;;
        esac
        if ((SECONDS >= next)); then
            say "$compiled of about $1 packages after $((SECONDS - began)) s"
            next=$((SECONDS + 15))
        fi
    done
}

# go_build PROGRAM MODULE PACKAGE TIME
#     makes $out/PROGRAM of a package of the module tests/testbed/MODULE, unless it was made of the same
#     sources. TIME says in words how long that takes.
go_build() {
    local program=$out/$1 module=$repo/tests/testbed/$2 package=$3 took=$SECONDS
    local part=$program.part.$$ stamp=$program.built want total
    mkdir -p "$out"
    # Two test runs may want it at once, and one of them may run it already: the second waits and finds it
    # built, aside and renamed, so that a broken build leaves no half program.
    exec 9>"$program.lock"
    flock 9
    # A checksum, not file times: a fresh checkout must not cost a build, nor Go's own look, which links anew.
    want=$(find "$module" -name '*.go' -o -name 'go.*' | LC_ALL=C sort | xargs -d '\n' cat | cksum)
    if [[ ! -x $program || ! -f $stamp || $(<"$stamp") != "$want" ]]; then
        command -v go >/dev/null || die "Go is needed to build $1"
        say "building $1, once: $4"
        # Ctrl-c ends the build, which is then no failure to tell of.
        trap 'rm -f "$part"; exit 130' INT
        total=$(cd "$module" && go list -deps "$package" | wc -l) || die "the sources of $1 cannot be had"
        if ! (cd "$module" && go build -v -ldflags '-s -w' -o "$part" "$package") 2>&1 | progress "$total"; then
            rm -f "$part"
            die "the build of $1 failed"
        fi
        trap - INT
        mv -f "$part" "$program"
        printf '%s\n' "$want" >"$stamp"
        say "built in $((SECONDS - took)) s"
    fi
    # Closed, or what the caller starts would hold the lock.
    exec 9>&-
}
