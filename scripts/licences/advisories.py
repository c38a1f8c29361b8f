"""Known flaws of crates, by a local copy of RustSec's database: https://github.com/rustsec/advisory-db.

The database cannot be had everywhere, and a test run must not depend on it: without GINKGO_ADVISORY_DB, its
folder, nothing is checked, and that is said.
"""

import os
import re
import sys
import tomllib
from pathlib import Path

FRONT = re.compile(r"```toml\n(.*?)```", re.DOTALL)
BOUND = re.compile(r"(>=|<=|>|<|=|\^|~)?\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?(-[0-9A-Za-z.-]+)?(?:\+\S*)?$")


def check(packages, policy):
    """What the database knows against the crates, but for what deny.toml ignores."""
    database = os.environ.get("GINKGO_ADVISORY_DB")
    reasons = "; ".join(f"{name}: {reason}" for name, reason in policy.advisories.items())
    if not database:
        say("advisories are NOT checked: GINKGO_ADVISORY_DB names no copy of RustSec's database")
        say(f"known and ignored: {reasons}")
        return []
    if not (Path(database) / "crates").is_dir():
        return [f"GINKGO_ADVISORY_DB={database} has no folder `crates`: it is no copy of RustSec's database"]
    problems, ignored = [], set()
    for package in {one for one in packages if one.kind == "crate"}:
        for file in sorted((Path(database) / "crates" / package.name).glob("RUSTSEC-*.md")):
            text = file.read_text()
            said = tomllib.loads(FRONT.match(text)[1])
            if said["advisory"].get("withdrawn") or not concerns(package.version, said["versions"]):
                continue
            if file.stem in policy.advisories:
                ignored.add(file.stem)
                continue
            title = next(line for line in text.splitlines() if line.startswith("# ")).removeprefix("# ")
            problems.append(f"{package}: {file.stem}, {title}: take a version without it, or say in deny.toml why not")
    for name in sorted(set(policy.advisories) - ignored):
        problems.append(f"deny.toml: {name} concerns no crate any more")
    say(f"advisories are checked; known and ignored: {reasons}")
    return problems


def say(text):
    """Says it where problems are said, too."""
    print(f"licences: {text}", file=sys.stderr)


def concerns(version, versions):
    """Whether an advisory concerns a version: no range with the flaw repaired, or without it, holds it."""
    ranges = [*versions.get("patched", []), *versions.get("unaffected", [])]
    return not any(all(holds(bound, version) for bound in one.split(",")) for one in ranges)


def holds(bound, version):
    """Whether a version keeps a bound as Cargo writes it: `>= 1.2`, `^0.3.1`, `~1.2.3`, `=1.0.0`, `1.2`."""
    match = BOUND.match(bound.strip())
    if not match:
        raise SystemExit(f"RustSec's database has a version that cannot be read: {bound}")
    sign, *numbers, early = match.groups()
    given = [int(one) for one in numbers if one is not None]
    low = key(*given, *[0] * (3 - len(given)), early)
    at = _version(version)
    if sign in (">=", ">", "<=", "<"):
        return {">=": at >= low, ">": at > low, "<=": at <= low, "<": at < low}[sign]
    # The last of the numbers that must stay the same.
    if sign == "=" and len(given) == 3:
        return at == low
    if sign in ("=", "~"):
        fixed = min(len(given), 2) if sign == "~" else len(given)
    else:
        fixed = next((index + 1 for index, one in enumerate(given) if one), len(given))
    upper = [*given[: fixed - 1], given[fixed - 1] + 1, *[0] * (3 - fixed)]
    return low <= at < key(*upper, "-0")


def _version(text):
    numbers, dash, early = text.partition("+")[0].partition("-")
    return key(*(int(one) for one in numbers.split(".")), dash + early)


def key(major, minor, patch, early):
    """A version for comparison: an early one (1.0.0-rc.1) comes before the version itself."""
    parts = [part for part in (early or "").removeprefix("-").split(".") if part]
    order = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)
    return (major, minor, patch, not parts, order)
