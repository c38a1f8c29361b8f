"""Licence expressions, versions and ranges."""

import unittest

import advisories
import spdx

ALLOWED = ["Apache-2.0", "MIT", "BSD-3-Clause"]


class Expressions(unittest.TestCase):
    def test_which_way_is_taken(self):
        for expression, taken in (
            ("MIT", {"MIT"}),
            ("MIT OR Apache-2.0", {"Apache-2.0"}),
            ("MIT/Apache-2.0", {"Apache-2.0"}),
            ("Apache-2.0 / MIT", {"Apache-2.0"}),
            ("GPL-3.0-only OR MIT", {"MIT"}),
            ("MIT AND BSD-3-Clause", {"MIT", "BSD-3-Clause"}),
            ("MIT AND GPL-3.0-only", None),
            ("(MIT OR GPL-2.0+) AND (GPL-2.0+ OR BSD-3-Clause)", {"MIT", "BSD-3-Clause"}),
            # AND binds closer than OR.
            ("MIT OR GPL-3.0-only AND BSD-3-Clause", {"MIT"}),
            ("Apache-2.0 WITH LLVM-exception", None),
            ("Apache-2.0 WITH LLVM-exception OR MIT", {"MIT"}),
            ("UNLICENSED", None),
        ):
            with self.subTest(expression):
                self.assertEqual(spdx.elect(expression, ALLOWED), taken)

    def test_what_is_no_expression(self):
        for text in ("", "MIT OR", "(MIT", "MIT)", "AND", "Apache 2.0", "SEE LICENSE IN x", "MIT, BSD", "WITH x"):
            with self.subTest(text), self.assertRaises(spdx.NotSpdx):
                spdx.options(text)


class Versions(unittest.TestCase):
    def test_bounds(self):
        for bound, version, holds in (
            (">= 1.2", "1.2.0", True),
            ("> 1.2.0", "1.2.0", False),
            ("<= 1.2.0", "1.2.0", True),
            ("< 1.0.0", "1.0.0-rc.1", True),
            ("< 1.0.0-rc.2", "1.0.0-rc.10", False),
            ("^0.3.1", "0.3.9", True),
            ("^0.3.1", "0.4.0", False),
            ("^0.3.1", "0.3.0", False),
            ("^0.0.3", "0.0.4", False),
            ("^0", "0.9.1", True),
            ("~1.2.3", "1.2.9", True),
            ("~1.2.3", "1.3.0", False),
            ("~1", "2.0.0", False),
            ("=1.0.0", "1.0.0+build", True),
            ("=1.0", "1.0.7", True),
            ("1.2", "1.9.0", True),
            ("1.2", "2.0.0", False),
        ):
            with self.subTest(f"{version} in {bound}"):
                self.assertEqual(advisories.holds(bound, version), holds)

    def test_what_an_advisory_concerns(self):
        self.assertTrue(advisories.concerns("0.18.0", {"patched": []}))
        self.assertFalse(advisories.concerns("1.4.0", {"patched": [">= 1.4.0"]}))
        self.assertFalse(advisories.concerns("0.9.0", {"patched": [">= 1.4.0"], "unaffected": ["< 1.0.0"]}))
        self.assertTrue(advisories.concerns("1.5.0", {"patched": [">= 1.4.2, < 1.5.0", ">= 1.5.1"]}))
