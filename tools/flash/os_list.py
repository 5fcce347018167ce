"""A repository for Raspberry Pi Imager: the images of a manifest as its os_list (os-list-schema.json of rpi-imager)."""

from dataclasses import dataclass
from urllib.parse import quote

from tools.flash.manifest import Listed, Manifest

DEVICES = ("pi5-64bit", "pi4-64bit", "pi3-64bit")
"""Imager's own tags; a Zero 2 W is a Pi 3 to it."""
DESCRIPTION = "A print release station: tap a badge, print"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the images are fetched, a URL that ends in /, a picture for the list, and where people read on."""

    base: str
    icon: str
    website: str = ""


def document(manifest: Manifest, place: Place) -> dict[str, object]:
    """The whole file. Imager adds no settings of its own (`init_format` none): the site's file does that."""
    return {"os_list": [_entry(manifest, one, place) for one in manifest.images]}


def _entry(manifest: Manifest, one: Listed, place: Place) -> dict[str, object]:
    found: dict[str, object] = {
        "name": f"Lockgate {manifest.version}",
        "description": DESCRIPTION,
        "icon": place.icon,
        "url": place.base + quote(one.name),
        "extract_size": one.image_size,
        "extract_sha256": one.image_sha256,
        "image_download_size": one.size,
        "image_download_sha256": one.sha256,
        "release_date": manifest.date,
        "init_format": "none",
        "devices": list(DEVICES),
    }
    return found | ({"website": place.website} if place.website else {})
