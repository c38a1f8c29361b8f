#!/usr/bin/env bash
# Builds the front end into frontend/dist/, where something has changed since the last time; with `check`
# also its types, style and tests, with `workbench` also the page of scripts/workbench.sh.
# Packages are installed as package-lock.json has them, again only when it changed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../frontend"
case ${1:-} in
'' | check | workbench) ;;
*) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "../scripts/${BASH_SOURCE[0]##*/}" >&2; exit 2 ;;
esac
command -v npm >/dev/null || { echo "frontend.sh: needs Node 20 or newer with npm" >&2; exit 1; }

# Two scripts, or two tests, may want it at once.
mkdir -p ../target
exec 9>../target/frontend.lock
flock 9

if ! cmp -s package-lock.json node_modules/.installed-lock.json; then
  echo 'frontend.sh: installing packages: about a minute' >&2
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.installed-lock.json
fi
if [ "${1:-}" = check ]; then
  npm run --silent typecheck
  npm run --silent lint
  npm run --silent format:check
  npm test --silent
fi

# build SCRIPT OUTPUT SOURCE...: runs the npm script unless its output is newer than all of its sources,
# and than their folders, which say what was taken away.
build() {
  local script=$1 output=$2 stamp=node_modules/.built-$1
  shift 2
  if [ -f "$output" ] && [ -f "$stamp" ] && [ -z "$(find "$@" -newer "$stamp" -print -quit)" ]; then
    return
  fi
  echo "frontend.sh: npm run $script: less than a minute" >&2
  # As old as the sources that it reads: what changes meanwhile is built the next time.
  touch "$stamp.part"
  npm run --silent "$script"
  mv "$stamp.part" "$stamp"
}
build build dist/module.js src webpack.config.js .swcrc package.json package-lock.json
if [ "${1:-}" = workbench ]; then
  build workbench workbench/dist/index.html src workbench/src workbench/index.html workbench/build.mjs \
    package.json package-lock.json
fi
