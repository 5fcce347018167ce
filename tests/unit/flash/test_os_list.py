"""The list for Raspberry Pi Imager, against what its schema asks of an entry."""

from jsonschema import Draft7Validator

from tools.flash.manifest import Listed, Manifest
from tools.flash.os_list import Place, document

MANIFEST = Manifest("1.0", "2026-11-22", (Listed("station 1.img.xz", 5, "0" * 64, 512, "1" * 64),))
TEXT = {"type": "string", "minLength": 1}
ENTRY = {
    "type": "object",
    "required": [
        "name",
        "description",
        "icon",
        "url",
        "extract_size",
        "extract_sha256",
        "image_download_size",
        "release_date",
    ],
    "properties": {
        "name": TEXT,
        "description": TEXT,
        "icon": TEXT,
        "url": {"type": "string", "pattern": r"^https://\S+$"},
        "extract_size": {"type": "integer"},
        "extract_sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "image_download_size": {"type": "integer"},
        "release_date": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "init_format": {"enum": ["none", "systemd", "cloudinit", "cloudinit-rpi", "rpi-preseed"]},
        "website": TEXT,
        "devices": {"type": "array", "items": TEXT},
    },
}
SCHEMA = {
    "type": "object",
    "required": ["os_list"],
    "properties": {"os_list": {"type": "array", "items": ENTRY}, "imager": {"type": "object"}},
    "additionalProperties": False,
}


def test_an_entry() -> None:
    found = document(MANIFEST, Place("https://releases.example/", "https://releases.example/icon.svg"))
    Draft7Validator(SCHEMA).validate(found)
    entry = found["os_list"][0]  # type: ignore[index]
    assert entry["url"] == "https://releases.example/station%201.img.xz"
    assert (entry["extract_size"], entry["extract_sha256"]) == (512, "1" * 64)
    assert (entry["image_download_size"], entry["image_download_sha256"]) == (5, "0" * 64)
    assert "website" not in entry


def test_with_a_website() -> None:
    found = document(MANIFEST, Place("https://releases.example/", "icon", "https://lockgate.example"))
    Draft7Validator(SCHEMA).validate(found)
    assert found["os_list"][0]["website"] == "https://lockgate.example"  # type: ignore[index]
