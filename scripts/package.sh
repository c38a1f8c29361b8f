#!/usr/bin/env bash
# Builds the package that an administrator installs, into target/package/:
#
#   scripts/package.sh [amd64] [arm64]
#       ginkgo-loki-datasource-VERSION.zip, with Grafana's layout and permissions, its SHA-256, and beside it the
#       bill of materials: what of others is in it (CycloneDX, .cdx.json).
#       In it are the front end, the dashboards, and static Linux binaries for these machines (without
#       arguments both). GINKGO_PROFILE=debug builds them quickly, for a try.
#
# With GRAFANA_ROOT_URLS (https://grafana.example.com/,…) and GRAFANA_ACCESS_POLICY_TOKEN set, the package
# is signed for these Grafanas (docs/install.md); grafana.com makes the signature.
#
# Needs cargo, npm and Python 3.11: zig and cargo-zigbuild come from PyPI into target/packaging.
# docs/install.md says what Windows and macOS would take.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
id=ginkgo-loki-datasource
say() { printf 'package.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

archs=("$@")
[[ ${#archs[@]} -gt 0 ]] || archs=(amd64 arm64)
for arch in "${archs[@]}"; do
    [[ $arch == amd64 || $arch == arm64 ]] || die "no such machine: $arch (use amd64, arm64)"
done

if [[ -n ${GRAFANA_ROOT_URLS:-} && -z ${GRAFANA_ACCESS_POLICY_TOKEN:-} ]]; then
    die 'GRAFANA_ROOT_URLS asks for a signature: set GRAFANA_ACCESS_POLICY_TOKEN too'
fi

# A package of three versions would install, and then nobody could say which it is.
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
agree() {
    local said
    said=$(python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print((d.get("info") or d)["version"])' "$1")
    [[ $said == "$version" ]] || die "$1 says version $said, Cargo.toml $version"
}
agree plugin.json
agree frontend/package.json

tools=target/packaging
if ! "$tools/bin/python" -c 'import ziglang' 2>/dev/null || [[ ! -x $tools/bin/cargo-zigbuild ]]; then
    say 'getting zig and cargo-zigbuild, once'
    python3 -m venv "$tools"
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check \
        -r scripts/package/requirements.txt
fi

out=target/package
folder=$out/$id
rm -rf "$folder"
mkdir -p "$folder"
scripts/frontend.sh >&2
cp -R frontend/dist/. plugin.json img README.md LICENSE THIRD-PARTY-LICENCES.txt CHANGELOG.md "$folder/"
mkdir "$folder/dashboards"
cp provisioning/dashboards/*.json "$folder/dashboards/" # plugin.json lists them

# Static: Grafana's own image is Alpine, whose C library is another one.
profile=${GINKGO_PROFILE:-release}
if [[ $profile == debug ]]; then cargo=dev; else cargo=$profile; fi
for arch in "${archs[@]}"; do
    case $arch in
    amd64) target=x86_64-unknown-linux-musl ;;
    arm64) target=aarch64-unknown-linux-musl ;;
    esac
    say "building for $arch"
    command -v rustup >/dev/null && rustup target add "$target" >/dev/null 2>&1 || true
    PATH=$PWD/$tools/bin:$PATH cargo zigbuild --quiet --locked --profile "$cargo" --bin gpx_ginkgo --target "$target"
    install -m 0755 "target/$target/$profile/gpx_ginkgo" "$folder/gpx_ginkgo_linux_$arch"
done

# The signature covers every file, so it comes last.
if [[ -n ${GRAFANA_ROOT_URLS:-} ]]; then
    npx --yes @grafana/sign-plugin@3.3.3 --distDir "$folder" --rootUrls "$GRAFANA_ROOT_URLS" >&2
fi

# Files 0644, folders and binaries 0755, times of the commit: equal sources give equal archives.
zip=$out/$id-$version.zip
bill=$out/$id-$version.cdx.json
rm -f "$zip" "$zip.sha256" "$bill"
time=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
python3 scripts/package/zip.py "$folder" "$zip" "$time"
python3 -B scripts/licences/sbom.py "$bill" "$time"
(cd "$out" && sha256sum "${zip##*/}" "${bill##*/}" >"${zip##*/}.sha256")
printf '%s\n' "$zip"
