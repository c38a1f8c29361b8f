#!/usr/bin/env bash
# The whole stack in containers, on this machine only: Grafana with Ginkgo, Loki, Alloy, demo logs.
#
#   scripts/stack.sh start            builds and starts it, waits until it is well, says where to look
#   scripts/stack.sh stop             stops it; data stays
#   scripts/stack.sh restart          stops and starts it
#   scripts/stack.sh status           what runs, and how well
#   scripts/stack.sh logs [SERVICE]   follows the logs of all, or of loki, grafana, alloy, demo
#   scripts/stack.sh clean            removes containers and data
#
# Needs Docker with Compose. Ports and versions: docker-compose.yaml. Grafana's password is made at the
# first start and kept in .env, unless GRAFANA_ADMIN_PASSWORD is set.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf 'stack.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "scripts/${BASH_SOURCE[0]##*/}" >&2; exit 2; }

case ${1:-}:$# in
start:1 | stop:1 | restart:1 | status:1 | clean:1 | logs:1 | logs:2) ;;
*) usage ;;
esac

command -v docker >/dev/null || die 'Docker is needed: https://docs.docker.com/get-docker (without it: scripts/demo.sh)'
docker compose version >/dev/null 2>&1 || die 'Docker has no Compose here: install its compose plugin'

# Compose reads .env by itself; the password must be there before it reads the file.
password() {
    [[ -z ${GRAFANA_ADMIN_PASSWORD:-} ]] || return 0
    if ! grep -qs '^GRAFANA_ADMIN_PASSWORD=' .env; then
        (umask 077 && printf 'GRAFANA_ADMIN_PASSWORD=%s\n' \
            "$(head -c 18 /dev/urandom | base64 | tr '+/' '-_')" >>.env)
        say 'made a password for Grafana and wrote it into .env'
    fi
}

# The address of a port as Compose has it, whatever the variables say.
address() { docker compose port "$1" "$2"; }

start() {
    say 'building and starting; the first time takes some minutes'
    docker compose up --build --detach
    local deadline=$((SECONDS + 180))
    until [[ $(docker compose ps --format '{{.Health}}' grafana) == healthy ]]; do
        ((SECONDS < deadline)) || { docker compose ps --all >&2; die 'Grafana did not get well: scripts/stack.sh logs grafana'; }
        sleep 2
    done
    cat <<END
Grafana  http://$(address grafana 3000)   user ${GRAFANA_ADMIN_USER:-admin}, password in .env (or yours)
Loki     http://$(address loki 3100)
Alloy    http://$(address alloy 12345)
The demo writes its last hours first: panels fill within a minute.
END
}

case $1 in
start) password; start ;;
stop) password; docker compose stop ;;
restart) password; docker compose stop; start ;;
status) password; docker compose ps --all ;;
logs) password; docker compose logs --follow --tail 100 ${2:+"$2"} ;;
clean) password; docker compose down --volumes --remove-orphans ;;
esac
