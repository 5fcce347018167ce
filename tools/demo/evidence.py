"""Whether any of a document's bytes can be found in what was written to disk."""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

WINDOW = 64
STEP = 4096
BLOCK = 2**20
LOOKS = 50
"""A program replaces a file in microseconds; one look in two thousand meets it, fifty in a row do not."""


def samples(document: Path) -> set[bytes]:
    """Pieces of the document long enough to be nobody else's, from all over it."""
    found: set[bytes] = set()
    with document.open("rb") as file:
        while piece := file.read(BLOCK):
            found.update(piece[at : at + WINDOW] for at in range(0, len(piece), STEP))
            if len(found) > 1000:
                break
    return {piece for piece in found if len(piece) == WINDOW and len(set(piece)) > 8} or {document.read_bytes()}


def found_in(directory: Path, pieces: set[bytes]) -> list[Path]:
    """The files below `directory` that hold any of the pieces."""
    return steadily(lambda: [path for path in sorted(directory.rglob("*")) if _is_file(path) and _holds(path, pieces)])


def steadily(look: Callable[[], T]) -> T:
    """What `look` sees of a directory in use. A file that was put in another's place between its listing and its
    opening could hide under the name already looked at: then all is looked at once more."""
    for _ in range(LOOKS - 1):
        try:
            return look()
        except FileNotFoundError:
            continue
    return look()


def _is_file(path: Path) -> bool:
    """Unlike `Path.is_file`, an error for what has gone."""
    return stat.S_ISREG(path.stat().st_mode)


def _holds(path: Path, pieces: set[bytes]) -> bool:
    return any(piece in block for block in _blocks(path) for piece in pieces)


def _blocks(path: Path) -> Iterator[bytes]:
    """The file in blocks that overlap by a piece's length."""
    tail = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield tail + block
            tail = block[-WINDOW:]
