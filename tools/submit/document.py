"""The document on this computer: opened once, read more than once, and never two different things under one name."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from tools.submit import formats
from tools.submit.errors import SubmitError
from tools.submit.formats import Format
from tools.submit.pages import pdf_pages

BLOCK = 2**20


class Document:
    """A regular file that is not empty. A context manager. Raises SubmitError: `document-unreadable`,
    `document-empty`, `document-format`, `document-damaged`, `document-changed`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _open(path)
        self._seen = os.fstat(self._file.fileno())
        self._known: list[bytes] = []  # SHA-256 of each block that has been given out

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def name(self) -> str:
        """The file's own name, in printable characters."""
        return "".join(character if character.isprintable() else "?" for character in self._path.name)

    @property
    def size(self) -> int:
        """Bytes, as of when it was opened."""
        return self._seen.st_size

    def format(self) -> Format:
        """What it is, by its content."""
        head = self._read(0, formats.HEAD_BYTES)
        found = formats.recognise(head)
        if found is None:
            raise self._foreign(formats.describe(head))
        if found is formats.TEXT and not formats.is_text(self._blocks()):
            raise self._foreign("not UTF-8 text from beginning to end")
        if formats.is_too_short(found, self.size):
            words = f"{self.name} begins as {found.name} does, but its {self.size} bytes hold no page"
            raise SubmitError(words, code="document-damaged")
        return found

    def seems_cut(self, found: Format) -> bool:
        """Whether it lacks the end that its kind should have; it may be printable all the same."""
        tail = self._read(max(0, self.size - formats.PDF_END_BYTES), formats.PDF_END_BYTES)
        return found is formats.PDF and not formats.has_pdf_end(tail)

    def pages(self, found: Format) -> int | None:
        """How many pages it has, where that is certain."""
        if found is formats.PDF:
            return pdf_pages(self._read, self.size)
        return 1 if found is formats.JPEG else None

    def blocks(self) -> Iterator[bytes]:
        """The whole document in blocks of 1 MiB; raises `document-changed` at the first block that is not what an
        earlier pass gave. A body is sealed again with the same nonces when it is uploaded again: one nonce must never
        seal two texts."""
        for number, block in enumerate(self._blocks()):
            digest = hashlib.sha256(block).digest()
            if number == len(self._known):
                self._known.append(digest)
            if self._known[number] != digest:
                raise self._changed()
            yield block

    def _blocks(self) -> Iterator[bytes]:
        offset = 0
        while block := self._read(offset, BLOCK):
            offset += len(block)
            if offset > self.size:
                raise self._changed()
            yield block
        now = os.fstat(self._file.fileno())
        if (offset, now.st_size, now.st_mtime_ns) != (self.size, self.size, self._seen.st_mtime_ns):
            raise self._changed()

    def _read(self, offset: int, length: int) -> bytes:
        try:
            self._file.seek(offset)
            return self._file.read(length)
        except OSError as exc:
            raise _unreadable(self._path, exc.strerror or "it cannot be read") from exc

    def _foreign(self, words: str) -> SubmitError:
        return SubmitError(f"{self.name} is {words}; accepted are: {formats.accepted()}", code="document-format")

    def _changed(self) -> SubmitError:
        return SubmitError(f"{self.name} was changed while it was being read", code="document-changed")


def _open(path: Path) -> BinaryIO:
    # Not blocking, so that a pipe without a writer is refused and not waited for. Not all systems have all flags.
    flags = sum(getattr(os, name, 0) for name in ("O_RDONLY", "O_CLOEXEC", "O_NONBLOCK", "O_BINARY"))
    try:
        descriptor = os.open(path, flags)
    except OSError as exc:
        raise _unreadable(path, exc.strerror or "it cannot be opened") from exc
    except ValueError as exc:
        raise _unreadable(path, "it is no name of a file") from exc
    try:
        _require_document(path, os.fstat(descriptor))
    except SubmitError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def _require_document(path: Path, found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise _unreadable(path, "it is a directory")
    if not stat.S_ISREG(found.st_mode):
        raise _unreadable(path, "it is not a file but a pipe or a device, whose length cannot be known")
    if found.st_size == 0:
        raise SubmitError(f"{path} is empty", code="document-empty")


def _unreadable(path: Path, why: str) -> SubmitError:
    return SubmitError(f"{path}: {why}", code="document-unreadable")
