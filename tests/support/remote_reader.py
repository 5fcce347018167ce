"""A badge reader whose real driver runs in a process of its own; this end of the pipe is the port."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from hal.ports.badge_reader import Fault, Form, Medium, Misread, Reading, Tap
from hal.ports.errors import DeviceConfigError, DeviceLostError

ROOT = Path(__file__).parents[2]
ERRORS = {error.code: error for error in (DeviceLostError, DeviceConfigError)}


class RemoteReader:
    """Starts the process at once. What is cancelled here is cancelled there, and an answer that crosses the
    cancellation is kept: so a test of the driver's own behaviour stays one."""

    def __init__(self, name: str, uri: str, command: Sequence[str] = (), environment: Mapping[str, str] = {}) -> None:
        self._name = name
        self._process = subprocess.Popen(
            [*command, sys.executable, "-m", "tests.support.reader_child", uri],
            cwd=ROOT, env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._input, self._output = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)
        self._lines: asyncio.StreamReader | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._count = 0
        self._next: asyncio.Future[dict[str, Any]] | None = None

    @property
    def name(self) -> str:
        return self._name

    async def next_reading(self) -> Reading:
        while True:
            if self._next is None:
                self._next = self._ask("next")
            try:
                answer = await asyncio.shield(self._next)
            except asyncio.CancelledError:
                self._say({"do": "cancel", "of": self._count_of(self._next)})
                raise
            self._next = None
            if "cancelled" not in answer:
                return _reading(answer)

    def acknowledge(self, *, good: bool) -> None:
        self._ask("acknowledge", good=good)

    async def listening(self) -> None:
        """Until the driver says so."""
        await self._ask("listening")

    async def files(self) -> int:
        """How many files its process has open."""
        count: int = (await self._ask("files"))["files"]
        return count

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Its process does nothing for as long as the block lasts, as on a machine that is busy otherwise."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    async def aclose(self) -> None:
        await self._ask("close")

    async def leave(self) -> None:
        """End the process; before the loop ends."""
        self._input.close()
        if self._hearing is not None:
            await self._hearing
        self._process.wait(10)
        self._output.close()

    def _ask(self, do: str, **more: object) -> "asyncio.Future[dict[str, Any]]":
        if self._hearing is None:
            self._hearing = asyncio.create_task(self._hear())
        self._count += 1
        self._asked[self._count] = asyncio.get_running_loop().create_future()
        self._say({"id": self._count, "do": do, **more})
        return self._asked[self._count]

    def _count_of(self, asked: "asyncio.Future[dict[str, Any]]") -> int:
        return next((number for number, future in self._asked.items() if future is asked), 0)

    def _say(self, told: Mapping[str, object]) -> None:
        self._input.write(json.dumps(told).encode() + b"\n")
        self._input.flush()

    async def _hear(self) -> None:
        lines = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), os.fdopen(os.dup(self._output.fileno()), "rb")
        )
        while line := await lines.readline():
            answer = json.loads(line)
            self._asked[answer["id"]].set_result(answer)
        transport.close()
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(EOFError("the reader's process has ended"))


def _reading(answer: dict[str, Any]) -> Reading:
    if "error" in answer:
        raise ERRORS[answer["error"]](answer["device"], answer["detail"])
    if "fault" in answer:
        return Misread(answer["reader"], Fault(answer["fault"]), answer["at"])
    credential, form, medium = bytes.fromhex(answer["credential"]), Form(answer["form"]), Medium(answer["medium"])
    return Tap(answer["reader"], credential, form, answer["bits"], medium, answer["at"])
