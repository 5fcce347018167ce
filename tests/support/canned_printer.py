"""A printer of few words on the loopback: says what a test tells it to, and remembers what it was asked and by whom."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from hal.framing.ipp import (
    Attribute,
    IppOperation,
    IppStatus,
    IppTag,
    IppTruncatedError,
    Message,
    encode_response,
    split_request,
)
from hal.sim.ipp_wire import Door

WANTED = ("job-id", "job-name", "which-jobs", "my-jobs", "requested-attributes", "notify-wait")
PRINTER = (
    Attribute("printer-state", IppTag.ENUM, [3]),
    Attribute("document-format-supported", IppTag.MIME_TYPE, ["application/pdf"]),
)
JOB = (
    Attribute("job-id", IppTag.INTEGER, [1]),
    Attribute("job-name", IppTag.NAME, ["ours"]),
    Attribute("job-state", IppTag.ENUM, [5]),
)
Groups = list[tuple[IppTag, list[Attribute]]]
Refusal = web.Response | IppStatus | None
Dresses = Callable[[web.Request, web.StreamResponse], Awaitable[None]]
"""What adds fields to an answer's head."""


def usual(message: Message) -> Groups:
    """What a printer without anything to hide answers."""
    if message.code == IppOperation.GET_PRINTER_ATTRIBUTES:
        return [(IppTag.PRINTER, list(PRINTER))]
    return [(IppTag.JOB, list(JOB))]


@dataclass
class Heard:
    """One request: the message, its Authorization field, and the bytes that followed the message."""

    message: Message
    authorization: str
    document: bytes = field(repr=False)


class CannedPrinter:
    """`door` looks at each request before its document is read, and may turn it away; `says` answers it."""

    def __init__(
        self,
        *,
        door: Callable[[web.Request, Message], Refusal] = lambda _request, _message: None,
        says: Callable[[Message], Groups] = usual,
        dresses: Dresses | None = None,
    ) -> None:
        self.heard: list[Heard] = []
        self.turned_away: list[tuple[Message, str]] = []
        self.door = door
        self.says = says
        self.dresses = dresses

    @asynccontextmanager
    async def serving(self, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
        """On the loopback; its URI without options."""
        application = web.Application()
        application.router.add_post("/ipp/print", self._serve)
        if self.dresses is not None:
            application.on_response_prepare.append(self.dresses)
        runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        door = Door()
        site = web.SockSite(runner, door, ssl_context=context)
        await site.start()
        try:
            yield f"{'ipps' if context else 'ipp'}://127.0.0.1:{door.getsockname()[1]}/ipp/print"
        finally:
            await door.shut()
            await site.stop()
            door.throw_out()  # a TLS connection that is closed politely waits half a minute for a farewell
            await runner.cleanup()
            while door.is_anyone_in():  # noqa: ASYNC110 (asyncio closes sockets without telling)
                await asyncio.sleep(0.001)

    def codes(self) -> list[int]:
        """The operations that were let in."""
        return [one.message.code for one in self.heard]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        head = b""
        while True:
            head += await request.content.readany()
            try:
                message, start = split_request(head, WANTED)
            except IppTruncatedError:
                continue
            break
        said = request.headers.get("Authorization", "")
        refusal = self.door(request, message)
        if isinstance(refusal, web.Response):
            self.turned_away.append((message, said))
            return refusal
        self.heard.append(Heard(message, said, head[start:] + await request.read()))
        await asyncio.sleep(0)
        status, groups = (refusal, []) if refusal is not None else (IppStatus.OK, self.says(message))
        return web.Response(body=encode_response(status, message, groups), content_type="application/ipp")
