"""What the plugin's package is made of, as a bill of materials (CycloneDX 1.6, JSON):

    python3 -B scripts/licences/sbom.py FILE [SECONDS]

The crates linked into gpx_ginkgo and the npm packages bundled into the front end, from the lock files: the same that
THIRD-PARTY-LICENCES.txt has the texts of. SECONDS since 1970 are its time (0): equal sources give an equal file.
"""

import base64
import datetime
import json
import sys
import tomllib
import uuid
from pathlib import Path
from urllib.parse import quote

sys.dont_write_bytecode = True

import crates
import npm
import shipped
from policy import Policy

ROOT = Path(__file__).resolve().parent.parent.parent


def component(kind, package, digest):
    """One package as CycloneDX has it; `digest` is (algorithm, hex), or None where the lock file has none."""
    purl = f"pkg:{kind}/{quote(package.name, safe='/')}@{quote(package.version, safe='')}"
    made = {"type": "library", "bom-ref": purl, "name": package.name, "version": package.version, "purl": purl}
    if package.licence:
        # Cargo's old `MIT/Apache-2.0` is no expression of SPDX.
        made["licenses"] = [{"expression": package.licence.replace("/", " OR ")}]
    if digest:
        made["hashes"] = [{"alg": digest[0], "content": digest[1]}]
    return made


def crate_components():
    """The crates of gpx_ginkgo."""
    described = crates.metadata(ROOT)
    packages, _ = crates.check(ROOT, "Cargo.lock", Policy(ROOT))
    locked = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    sums = {(one["name"], one["version"]): one["checksum"] for one in locked if "checksum" in one}
    for package, _folder in shipped.crates(ROOT, described, packages):
        yield component("cargo", package, ("SHA-256", sums[package.name, package.version]))


def npm_components():
    """The npm packages of the built front end."""
    frontend = ROOT / "frontend"
    # Where the lock file states no licence, the bill states none.
    packages, _ = npm.check(frontend, "frontend/package-lock.json", lambda folders: [[] for _ in folders])
    locked = json.loads((frontend / "package-lock.json").read_text())["packages"]
    integrity = {(npm.name_of(path), one.get("version")): one.get("integrity", "") for path, one in locked.items()}
    for package, _folder in shipped.bundled(frontend, packages):
        algorithm, _, digest = integrity[package.name, package.version].partition("-")
        has_sum = algorithm == "sha512"
        yield component("npm", package, ("SHA-512", base64.b64decode(digest).hex()) if has_sum else None)


def bill(seconds):
    """The whole bill."""
    plugin = json.loads((ROOT / "plugin.json").read_text())
    name, version = plugin["id"], plugin["info"]["version"]
    own = f"pkg:generic/{name}@{version}"
    components = sorted([*crate_components(), *npm_components()], key=lambda one: one["bom-ref"])
    parts = [one["bom-ref"] for one in components]
    time = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([own, seconds, components]))}",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": name,
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
        },
        "components": components,
        "dependencies": [{"ref": own, "dependsOn": parts}, *({"ref": part} for part in parts)],
    }


if __name__ == "__main__":
    text = json.dumps(bill(int(sys.argv[2]) if len(sys.argv) > 2 else 0), indent=2, ensure_ascii=False)
    Path(sys.argv[1]).write_text(text + "\n")
