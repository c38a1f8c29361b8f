"""Licences of everything that a lock file names: python3 scripts/licences check|write CLASSIFIER.

scripts/licences.sh says what both do; CLASSIFIER is the program of tests/testbed/licences.
"""

import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import advisories
import crates
import modules
import npm
import page
import pypi
import shipped
from policy import Policy

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = ROOT / "target/licences"


def lock_files(name):
    """Every file of this name in the repository, by its path there."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", f":(glob)**/{name}"]
    paths = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return sorted(path for path in paths if (ROOT / path).is_file())


def collect(policy, classify):
    """All packages of all lock files, and what is wrong beside licences."""
    packages, problems = [], []

    def add(found):
        packages.extend(found[0])
        problems.extend(found[1])

    for lock in lock_files("Cargo.lock"):
        try:
            add(crates.check((ROOT / lock).parent, lock, policy))
        except crates.Broken as error:
            problems.append(str(error))
    for lock in lock_files("go.sum"):
        add(modules.check((ROOT / lock).parent, lock, classify))
    for lock in lock_files("package-lock.json"):
        add(npm.check((ROOT / lock).parent, lock, classify))
    for lock in lock_files("requirements*.txt"):
        add((pypi.check(ROOT / lock, lock, classify, CACHE / "python"), []))
    return packages, problems


def pages(policy, packages, classify):
    """What docs/licences.md and the package's texts should be, and what is wrong with what is shipped."""
    crate_texts, problems = shipped.shipped([*shipped.crates(ROOT, crates.metadata(ROOT), packages)], policy, classify)
    npm_texts, more = shipped.shipped([*shipped.bundled(ROOT / "frontend", packages)], policy, classify)
    return page.written(policy, packages, crate_texts, npm_texts), problems + more


def main(verb, program):
    policy = Policy(ROOT)
    classifier = modules.Classifier(program)
    classify = classifier.files
    packages, problems = collect(policy, classify)
    problems += policy.unused(packages)
    packages = [policy.clarified(one) for one in packages]
    problems += [problem for one in packages if (problem := policy.judge(one))]
    problems += advisories.check(packages, policy)
    if not problems:
        texts, problems = pages(policy, packages, classify)
        for path, text in texts.items():
            if verb == "write":
                (ROOT / path).write_text(text)
            elif not (ROOT / path).is_file() or (ROOT / path).read_text() != text:
                problems.append(f"{path} is not what the lock files say any more: scripts/licences.sh write")
    classifier.close()
    for problem in sorted(set(problems)):
        print(f"licences: {problem}", file=sys.stderr)
    if problems:
        return 1
    locks = sorted({one.lock for one in packages})
    print(f"licences: {len({one.key for one in packages})} packages of {', '.join(locks)}: all may be used")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
