"""A process that runs one real reader driver and answers JSON lines: for drivers that need an environment of their own,
such as a preloaded library. `RemoteReader`, beside this one, speaks with it."""

import asyncio
import json
import sys
from typing import Any, Protocol

from hal.drivers.context import DriverContext
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.badge_reader import BadgeReader, Misread, Tap
from hal.ports.errors import DeviceError
from hal.registry import READERS, open_device
from tests.support.reader_rig import handles


class Listening(BadgeReader, Protocol):
    """A driver that says when it is open."""

    @property
    def listening(self) -> bool: ...


class Child:
    """Requests are `{"id", "do"}`; each has one answer with its id, as it is done: several may be under way."""

    def __init__(self, uri: str, workers: ThreadWorkers) -> None:
        context = DriverContext(SystemClock(), workers, SystemRandom())
        self.reader: Listening = open_device("reader", READERS, uri, context)
        self.under_way: dict[int, asyncio.Task[None]] = {}

    async def obey(self) -> None:
        """Until the standard input ends."""
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while line := await lines.readline():
            asked = json.loads(line)
            if asked["do"] == "cancel":
                self.under_way[asked["of"]].cancel()
            else:
                self.under_way[asked["id"]] = asyncio.create_task(self._answer(asked))
        await self.reader.aclose()

    async def _answer(self, asked: dict[str, Any]) -> None:
        try:
            answer = await self._done(asked)
        except asyncio.CancelledError:
            answer = {"cancelled": True}
        except DeviceError as exc:
            answer = {"error": exc.code, "device": exc.device, "detail": exc.detail}
        print(json.dumps({"id": asked["id"], **answer}), flush=True)

    async def _done(self, asked: dict[str, Any]) -> dict[str, Any]:
        match asked["do"]:
            case "next":
                return _told(await self.reader.next_reading())
            case "listening":
                while not self.reader.listening:  # noqa: ASYNC110 (whoever asked has a limit of time)
                    await asyncio.sleep(0)
            case "acknowledge":
                self.reader.acknowledge(good=asked["good"])
            case "close":
                await self.reader.aclose()
            case "files":
                return {"files": handles()}
        return {}


def _told(reading: Tap | Misread) -> dict[str, Any]:
    if isinstance(reading, Misread):
        return {"reader": reading.reader, "fault": reading.fault, "at": reading.at}
    return {
        "reader": reading.reader, "credential": reading.credential.hex(), "form": reading.form, "bits": reading.bits,
        "medium": reading.medium, "at": reading.at,
    }  # fmt: skip


def main() -> None:
    """`python -m tests.support.reader_child URI`"""
    workers = ThreadWorkers(1)
    asyncio.run(Child(sys.argv[1], workers).obey())
    workers.close()


if __name__ == "__main__":
    main()
