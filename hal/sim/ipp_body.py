"""The document after an IPP request, on its way into the served twin: uncompressed, and of which format."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, Sequence

from aiohttp import StreamReader

MAGIC = {
    b"%PDF": "application/pdf",
    b"%!": "application/postscript",
    b"RaS2": "image/pwg-raster",
    b"\xff\xd8\xff": "image/jpeg",
}
WINDOWS = {"gzip": 31, "deflate": -15}
"""zlib's wbits for RFC 1952 and RFC 1951, which RFC 8011 5.4.32 means."""


class Body:
    """`rest` are the bytes that came with the request's message, `stream` brings those to come."""

    def __init__(self, rest: bytes, stream: StreamReader, compression: str = "none") -> None:
        self._rest = rest
        self._stream = stream
        self._inflate = zlib.decompressobj(WINDOWS[compression]) if compression in WINDOWS else None

    async def chunks(self, reading: asyncio.Event) -> AsyncGenerator[bytes]:
        """The document, never an empty chunk. Nothing is taken off the wire while `reading` is cleared. Raises
        `ValueError` for compressed data that is none."""
        if self._rest:
            yield self._plain(self._rest)
        while True:
            await reading.wait()
            chunk = await self._stream.readany()
            if not chunk and self._stream.at_eof():
                return
            if plain := self._plain(chunk):
                yield plain

    def _plain(self, chunk: bytes) -> bytes:
        try:
            return chunk if self._inflate is None else self._inflate.decompress(chunk)
        except zlib.error as exc:
            raise ValueError("no compressed data") from exc


def format_of(start: bytes, takes: Sequence[str]) -> str:
    """What a document of an unstated format is, from how it begins; the first format it takes, else."""
    return next((format for magic, format in MAGIC.items() if start.startswith(magic)), takes[0])
