"""Writes a folder into a zip as Grafana wants it: zip.py FOLDER ZIP SECONDS.

The archive holds the folder itself; files are 0644, folders and plugin binaries 0755; every entry has
the same time, so equal folders give equal archives.
"""

import sys
import time
import zipfile
from pathlib import Path

folder, archive, seconds = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
# A zip knows no time before 1980.
moment = time.gmtime(max(seconds, 315532800))[:6]


def entry(path, mode):
    name = path.relative_to(folder.parent).as_posix() + ("/" if path.is_dir() else "")
    info = zipfile.ZipInfo(name, moment)
    info.create_system = 3
    info.external_attr = mode << 16 | (0x10 if path.is_dir() else 0)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


with zipfile.ZipFile(archive, "w") as out:
    out.writestr(entry(folder, 0o40755), b"")
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            out.writestr(entry(path, 0o40755), b"")
        else:
            mode = 0o100755 if path.name.startswith("gpx_") else 0o100644
            out.writestr(entry(path, mode), path.read_bytes())
