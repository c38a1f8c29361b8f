"""The npm packages of a package-lock.json."""

import json

import modules
from policy import Package


def check(folder, lock, classify):
    """The packages of folder/package-lock.json, and what is wrong with them beside their licences."""
    entries = json.loads((folder / "package-lock.json").read_text())["packages"]
    wanted = {}
    for path, one in entries.items():
        for name in (*one.get("dependencies", {}), *one.get("optionalDependencies", {})):
            wanted.setdefault(name, []).append(name_of(path) or "package.json")
    packages, problems = [], []
    for path, one in entries.items():
        if not path or one.get("link"):
            continue
        name = one.get("name") or name_of(path)
        licence = _stated(one) or _installed(folder / path, classify)
        by = tuple(sorted(set(wanted.get(name, ())))[:3])
        package = Package("npm package", name, one["version"], licence, lock, by)
        packages.append(package)
        if one.get("resolved", "https:").partition(":")[0] != "https":
            problems.append(f"{package}: it comes from {one['resolved']}: take another, of the registry")
    return packages, problems


def name_of(path):
    """The package's name of `node_modules/a/node_modules/@b/c`: `@b/c`."""
    return path.rpartition("node_modules/")[2]


def _stated(described):
    """What package.json, or the lock file after it, says; older packages have a list of objects."""
    licence = described.get("license") or described.get("licenses") or ""
    licences = licence if isinstance(licence, list) else [licence]
    names = [one.get("type", "") if isinstance(one, dict) else one for one in licences]
    return " OR ".join(name for name in names if name)


def _installed(folder, classify):
    """For a package of which the lock file says nothing: its own words, else its licence file."""
    manifest = folder / "package.json"
    if not manifest.is_file():
        return ""
    return _stated(json.loads(manifest.read_text())) or modules.expression(classify([folder])[0])
