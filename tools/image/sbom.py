"""What is in the image, as a CycloneDX 1.6 bill of materials: packages of Debian and Python, vendored files, ourselves.

It is read from the root file system that ships, not from the lists that made it.
"""

import csv
import hashlib
import json
import re
import tomllib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.parser import HeaderParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tools.image.errors import ImageError
from tools.image.licences import parse_copyright, spdx

DISTRO = "debian-13"
APPLICATION = "usr/lib/lockgate"
VENDORED = f"{APPLICATION}/firmware/panel/vendored.toml"
OWN = "lockgate"
COMPILED = re.compile(r".*(\.pyc|/version|/compiled/tmpl_[0-9a-f]{40}\.py)")
NAMESPACE = uuid.UUID("4c6f636b-6761-7465-8000-53424f4d0001")


@dataclass(frozen=True, slots=True)
class Component:
    """One package or file; `licences` are as its own papers name them, each once; `sha256` in hex, of the wheel or the
    file as it was fetched, empty where nobody knows; `source` is where it is made, a URL."""

    purl: str
    name: str
    version: str
    licences: tuple[str, ...] = ()
    kind: str = "library"
    sha256: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What the bill is of; `epoch` in seconds since 1970, `sha256` in hex, of its file."""

    name: str
    version: str
    epoch: int
    sha256: str = ""


def parse_status(text: str) -> Iterator[Mapping[str, str]]:
    """dpkg's status file: the fields of each installed package, without their further lines."""
    for paragraph in text.split("\n\n"):
        lines = (line.partition(":") for line in paragraph.splitlines() if line[:1].strip())
        fields = {name: value.strip() for name, colon, value in lines if colon}
        if fields.get("Status", "").endswith(" installed") and "Version" in fields and "Package" in fields:
            yield fields


def parse_metadata(text: str) -> tuple[str, str, tuple[str, ...]]:
    """Name, version and licences of a Python package's METADATA (core metadata 2.4 and older)."""
    fields = HeaderParser().parsestr(text)
    expression = fields.get("License-Expression")
    trove = [
        str(one).rsplit(" :: ", 1)[-1] for one in fields.get_all("Classifier", []) if str(one).startswith("License")
    ]
    plain = str(fields.get("License") or "").splitlines()
    licences = [str(expression)] if expression else trove or plain[:1]
    return str(fields.get("Name", "")), str(fields.get("Version", "")), tuple(sorted(set(licences)))


def parse_record(text: str) -> set[str]:
    """The paths in a wheel's RECORD (binary distribution format), relative to where it was unpacked. Raises
    `ImageError`."""
    try:
        return {row[0] for row in csv.reader(text.splitlines()) if row}
    except csv.Error as exc:
        raise ImageError(f"no RECORD of a wheel: {exc}") from exc


def debian(root: Path) -> Iterator[Component]:
    """The packages of dpkg's status in `root`."""
    for fields in parse_status((root / "var/lib/dpkg/status").read_text(encoding="utf-8")):
        name, version, kind = fields["Package"], fields["Version"], fields.get("Architecture", "all")
        papers = Path("usr/share/doc", name, "copyright")
        there = (root / papers).is_file()
        found = parse_copyright((root / papers).read_text(encoding="utf-8", errors="replace")) if there else ()
        purl = f"pkg:deb/debian/{quote(name)}@{quote(version, safe='')}?arch={kind}&distro={DISTRO}"
        yield Component(purl, name, version, found or ((f"as in /{papers}",) if there else ()))


def python(folder: Path, wheels: Iterable[Path] = ()) -> Iterator[Component]:
    """The packages whose metadata lie in `folder`, Lockgate itself among them; with the hashes of those `wheels` that
    they came from."""
    fetched = {tuple(wheel.name.split("-")[:2]): wheel for wheel in wheels}
    for file in sorted(folder.glob("*.dist-info/METADATA")):
        name, version, licences = parse_metadata(file.read_text(encoding="utf-8"))
        wheel = fetched.get(tuple(file.parent.name.removesuffix(".dist-info").split("-")[:2]))
        normal, number = re.sub(r"[-_.]+", "-", name).lower(), quote(version, safe="")
        found = Component(f"pkg:pypi/{quote(normal)}@{number}", name, version, licences)
        if normal == OWN:  # its wheel is made here, and has more in it than what ships
            yield replace(found, purl=f"pkg:generic/{OWN}@{number}", kind="application")
        else:
            yield replace(found, sha256=_digest(wheel)) if wheel else found


def vendored(root: Path) -> Iterator[Component]:
    """Other people's files that the panel serves. Raises `ImageError` where one is not the file that was taken over."""
    listed = root / VENDORED
    for one in tomllib.loads(listed.read_text(encoding="utf-8"))["file"] if listed.is_file() else ():
        if _digest(listed.parent / one["path"]) != one["sha256"]:
            raise ImageError(f"{one['path']} is not {one['name']} {one['version']}")
        repository = one["source"].removeprefix("https://github.com/")
        purl = f"pkg:github/{repository}@{one['version']}#{one['path'].rsplit('/', 1)[-1]}"
        yield Component(purl, one["name"], one["version"], (one["licence"],), "file", one["sha256"], one["source"])


def unrecorded(folder: Path) -> set[str]:
    """The files in `folder` that no package there says it brought, and that were not made of such a one: none."""
    recorded = {path for file in folder.glob("*.dist-info/RECORD") for path in parse_record(file.read_text())}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
    return {path for path in there - recorded if not COMPILED.fullmatch(f"/{path}")}


def of_root(root: Path, wheels: Iterable[Path] = ()) -> list[Component]:
    """Everything in the root file system `root`. Raises `ImageError`."""
    return [*debian(root), *python(root / APPLICATION, wheels), *vendored(root)]


def bill(components: Iterable[Component], subject: Subject) -> str:
    """The document. The same components give the same bytes."""
    entries = [_entry(one) for one in sorted(components, key=lambda one: one.purl)]
    about: dict[str, Any] = {"type": "firmware", "name": subject.name, "version": subject.version}
    about |= {"bom-ref": f"{subject.name}@{subject.version}"} | _hashes(subject.sha256)
    serial = uuid.uuid5(NAMESPACE, json.dumps([about, entries], sort_keys=True))
    made = datetime.fromtimestamp(subject.epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"timestamp": made, "lifecycles": [{"phase": "build"}], "component": about},
        "components": entries,
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def _entry(one: Component) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": one.kind, "bom-ref": one.purl, "name": one.name, "version": one.version}
    entry |= {"purl": one.purl} | _hashes(one.sha256)
    if one.source:
        entry["externalReferences"] = [{"type": "vcs", "url": one.source}]
    if one.licences:
        entry["licenses"] = _licences(one.licences)
    return entry


def _licences(names: tuple[str, ...]) -> list[dict[str, Any]]:
    """An expression stands alone, as the format wants it; else each one by its SPDX identifier, or as it is called."""
    if len(names) == 1 and re.search(r" (?:AND|OR|WITH) ", names[0]):
        return [{"expression": names[0]}]
    known = {spdx(name) for name in names} - {""}
    named = [{"license": {"id": name}} for name in sorted(known)]
    return named + [{"license": {"name": name}} for name in names if not spdx(name)]


def _hashes(sha256: str) -> dict[str, Any]:
    return {"hashes": [{"alg": "SHA-256", "content": sha256}]} if sha256 else {}


def _digest(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
