"""The Python packages that a requirements file brings, with all that these require."""

import email
import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import modules
import spdx
from policy import Package

# Trove classifiers, of packages that do not have a licence expression yet.
CLASSIFIERS = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "License :: OSI Approved :: GNU Affero General Public License v3": "AGPL-3.0-only",
}


def check(file, lock, classify, cache):
    """The packages that pip would install for a requirements file. What their wheels say of themselves is
    kept in the folder `cache`, so that pip is asked once."""
    kept = cache / hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    if not kept.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as part:
            _download(file, lock, Path(part))
            shutil.copytree(part, kept)
    packages = []
    for folder in sorted(kept.iterdir()):
        said = email.message_from_string((folder / "METADATA").read_text())
        known = licence(said) or modules.expression(classify([folder])[0])
        packages.append(Package("Python package", said["Name"], said["Version"], known, lock))
    return packages


def _download(file, lock, into):
    """Leaves a folder for each package, with its METADATA and its licence files: pip's own report has no
    licences."""
    with tempfile.TemporaryDirectory() as wheels:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command += ["--only-binary", ":all:", "--dest", wheels, "--requirement", str(file)]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode:
            raise SystemExit(f"{lock}: {run.stderr.strip()}")
        for path in Path(wheels).glob("*.whl"):
            with zipfile.ZipFile(path) as wheel:
                for name in wheel.namelist():
                    folder, _, inner = name.partition("/")
                    if folder.endswith(".dist-info") and (inner == "METADATA" or "licen" in inner.lower()):
                        target = into / folder / Path(inner).name
                        target.parent.mkdir(exist_ok=True)
                        target.write_bytes(wheel.read(name))


def licence(described):
    """A package's licence by its metadata: the expression, else the classifiers, else a field that is often
    the whole text and then no help."""
    if stated := described["License-Expression"]:
        return stated
    names = [name for name in described.get_all("Classifier", []) if name.startswith("License ::")]
    known = [CLASSIFIERS.get(name, name.rpartition(" :: ")[2]) for name in names if name.count("::") > 1]
    if known:
        return " OR ".join(known)
    field = (described["License"] or "").strip()
    try:
        spdx.options(field)
    except spdx.NotSpdx:
        return ""
    return field
