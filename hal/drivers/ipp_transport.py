"""Requests to one printer: connections kept and checked, steps on worker threads, faults as the port's errors."""

import asyncio
import http.client
import ssl
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from hal.drivers.context import DriverContext
from hal.drivers.ipp_connection import HttpAnswer, IppConnection
from hal.drivers.ipp_notices import NOTICES_WANTED
from hal.drivers.ipp_words import WANTED
from hal.drivers.printer_address import PrinterAddress
from hal.drivers.printer_login import PrinterLogin, read_login
from hal.drivers.printer_trust import PrinterTrust
from hal.framing.ipp import IppFormatError, Message, decode, status_name
from hal.ports.errors import (
    PrinterProtocolError,
    PrinterRefusedError,
    PrinterUnreachableError,
    PrinterUntrustedError,
)

T = TypeVar("T")

REQUEST_LIMIT = 30.0
"""Seconds for a whole request without a document: a printer that drips a byte every 14 s is not waited for."""
KEEP = 10.0
"""Seconds after which a kept connection is not used again; printers close idle ones after 15 s and more."""
JUST_USED = 1.0
"""Seconds within which a kept connection is taken to be alive for a request that must not be sent twice, too: a TLS
handshake costs more than anything else between the tap and the first byte."""
FIRST_ERROR_STATUS = 0x0100
REQUEST_ID = slice(4, 8)
"""Where it stands in a message (RFC 8010 3.1.1)."""
NOT_NOW = frozenset(
    {
        http.client.REQUEST_TIMEOUT,
        http.client.BAD_GATEWAY,
        http.client.SERVICE_UNAVAILABLE,
        http.client.GATEWAY_TIMEOUT,
    }
)
"""As good as no connection: ipp-usb says 503 while a printer starts, and when it was lost on the way. With a document
it is no refusal, for some of that may have been printed."""
WHO_ARE_WE = "it asks for a user and a password: user= and password-file= in its URI"
WHO = "it does not take our user and password, or asks for them in a way that we do not answer (Basic needs ipps)"


class ChallengedError(PrinterRefusedError):
    """HTTP status 401; `asks` are its WWW-Authenticate fields."""

    def __init__(self, device: str, detail: str, asks: tuple[str, ...]) -> None:
        super().__init__(device, detail)
        self.asks = asks


class IppTransport:
    """Connections to one printer. `device` names it in errors."""

    def __init__(self, address: PrinterAddress, context: DriverContext) -> None:
        """Raises `DeviceConfigError` when a file that `address` names cannot be used."""
        self.device = address.authority
        self.stall = address.stall
        self._address = address
        self._trust = PrinterTrust(address)
        self._login = login_of(address, context)
        self._clock = context.clock
        self._workers = context.workers
        self._kept: IppConnection | None = None
        self._kept_at = 0.0
        self._live: weakref.WeakSet[IppConnection] = weakref.WeakSet()
        self._closed = False

    async def ask(
        self, request: bytes, read: Callable[[Message], T], *, repeatable: bool = True, wait: float | None = None
    ) -> T:
        """What `read` makes of the printer's successful answer to a request without a document.

        A `repeatable` one is sent again when a kept connection turns out to be dead; any other fails then. The printer
        may take `wait` seconds for its answer, where that is more than usual.
        """
        try:
            message = await self._ask(request, repeatable, wait)
        except ChallengedError as exc:
            if not self._login.challenged(exc.asks):
                raise
            message = await self._ask(request, repeatable, wait)
        with self.understanding():
            return read(self.accepted(message))

    async def introduce(self, request: bytes) -> None:
        """Where the printer may ask who we are: let it ask now, and not when a document is on its way."""
        if self._login.known:
            await self.ask(request, lambda _: None)

    async def _ask(self, request: bytes, repeatable: bool, wait: float | None) -> Message:
        kept = await self._take_kept(KEEP if repeatable else JUST_USED)
        if kept is not None:
            try:
                return await self._exchange(kept, request, wait)
            except PrinterUnreachableError as exc:
                if not repeatable or isinstance(exc.__cause__, TimeoutError):
                    raise  # it is slow; anything else means that the connection had gone stale after all
        return await self._exchange(self._connection(), request, wait, new=True)

    def _connection(self) -> IppConnection:
        if self._closed:
            raise PrinterUnreachableError(self.device, "this printer was let go of")
        connection = IppConnection(self._address, self._trust, self._login)
        self._live.add(connection)
        return connection

    async def _exchange(
        self, connection: IppConnection, request: bytes, wait: float | None, *, new: bool = False
    ) -> Message:
        def exchange() -> Message:
            if new:
                connection.open()
            return self._understand(connection.exchange(request, wait), request)

        with self.faults(connection):
            async with asyncio.timeout(max(REQUEST_LIMIT, 2 * (wait or 0))):
                message = await self.step(connection, exchange)
        self.keep(connection)
        return message

    async def open(self) -> IppConnection:
        """A connection for a document: the kept one while it is fresh and silent, or a new one."""
        kept = await self._take_kept(KEEP)
        if kept is not None:
            return kept
        connection = self._connection()
        with self.faults(connection):
            async with asyncio.timeout(REQUEST_LIMIT):
                await self.step(connection, connection.open)
        return connection

    async def answer(self, connection: IppConnection, request: bytes, limit: float) -> Message:
        """The answer to a request that was sent, refusals included. Raises as a step does."""
        async with asyncio.timeout(limit):
            return await self.step(connection, lambda: self._understand(connection.answer(limit), request))

    async def step(self, connection: IppConnection, call: Callable[[], T]) -> T:
        """`call()` on a worker; when cancelled, the connection is broken off and so the worker set free."""
        try:
            return await self._workers.run(partial(connection.step, call))
        except asyncio.CancelledError:
            connection.abort()
            raise

    @contextmanager
    def faults(self, connection: IppConnection) -> Iterator[None]:
        """Around steps before any byte of a document: what goes wrong there, in the port's words."""
        try:
            with aborting(connection), self.understanding():
                yield
        except ssl.SSLCertVerificationError as exc:
            raise PrinterUntrustedError(self.device, exc.verify_message) from exc
        except OSError as exc:
            raise PrinterUnreachableError(self.device, describe(exc)) from exc
        except http.client.HTTPException as exc:
            raise PrinterProtocolError(self.device, describe(exc)) from exc

    @contextmanager
    def understanding(self) -> Iterator[None]:
        """Where IPP is read or written: what has no meaning there, as the port's error."""
        try:
            yield
        except IppFormatError as exc:
            raise PrinterProtocolError(self.device, describe(exc)) from exc

    def _understand(self, answer: HttpAnswer, request: bytes) -> Message:
        """On the worker, for a hostile answer costs time. Raises `IppFormatError`, `PrinterRefusedError`, and
        `ConnectionError` where there is nobody behind it."""
        if answer.status == http.client.UNAUTHORIZED:
            raise ChallengedError(self.device, WHO if self._login.known else WHO_ARE_WE, answer.asks)
        if answer.status in NOT_NOW:
            raise ConnectionError(f"HTTP status {answer.status}: not now")
        if 400 <= answer.status < 500:
            raise PrinterRefusedError(self.device, f"HTTP status {answer.status}")
        if answer.status != http.client.OK:
            raise IppFormatError(f"HTTP status {answer.status}")  # redirections too: nobody approved where they lead
        if answer.kind != "application/ipp":
            raise IppFormatError("an answer that is not application/ipp")
        message = decode(answer.body, (*WANTED, *NOTICES_WANTED))
        if message.request_id != int.from_bytes(request[REQUEST_ID], "big"):
            raise IppFormatError("an answer to another request")
        return message

    def accepted(self, message: Message) -> Message:
        """The message itself. Raises `PrinterRefusedError` unless its status is successful (RFC 8011 B.1)."""
        if message.code >= FIRST_ERROR_STATUS:
            raise PrinterRefusedError(self.device, status_name(message.code), message.code)
        return message

    def keep(self, connection: IppConnection) -> None:
        """Hold on to the connection for the next request, where both sides are willing."""
        if self._closed or not connection.reusable:
            connection.abort(reset=False)
            return
        if self._kept is not None:
            self._kept.abort(reset=False)
        self._kept, self._kept_at = connection, self._clock.monotonic()

    def close(self) -> None:
        """Let go of the kept connection, and break off the others: there will be none any more. Idempotent."""
        self._closed = True
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.abort(reset=False)
        for connection in tuple(self._live):
            connection.abort()

    async def _take_kept(self, age: float) -> IppConnection | None:
        kept, self._kept = self._kept, None
        if kept is None:
            return None
        if self._clock.monotonic() - self._kept_at < age:
            with self.faults(kept):
                if await self.step(kept, kept.is_silent):
                    return kept
        kept.abort(reset=False)
        return None


def login_of(address: PrinterAddress, context: DriverContext) -> PrinterLogin:
    """Who we are to that printer. Raises `DeviceConfigError`."""
    login = read_login(address.user, address.password_file, address.authority) if address.user else None
    return PrinterLogin(login, encrypted=address.encrypted, fresh=lambda: context.random.token(16).hex())


@contextmanager
def aborting(connection: IppConnection) -> Iterator[None]:
    """Break the connection off when anything is raised."""
    done = False
    try:
        yield
        done = True
    finally:
        if not done:
            connection.abort()


def describe(exc: Exception) -> str:
    """A system's or library's error in a few words that carry nothing of a document."""
    return f"{type(exc).__name__}: {exc}"[:200]
