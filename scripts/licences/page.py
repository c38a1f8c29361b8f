"""What is written about licences: docs/licences.md for people, THIRD-PARTY-LICENCES.txt for the package."""

from collections import defaultdict
from pathlib import Path

import spdx

PAGE, TEXTS = "docs/licences.md", "THIRD-PARTY-LICENCES.txt"
BESIDES = Path(__file__).parent / "besides.txt"
RULE = "=" * 80

HEADINGS = {
    "crate": "Crates",
    "Go module": "Go modules",
    "npm package": "npm packages",
    "Python package": "Python packages",
}

INTRODUCTION = """\
# Licences

<!-- Written by `scripts/licences.sh write` from the lock files, deny.toml and scripts/licences/exceptions.toml. -->

Ginkgo is under the [Apache License 2.0](../LICENSE). Nothing that its lock files name is under the AGPL, the GPL
or no licence: `scripts/licences.sh` looks at every crate, Go module, npm and Python package of them, and fails
otherwise.

Loki and Grafana are under the AGPL. They are programs of their own, which you run: Ginkgo speaks HTTP with Loki,
and Grafana starts the plugin as a process and speaks gRPC with it. None of their code is in Ginkgo, nor needed to
build or test it. What Ginkgo uses of Grafana's (the npm packages `@grafana/*`, `grafana-plugin-sdk-go`, the
foundation SDK, Alloy's syntax) is under Apache-2.0. The embedded Loki (`crates/minloki`) is written from the public
documentation of LogQL and from what a real server answers, not from Loki's sources; one file of it
(`query/go_sort.rs`) is a translation of Go's `sort`, under Go's licence (BSD-3-Clause), whose text stands in it. The
images that `docker-compose.yaml` names are their makers'.
"""


def written(policy, packages, crates, bundled):
    """Both files, as {path: text}. crates, bundled: lists of shipped.Shipped."""
    return {PAGE: _page(policy, packages, crates, bundled), TEXTS: _texts(crates, bundled)}


def _page(policy, packages, crates, bundled):
    passed_on = {one.package.key for one in (*crates, *bundled)}
    others = [one for one in packages if one.key not in passed_on]
    exceptions = sorted((name, ", ".join(licences), why) for (_, name), (licences, why) in policy.exceptions.items())
    return f"""{INTRODUCTION}
## In the plugin's package

[{TEXTS}](../{TEXTS}), which is in the package too, has the texts. Of several
licences that a package offers, the one here is taken.

{_table(("in `gpx_ginkgo`", "version", "licence"), map(_row, crates))}
{_table(("in `module.js`", "version", "licence"), map(_row, bundled))}
Grafana's own libraries, React, RxJS and lodash are Grafana's at run time, and not in the package.

## For building, testing and the command line

{_lists(policy, others)}## Exceptions

Licences that a single package has beside those of `deny.toml`; none of these is in the plugin's package.

{_table(("package", "licence", "why"), exceptions)}"""


def _row(one):
    return one.package.name, one.package.version, " AND ".join(one.licences)


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _lists(policy, packages):
    """For each kind of package the names of each licence. Without versions: those are in the lock files, and a
    page that changes with each of them would only be in the way."""
    names = defaultdict(set)
    for one in packages:
        names[one.kind, " AND ".join(sorted(policy.elect(one)))].add(one.name)
    text = ""
    for kind in HEADINGS:
        text += f"### {HEADINGS[kind]}\n\n"
        for licence in sorted(licence for other, licence in names if other == kind):
            text += f"**{licence}**: {', '.join(sorted(names[kind, licence]))}\n\n"
    return text


def _texts(crates, bundled):
    text = f"""\
What of others is in Ginkgo's plugin, with its licences
(written by scripts/licences.sh; Ginkgo's own licence is in LICENSE, which also is the text of Apache-2.0)

{RULE}
Linked into gpx_ginkgo

{_list(crates)}
{RULE}
Bundled into module.js and the files beside it

{_list(bundled)}
{RULE}
Besides, in gpx_ginkgo

{BESIDES.read_text()}"""
    users = defaultdict(list)
    originals = {}
    for one in (*crates, *bundled):
        for original in one.texts:
            # Texts that differ in their line ends and indents alone are one.
            words = " ".join(original.split())
            originals.setdefault(words, original)
            users[words].append(f"{one.package.name} {one.package.version}")
    for words, names in users.items():
        original = "\n".join(line.rstrip() for line in originals[words].strip("\n").splitlines())
        text += f"\n{RULE}\n{', '.join(dict.fromkeys(names))}\n\n{original}\n"
    return text


def _list(shipped):
    return "".join(f"{one.package.name} {one.package.version}: {_offer(one)}\n" for one in shipped)


def _offer(one):
    taken = " AND ".join(one.licences)
    return taken if len(spdx.options(one.package.licence)) == 1 else f"{taken} (of {one.package.licence})"
