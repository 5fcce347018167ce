"""What the technician types, line by line, while the readers stay alive."""

import asyncio
import os
from typing import Protocol

LONGEST = 4096
"""Bytes of one line; more than that is typed by nobody."""


class Asking(Protocol):
    """A person, or what stands in for one."""

    def tell(self, words: str) -> None:
        """Say something that is not the answer asked for."""
        ...

    async def line(self) -> str | None:
        """The next line, without its end and without blanks around it; None once there will be no more. Safe to
        cancel: what was typed so far is kept."""
        ...


class TypedLines:
    """Lines from a file descriptor: a terminal, a pipe or a file."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._typed = b""
        self._ended = False

    async def line(self) -> str | None:
        """As `Asking`."""
        while b"\n" not in self._typed and not self._ended and len(self._typed) < LONGEST:
            await self._readable()
            data = os.read(self._number, LONGEST)
            self._ended = not data
            self._typed += data
        if not self._typed and self._ended:
            return None
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode("utf-8", "replace").strip()

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        try:
            loop.add_reader(self._number, _wake, waiter)
        except PermissionError:  # a regular file is always ready, and epoll refuses it
            return
        try:
            await waiter
        finally:
            loop.remove_reader(self._number)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
