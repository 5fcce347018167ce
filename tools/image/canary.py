"""Searches a card, byte by byte, for what must never lie on it in the clear."""

from collections.abc import Iterable
from pathlib import Path

BLOCK = 2**22


def found_on(card: Path, canaries: Iterable[bytes], offset: int = 0, size: int | None = None) -> set[bytes]:
    """Those of `canaries` that lie anywhere in the `size` bytes from `offset` on, files, gaps and what was deleted
    alike; to the card's end without a size."""
    missing, found, tail = set(canaries), set[bytes](), b""
    keep = max(map(len, missing), default=1) - 1
    with card.open("rb") as file:
        file.seek(offset)
        left = size
        while block := file.read(BLOCK if left is None else min(BLOCK, left)):
            left = None if left is None else left - len(block)
            if not tail and not block.strip(b"\0"):
                continue
            piece = tail + block
            found |= {one for one in missing if one in piece}
            missing -= found
            tail = piece[-keep:] if keep else b""
    return found
