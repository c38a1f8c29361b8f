"""A package under the AGPL, the GPL or no licence is refused wherever it is planted, by its name."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
import zipfile
from dataclasses import replace
from pathlib import Path
from unittest import mock

import crates
import modules
import npm
import pypi
from policy import Policy

ROOT = Path(__file__).resolve().parent.parent.parent
POLICY = Policy(ROOT)
CLASSIFIER = modules.Classifier(os.environ["GINKGO_LICENCES"])
CLASSIFY = CLASSIFIER.files
unittest.addModuleCleanup(CLASSIFIER.close)

# What stands at the top of each file of such a program, and in many a COPYING.
AGPL = """\
This program is free software: you can redistribute it and/or modify it under the terms of the GNU Affero General
Public License as published by the Free Software Foundation, either version 3 of the License, or (at your option)
any later version.

This program is distributed in the hope that it will be useful, but WITHOUT ANY WARRANTY; without even the implied
warranty of MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU Affero General Public License for more
details.

You should have received a copy of the GNU Affero General Public License along with this program.  If not, see
<https://www.gnu.org/licenses/>.
"""


class Planted(unittest.TestCase):
    """Each test plants into a copy."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def problems(self, found):
        """What is wrong with what a lock file names, its packages' licences included."""
        packages, problems = found
        judged = (POLICY.judge(POLICY.clarified(one)) for one in packages)
        return sorted({*problems, *(one for one in judged if one)})

    def assert_refused(self, found, name, why):
        """There is one problem: this package, for this reason, with what to do."""
        problems = self.problems(found)
        self.assertEqual(len(problems), 1, problems)
        for part in (name, why, "take another"):
            self.assertIn(part, problems[0])


class Crates(Planted):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.copy = Path(folder.name) / "copy"
        tracked = subprocess.check_output(["git", "ls-files", "*.rs", "*.toml", "*.lock"], cwd=ROOT, text=True)
        for path in tracked.split():
            if (ROOT / path).is_file():
                (cls.copy / path).parent.mkdir(parents=True, exist_ok=True)
                # Cargo wants the files that it knows to be there, and reads none of them.
                (cls.copy / path).touch() if path.endswith(".rs") else shutil.copy(ROOT / path, cls.copy / path)
        manifest = cls.copy / "crates/demo/Cargo.toml"
        need = '[dependencies]\nplanted = { path = "../../../planted" }\n'
        manifest.write_text(manifest.read_text().replace("[dependencies]\n", need))
        (cls.copy.parent / "planted/src").mkdir(parents=True)
        (cls.copy.parent / "planted/src/lib.rs").touch()
        cls.manifest("")
        command = ["cargo", "metadata", "--quiet", "--offline", "--format-version", "1"]
        subprocess.run(command, cwd=cls.copy, stdout=subprocess.DEVNULL, check=True)

    @classmethod
    def manifest(cls, licence):
        """Writes the planted crate's manifest, with this line about its licence."""
        text = f'[package]\nname = "planted"\nversion = "1.0.0"\n{licence}\n'
        (cls.copy.parent / "planted/Cargo.toml").write_text(text)

    def plant(self, licence):
        """The crates of a copy of the workspace in which the demo depends on such a crate."""
        self.manifest(licence)
        return crates.check(self.copy, "Cargo.lock", POLICY)

    def test_agpl(self):
        found = self.plant('license = "AGPL-3.0-only"')
        self.assert_refused(found, "crate planted 1.0.0 (Cargo.lock, for ginkgo-demo)", "AGPL-3.0-only is never taken")

    def test_gpl_of_old_spelling(self):
        self.assert_refused(self.plant('license = "GPL-2.0+"'), "crate planted 1.0.0", "GPL-2.0+ is never taken")

    def test_none(self):
        self.assert_refused(self.plant(""), "crate planted 1.0.0", "no licence is stated")

    def test_one_of_two(self):
        self.assertEqual(self.problems(self.plant('license = "GPL-3.0-only OR MIT"')), [])

    def test_both_of_two(self):
        self.assert_refused(self.plant('license = "GPL-3.0-only AND MIT"'), "crate planted 1.0.0", "never taken")

    def test_a_lock_file_that_lags_behind(self):
        lock = self.copy / "Cargo.lock"
        self.addCleanup(lock.write_text, lock.read_text())
        shutil.copy(ROOT / "Cargo.lock", lock)
        with self.assertRaisesRegex(crates.Broken, "Cargo.lock"):
            crates.check(self.copy, "Cargo.lock", POLICY)


class Modules(Planted):
    @classmethod
    def setUpClass(cls):
        # One for all: a module of one name is the same in each test.
        cache = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cache.cleanup)
        cls.cache = cache.name

    def proxy(self, name, files, requires=()):
        """Puts a module into a proxy of files, as Go's own. Its version of Go is one for which go.sum names
        what a module requires without using it."""
        versions = self.folder / "proxy" / name / "@v"
        versions.mkdir(parents=True)
        manifest = f"module {name}\n\ngo 1.16\n" + "".join(f"\nrequire {one} v1.0.0\n" for one in requires)
        (versions / "list").write_text("v1.0.0\n")
        (versions / "v1.0.0.info").write_text('{"Version": "v1.0.0"}')
        (versions / "v1.0.0.mod").write_text(manifest)
        with zipfile.ZipFile(versions / "v1.0.0.zip", "w") as archive:
            for path, text in {"go.mod": manifest, "planted.go": "package planted\n", **files}.items():
                archive.writestr(f"{name}@v1.0.0/{path}", text)

    def plant(self, name):
        """A copy of the classifier's module that imports the planted module of this name."""
        copy = self.folder / "copy"
        shutil.copytree(ROOT / "tests/testbed/licences", copy)
        (copy / "planted.go").write_text(f'package main\n\nimport _ "{name}"\n')
        cached = subprocess.check_output(["go", "env", "GOMODCACHE"], text=True).strip()
        environment = {
            "GOPROXY": f"file://{self.folder}/proxy,file://{cached}/cache/download",
            "GOMODCACHE": self.cache,
            "GOFLAGS": "-modcacherw",
            "GONOSUMDB": "planted.example",
        }
        with mock.patch.dict(os.environ, environment):
            get = subprocess.run(["go", "get", f"{name}@v1.0.0"], cwd=copy, capture_output=True, text=True)
            self.assertEqual(get.returncode, 0, get.stderr)
            return modules.check(copy, "go.sum", CLASSIFY)

    def test_agpl(self):
        self.proxy("planted.example/agpl", {"LICENSE": AGPL})
        found = self.plant("planted.example/agpl")
        self.assert_refused(found, "Go module planted.example/agpl v1.0.0 (go.sum", "AGPL-3.0-or-later is never taken")

    def test_agpl_behind_another(self):
        self.proxy("planted.example/agpl", {"LICENSE": AGPL})
        self.proxy("planted.example/before", {"LICENSE": self.mit()}, ["planted.example/agpl"])
        found = self.plant("planted.example/before")
        name = "planted.example/agpl v1.0.0 (go.sum, for planted.example/before@v1.0.0)"
        self.assert_refused(found, name, "AGPL-3.0-or-later is never taken")

    def test_agpl_in_a_folder(self):
        self.proxy("planted.example/mixed", {"LICENSE": self.mit(), "server/LICENSE": AGPL})
        self.assert_refused(self.plant("planted.example/mixed"), "planted.example/mixed", "AGPL-3.0-or-later AND MIT")

    def test_none(self):
        self.proxy("planted.example/none", {})
        self.assert_refused(self.plant("planted.example/none"), "planted.example/none", "no licence is stated")

    def test_words_that_are_no_licence(self):
        self.proxy("planted.example/words", {"LICENSE": "All rights reserved. Ask us before you use it.\n"})
        self.assert_refused(self.plant("planted.example/words"), "planted.example/words", "no licence is stated")

    def test_mit(self):
        self.proxy("planted.example/mit", {"LICENSE": self.mit()})
        self.assertEqual(self.problems(self.plant("planted.example/mit")), [])

    @staticmethod
    def mit():
        """The licence's text, as musl has it."""
        return (ROOT / "scripts/licences/besides.txt").read_text().partition("et al.\n")[2]


class Npm(Planted):
    def plant(self, entry, installed=None):
        """The front end's lock file with a package besides; `installed`: what its own package.json says."""
        lock = json.loads((ROOT / "frontend/package-lock.json").read_text())
        lock["packages"] = {"": lock["packages"][""], "node_modules/planted": {"version": "1.0.0", **entry}}
        lock["packages"][""]["dependencies"]["planted"] = "1.0.0"
        (self.folder / "package-lock.json").write_text(json.dumps(lock))
        if installed is not None:
            (self.folder / "node_modules/planted").mkdir(parents=True)
            (self.folder / "node_modules/planted/package.json").write_text(json.dumps(installed))
        return npm.check(self.folder, "package-lock.json", CLASSIFY)

    def test_agpl(self):
        found = self.plant({"license": "AGPL-3.0-or-later"})
        name = "npm package planted 1.0.0 (package-lock.json, for package.json)"
        self.assert_refused(found, name, "AGPL-3.0-or-later is never taken")

    def test_none(self):
        self.assert_refused(self.plant({}), "npm package planted 1.0.0", "no licence is stated")

    def test_unlicensed_by_its_own_word(self):
        self.assert_refused(self.plant({"license": "UNLICENSED"}), "planted", "UNLICENSED is not among the licences")

    def test_words_that_are_no_expression(self):
        self.assert_refused(self.plant({"license": "SEE LICENSE IN EULA.txt"}), "planted", "its licence cannot be read")

    def test_gpl_that_only_the_package_itself_states(self):
        self.assert_refused(self.plant({}, {"licenses": [{"type": "GPL-3.0"}]}), "planted", "GPL-3.0 is never taken")

    def test_a_git_repository(self):
        found = self.plant({"license": "MIT", "resolved": "git+ssh://git@example.com/planted.git#1"})
        self.assert_refused(found, "planted", "git+ssh")

    def test_mit_as_packages_of_old_state_it(self):
        self.assertEqual(self.problems(self.plant({}, {"licenses": [{"type": "MIT"}, {"type": "GPL-2.0"}]})), [])


class Python(Planted):
    def plant(self, metadata):
        """A requirements file for which pip found one package with this metadata."""
        requirements = self.folder / "requirements.txt"
        requirements.write_text("planted==1.0.0\n")
        text = f"Metadata-Version: 2.4\nName: planted\nVersion: 1.0.0\n{metadata}\n"

        def download(_file, _lock, into):
            (into / "planted-1.0.0.dist-info").mkdir()
            (into / "planted-1.0.0.dist-info/METADATA").write_text(text)

        with mock.patch.object(pypi, "_download", download):
            return pypi.check(requirements, "requirements.txt", CLASSIFY, self.folder / "cache"), []

    def test_agpl(self):
        for said in (
            "License-Expression: AGPL-3.0-only",
            "Classifier: License :: OSI Approved :: GNU Affero General Public License v3",
            "License: AGPL-3.0",
        ):
            with self.subTest(said):
                self.assert_refused(self.plant(said), "Python package planted 1.0.0 (requirements.txt)", "never taken")

    def test_none(self):
        self.assert_refused(self.plant("License: Copyright by somebody"), "planted", "no licence is stated")

    def test_mit(self):
        self.assertEqual(self.problems(self.plant("License-Expression: MIT")), [])


class Lists(Planted):
    def test_nobody_can_allow_the_gpl(self):
        for licence in ("GPL-3.0-only", "AGPL-3.0-or-later"):
            text = (ROOT / "deny.toml").read_text().replace('"MIT"', f'"MIT", "{licence}"')
            (self.folder / "deny.toml").write_text(text)
            with self.assertRaisesRegex(SystemExit, f"{licence} is allowed somewhere"):
                Policy(self.folder)

    def test_a_setting_of_cargo_deny_that_is_not_known_here(self):
        (self.folder / "deny.toml").write_text((ROOT / "deny.toml").read_text() + "[[licenses.clarify]]\n")
        with self.assertRaisesRegex(SystemExit, "clarify"):
            Policy(self.folder)

    def test_an_exception_is_for_what_is_not_shipped(self):
        (package,), _ = Npm.plant(self, {"license": "MPL-2.0"})
        package = replace(package, name="axe-core")
        self.assertIsNone(POLICY.judge(package))
        self.assertIsNone(POLICY.elect(package, shipped=True))

    def test_an_exception_that_nothing_needs_is_named(self):
        unused = [*POLICY.unused([])]
        self.assertEqual(len(unused), len(POLICY.exceptions) + len(POLICY.meant))
        self.assertIn("axe-core needs no exception", " ".join(unused))


if __name__ == "__main__":
    unittest.main()
