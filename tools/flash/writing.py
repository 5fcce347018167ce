"""An image onto a disk: everything but the start first, read back, and the start last. A disk that was not finished has
no partition table, and so nobody can take it for one that starts."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing

from tools.flash.errors import FlashError
from tools.flash.source import Image, chunks
from tools.flash.target import Target
from tools.submit.upload import Progress

HELD = 64 * 1024
"""The partition table, of either kind (MBR; UEFI 2.10 5.3: 34 sectors), and less than the gap before what it names."""
RUN = 64 * 1024
_END = 1024 * 1024
_SYNCED = 32 * 1024 * 1024
"""So much at a time waits in the kernel's memory at most: what the bar shows is on the disk."""
Bars = Callable[[str], Progress]


def write(image: Image, target: Target, bars: Bars, settle: Callable[[bytes], None] = lambda _start: None) -> None:
    """Write, read back, let `settle` add what the site wants, and make it start. `settle` gets the image's first `HELD`
    bytes, with the partition table. Raises `FlashError`; the disk then does not start."""
    _unmake(image, target)
    start = _poured(image, target, bars("writing"))
    target.sync()
    _require_same(image, target, start, bars("reading back"))
    settle(start)
    target.write(0, start)
    target.sync()
    if b"".join(target.read_back(0, len(start))) != start:
        raise FlashError("the start of the disk is not what was written", code="disk-mismatch")


def _unmake(image: Image, target: Target) -> None:
    """From here on it does not start; nor does a second partition table at its end (GPT's copy) call up what was."""
    target.write(0, bytes(min(HELD, target.size)))
    end = max(image.listed.image_size, target.size - _END)
    if not target.zeroed and end < target.size:
        target.write(end, bytes(target.size - end))
    target.sync()


def _poured(image: Image, target: Target, bar: Progress) -> bytes:
    """All but the start, which is returned. Raises `FlashError` image-mismatch for what unpacks to something else."""
    digest, offset, start = hashlib.sha256(), 0, b""
    bar.begin(image.listed.image_size)
    try:
        with closing(chunks(image.path)) as stream:
            for chunk in stream:
                if offset + len(chunk) > image.listed.image_size:
                    break
                digest.update(chunk)
                start = start or chunk[:HELD]
                for at, run in runs(chunk, HELD if offset == 0 else 0):
                    _put(target, offset + at, run)
                offset += len(chunk)
                if offset % _SYNCED == 0:
                    target.sync()
                bar.add(len(chunk))
    finally:
        bar.end()
    if (offset, digest.hexdigest()) != (image.listed.image_size, image.listed.image_sha256):
        raise FlashError(f"{image.path.name} unpacks to something else than was signed", code="image-mismatch")
    return start


def _put(target: Target, offset: int, run: bytes | int) -> None:
    if isinstance(run, int):
        target.zero(offset, run)
    else:
        target.write(offset, run)


def runs(chunk: bytes, begin: int = 0) -> Iterator[tuple[int, bytes | int]]:
    """The chunk from `begin` on as pieces: their place in it, and their bytes, or how many zeros."""
    at = begin
    while at < len(chunk):
        is_zero, end = _is_zero(chunk, at), at + RUN
        while end < len(chunk) and _is_zero(chunk, end) == is_zero:
            end += RUN
        end = min(end, len(chunk))
        yield at, (end - at if is_zero else chunk[at:end])
        at = end


def _is_zero(chunk: bytes, at: int) -> bool:
    return not chunk[at : at + RUN].strip(b"\0")


def _require_same(image: Image, target: Target, start: bytes, bar: Progress) -> None:
    digest = hashlib.sha256(start)
    bar.begin(image.listed.image_size - len(start))
    try:
        for chunk in target.read_back(len(start), image.listed.image_size - len(start)):
            digest.update(chunk)
            bar.add(len(chunk))
    finally:
        bar.end()
    if digest.hexdigest() != image.listed.image_sha256:
        raise FlashError(f"{target.path} does not hold what was written to it", code="disk-mismatch")
