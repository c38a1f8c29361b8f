#!/usr/bin/env bash
# Ginkgo on this machine, without Docker: demo logs in a Loki, business questions answered.
#
#   scripts/demo.sh
#       builds Ginkgo, finds a Loki (scripts/loki.sh: yours, Docker's, else one in memory), writes an hour of
#       demo logs of the four systems, asks about a portfolio, a strategy and a trace, goes on writing live
#       logs, and serves the workbench: a page with the real editors. Ctrl-c ends all of it. It needs Rust, and
#       Node with npm for the page. The first start builds what is missing, which takes minutes; later ones
#       take seconds.
#   scripts/demo.sh --once
#       ends after the questions.
#   scripts/demo.sh --workbench
#       leaves the questions out.
#
# GINKGO_LOKI_URL=http://…      that Loki is used, and left running
# GRAFANA_HOME=/usr/share/grafana   that Grafana (11.6 or newer, unpacked) is started too, with the plugin
#                               and everything in provisioning/, on a port and a database of its own
# DEMO_BACKFILL=6h              more logs than an hour's
# GINKGO_PROFILE=debug          another profile of cargo's than demo
# GINKGO_WORKBENCH=off          no page
# GINKGO_WORKBENCH_PORT=3001    the page's port
# GINKGO_WORKBENCH_LOGS=off     no logs: only what that Loki has
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$repo"
once='' questions=1
case ${1:-} in
'') ;;
--once) once=1 ;;
--workbench) questions='' ;;
*) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "scripts/${BASH_SOURCE[0]##*/}" >&2; exit 2 ;;
esac

# What comes next, and how long it has been.
step() { printf '\n== %s (%s s)\n' "$*" "$SECONDS"; }
die() { printf 'demo.sh: %s\n' "$*" >&2; exit 1; }

work=$(mktemp -d "${TMPDIR:-/tmp}/ginkgo-demo.XXXXXX")
running=() page=''
cleanup() {
    trap - EXIT INT TERM
    trap '' PIPE
    # The last one first: who asks Loki ends before Loki does.
    local index
    for ((index = ${#running[@]} - 1; index >= 0; index--)); do
        kill -TERM "${running[index]}" 2>/dev/null || true
        # Npm's programs are nobody's but their group's.
        [[ ${running[index]} != "$page" ]] || kill -TERM -- "-$page" 2>/dev/null || true
        wait "${running[index]}" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap cleanup EXIT
# Ctrl-c is how this ends. Whoever reads the output may be gone by then, which must not end the clean-up.
trap 'trap "" PIPE; printf "\nStopping.\n" || true; exit 0' INT
trap 'exit 143' TERM HUP

# Starts a program in the background, in a process group of its own: ctrl-c is for this script alone, which
# ends them one after the other. `serving` are those that last.
serving=()
begin() {
    set -m
    "$@" </dev/null &
    set +m
    running+=($!)
}

# Waits for a line of a program in the background, by its beginning, and prints the rest of it.
line_of() {
    local beginning=$1 file=$2 pid=$3 log=$4 deadline=$((SECONDS + $5))
    until grep -q "^$beginning" "$file"; do
        kill -0 "$pid" 2>/dev/null || grep -q "^$beginning" "$file" || { tail -n 20 "$log" >&2; die 'it ended before it was ready'; }
        ((SECONDS < deadline)) || { tail -n 20 "$log" >&2; die 'it did not get ready'; }
        sleep 0.05
    done
    sed -n "s/^$beginning *//p" "$file" | head -n 1
}

# Whether Grafana answers at a port.
healthy() (
    exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'GET /api/health HTTP/1.0\r\n\r\n' >&3 &&
        read -r -t 2 _ status _ <&3 && [[ $status == 200 ]]
) 2>/dev/null

# Said before anything is built.
command -v cargo >/dev/null || die 'cargo is needed: https://rustup.rs'
logs=${GINKGO_WORKBENCH_LOGS:-on}
[[ -z $questions ]] || logs=on
workbench=${GINKGO_WORKBENCH:-on}
[[ -z $once ]] || workbench=off
if [[ $workbench == on ]] && ! command -v npm >/dev/null; then
    [[ -n $questions ]] || die 'the workbench needs Node 20 or newer with npm'
    step 'No workbench: its page needs Node 20 or newer with npm'
    workbench=off
fi

# Beside the build of the program, which needs the processors and is waited for first.
if [[ $workbench == on ]]; then
    begin nice -n 19 scripts/frontend.sh workbench >"$work/page.log" 2>&1
    page=$!
fi

step 'Building Ginkgo'
ginkgo=$(scripts/demo-build.sh)

# Its kind, and where it is.
which=$(scripts/loki.sh which)
case ${which%% *} in
url) into=${which#* } ;;
embedded) into='a Loki in memory' ;;
*)
    into='that Loki'
    step "Starting Loki: ${which#* }"
    begin scripts/loki.sh run >"$work/loki" 2>"$work/loki.log"
    serving+=($!)
    GINKGO_LOKI_URL=$(line_of '' "$work/loki" $! "$work/loki.log" 300)
    export GINKGO_LOKI_URL
    ;;
esac

arguments=(demo --serve --port "${GINKGO_WORKBENCH_PORT:-0}")
if [[ $logs == off ]]; then
    step 'Starting the workbench'
    arguments+=(--no-logs)
else
    step "Writing ${DEMO_BACKFILL:-1h} of demo logs into $into"
    arguments+=(--backfill "${DEMO_BACKFILL:-1h}" --incidents)
fi
# One program for the logs of the past, for those that come, and for the page. In a terminal it shows how far
# it is.
: >"$work/said"
begin "$ginkgo" "${arguments[@]}" >"$work/said"
demo=$!
serving+=($demo)
address=$(line_of Workbench: "$work/said" $demo "$work/said" 600)
GINKGO_LOKI_URL=$(line_of Loki: "$work/said" $demo "$work/said" 1)
export GINKGO_LOKI_URL
[[ $logs == off ]] || sed -n '1,/^  ginkgo query --run/p' "$work/said"
echo "Loki: $GINKGO_LOKI_URL"

# The generator names ids that its logs have.
asked() { sed -n "s/^  ginkgo query --$1 //p" "$work/said" | head -n 1; }

if [[ -n $questions ]]; then
    step 'What went wrong in this portfolio?'
    "$ginkgo" query --portfolio "$(asked portfolio)" --level error,critical --limit 8
    step 'What did this strategy fill?'
    "$ginkgo" query --strategy "$(asked strategy)" --filter event_type=ORDERFILLED \
        --columns event_type,symbol,direction,transaction_price,transaction_volume --limit 8
    step 'What happened in this trace?'
    "$ginkgo" query --trace "$(asked trace)" --forward --limit 20
    step 'Why these lines? (ginkgo explain)'
    "$ginkgo" explain --portfolio "$(asked portfolio)" --level error,critical
fi

[[ -z $once ]] || exit 0

if [[ -n $page ]]; then
    if kill -0 "$page" 2>/dev/null; then
        step "The workbench's page"
        # What it has said so far, and goes on to say.
        begin tail -n +1 -f --pid="$page" "$work/page.log" >&2
    fi
    wait "$page" || { cat "$work/page.log" >&2; die 'the page cannot be built'; }
fi

grafana=
if [[ -n ${GRAFANA_HOME:-} ]]; then
    step 'Starting Grafana'
    [[ -x $GRAFANA_HOME/bin/grafana ]] || die "GRAFANA_HOME has no bin/grafana: $GRAFANA_HOME"
    mkdir -p "$work/grafana/plugins"
    GINKGO_PROFILE=${GINKGO_PROFILE:-demo} scripts/build.sh "$work/grafana/plugins/ginkgo-loki-datasource"
    # The files are written for the containers: Loki's name and the folder are others here.
    cp -R provisioning "$work/grafana/provisioning"
    find "$work/grafana/provisioning" -name '*.yaml' -exec sed -i \
        -e "s#http://loki:3100#$GINKGO_LOKI_URL#" -e "s#/etc/grafana/provisioning#$work/grafana/provisioning#" {} +
    port=${GRAFANA_PORT:-}
    while [[ -z $port ]]; do
        port=$((20000 + RANDOM % 12000))
        ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || port=
    done
    password=${GRAFANA_ADMIN_PASSWORD:-$(head -c 12 /dev/urandom | base64 | tr '+/' '-_')}
    grafana=http://127.0.0.1:$port
    GF_SERVER_HTTP_ADDR=127.0.0.1 GF_SERVER_HTTP_PORT=$port GF_SERVER_ROOT_URL=$grafana/ \
        GF_PATHS_DATA=$work/grafana/data GF_PATHS_LOGS=$work/grafana/log \
        GF_PATHS_PLUGINS=$work/grafana/plugins GF_PATHS_PROVISIONING=$work/grafana/provisioning \
        GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS=ginkgo-loki-datasource GF_PLUGINS_PREINSTALL_DISABLED=true \
        GF_SECURITY_ADMIN_PASSWORD=$password GF_ANALYTICS_REPORTING_ENABLED=false \
        GF_ANALYTICS_CHECK_FOR_UPDATES=false GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES=false GF_NEWS_NEWS_FEED_ENABLED=false \
        begin "$GRAFANA_HOME/bin/grafana" server --homepath "$GRAFANA_HOME" >"$work/grafana.log" 2>&1
    serving+=($!)
    deadline=$((SECONDS + 120))
    until healthy "$port"; do
        kill -0 "${serving[-1]}" 2>/dev/null && ((SECONDS < deadline)) ||
            { tail -n 20 "$work/grafana.log" >&2; die 'Grafana did not get ready'; }
        sleep 0.5
    done
fi

step 'Where to look (ctrl-c ends all of it)'
echo "Loki:      $GINKGO_LOKI_URL"
[[ $workbench == off ]] || echo "Workbench: $address"
[[ -z $grafana ]] || echo "Grafana:   $grafana  user admin, password $password"
id=$(asked portfolio)
echo "Questions: export GINKGO_LOKI_URL=$GINKGO_LOKI_URL; $ginkgo query --portfolio${id:+ $id}"

# Lasts until ctrl-c; whatever ends before that takes the rest with it.
wait -n "${serving[@]}" || true
die "something ended: $(tail -n 3 "$work"/*.log 2>/dev/null)"
