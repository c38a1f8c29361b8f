"""What of others is in the plugin's package: the crates linked into gpx_ginkgo and the npm packages bundled
into the front end, with the texts that their licences ask to be passed on."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import npm
from policy import Package

# Those of scripts/package.sh. scripts/build.sh, for the machine it runs on, links no crate that these lack.
TARGETS = ("x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl")

NOTICE = re.compile(r"(notice|copyright|authors)(\.(txt|md))?$", re.IGNORECASE)

# Which licence a file is of, by the end of its name; a package of several licences has one file for each.
MARKS = {
    "APACHE": "Apache-2.0",
    "MIT": "MIT",
    "UNLICENSE": "Unlicense",
    "ZLIB": "Zlib",
    "ISC": "ISC",
    "BSD": "BSD-2-Clause",
    "BOOST": "BSL-1.0",
    "0BSD": "0BSD",
}


@dataclass(frozen=True)
class Shipped:
    """A package that is passed on: the licences it is taken under, and the texts, those of files that say
    nothing but the Apache License left out."""

    package: Package
    licences: tuple[str, ...]
    texts: tuple[str, ...]


def crates(root, described, packages):
    """The crates of gpx_ginkgo, as (package, folder). `described` is Cargo's metadata of the workspace."""
    lines = set()
    for target in TARGETS:
        command = ["cargo", "tree", "--locked", "--package", "ginkgo", "--edges", "normal", "--target", target]
        command += ["--prefix", "none", "--format", "{p}"]
        run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
        lines.update(line.removesuffix(" (*)") for line in run.stdout.splitlines())
    names = {tuple(line.split()[:2]) for line in lines}
    folders = {(one["name"], f"v{one['version']}"): one for one in described["packages"]}
    known = {(one.name, f"v{one.version}"): one for one in packages if one.kind == "crate"}
    for name in sorted(names):
        if folders[name]["source"]:
            yield known[name], Path(folders[name]["manifest_path"]).parent


def bundled(frontend, packages):
    """The npm packages of the built front end, by its source maps, as (package, folder); and webpack, whose
    loader is in every bundle."""
    maps = sorted((frontend / "dist").glob("*.js.map"))
    if not maps:
        raise SystemExit("the front end is not built: scripts/frontend.sh")
    found = {"node_modules/webpack"}
    for path in maps:
        for source in json.loads(path.read_text())["sources"]:
            if match := re.search(r"node_modules/(.*node_modules/)?(@[^/]+/)?[^/]+", source):
                found.add(match[0])
    locked = json.loads((frontend / "package-lock.json").read_text())["packages"]
    known = {(one.name, one.version): one for one in packages if one.kind == "npm package"}
    for path in sorted(found):
        yield known[npm.name_of(path), locked[path]["version"]], frontend / path


def shipped(found, policy, classify):
    """For each (package, folder) what is passed on, and what is wrong with passing it on."""
    done, problems = [], []
    for (package, folder), files in zip(found, classify(folder for _, folder in found), strict=True):
        licences = policy.elect(package, shipped=True)
        if not licences:
            why = "may not be in the plugin's package: exceptions are for the rest"
            problems.append(f"{package}: {package.licence} {why}")
            continue
        files = [one for one in files if _passed_on(one, package, licences)]
        if not files and licences != {"Apache-2.0"}:
            taken = " AND ".join(sorted(licences))
            problems.append(f"{package}: {taken} asks for its text, and the package has no file with it")
        # Of Apache's own text one copy is enough.
        paths = [folder / one["path"] for one in files if one["licences"] != ["Apache-2.0"] or one["percent"] < 90]
        paths += [path for path in sorted(folder.iterdir()) if NOTICE.match(path.name)]
        texts = [path.read_text(errors="replace") for path in paths]
        done.append(Shipped(package, tuple(sorted(licences)), tuple(texts)))
    return done, problems


def _passed_on(file, package, licences):
    """Whether a licence file belongs to the licences that the package is taken under: all do but those of
    the licences that it could have been taken under instead."""
    mark = re.split(r"[-_.]", Path(file["path"]).name.upper().removesuffix(".MD").removesuffix(".TXT"))[-1]
    meant = MARKS.get(mark)
    return not (meant and meant not in licences and meant in package.licence)
