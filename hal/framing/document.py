"""A document held against the length its ticket announces, for whatever carries it to a printer."""

from collections.abc import AsyncIterator

from hal.ports.errors import DocumentLengthError


class CountedDocument:
    """Chunks as they are pulled. Empty ones are passed over: on some wires an empty chunk is the end.

    `size` is what was announced, in bytes; None where nothing was. The chunk that makes it full is given out only
    once the document has ended without an error, for with that chunk the printer has a whole document.
    `device` is named in errors.
    """

    def __init__(self, device: str, document: AsyncIterator[bytes], size: int | None) -> None:
        self.size = size
        self._device = device
        self._document = document
        self._pulled = 0
        self._ended = False

    async def next(self) -> bytes:
        """The next chunk, empty at the end. Raises `DocumentLengthError` for a document longer or shorter than
        announced, and whatever the document raises."""
        chunk = await self._pull()
        if chunk and self._pulled == self.size:
            await self._pull()
        return chunk

    async def _pull(self) -> bytes:
        while not self._ended:
            chunk = await anext(self._document, None)
            self._ended = chunk is None
            self._pulled += len(chunk or b"")
            if self.size is not None and (self._pulled > self.size or (self._ended and self._pulled < self.size)):
                raise DocumentLengthError(self._device, f"announced {self.size} bytes, came to {self._pulled}")
            if chunk:
                return chunk
        return b""
