"""The bill of materials: what it reads, that it is all of a root and nothing else, and that CycloneDX takes it."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools.image.errors import ImageError
from tools.image.licences import parse_copyright, spdx
from tools.image.sbom import Component, Subject, bill, of_root, parse_metadata, parse_record, parse_status, unrecorded

STATUS = """Package: rauc
Status: install ok installed
Architecture: arm64
Version: 1:1.13-1+b2
Depends: libc6 (>= 2.38)
Description: updates
 Version: not this one

Package: libx11-6
Status: install ok installed
Architecture: arm64
Version: 2:1.8.12-1

Package: gone
Status: deinstall ok config-files
Version: 1
"""
COPYRIGHT = "Format: https://www.debian.org/\n\nFiles: *\nLicense: LGPL-2.1+ or F5\n\nLicense: LGPL-2.1+\n The text.\n"
METADATA = "Metadata-Version: 2.4\nName: Google_RE2\nVersion: 1.1\nLicense-Expression: BSD-3-Clause OR MIT\n\nWords.\n"
OWN = "Metadata-Version: 2.4\nName: lockgate\nVersion: 0.1.0\nLicense-Expression: Apache-2.0\n"
SCRIPT = b"var htmx\n"
VENDORED = f"""[[file]]
path = "static/htmx.js"
name = "htmx"
version = "2.0"
source = "https://github.com/bigskysoftware/htmx"
licence = "0BSD"
sha256 = "{hashlib.sha256(SCRIPT).hexdigest()}"
"""
RECORD = 'google_re2-1.1.dist-info/METADATA,sha256=x,1\ngoogle_re2-1.1.dist-info/RECORD,,\n"re2/a,b.py",sha256=x,1\n'
SUBJECT = Subject("station", "0.1.0", 1_700_000_000, "ab" * 32)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    application = tmp_path / "usr/lib/lockgate"
    for name, text in {
        "var/lib/dpkg/status": STATUS,
        "usr/share/doc/rauc/copyright": COPYRIGHT,
        "usr/share/doc/libx11-6/copyright": "Permission is granted.\n",
        "usr/lib/lockgate/google_re2-1.1.dist-info/METADATA": METADATA,
        "usr/lib/lockgate/google_re2-1.1.dist-info/RECORD": RECORD,
        "usr/lib/lockgate/re2/a,b.py": "1",
        "usr/lib/lockgate/firmware/panel/vendored.toml": VENDORED,
        "usr/lib/lockgate/lockgate-0.1.0.dist-info/METADATA": OWN,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (application / "firmware/panel/static").mkdir()
    (application / "firmware/panel/static/htmx.js").write_bytes(SCRIPT)
    return tmp_path


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    file = tmp_path / "google_re2-1.1-1-cp313-cp313-linux_aarch64.whl"
    file.write_bytes(b"a wheel")
    return file


def document(root: Path, wheels: tuple[Path, ...] = ()) -> Any:
    text = bill(of_root(root, wheels), SUBJECT)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    return json.loads(text)


def test_only_what_is_installed_counts() -> None:
    found = list(parse_status(STATUS))
    assert [(one["Package"], one["Version"]) for one in found] == [("rauc", "1:1.13-1+b2"), ("libx11-6", "2:1.8.12-1")]


def test_licences_are_those_of_the_papers() -> None:
    assert parse_copyright(COPYRIGHT) == ("F5", "LGPL-2.1+")
    assert parse_copyright("This is free software.\nLicense: do what you like\n") == ()
    free = "see /usr/share/common-licenses/GPL-2. And `/usr/share/common-licenses/Artistic'\n"
    assert parse_copyright(free) == ("common-licenses/Artistic", "common-licenses/GPL-2")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("GPL-2+", "GPL-2.0-or-later"),
        ("GPL-2", "GPL-2.0-only"),
        ("GPL-3.0", "GPL-3.0-only"),
        ("LGPL-2.1+", "LGPL-2.1-or-later"),
        ("LGPL-2.1-or-later", "LGPL-2.1-or-later"),
        ("LGPL-2", "LGPL-2.0-only"),
        ("Expat", "MIT"),
        ("BSD-3-clause", "BSD-3-Clause"),
        ("GPL-2+ with OpenSSL exception", ""),
        ("GPL-2.1", ""),
        ("GPL", ""),
        ("common-licenses/GPL-2", ""),
        ("public-domain", ""),
    ],
)
def test_a_licence_has_its_spdx_identifier_only_where_it_is_the_same_one(name: str, found: str) -> None:
    assert spdx(name) == found


def test_a_python_package_says_its_licence_in_one_of_three_ways() -> None:
    assert parse_metadata(METADATA) == ("Google_RE2", "1.1", ("BSD-3-Clause OR MIT",))
    trove = "Name: a\nVersion: 1\nLicense: see file\nClassifier: License :: OSI Approved :: MIT License\n"
    assert parse_metadata(trove)[2] == ("MIT License",)
    assert parse_metadata("Name: a\nVersion: 1\nLicense: BSD\n        and a long text\n")[2] == ("BSD",)
    assert parse_metadata("Name: a\nVersion: 1\n")[2] == ()


def test_a_root_file_system_is_told_whole_and_nothing_else(root: Path, wheel: Path) -> None:
    parts = {one["purl"]: one for one in document(root, (wheel,))["components"]}
    assert set(parts) == {
        "pkg:deb/debian/rauc@1%3A1.13-1%2Bb2?arch=arm64&distro=debian-13",
        "pkg:deb/debian/libx11-6@2%3A1.8.12-1?arch=arm64&distro=debian-13",
        "pkg:generic/lockgate@0.1.0",
        "pkg:github/bigskysoftware/htmx@2.0#htmx.js",
        "pkg:pypi/google-re2@1.1",
    }
    re2 = parts["pkg:pypi/google-re2@1.1"]
    assert re2["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(b"a wheel").hexdigest()}]
    assert re2["licenses"] == [{"expression": "BSD-3-Clause OR MIT"}]
    assert parts["pkg:generic/lockgate@0.1.0"]["type"] == "application"
    own = wheel.with_name("lockgate-0.1.0-py3-none-any.whl")
    own.write_bytes(b"more than what ships")
    assert document(root, (own,)) == document(root)
    named = [one["licenses"] for name, one in sorted(parts.items()) if name.startswith("pkg:deb")]
    assert named == [
        [{"license": {"name": "as in /usr/share/doc/libx11-6/copyright"}}],
        [{"license": {"id": "LGPL-2.1-or-later"}}, {"license": {"name": "F5"}}],
    ]


def test_a_vendored_file_that_was_changed_ends_the_build(root: Path) -> None:
    (root / "usr/lib/lockgate/firmware/panel/static/htmx.js").write_bytes(SCRIPT + b"more")
    with pytest.raises(ImageError, match=r"static/htmx\.js is not htmx 2\.0"):
        of_root(root)


def test_a_file_that_no_package_brought_is_found(root: Path) -> None:
    folder = root / "usr/lib/lockgate"
    record = "".join(f"{path.relative_to(folder)},,\n" for path in folder.rglob("*") if "re2" not in str(path))
    (folder / "lockgate-0.1.0.dist-info/RECORD").write_text(f"{record}lockgate-0.1.0.dist-info/RECORD,,\n")
    (folder / "version").write_text("0.1.0\n")
    assert unrecorded(folder) == set()
    (folder / "re2/strange.so").write_text("")
    assert unrecorded(folder) == {"re2/strange.so"}


def test_a_record_is_a_table_with_commas_in_names() -> None:
    assert "re2/a,b.py" in parse_record(RECORD)
    with pytest.raises(ImageError, match="RECORD"):
        parse_record("x" * 200_000)


def test_the_same_parts_give_the_same_bytes_in_any_order() -> None:
    parts = [Component(f"pkg:pypi/{name}@1", name, "1") for name in ("b", "a")]
    text = bill(parts, SUBJECT)
    assert text == bill(reversed(parts), SUBJECT)
    assert text != bill(parts[:1], SUBJECT)
    found = json.loads(text)
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    assert found["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    assert found["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert [one["name"] for one in found["components"]] == ["a", "b"]


def test_the_validator_refuses_what_is_no_licence_of_spdx() -> None:
    text = bill([Component("pkg:pypi/a@1", "a", "1", ("MIT",))], SUBJECT)
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(text) is None
    assert validator.validate_str(text.replace('"MIT"', '"MITT"')) is not None
