"""An image file: held against the signed manifest, then unpacked as a stream.

xz is unpacked by Python itself, zstd by the program `zstd`: Python has had it since 3.14 only, and the program reads
nothing that was not signed."""

import hashlib
import lzma
import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tools.flash import manifest
from tools.flash.errors import FlashError
from tools.flash.manifest import SIGNATURE_BYTES, Listed, Manifest
from tools.submit.progress import Silent
from tools.submit.upload import Progress

CHUNK = 4 * 1024 * 1024
SECTOR = 512
SUFFIXES = (".img", ".img.xz", ".img.zst")
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Image:
    """A file whose hash is the signed one, and how it stands in the manifest."""

    path: Path
    listed: Listed
    version: str


def read_manifest(path: Path, key: Ed25519PublicKey) -> Manifest:
    """The manifest in this file, with its signature in the one beside it. Raises `FlashError`."""
    beside = path.with_name(path.name + ".sig")
    try:
        raw, signature = _start(path, manifest.MOST_BYTES + 1), _start(beside, SIGNATURE_BYTES + 1)
    except OSError as exc:
        raise FlashError(f"{exc.filename}: {exc.strerror}", code="image-unsigned") from exc
    return manifest.verified(raw, signature, [key])


def checked(path: Path, found: Manifest, bar: Progress) -> Image:
    """The image, read whole once: no disk is touched for one that is not the signed one. Raises `FlashError`."""
    suffix_of(path.name)
    listed = found.image(path.name)
    if listed.image_size % SECTOR:
        raise FlashError(f"{path.name} is not made of whole sectors", code="image-format")
    size, digest = hashed(path, bar)
    if (size, digest) != (listed.size, listed.sha256):
        raise FlashError(f"{path.name} is not the file that was signed", code="image-mismatch")
    return Image(path, listed, found.version)


def measured(path: Path) -> Listed:
    """How a file would stand in a manifest. Raises `FlashError`."""
    size, digest = hashed(path, Silent())
    whole, unpacked = 0, hashlib.sha256()
    with closing(chunks(path)) as stream:
        for chunk in stream:
            whole += len(chunk)
            unpacked.update(chunk)
    return Listed(path.name, size, digest, whole, unpacked.hexdigest())


def chunks(path: Path) -> Generator[bytes, None, None]:
    """What is to be on the disk, in pieces of `CHUNK` bytes but for the last. Raises `FlashError`."""
    unpack = {".img": _plain, ".img.xz": _xz, ".img.zst": _zstd}[suffix_of(path.name)]
    try:
        with _opened(path) as file, unpack(file) as stream:
            while chunk := _filled(stream.read, CHUNK):
                yield chunk
    except (lzma.LZMAError, EOFError) as exc:
        raise FlashError(f"{path.name} cannot be unpacked", code="image-mismatch") from exc
    except OSError as exc:
        raise FlashError(f"{path}: {exc.strerror or exc}", code="image-unreadable") from exc


def suffix_of(name: str) -> str:
    """How it is packed. Raises `FlashError` image-format."""
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            return suffix
    raise FlashError(f"{name} is not named as an image", code="image-format")


def hashed(path: Path, bar: Progress) -> tuple[int, str]:
    """Size and SHA-256 in hex. Raises `FlashError` image-unreadable."""
    digest, size = hashlib.sha256(), 0
    try:
        with _opened(path) as file:
            bar.begin(path.stat().st_size)
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                bar.add(len(chunk))
    except OSError as exc:
        raise FlashError(f"{path}: {exc.strerror}", code="image-unreadable") from exc
    finally:
        bar.end()
    return size, digest.hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """A file that ends: no pipe, and no device. Raises `OSError`, `FlashError` image-unreadable."""
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(fd, "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise FlashError(f"{path} is not a regular file", code="image-unreadable")
        yield file


@contextmanager
def _plain(file: BinaryIO) -> Iterator[BinaryIO]:
    yield file


@contextmanager
def _xz(file: BinaryIO) -> Iterator[BinaryIO]:
    with lzma.open(file) as stream:
        yield stream  # type: ignore[misc]  # a file of bytes, by what is used of it


@contextmanager
def _zstd(file: BinaryIO) -> Iterator[BinaryIO]:
    program = shutil.which("zstd")
    if program is None:
        raise FlashError("zstd is not installed (Debian: zstd, Homebrew: zstd)", code="tool-missing")
    words = [program, "-d", "-c", "-q", "--long=31"]
    with subprocess.Popen(words, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None  # noqa: S101 - as asked for
        try:
            yield process.stdout  # type: ignore[misc]  # a file of bytes, by what is used of it
            if process.wait() != 0:
                raise EOFError("zstd gave up")
        finally:
            process.kill()


def _filled(read: Callable[[int], bytes | None], size: int) -> bytes:
    """As much as was asked for, unless the stream ends: pipes give less."""
    parts: list[bytes] = []
    while size and (part := read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _start(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)
