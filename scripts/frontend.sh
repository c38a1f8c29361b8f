#!/usr/bin/env bash
# Builds the front end into frontend/dist/, with `check` as argument also its types, style and tests.
# Packages are installed as package-lock.json has them, again only when it changed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../frontend"
command -v npm >/dev/null || { echo "frontend.sh: needs Node 20 or newer with npm" >&2; exit 1; }
if ! cmp -s package-lock.json node_modules/.installed-lock.json; then
  npm ci --no-audit --no-fund
  cp package-lock.json node_modules/.installed-lock.json
fi
if [ "${1:-}" = check ]; then
  npm run --silent typecheck
  npm run --silent lint
  npm run --silent format:check
  npm test --silent
fi
npm run --silent build
