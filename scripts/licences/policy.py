"""What is allowed: deny.toml, which cargo-deny reads too, and exceptions.toml beside this file."""

import re
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path

import spdx

# These reach what is linked with them, or what is served with them: neither list may let them in.
NEVER = re.compile(r"(AGPL|GPL|SSPL|BUSL)\b", re.IGNORECASE)

# What deny.toml may say. A setting that cargo-deny alone understood would be checked on some machines only.
KNOWN = {
    "graph": {"all-features"},
    "advisories": {"ignore"},
    "licenses": {"allow", "private", "unused-allowed-license"},
    "bans": {"allow-wildcard-paths", "deny", "multiple-versions", "wildcards"},
    "sources": {"allow-registry", "unknown-git", "unknown-registry"},
}


@dataclass(frozen=True, order=True)
class Package:
    """Something of others that a lock file names."""

    kind: str  # a key of HINTS
    name: str
    version: str
    licence: str  # an SPDX expression; empty when none is stated
    lock: str  # the lock file, by its path in the repository
    wanted_by: tuple[str, ...] = field(default=(), compare=False)

    @property
    def key(self):
        """What it is, whichever lock files name it."""
        return self.kind, self.name, self.version

    def __str__(self):
        by = f", for {', '.join(self.wanted_by)}" if self.wanted_by else ""
        return f"{self.kind} {self.name} {self.version} ({self.lock}{by})"


# What to do about a licence that is not allowed, beside taking another package.
EXCEPTIONS = "scripts/licences/exceptions.toml"
BUILDING = f"or, where only building and testing need it and its terms can be kept, say so in {EXCEPTIONS}"
HINTS = {
    "crate": "or, if the licence is as permissive as those, name it there",
    "Go module": f"{BUILDING}, [[go]]",
    "npm package": f"{BUILDING}, [[npm]]",
    "Python package": f"{BUILDING}, [[python]]",
}


class Policy:
    """What a repository's deny.toml and exceptions.toml say.

    allow: licences that any package may have, the preferred ones first. exceptions: those that one package may have
    besides where it is not shipped, as {(kind, name): (licences, reason)}. meant: licences that packages state in
    words of their own, as {(kind, name, words): licence}.
    """

    def __init__(self, repository):
        deny = tomllib.loads((repository / "deny.toml").read_text())
        _only_known(deny)
        self.allow = deny["licenses"]["allow"]
        self.registries = deny["sources"]["allow-registry"]
        self.banned = {one["crate"]: one["reason"] for one in deny["bans"]["deny"]}
        self.advisories = {one["id"]: one["reason"] for one in deny["advisories"]["ignore"]}
        self.exceptions, self.meant = {}, {}
        others = tomllib.loads((Path(__file__).parent / "exceptions.toml").read_text())
        for key, kind in (("go", "Go module"), ("npm", "npm package"), ("python", "Python package")):
            for one in others.pop(key, []):
                if "says" in one:
                    self.meant[kind, one["name"], one["says"]] = one["licence"]
                else:
                    self.exceptions[kind, one["name"]] = one["allow"], one["reason"]
        if others:
            raise SystemExit(f"exceptions.toml: no such kind of package: {', '.join(others)}")
        for licences in (self.allow, *(allowed for allowed, _ in self.exceptions.values())):
            if never := [name for name in licences if NEVER.match(name)]:
                raise SystemExit(f"{never[0]} is allowed somewhere: it never is in this project")

    def clarified(self, package):
        """The package with the licence that its own words mean."""
        meant = self.meant.get((package.kind, package.name, package.licence))
        return replace(package, licence=meant) if meant else package

    def elect(self, package, shipped=False):
        """The licences under which the package is taken, or None. Raises spdx.NotSpdx."""
        more, _ = ([], "") if shipped else self.exceptions.get((package.kind, package.name), ([], ""))
        return spdx.elect(package.licence, [*self.allow, *more])

    def judge(self, package):
        """What is wrong with a package's licence and what to do, or None."""
        another = f"take another {package.kind.split()[-1]}"
        if not package.licence:
            return f"{package}: no licence is stated, so nobody may use it: {another}"
        try:
            if self.elect(package):
                return None
            never = all(any(NEVER.match(name) for name in way) for way in spdx.options(package.licence))
        except spdx.NotSpdx as error:
            return f"{package}: its licence cannot be read, {error}: {another}, {HINTS[package.kind]}"
        if never:
            return f"{package}: {package.licence} is never taken in this project: {another}"
        return f"{package}: {package.licence} is not among the licences of deny.toml: {another}, {HINTS[package.kind]}"

    def unused(self, packages):
        """What exceptions.toml says of no package any more; `packages` as their lock files have them."""
        said = {(one.kind, one.name, one.licence) for one in packages}
        needed = {(one.kind, one.name) for one in packages if self._needs_exception(one)}
        for kind, name, words in self.meant.keys() - said:
            yield f"{EXCEPTIONS}: no {kind} {name} says {words!r} any more"
        for kind, name in self.exceptions.keys() - needed:
            yield f"{EXCEPTIONS}: {kind} {name} needs no exception"

    def _needs_exception(self, package):
        try:
            return not self.elect(package, shipped=True)
        except spdx.NotSpdx:
            return False


def _only_known(deny):
    """Ends with a word about the first setting of deny.toml that is not read here."""
    for table, settings in deny.items():
        if unknown := sorted(set(settings) - KNOWN.get(table, set())):
            raise SystemExit(f"deny.toml: scripts/licences does not know {table}.{unknown[0]}")
