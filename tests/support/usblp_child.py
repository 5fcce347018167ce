"""A process that runs the real driver of usblp, for it has to run with umockdev's library preloaded; JSON
lines say what it is to do, and what came of it."""

import asyncio
import json
import sys
from typing import Any

from hal.drivers.context import DriverContext
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.errors import DeviceError
from hal.ports.printer import Document, JobTicket, Printer
from hal.registry import PRINTERS, open_device


class SourceError(Exception):
    """What a document's source fails with."""


class Child:
    """Each request is one call of the port; `send` stays under way until its document has come, chunk by chunk."""

    def __init__(self, uri: str, workers: ThreadWorkers) -> None:
        context = DriverContext(SystemClock(), workers, SystemRandom())
        self.printer: Printer = open_device("printer", PRINTERS, uri, context)
        self.chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.pulled = asyncio.Event()
        self.sending: asyncio.Task[dict[str, Any]] | None = None

    async def obey(self) -> None:
        """Until the standard input ends."""
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while line := await lines.readline():
            print(json.dumps(await _outcome(self._done(json.loads(line)))), flush=True)
        await self.printer.aclose()

    async def _done(self, asked: dict[str, Any]) -> dict[str, Any]:
        printer = self.printer
        match asked["do"]:
            case "status":
                said = await printer.status()
                return {"state": said.state, "reasons": said.reasons, "accepting": said.accepting, "name": said.name}
            case "capabilities":
                can = await printer.capabilities()
                return {"formats": can.formats, "quirks": sorted(can.quirks), "urf": can.raster.urf}
            case "create":
                made = await printer.create_job(_ticket(asked))
                return {"job": made.job_id, "uuid": made.uuid}
            case "job":
                job = await printer.job_status(asked["job"])
                return {"state": job.state, "reasons": job.reasons, "impressions": job.impressions, "name": job.name}
            case "cancel":
                await printer.cancel_job(asked["job"])
            case "close":
                await printer.aclose()
            case _:
                return await self._document(asked)
        return {}

    async def _document(self, asked: dict[str, Any]) -> dict[str, Any]:
        match asked["do"]:
            case "send":
                self.chunks, self.pulled = asyncio.Queue(), asyncio.Event()
                call = self.printer.send_document(asked["job"], _ticket(asked), self._source(asked["chunks"]))
                self.sending = asyncio.create_task(_outcome(_nothing(call)))
            case "pulled":  # all that was named has been pulled
                await self.pulled.wait()
            case "more":
                self.chunks.put_nowait(bytes(asked["size"]) if asked["size"] else None)
            case "sent":
                assert self.sending is not None
                return await self.sending
            case "abandon":
                assert self.sending is not None
                self.sending.cancel()
                return {"cancelled": (await asyncio.gather(self.sending, return_exceptions=True))[0] is not None}
        return {}

    async def _source(self, sizes: list[int]) -> Document:
        """Zeroes; 0 is the end, -1 a failure, and after the last what `more` says."""
        for size in sizes:
            if size < 0:
                raise SourceError
            if size == 0:
                return
            yield bytes(size)
        self.pulled.set()
        while (chunk := await self.chunks.get()) is not None:
            yield chunk


async def _nothing(call: Any) -> dict[str, Any]:
    await call
    return {}


async def _outcome(call: Any) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = await call
    except DeviceError as exc:
        return {"error": exc.code, "detail": exc.detail, "status": getattr(exc, "status", 0)}
    except SourceError:
        return {"error": "source"}
    return answer


def _ticket(asked: dict[str, Any]) -> JobTicket:
    return JobTicket(asked["name"], asked["format"], asked["size"], copies=asked["copies"])


def main() -> None:
    """`python -m tests.support.usblp_child URI`"""
    workers = ThreadWorkers(4)
    asyncio.run(Child(sys.argv[1], workers).obey())
    workers.close()


if __name__ == "__main__":
    main()
