"""The Go modules of a go.sum, and the licences that their files hold.

A go.sum names every module that Go may compile, and those whose requirements alone had a say in the versions.
All are judged: an AGPL module two requirements away is one too.
"""

import json
import subprocess

from policy import Package

# As much of a licence file must be a known licence, as pkg.go.dev has it.
ENOUGH = 75


def check(folder, lock, classify):
    """The modules of folder/go.sum, and what could not be had. `classify` is `Classifier.files`."""
    sums = (folder / "go.sum").read_text().splitlines()
    # path version h1:… for a module's content, path version/go.mod h1:… for its requirements.
    named = {(path, version.removesuffix("/go.mod")) for path, version, _ in map(str.split, sums)}
    folders, problems = {}, []
    for one in _download(folder, [f"{path}@{version}" for path, version in sorted(named)]):
        if "Dir" in one:
            folders[one["Path"], one["Version"]] = one["Dir"]
        else:
            problems.append(f"Go module {one['Path']} {one['Version']} ({lock}): cannot be had: {one.get('Error')}")
    for path, local in _replaced(folder):
        folders[path, "(a folder)"] = str((folder / local).resolve())
    wanted = _wanted(folder)
    packages = []
    for (path, version), files in zip(folders, classify(folders.values()), strict=True):
        by = wanted.get(f"{path}@{version}", ())
        packages.append(Package("Go module", path, version, expression(files), lock, by))
    return packages, problems


def expression(files):
    """The licence of a package by its licence files: all that they hold together, but none if the folder
    itself has no file that is mostly a licence."""
    top = [one for one in files if "/" not in one["path"]]
    if not any(one["percent"] >= ENOUGH for one in top):
        return ""
    return " AND ".join(sorted({name for one in files for name in one["licences"]}))


def _download(folder, modules):
    command = ["go", "mod", "download", "-json", *modules]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    decoder, at, text = json.JSONDecoder(), 0, run.stdout.strip()
    if run.returncode and not text:
        raise SystemExit(f"{folder}/go.sum: {run.stderr.strip()}")
    while at < len(text):
        one, end = decoder.raw_decode(text, at)
        yield one
        at = end + len(text[end:]) - len(text[end:].lstrip())


def _replaced(folder):
    """Modules for which go.mod names a folder: those are in no go.sum."""
    run = subprocess.run(["go", "mod", "edit", "-json"], cwd=folder, capture_output=True, text=True, check=True)
    for one in json.loads(run.stdout).get("Replace") or []:
        if "Version" not in one["New"]:
            yield one["Old"]["Path"], one["New"]["Path"]


def _wanted(folder):
    """Who requires a module, up to three of them, by `path@version`."""
    run = subprocess.run(["go", "mod", "graph"], cwd=folder, capture_output=True, text=True)
    wanted = {}
    for line in run.stdout.splitlines():
        by, module = line.split()
        wanted.setdefault(module, []).append(by)
    return {module: tuple(sorted(by)[:3]) for module, by in wanted.items()}


class Classifier:
    """Runs tests/testbed/licences, which knows licences by their texts, once: it takes a while to learn them."""

    def __init__(self, program):
        self._running = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def files(self, folders):
        """For each folder its licence files: path, licences, per cent."""
        found = []
        for folder in folders:
            self._running.stdin.write(f"{folder}\n")
            self._running.stdin.flush()
            line = self._running.stdout.readline()
            if not line:
                raise SystemExit(f"{folder}: its licence files cannot be read")
            found.append(json.loads(line)["files"])
        return found

    def close(self):
        """Ends the program."""
        self._running.communicate()
