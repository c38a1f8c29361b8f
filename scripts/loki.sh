#!/usr/bin/env bash
# A real Loki for the tests: found where the user has one, else built once.
#
#   scripts/loki.sh path
#       prints the path of a Loki program: $GINKGO_LOKI_BIN, else `loki` on PATH,
#       else target/testbed/loki, which is built from tests/testbed/loki.
#   scripts/loki.sh run [--config FILE] [--dir DIR] [--port PORT] [--until-eof]
#       runs it on 127.0.0.1 and prints its address once it is ready.
#       FILE is a path or a name in tests/testbed/loki (loki.yaml, loki-large.yaml);
#       without DIR the data goes when Loki goes; --until-eof ends Loki with stdin,
#       so that it cannot outlive a test run that was killed.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/go-build.sh"
module=$repo/tests/testbed/loki

loki_path() {
    if [[ -n ${GINKGO_LOKI_BIN:-} ]]; then
        [[ -x $GINKGO_LOKI_BIN ]] || die "GINKGO_LOKI_BIN is no program: $GINKGO_LOKI_BIN"
        printf '%s\n' "$GINKGO_LOKI_BIN"
    elif command -v loki >/dev/null; then
        command -v loki
    else
        [[ -x $out/loki ]] || command -v go >/dev/null ||
            die 'no Loki found: set GINKGO_LOKI_BIN, put loki on PATH, or install Go to build one'
        go_build loki loki github.com/grafana/loki/v3/cmd/loki \
            'a minute of downloads (2 GB), then 5 to 10 min on two cores, 3 GB of memory'
        printf '%s\n' "$out/loki"
    fi
}

# Prints a port that nothing listens on, below the range that the kernel hands
# out by itself, so that no outgoing connection takes it before Loki does.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    printf '%s\n' "$port"
}

loki_pid=
temporary=

# Ends Loki and waits for it. A query that is still open can hold its graceful
# stop for minutes, hence the kill.
stop_loki() {
    kill -TERM "$loki_pid" 2>/dev/null || true
    local deadline=$((SECONDS + 5))
    while kill -0 "$loki_pid" 2>/dev/null && ((SECONDS < deadline)); do
        sleep 0.05
    done
    kill -KILL "$loki_pid" 2>/dev/null || true
    wait "$loki_pid" 2>/dev/null || true
    loki_pid=
}

cleanup() {
    trap - EXIT INT TERM HUP
    if [[ -n $loki_pid ]]; then
        stop_loki
    fi
    [[ -z $temporary ]] || rm -rf "$temporary"
}

# Waits until Loki answers; fails when it ends or stays silent. /ready alone is
# too early: a query that comes before the querier has found its scheduler is
# never answered, so one has to get through first.
await_ready() {
    local deadline=$((SECONDS + 60))
    while ((SECONDS < deadline)); do
        kill -0 "$loki_pid" 2>/dev/null || return 1
        curl -fsS -m 2 -o /dev/null "$1/ready" 2>/dev/null &&
            curl -fsS -m 1 -o /dev/null --get "$1/loki/api/v1/query_range" \
                -d since=1m --data-urlencode 'query={ginkgo="ready"}' 2>/dev/null && return 0
        sleep 0.05
    done
    return 1
}

run_loki() {
    local config=loki.yaml dir='' port='' until_eof=
    while (($#)); do
        case $1 in
        --config) config=${2:?--config needs a file}; shift 2 ;;
        --dir) dir=${2:?--dir needs a directory}; shift 2 ;;
        --port) port=${2:?--port needs a number}; shift 2 ;;
        --until-eof) until_eof=1; shift ;;
        *) die "unknown argument: $1" ;;
        esac
    done
    [[ -f $config ]] || config=$module/$config
    [[ -f $config ]] || die "no such configuration: $config"
    command -v curl >/dev/null || die 'curl is needed to ask whether Loki is ready'

    local bin
    bin=$(loki_path)
    trap cleanup EXIT
    trap 'exit 143' INT TERM HUP
    if [[ -z $dir ]]; then
        temporary=$(mktemp -d "${TMPDIR:-/tmp}/ginkgo-loki.XXXXXX")
        dir=$temporary
    fi
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)

    # A free port can be taken before Loki binds it, hence more than one attempt.
    local attempt url http
    for attempt in 1 2 3; do
        http=${port:-$(free_port)}
        url=http://127.0.0.1:$http
        # Another server on the wanted port would answer /ready in Loki's place.
        if (exec 3<>"/dev/tcp/127.0.0.1/$http") 2>/dev/null; then
            die "port $http is taken"
        fi
        GINKGO_LOKI_DIR=$dir GINKGO_LOKI_HTTP_PORT=$http \
            GINKGO_LOKI_GRPC_PORT=${GINKGO_LOKI_GRPC_PORT:-$(free_port)} \
            GINKGO_LOKI_MEMBERLIST_PORT=${GINKGO_LOKI_MEMBERLIST_PORT:-$(free_port)} \
            "$bin" -config.file="$config" -config.expand-env=true </dev/null >&2 &
        loki_pid=$!
        await_ready "$url" && break
        stop_loki
        [[ $attempt != 3 ]] || die 'Loki did not get ready'
        say "Loki did not get ready, attempt $((attempt + 1))"
    done
    printf '%s\n' "$url"

    if [[ -n $until_eof ]]; then
        # Bash gives a background job /dev/null as stdin, hence the copy.
        exec 3<&0
        (cat <&3 >/dev/null; kill -TERM $$ 2>/dev/null) >/dev/null &
        exec 3<&-
    fi
    # Whoever ends Loki itself ends the script too, with Loki's own status.
    local status=0
    wait "$loki_pid" || status=$?
    loki_pid=
    exit "$status"
}

case ${1:-} in
path) loki_path ;;
run) shift; run_loki "$@" ;;
*) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
