"""The bill of materials of the image that was built, held against the root file system that ships, read out of it."""

import hashlib
import json
import re
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.image.boxes import PLACE
from tools.image.build import BILL
from tools.image.disk import IMAGE
from tools.image.layout import SIGNATURE, Slot, offsets
from tools.image.sbom import APPLICATION, VENDORED, parse_status, unrecorded

ROOT = PLACE.out / "root.verity"


@pytest.fixture(scope="module")
def bill() -> Any:
    return json.loads((PLACE.out / BILL).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def paths() -> list[str]:
    """Of all files in the root that ships."""
    listed = PLACE.run("unsquashfs", "-l", "-d", "", PLACE.inside(ROOT))
    return [line.removeprefix("/") for line in listed.splitlines()]


def shipped(path: str) -> str:
    return PLACE.run("unsquashfs", "-cat", PLACE.inside(ROOT), path)


def purls(bill: Any, kind: str) -> set[tuple[str, str]]:
    named = [one for one in bill["components"] if one["purl"].startswith(f"pkg:{kind}/")]
    return {(one["name"], one["version"]) for one in named}


def test_the_root_that_is_read_is_the_one_on_the_card() -> None:
    assert f"{SIGNATURE:08x}" in (PLACE.out / "boot" / "cmdline.txt").read_text()
    with ROOT.open("rb") as ours, (PLACE.out / IMAGE).open("rb") as card:
        card.seek(offsets()[Slot.A.root])
        while block := ours.read(2**22):
            assert card.read(len(block)) == block


def test_the_bill_is_cyclonedx(bill: Any) -> None:
    text = (PLACE.out / BILL).read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert bill["specVersion"] == "1.6"


def test_the_bill_is_of_this_very_image(bill: Any) -> None:
    with (PLACE.out / IMAGE).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    assert bill["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": digest}]


def test_each_debian_package_is_in_the_bill_and_no_other(bill: Any) -> None:
    there = {(one["Package"], one["Version"]) for one in parse_status(shipped("var/lib/dpkg/status"))}
    assert len(there) > 100
    assert purls(bill, "deb") == there


def test_each_python_package_is_in_the_bill_and_no_other(bill: Any, paths: list[str]) -> None:
    folders = {found[1] for path in paths if (found := re.match(rf"{APPLICATION}/([^/]+)\.dist-info/METADATA$", path))}
    named = purls(bill, "pypi") | purls(bill, "generic")
    assert {re.sub(r"[-_.]+", "_", f"{name}-{version}").lower() for name, version in named} == {
        re.sub(r"[-_.]+", "_", folder).lower() for folder in folders
    }
    assert "lockgate" in {name for name, _ in purls(bill, "generic")}


def test_each_vendored_script_is_in_the_bill(bill: Any) -> None:
    assert len(purls(bill, "github")) == shipped(VENDORED).count("[[file]]") > 0


def test_no_file_of_the_application_is_of_no_package(paths: list[str]) -> None:
    there = {path.removeprefix(f"{APPLICATION}/") for path in paths if path.startswith(f"{APPLICATION}/")}
    folder = PLACE.rootfs / APPLICATION
    assert there == {str(path.relative_to(folder)) for path in folder.rglob("*")}, "what was composed is what ships"
    assert unrecorded(folder) == set()


def test_each_part_of_the_bill_names_its_licence(bill: Any) -> None:
    assert [one["name"] for one in bill["components"] if not one.get("licenses")] == []


def test_each_wheel_in_the_bill_has_its_hash(bill: Any) -> None:
    wheels = [one for one in bill["components"] if one["purl"].startswith("pkg:pypi/")]
    assert len(wheels) > 20
    assert [one["name"] for one in wheels if not one.get("hashes")] == []
