#!/usr/bin/env bash
# Ginkgo on this machine, without Docker: demo logs in a real Loki, business questions answered.
#
#   scripts/demo.sh
#       builds Ginkgo, gets a Loki (scripts/loki.sh: yours, or one that is built once), writes an hour of
#       demo logs of the four systems, asks about a portfolio, a strategy and a trace, goes on writing
#       live logs, and starts the workbench: a page with the real editors. Ctrl-c ends all of it.
#       The first start builds what is missing, which takes minutes; later ones take seconds.
#   scripts/demo.sh --once
#       ends after the questions.
#
# GINKGO_LOKI_URL=http://…      that Loki is used, and left running
# GRAFANA_HOME=/usr/share/grafana   that Grafana (11.6 or newer, unpacked) is started too, with the plugin
#                               and everything in provisioning/, on a port and a database of its own
# DEMO_BACKFILL=6h              more logs than an hour's
# GINKGO_PROFILE=debug          a quick build instead of a fast one
# GINKGO_WORKBENCH=off          no workbench
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$repo"
once=
case ${1:-} in
'') ;;
--once) once=1 ;;
*) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "scripts/${BASH_SOURCE[0]##*/}" >&2; exit 2 ;;
esac

# What comes next, and how long it has been.
step() { printf '\n== %s (%s s)\n' "$*" "$SECONDS"; }
die() { printf 'demo.sh: %s\n' "$*" >&2; exit 1; }

work=$(mktemp -d "${TMPDIR:-/tmp}/ginkgo-demo.XXXXXX")
running=()
cleanup() {
    trap - EXIT INT TERM
    trap '' PIPE
    # The last one first: who asks Loki ends before Loki does.
    local index
    for ((index = ${#running[@]} - 1; index >= 0; index--)); do
        kill -TERM "${running[index]}" 2>/dev/null || true
        wait "${running[index]}" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap cleanup EXIT
# Ctrl-c is how this ends. Whoever reads the output may be gone by then, which must not end the clean-up.
trap 'trap "" PIPE; printf "\nStopping.\n" || true; exit 0' INT
trap 'exit 143' TERM HUP

# Starts a program in the background, in a process group of its own: ctrl-c is for this script alone, which
# ends them one after the other.
begin() {
    set -m
    "$@" </dev/null &
    set +m
    running+=($!)
}

# Waits for the first line that a program in the background writes into a file.
first_line() {
    local file=$1 pid=$2 log=$3 deadline=$((SECONDS + $4))
    until [[ -s $file ]]; do
        kill -0 "$pid" 2>/dev/null || { tail -n 20 "$log" >&2; die "it ended before it was ready"; }
        ((SECONDS < deadline)) || { tail -n 20 "$log" >&2; die "it did not get ready"; }
        sleep 0.1
    done
    head -n 1 "$file"
}

# Said before anything is built.
for program in cargo curl; do
    command -v "$program" >/dev/null || die "$program is needed"
done
if [[ -z ${GINKGO_LOKI_URL:-}${GINKGO_LOKI_BIN:-} ]] && ! command -v loki >/dev/null; then
    command -v go >/dev/null || die 'no Loki: set GINKGO_LOKI_URL, put loki on PATH, or install Go to build one'
fi

profile=${GINKGO_PROFILE:-release}
ginkgo=target/$profile/ginkgo
step "Building Ginkgo ($profile)"
[[ -x $ginkgo ]] || echo 'The first start builds Ginkgo, Loki unless there is one, and the front end: 10 to 20 minutes on two cores.'
if [[ $profile == debug ]]; then set -- dev; else set -- "$profile"; fi
cargo build --profile "$1" --bin ginkgo

if [[ -z ${GINKGO_LOKI_URL:-} ]]; then
    step 'Starting Loki'
    scripts/loki.sh path >/dev/null
    begin scripts/loki.sh run >"$work/loki" 2>"$work/loki.log"
    GINKGO_LOKI_URL=$(first_line "$work/loki" $! "$work/loki.log" 60)
    export GINKGO_LOKI_URL
fi
echo "Loki: $GINKGO_LOKI_URL"

step "Writing ${DEMO_BACKFILL:-1h} of demo logs"
# One writer for the past and for what comes, so that runs and traces go on. In a terminal it shows how far
# it is.
: >"$work/said"
begin "$ginkgo" demo --backfill "${DEMO_BACKFILL:-1h}" --incidents ${once:+--once} >"$work/said"
writer=$!
until grep -q '^  ginkgo query --run ' "$work/said"; do
    kill -0 "$writer" 2>/dev/null || grep -q '^  ginkgo query --run ' "$work/said" ||
        { cat "$work/said" >&2; die 'the demo logs could not be written'; }
    sleep 0.1
done
cat "$work/said"

# The generator names ids that its logs have.
asked() { sed -n "s/^  ginkgo query --$1 //p" "$work/said" | head -n 1; }

step 'What went wrong in this portfolio?'
"$ginkgo" query --portfolio "$(asked portfolio)" --level error,critical --limit 8
step 'What did this strategy fill?'
"$ginkgo" query --strategy "$(asked strategy)" --filter event_type=ORDERFILLED \
    --columns event_type,symbol,direction,transaction_price,transaction_volume --limit 8
step 'What happened in this trace?'
"$ginkgo" query --trace "$(asked trace)" --forward --limit 20
step 'Why these lines? (ginkgo explain)'
"$ginkgo" explain --portfolio "$(asked portfolio)" --level error,critical

[[ -z $once ]] || exit 0

workbench=
if [[ ${GINKGO_WORKBENCH:-on} != on ]]; then
    :
elif ! command -v npm >/dev/null || ! command -v go >/dev/null; then
    step 'No workbench: it needs Node with npm, and Go'
else
    step 'Starting the workbench'
    # In the foreground, so that ctrl-c ends a build too; then what the script would start, which need not
    # look again at what has just been built.
    scripts/workbench.sh --prepare
    GINKGO_WORKBENCH_LOGS=off begin node frontend/workbench/serve.mjs >"$work/workbench" 2>"$work/workbench.log"
    first_line "$work/workbench" $! "$work/workbench.log" 900 >/dev/null
    until workbench=$(sed -n 's/^Workbench: *//p' "$work/workbench") && [[ -n $workbench ]]; do
        kill -0 "${running[-1]}" 2>/dev/null || { tail -n 20 "$work/workbench.log" >&2; die 'the workbench ended'; }
        sleep 0.1
    done
fi

grafana=
if [[ -n ${GRAFANA_HOME:-} ]]; then
    step 'Starting Grafana'
    [[ -x $GRAFANA_HOME/bin/grafana ]] || die "GRAFANA_HOME has no bin/grafana: $GRAFANA_HOME"
    mkdir -p "$work/grafana/plugins"
    scripts/build.sh "$work/grafana/plugins/ginkgo-loki-datasource"
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
    deadline=$((SECONDS + 120))
    until curl -fsS -m 2 -o /dev/null "$grafana/api/health" 2>/dev/null; do
        kill -0 "${running[-1]}" 2>/dev/null && ((SECONDS < deadline)) ||
            { tail -n 20 "$work/grafana.log" >&2; die 'Grafana did not get ready'; }
        sleep 0.5
    done
fi

step 'Where to look (ctrl-c ends all of it)'
echo "Loki:      $GINKGO_LOKI_URL"
[[ -z $workbench ]] || echo "Workbench: $workbench"
[[ -z $grafana ]] || echo "Grafana:   $grafana  user admin, password $password"
echo "Questions: export GINKGO_LOKI_URL=$GINKGO_LOKI_URL; $ginkgo query --portfolio $(asked portfolio)"

# Lasts until ctrl-c; whatever ends before that takes the rest with it.
wait -n "${running[@]}" || true
die "something ended: $(tail -n 3 "$work"/*.log 2>/dev/null)"
