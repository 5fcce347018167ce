"""A release of a small image, signed with a key of its own, and the command with its words caught."""

import hashlib
import json
import lzma
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from hal.sim.random_source import stream
from tools.flash import manifest, source
from tools.flash.__main__ import main
from tools.flash.writing import HELD

MIB = 1024 * 1024
SIZE = 6 * MIB + 512


def picture() -> bytes:
    """An image with a table at its start, data, long runs of zeros and a last sector that stands alone."""
    random = stream(1, "image")
    table = bytes(510) + b"\x55\xaa"
    data = bytearray(SIZE)
    data[:512] = table
    data[HELD - 512 : HELD + 512] = random.randbytes(1024)
    data[MIB : MIB + 100_000] = random.randbytes(100_000)
    data[5 * MIB - 1] = 1
    data[-512:] = random.randbytes(512)
    return bytes(data)


@dataclass(frozen=True, slots=True)
class Said:
    """How the command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def code(self) -> str:
        return str(json.loads(self.out)["error"]["code"])


class Keyboard(StringIO):
    """A terminal where these lines are typed."""

    def isatty(self) -> bool:
        return True


class Release:
    """A folder as it is fetched: images of one content, manifest, signature; `key` and `public` are PEM files."""

    def __init__(self, folder: Path, content: bytes | None = None) -> None:
        self.folder, self.content = folder, picture() if content is None else content
        self.plain, self.packed = folder / "station.img", folder / "station.img.xz"
        self.plain.write_bytes(self.content)
        self.packed.write_bytes(lzma.compress(self.content, preset=0))
        self.private = Ed25519PrivateKey.generate()
        self.key, self.public = folder / "key.pem", folder / "public.pem"
        self.key.write_bytes(self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.public.write_bytes(self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        self.manifest = folder / "manifest.json"
        self.sign(self.plain, self.packed)

    def sign(self, *images: Path) -> None:
        listed = tuple(source.measured(path) for path in images)
        self.put(manifest.written(manifest.Manifest("1.0", "2026-11-22", listed)))

    def put(self, raw: bytes) -> None:
        self.manifest.write_bytes(raw)
        self.manifest.with_name("manifest.json.sig").write_bytes(self.private.sign(raw))

    def image(self, path: Path | None = None) -> source.Image:
        path = path or self.plain
        raw = path.read_bytes()
        listed = manifest.Listed(
            path.name,
            len(raw),
            hashlib.sha256(raw).hexdigest(),
            len(self.content),
            hashlib.sha256(self.content).hexdigest(),
        )
        return source.Image(path, listed, "1.0")


def flash(*words: object, typed: str | None = None) -> Said:
    """The command; `typed` are lines at a terminal, None where there is no terminal."""
    out, err = StringIO(), StringIO()
    asked = StringIO() if typed is None else Keyboard(typed)
    status = main([str(word) for word in words], out=out, err=err, asked=asked)
    return Said(int(status), out.getvalue(), err.getvalue())
