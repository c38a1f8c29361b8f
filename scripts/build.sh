#!/usr/bin/env bash
# Builds the plugin for this machine, as Grafana reads a plugin folder: mount or copy it as
# <plugins directory>/ginkgo-loki-datasource. scripts/package.sh builds for other machines, and for
# Grafana's image.
#
#   scripts/build.sh [FOLDER]
#       into FOLDER (dist). GINKGO_PROFILE=debug builds quickly, for a try.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
case $#${1:-} in
0 | 1[!-]*) ;;
*) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "scripts/${BASH_SOURCE[0]##*/}" >&2; exit 2 ;;
esac
folder=${1:-dist}
case $(uname -m) in
x86_64) arch=amd64 ;;
aarch64 | arm64) arch=arm64 ;;
*) echo "build.sh: Grafana has no name for this machine: $(uname -m)" >&2; exit 1 ;;
esac
scripts/frontend.sh
profile=${GINKGO_PROFILE:-release}
if [[ $profile == debug ]]; then cargo=dev; else cargo=$profile; fi
cargo build --locked --profile "$cargo" --bin gpx_ginkgo
mkdir -p "$folder"
rm -f "$folder"/*.js "$folder"/*.js.map # chunks of another build
rm -rf "$folder/dashboards"
mkdir "$folder/dashboards"
cp provisioning/dashboards/*.json "$folder/dashboards/" # plugin.json lists them
cp -R frontend/dist/. plugin.json img README.md LICENSE THIRD-PARTY-LICENCES.txt CHANGELOG.md "$folder/"
# Renamed into place: a running plugin's file cannot be written over.
install -m 0755 "${CARGO_TARGET_DIR:-target}/$profile/gpx_ginkgo" "$folder/.gpx_ginkgo"
mv -f "$folder/.gpx_ginkgo" "$folder/gpx_ginkgo_linux_$arch"
echo "built $folder/gpx_ginkgo_linux_$arch"
