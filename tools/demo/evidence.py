"""Whether any of a document's bytes can be found in what was written to disk."""

from collections.abc import Iterator
from pathlib import Path

WINDOW = 64
STEP = 4096
BLOCK = 2**20


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
    return [path for path in sorted(directory.rglob("*")) if path.is_file() and _holds(path, pieces)]


def _holds(path: Path, pieces: set[bytes]) -> bool:
    return any(piece in block for block in _blocks(path) for piece in pieces)


def _blocks(path: Path) -> Iterator[bytes]:
    """The file in blocks that overlap by a piece's length."""
    tail = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield tail + block
            tail = block[-WINDOW:]
