"""The crates of a Cargo.lock, as Cargo reads it: of every target and with every feature."""

import json
import subprocess

from policy import Package


class Broken(Exception):
    """A lock file cannot be read; the text says what to do."""


def metadata(folder, *arguments):
    """Cargo's own description of the workspace in a folder."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--all-features", *arguments]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if run.returncode:
        raise Broken(f"{folder}/Cargo.lock: {run.stderr.strip()}\n(`cargo metadata` in that folder writes it anew)")
    return json.loads(run.stdout)


def check(folder, lock, policy):
    """The crates of others in a lock file, and what is wrong with them beside their licences: sources that
    are no registry, banned names, versions that are not said."""
    described = metadata(folder)
    names = {one["id"]: one["name"] for one in described["packages"]}
    wanted = {}
    for node in described["resolve"]["nodes"]:
        for dependency in node["dependencies"]:
            wanted.setdefault(dependency, set()).add(names[node["id"]])
    packages, problems = [], []
    for one in described["packages"]:
        by = tuple(sorted(wanted.get(one["id"], ()))[:3])
        package = Package("crate", one["name"], one["version"], one["license"] or "", lock, by)
        own = one["source"] is None and one["publish"] == []
        if own:
            versionless = [need["name"] for need in one["dependencies"] if _any_version(need)]
            problems += [f"{package}: {name} has no version: give it one" for name in versionless]
        if not own or one["license"]:
            packages.append(package)
        if one["source"] and one["source"].removeprefix("registry+") not in policy.registries:
            problems.append(f"{package}: it comes from {one['source']}: take another, of crates.io")
        if reason := policy.banned.get(one["name"]):
            problems.append(f"{package}: banned in deny.toml: {reason}")
    return packages, problems


def _any_version(need):
    return need["req"] == "*" and not need.get("path")
