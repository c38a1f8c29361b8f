#!/usr/bin/env bash
# Attacks on the release program: what a Viewer, a line or a hostile Loki can send. It must stay alive, answer others
# in time, keep to its memory, and end when it is told to. Everything listens on 127.0.0.1, every loop has an end.
#
#   scripts/abuse.sh [KIND...]
#       KIND: identity (headers that claim to be somebody), crash (sizes from outside), cpu (expressions, searches,
#       warnings), memory (heavy panels at once), admission (1,000 hung requests), texts (markup, escapes, length),
#       settings (links, headers), socket (who may speak to the plugin); without one, all of them.
#
# A kind has 10 minutes, and its processes together 6 GiB, the Loki and the host among them: beyond that they are
# killed, and the kind has failed. The figures that a kind prints are of this machine. GINKGO_PROFILE=debug attacks
# a quickly built program, for a try. Needs what the tests need.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf 'abuse.sh: %s\n' "$*" >&2; }

# The tests that are a kind's attacks, by the names of tests/protocol.
declare -A attacks=(
    [identity]='headers::a_viewers_own_headers headers::nothing_else secrets::'
    [crash]='hostile::one_long_line huge::'
    [cpu]='hostile::an_expression hostile::many_large_searches hostile::warnings'
    [memory]='hostile::sixteen_heavy hostile::a_budget'
    [admission]='admission::'
    [texts]='texts:: cli::nothing_that_loki_says'
    [settings]='settings::'
    [socket]='process::only_this_user stop::'
)
all=(identity crash cpu memory admission texts settings socket)
SECONDS_EACH=600
MOST_KIB=$((6 * 1024 * 1024))

kinds=("$@")
[[ ${#kinds[@]} -gt 0 ]] || kinds=("${all[@]}")
for kind in "${kinds[@]}"; do
    [[ -n ${attacks[$kind]:-} ]] || { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "scripts/${BASH_SOURCE[0]##*/}" >&2; exit 2; }
done

profile=${GINKGO_PROFILE:-release}
say "building ($profile)"
if [[ $profile == debug ]]; then cargo=dev; else cargo=$profile; fi
program=$(cargo test --profile "$cargo" --locked --test protocol --no-run --message-format json |
    python3 -c 'import json, sys
for line in sys.stdin:
    one = json.loads(line)
    if one.get("executable") and one.get("target", {}).get("name") == "protocol": print(one["executable"])')
[[ -x $program ]] || { say 'the tests were not built'; exit 1; }

# The memory of all processes of a session, in KiB; each is asked while it may be ending.
resident() { ps -o rss= --sid "$1" 2>/dev/null | awk '{ sum += $1 } END { print sum + 0 }'; }

# Runs tests in a session of their own, within the bounds.
bounded() {
    local began=$SECONDS most=0 now leader
    setsid "$program" --nocapture --test-threads 1 "$@" &
    leader=$!
    while kill -0 "$leader" 2>/dev/null; do
        now=$(resident "$leader")
        ((now > most)) && most=$now
        if ((now > MOST_KIB || SECONDS - began > SECONDS_EACH)); then
            say "$((now / 1024)) MiB after $((SECONDS - began)) s: beyond the bounds"
            kill -KILL -- "-$leader" 2>/dev/null || true
            # Whatever made a group of its own is of the session still.
            ps -o pid= --sid "$leader" | xargs -r kill -KILL 2>/dev/null || true
            wait "$leader" 2>/dev/null || true
            return 1
        fi
        sleep 0.5
    done
    say "$((SECONDS - began)) s, $((most / 1024)) MiB at most, tests and host and Loki included"
    wait "$leader"
}

failed=()
for kind in "${kinds[@]}"; do
    printf '== %s\n' "$kind"
    read -ra names <<<"${attacks[$kind]}"
    bounded "${names[@]}" || failed+=("$kind")
done
[[ ${#failed[@]} -eq 0 ]] || { say "failed: ${failed[*]}"; exit 1; }
say 'it withstands all of them'
