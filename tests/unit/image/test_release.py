"""What is signed of a build, and that those who get it can check it."""

import argparse
import subprocess
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tools.flash import manifest
from tools.flash.__main__ import main as flash
from tools.flash.errors import Exit
from tools.image import proofs
from tools.image.build import Order
from tools.image.errors import ImageError
from tools.image.mirror import Mirror
from tools.image.release import Release, make_release
from tools.image.workplace import Workplace

ORDER = Order("1.2.3", 1_700_000_000)


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    found = Workplace(tmp_path / "work")
    found.out.mkdir(parents=True)
    (found.out / "station.img").write_bytes(bytes(4096) + b"image" * 512)
    subprocess.run(["zstd", "-q", found.out / "station.img"], check=True)
    (found.out / "station-1.2.3.raucb").write_bytes(b"bundle")
    (found.out / "station.cdx.json").write_text("{}\n")
    return found


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "images.key"
    raw = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(raw)
    return file


@pytest.fixture
def release(place: Workplace, key: Path) -> Release:
    return make_release(place, ORDER, key)


def test_everything_is_named_by_its_version_and_the_signatures_lie_beside(release: Release) -> None:
    assert sorted(path.name for path in release.folder.iterdir()) == [
        "images.pem",
        "lockgate-station-1.2.3.cdx.json",
        "lockgate-station-1.2.3.cdx.json.sig",
        "lockgate-station-1.2.3.img.zst",
        "lockgate-station-1.2.3.raucb",
        "manifest.json",
        "manifest.json.sig",
    ]


def test_a_card_is_written_of_it_and_of_no_other(release: Release, tmp_path: Path) -> None:
    words = ["write", str(release.image), "--key", str(release.public), "--quiet", "--yes"]
    assert flash([*words, "--file", str(tmp_path / "card.img")]) == Exit.WRITTEN
    assert (tmp_path / "card.img").read_bytes().endswith(b"image")
    release.image.unlink()
    release.image.write_bytes(b"another")
    assert flash([*words, "--file", str(tmp_path / "other.img")]) == Exit.IMAGE


def test_the_bill_is_signed_by_the_same_key(release: Release) -> None:
    bill = release.folder / "lockgate-station-1.2.3.cdx.json"
    signature = bill.with_name(f"{bill.name}.sig").read_bytes()
    manifest.public_key(release.public).verify(signature, bill.read_bytes())
    with pytest.raises(InvalidSignature):
        manifest.public_key(release.public).verify(signature, bill.read_bytes() + b" ")


def test_without_a_build_or_with_a_strange_key_nothing_is_released(place: Workplace, key: Path) -> None:
    key.write_text("no key")
    with pytest.raises(ImageError, match="no private key"):
        make_release(place, ORDER, key)
    (place.out / "station.cdx.json").unlink()
    with pytest.raises(ImageError, match="build makes it"):
        make_release(place, ORDER, key)


def test_half_a_signer_is_refused() -> None:
    options = argparse.Namespace(version="1", epoch=1, cert=Path("a"), key=None, ca=None, archive="", security="")
    with pytest.raises(ImageError, match="belong together"):
        proofs.order(options)
    options.key = options.ca = Path("b")
    assert proofs.order(options).signer is not None
    assert proofs.order(options).mirror is None


def test_half_a_mirror_is_refused() -> None:
    options = argparse.Namespace(version="1", epoch=1, archive="http://a.example/debian/", security=None)
    with pytest.raises(ImageError, match="belong together"):
        proofs.order(options)
    options.security = "http://s.example/"
    assert proofs.order(options).mirror == Mirror("http://a.example/debian", "http://s.example")
