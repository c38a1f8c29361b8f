#!/usr/bin/env bash
# The tests in a real Chromium: the built front end in the workbench's page, over the real plugin
# under the plugin host, some also behind the demo's door, and a Loki with demo logs.
#
#   scripts/browser.sh [ARGUMENT...]
#       builds what has changed and runs them; the arguments go to Playwright (a file, -g NAME, ...).
#       GINKGO_CHROMIUM names a Chromium; else scripts/chromium.sh finds or installs one.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/chromium.sh path
cargo build --quiet --locked --bin gpx_ginkgo --bin ginkgo
scripts/frontend.sh workbench
cd frontend
npm run --silent test:browser -- "$@"
