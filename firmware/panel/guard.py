"""What every request to a page has to pass before anything is done for it, and how each refusal is told."""

import asyncio
import re
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from firmware.errors import LockgateError
from firmware.panel.address import Address, Wire
from firmware.panel.connection import Connection
from firmware.panel.entry import Entry

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
FORM_SECONDS = 10.0
"""Within which a form has to have come, and to be answered."""
FORM_TYPE = "application/x-www-form-urlencoded"
START: Final = "/start/"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", re.ASCII)
_STATUS = {"method-refused": 405, "form-type": 415, "form-late": 408}
_CODES = {404: "path-unknown", 405: "method-refused", 413: "form-too-large"}
"""Of what the library refuses by itself; `request-refused` for all else."""


class PageError(LockgateError):
    """Codes: `start-required` (no browser that was at the start address), `request-foreign` (another page sent it, or
    it is meant for another host), `method-refused`, `form-type`, `form-late`."""

    code = "start-required"


@dataclass(frozen=True, slots=True)
class Guard:
    """Of one page, at `address`, where it listens at `port`. `names` are those of this machine, for a page in the LAN;
    `judge` there says whether whoever is at the other end of a connection may still look. Raises `LockgateError`."""

    entry: Entry
    address: Address
    port: int
    tell: Callable[[str], None]
    names: frozenset[str] = frozenset()
    judge: Callable[[web.Request], None] | None = None

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """For `web.Application`: the outermost."""
        try:
            self._check(request)
            return await self._handled(request, handler)
        except web.HTTPException as exc:
            return refusal(exc.status, _CODES.get(exc.status, "request-refused"))
        except LockgateError as exc:
            return refusal(_STATUS.get(exc.code, 403), exc.code)
        except asyncio.CancelledError:
            raise
        except ConnectionError:
            raise
        except Exception as exc:  # noqa: BLE001 - a dispatcher: told by type and place, and the page goes on
            self.tell(f"{self.entry.name}: {fault(exc)}")
            return refusal(500, "internal")

    async def _handled(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method != "POST":
            return await handler(request)
        if request.content_type != FORM_TYPE:  # other kinds would be laid on a disk by the library
            raise PageError(code="form-type")
        try:
            async with asyncio.timeout(FORM_SECONDS):
                return await handler(request)
        except TimeoutError as exc:
            raise PageError(code="form-late") from exc

    def _check(self, request: web.Request) -> None:
        """Raises `LockgateError`."""
        if request.method not in ("GET", "POST"):
            raise PageError(code="method-refused")
        if not self._is_ours(request.headers.getall("Host", [])):
            raise PageError(code="request-foreign")
        if self.judge is not None:
            self.judge(request)
        if request.path.startswith(START) and request.method == "GET":
            return  # may be come to from anywhere: whoever knows it, knows all that it opens
        self._check_site(request)
        if self.judge is None and not self.entry.admits(request.cookies.get(self.entry.cookie_name)):
            raise PageError
        if isinstance(request.protocol, Connection):
            request.protocol.welcome()

    def _is_ours(self, hosts: list[str]) -> bool:
        """A name that a stranger made point here (DNS rebinding) is none of ours."""
        if len(hosts) != 1:
            return False
        (host,) = hosts
        if self.address.wire is Wire.UNIX:  # forwarded to a technician's own machine, at whatever port
            return _LOOPBACK.fullmatch(host) is not None
        if host == self.address.at(self.port):
            return True
        return host.rpartition(":")[0] in self.names and host.endswith(f":{self.port}")

    def _check_site(self, request: web.Request) -> None:
        """Whether our own page asks (https://www.w3.org/TR/fetch-metadata/): a browser tells, and no page can have it
        tell otherwise. One that does not tell has to name the origin of what is posted."""
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        expected = f"{self.address.scheme}://{request.headers['Host']}"
        if request.method == "POST":
            own = origin == expected or (site == "same-origin" and origin in (None, "null"))
            if not own or site not in (None, "same-origin"):
                raise PageError(code="request-foreign")
        elif site not in (None, "same-origin", "none") or origin not in (None, expected):
            raise PageError(code="request-foreign")

    async def start(self, request: web.Request) -> web.Response:
        """The start address: the cookie, and on to the page. Not by a redirection: a browser that came from elsewhere
        would not show a strict cookie after one."""
        if not self.entry.opens(request.match_info["secret"]):
            raise PageError
        body = '<!doctype html><html lang="en"><title>Lockgate</title><meta http-equiv="refresh" content="0;url=/">'
        response = web.Response(text=body, content_type="text/html")
        response.set_cookie(
            self.entry.cookie_name,
            self.entry.cookie,
            httponly=True,
            samesite="Strict",
            secure=self.address.wire is Wire.TLS,
            path="/",
        )
        return response


async def finish(_request: web.Request, response: web.StreamResponse) -> None:
    """For `on_response_prepare`: our headers, and none that says what serves."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.pop("Server", None)


def refusal(status: int, code: str) -> web.Response:
    """The code alone, as text; firmware/docs/errors.md explains it."""
    response = web.Response(status=status, text=code)
    if status != 409:
        response.force_close()
    return response


def fault(exc: BaseException) -> str:
    """Type and place; never the message, which may quote what it choked on."""
    frames = traceback.extract_tb(exc.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"internal fault: {type(exc).__name__}{place}"
