#!/usr/bin/env bash
# Builds the plugin for this machine into dist/, as Grafana reads a plugin folder: mount or copy it
# as <plugins directory>/ginkgo-loki-datasource. Packages for other machines come with the releases.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
case $(uname -m) in
x86_64) arch=amd64 ;;
aarch64 | arm64) arch=arm64 ;;
*) echo "build.sh: Grafana has no name for this machine: $(uname -m)" >&2; exit 1 ;;
esac
scripts/frontend.sh
cargo build --release --bin gpx_ginkgo
mkdir -p dist
rm -f dist/*.js dist/*.js.map # chunks of another build
rm -rf dist/dashboards
mkdir dist/dashboards
cp provisioning/dashboards/*.json dist/dashboards/ # plugin.json lists them
cp -R frontend/dist/. plugin.json img README.md LICENSE CHANGELOG.md dist/
# Renamed into place: a running plugin's file cannot be written over.
install -m 0755 target/release/gpx_ginkgo "dist/.gpx_ginkgo"
mv -f dist/.gpx_ginkgo "dist/gpx_ginkgo_linux_$arch"
echo "built dist/gpx_ginkgo_linux_$arch"
