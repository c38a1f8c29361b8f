#!/usr/bin/env bash
# Which Loki the tests, the benches and the demo use, and how one of their own is started.
#
#   scripts/loki.sh which
#       prints the kind and where it is, of the first that there is:
#           url ADDRESS       $GINKGO_LOKI_URL: a Loki that runs already, and is left running
#           program FILE      $GINKGO_LOKI_BIN, else `loki` on the path
#           docker IMAGE      where a Docker daemon answers: the image of docker-compose.yaml
#           embedded PROGRAM  crates/minloki, in memory: no proof by itself, good for the inner loop
#       GINKGO_LOKI=embedded chooses the embedded one whatever there is.
#   scripts/loki.sh own
#       the same without `url`: what `run` starts.
#   scripts/loki.sh path
#       prints the program of a real Loki; fails where there is none.
#   scripts/loki.sh run [--config FILE] [--dir DIR] [--port PORT] [--until-eof]
#       starts one on 127.0.0.1 (never `url`) and prints its address once it is ready.
#       FILE is a path or a name in tests/testbed/loki (loki.yaml, loki-large.yaml); the embedded one takes
#       its limits from the variables that these files name. Without DIR the data goes when Loki goes;
#       --until-eof ends Loki with stdin, so that it cannot outlive a test run that was killed.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
module=$repo/tests/testbed/loki

say() { printf 'loki.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# The kind and the place of a Loki that `run` can start.
own_loki() {
    local image version
    if [[ ${GINKGO_LOKI:-} == embedded ]]; then
        printf 'embedded ginkgo loki\n'
        return
    fi
    [[ -z ${GINKGO_LOKI:-} ]] || die "GINKGO_LOKI: ${GINKGO_LOKI@Q} is not known; it takes embedded"
    if [[ -n ${GINKGO_LOKI_BIN:-} ]]; then
        [[ -x $GINKGO_LOKI_BIN ]] || die "GINKGO_LOKI_BIN is no program: $GINKGO_LOKI_BIN"
        printf 'program %s\n' "$GINKGO_LOKI_BIN"
    elif command -v loki >/dev/null; then
        printf 'program %s\n' "$(command -v loki)"
    elif command -v docker >/dev/null && timeout 5 docker info >/dev/null 2>&1; then
        read -r image version < <(
            sed -n 's/.*image: \(.*loki\):${LOKI_VERSION:-\(.*\)}$/\1 \2/p' "$repo/docker-compose.yaml"
        ) || die 'docker-compose.yaml names no version of Loki'
        printf 'docker %s:%s\n' "$image" "${LOKI_VERSION:-$version}"
    else
        printf 'embedded ginkgo loki\n'
    fi
}

which_loki() {
    if [[ -n ${GINKGO_LOKI_URL:-} ]]; then
        printf 'url %s\n' "$GINKGO_LOKI_URL"
    else
        own_loki
    fi
}

loki_path() {
    local kind place
    read -r kind place < <(own_loki)
    [[ $kind == program ]] ||
        die "no program of a real Loki: set GINKGO_LOKI_BIN, or put loki on the path (there is: $kind)"
    printf '%s\n' "$place"
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
container=
# What the caller chose; else free ones, others at each attempt.
grpc_port=${GINKGO_LOKI_GRPC_PORT:-}
memberlist_port=${GINKGO_LOKI_MEMBERLIST_PORT:-}

# Ends Loki and waits for it. A query that is still open can hold its graceful
# stop for minutes, hence the kill.
stop_loki() {
    [[ -z $container ]] || docker kill "$container" >/dev/null 2>&1 || true
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

# start KIND PLACE CONFIG DIR PORT: starts it in the background, its process in $loki_pid.
start() {
    local kind=$1 place=$2 config=$3 dir=$4 port=$5
    export GINKGO_LOKI_DIR=$dir GINKGO_LOKI_HTTP_PORT=$port
    export GINKGO_LOKI_GRPC_PORT=${grpc_port:-$(free_port)}
    export GINKGO_LOKI_MEMBERLIST_PORT=${memberlist_port:-$(free_port)}
    case $kind in
    program)
        "$place" -config.file="$config" -config.expand-env=true </dev/null >&2 &
        ;;
    docker)
        # On the host's network: the configurations listen on 127.0.0.1, and so must a container.
        container=ginkgo-loki-$port-$$
        docker run --rm --name "$container" --network host --user "$(id -u):$(id -g)" \
            --volume "$config:/etc/ginkgo-loki.yaml:ro" --volume "$dir:$dir" \
            --env GINKGO_LOKI_DIR --env GINKGO_LOKI_HTTP_PORT --env GINKGO_LOKI_GRPC_PORT \
            --env GINKGO_LOKI_MEMBERLIST_PORT --env GINKGO_LOKI_MAX_QUERY_LENGTH --env GINKGO_LOKI_SPLIT --env GINKGO_LOKI_ADDRESS \
            "$place" -config.file=/etc/ginkgo-loki.yaml -config.expand-env=true </dev/null >&2 &
        ;;
    esac
    loki_pid=$!
}

# The embedded Loki with the limits of a configuration of tests/testbed/loki.
run_embedded() {
    local config=$1 port=$2 until_eof=$3 program=${CARGO_TARGET_DIR:-$repo/target}/debug/ginkgo
    local flags=(--port "${port:-0}")
    case ${config##*/} in
    loki.yaml) flags+=(--max-query-length "${GINKGO_LOKI_MAX_QUERY_LENGTH:-721h}") ;;
    loki-large.yaml) flags+=(--max-entries 1000000 --max-series 100000 --message-mb 256 --max-query-length 0) ;;
    *) die "the embedded Loki cannot be what $config describes: it knows loki.yaml and loki-large.yaml" ;;
    esac
    # The tests' own build has it already; else it is built.
    (cd "$repo" && cargo build --quiet --locked --package ginkgo-cli >&2)
    [[ -z ${GINKGO_LOKI_REQUESTS:-} ]] || flags+=(--requests "$GINKGO_LOKI_REQUESTS")
    [[ -z $until_eof ]] || flags+=(--until-eof)
    exec "$program" loki "${flags[@]}"
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
    config=$(cd "${config%/*}" && pwd)/${config##*/}

    local kind place
    read -r kind place < <(own_loki)
    [[ $kind != embedded ]] || run_embedded "$config" "$port" "$until_eof"
    command -v curl >/dev/null || die 'curl is needed to ask whether Loki is ready'

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
        start "$kind" "$place" "$config" "$dir" "$http"
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

case ${1:-}:$# in
which:1) which_loki ;;
own:1) own_loki ;;
path:1) loki_path ;;
run:*) shift; run_loki "$@" ;;
*) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
