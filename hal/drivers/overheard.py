"""What a program says on stderr: kept in part, searched in whole, heard before what it wrote elsewhere is used."""

import asyncio
import os
from collections.abc import Sequence

WORDS_BYTES = 16 * 1024
"""The beginning, which is kept; the rest is looked through and let fall."""
PIPE_BYTES = 64 * 1024
"""What a pipe holds (pipe(7)): after two reads of that, all has been heard that was said before the first."""
READS = 2
MOST_BYTES = 8 << 20
"""Who says more is not heard out: the pipe is closed, which ends a program that goes on."""


class Overheard:
    """Listens at `descriptor`, a pipe's reading end, which is its own from now on. `words` may quote a document, so
    they are for looking into, never for a log; `heard` are those of `phrases` that came, however late and cut."""

    def __init__(self, descriptor: int, phrases: Sequence[bytes] = ()) -> None:
        self.words = b""
        self.heard: set[bytes] = set()
        self._descriptor = descriptor
        self._phrases = phrases
        self._longest = max((len(phrase) for phrase in phrases), default=1)
        self._tail = b""
        self._size = 0
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        os.set_blocking(descriptor, False)
        self._loop.add_reader(descriptor, self.listen)

    def listen(self) -> None:
        """Take in all that was said until now; a program that never stops is not waited for."""
        for _ in range(READS):
            if self._ended.is_set():
                return
            try:
                said = os.read(self._descriptor, PIPE_BYTES)
            except BlockingIOError:
                return
            self._size += len(said)
            if not said or self._size > MOST_BYTES:
                self.close()
                return
            self._take(said)

    async def end(self) -> None:
        """Until the other end is closed."""
        await self._ended.wait()

    def close(self) -> None:
        """Hear no more. Idempotent."""
        if not self._ended.is_set():
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._ended.set()

    def _take(self, said: bytes) -> None:
        self.words += said[: WORDS_BYTES - len(self.words)]
        looked = self._tail + said
        self.heard.update(phrase for phrase in self._phrases if phrase in looked)
        self._tail = looked[len(looked) - self._longest + 1 :] if self._longest > 1 else b""
