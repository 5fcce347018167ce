"""A release: what was built, named by its version and signed: no card is written and no box updated with anything else.

The image is signed by the manifest of `lockgate-flash`, the bundle by RAUC when it was built, the bill of materials by
the key of the manifest.
"""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tools.flash import manifest, source
from tools.flash.__main__ import main as flash
from tools.flash.errors import FlashError
from tools.image.build import BILL, Order
from tools.image.disk import IMAGE
from tools.image.errors import ImageError
from tools.image.workplace import Workplace

PUBLIC = "images.pem"


@dataclass(frozen=True, slots=True)
class Release:
    """The folder, and in it the image, packed, and the key that it can be checked by."""

    folder: Path
    image: Path
    public: Path


def development_key(place: Workplace) -> Path:
    """An Ed25519 key of this workplace alone, made at the first call: whoever releases has their own. Raises
    `ImageError`."""
    key = place.folder / "signing" / "images.key"
    if not key.exists():
        key.parent.mkdir(mode=0o700, exist_ok=True)
        place.run("sh", "-c", 'umask 077; openssl genpkey -algorithm ed25519 -out "$1"', "sh", place.inside(key))
    return key


def make_release(place: Workplace, order: Order, key: Path) -> Release:
    """Sign what was built by `order`, and have `lockgate-flash` take it. Raises `ImageError`."""
    folder, name = place.out / "release", f"lockgate-station-{order.version}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    image, bill, public = folder / f"{name}.img.zst", folder / f"{name}.cdx.json", folder / PUBLIC
    for built, released in {
        f"{IMAGE}.zst": image,
        f"station-{order.version}.raucb": folder / f"{name}.raucb",
        BILL: bill,
    }.items():
        if not (place.out / built).exists():
            raise ImageError(f"there is no {place.out / built}: tools/dev image build makes it")
        shutil.copyfile(place.out / built, released)
    public.write_bytes(_public(key))
    day = datetime.fromtimestamp(order.epoch, UTC).date().isoformat()
    listed = folder / source.MANIFEST
    words = ["--key", str(key), "--release", order.version, "--date", day, "--out", str(listed), "--quiet"]
    _flash("sign", str(image), *words)
    try:
        bill.with_name(f"{bill.name}.sig").write_bytes(manifest.private_key(key).sign(bill.read_bytes()))
    except FlashError as exc:
        raise ImageError(str(exc)) from exc
    _flash("verify", str(image), "--key", str(public), "--quiet")
    return Release(folder, image, public)


def _public(key: Path) -> bytes:
    try:
        found = manifest.private_key(key).public_key()
    except FlashError as exc:
        raise ImageError(str(exc)) from exc
    return found.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _flash(*words: str) -> None:
    if status := flash(list(words)):
        raise ImageError(f"lockgate-flash {words[0]} ended with {status}")
