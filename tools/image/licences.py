"""The licences that a Debian package's papers name, and as SPDX writes them where it has the same ones."""

import re

_ALIASES = {
    "expat": "MIT",
    "mit license": "MIT",
    "mit/x11": "MIT",
    "apache-2": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd-2": "BSD-2-Clause",
    "bsd-3": "BSD-3-Clause",
    "bsl-1": "BSL-1.0",
    "cc0": "CC0-1.0",
    "openldap-2.8": "OLDAP-2.8",
    "python software foundation license": "PSF-2.0",
    "isc license (iscl)": "ISC",
}
_KNOWN = """
0BSD AFL-2.0 AFL-2.1 Apache-2.0 Beerware BSD-1-Clause BSD-2-Clause BSD-3-Clause BSD-3-Clause-Attribution BSD-4-Clause
BSD-4-Clause-UC BSL-1.0 bzip2-1.0.6 CC-BY-3.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CC0-1.0 curl FSFAP FSFUL FSFULLR FTL ISC Latex2e
Libpng MIT MIT-0 MIT-CMU MPL-1.1 MPL-2.0 MS-PL NTP OFL-1.1 OLDAP-2.8 PSF-2.0 Sleepycat Unicode-DFS-2016 X11 Zlib
"""
_CANONICAL = {name.lower(): name for name in _KNOWN.split()} | _ALIASES
_GNU = re.compile(r"(A?GPL|LGPL)-([123])(?:\.0|(?<=2)(\.1))?(\+|-or-later|-only)?", re.IGNORECASE)
_THERE = {"GPL": ("1.0", "2.0", "3.0"), "LGPL": ("2.0", "2.1", "3.0"), "AGPL": ("1.0", "3.0")}
_COMMON = re.compile(r"/usr/share/common-licenses/([A-Za-z][\w.-]*\w)")


def spdx(name: str) -> str:
    """The identifier of SPDX for what Debian or a Python package calls a licence; empty where it has none that is the
    same."""
    if gnu := _GNU.fullmatch(name):
        family, version = gnu[1].upper(), f"{gnu[2]}{gnu[3] or '.0'}"
        suffix = "or-later" if gnu[4] in ("+", "-or-later") else "only"
        return f"{family}-{version}-{suffix}" if version in _THERE[family] else ""
    return _CANONICAL.get(name.lower(), "")


def parse_copyright(text: str) -> tuple[str, ...]:
    """The short names of the licences in a machine-readable debian/copyright (DEP 5), each once. Of another text the
    files of /usr/share/common-licenses that it points to: it may mean them, or later versions of them."""
    if not text.lstrip().startswith("Format"):
        return tuple(sorted(f"common-licenses/{name}" for name in set(_COMMON.findall(text))))
    found = re.findall(r"^License:[ \t]*(\S.*)$", text, re.MULTILINE)
    names = (part.strip() for line in found for part in re.split(r"\s+(?:or|and)\s+|,|\|", line))
    return tuple(sorted({name for name in names if name}))
