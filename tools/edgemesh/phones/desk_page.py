"""The page for phones without HTTP: who asks for what, by forms and a cookie; what they are shown, and the record."""

from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from firmware.audit.events import AuditEvent
from firmware.audit.port import Audit
from firmware.errors import LockgateError
from firmware.panel.accepted import accepted
from firmware.panel.speech import Speeches
from hal.ports.clock import Clock
from tools.edgemesh.interface.refusals import RefusalRate
from tools.edgemesh.phones.cookies import SIGHTING_SECONDS, SIGNED_IN_SECONDS
from tools.edgemesh.phones.errors import PhoneError
from tools.edgemesh.phones.handoffs import Asker
from tools.edgemesh.phones.pages import CSS, WRONG, Pages
from tools.edgemesh.phones.phones import Phones
from tools.edgemesh.phones.tongues import speeches

COOKIE = "__Host-lockgate-phone"
MOST_A_MINUTE = 60
"""Requests of one address."""
MOST_ADDRESSES = 4096
MINUTE = 60.0
_STATUS = {
    "too-many-phones": 429,
    "station-away": 503,
    "phone-refused": 403,
    "phone-forged": 403,
    "locked-out": 403,
    "not-allowed-here": 403,
    "audit-failed": 503,
    "desk-busy": 503,
}
_WRONG = frozenset({"pin-wrong", "code-wrong", "locked-out", "person-unknown"})


@dataclass(frozen=True, slots=True)
class Visit:
    """What a phone sent. `origin` is the page that sent it, empty where the browser does not say; `is_own` what the
    browser says of that; `languages` what it says that its person reads (Accept-Language)."""

    method: str
    path: str
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookie: str = field(default="", repr=False)
    origin: str = ""
    is_own: bool = False
    address: str = ""
    languages: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What it gets back. `cookie` None leaves its own as it is, empty takes it away; `seconds` is how long it lasts."""

    body: str = field(repr=False)
    status: int = 200
    cookie: str | None = field(default=None, repr=False)
    seconds: float = 0.0
    kind: str = "text/html"


class PhoneDesk:
    """Answers visits; raises nothing but cancellation. `record` is the vault's audit record; without `spoken`, a phone
    that asks for no language of ours is answered in English."""

    def __init__(self, phones: Phones, clock: Clock, record: Audit, spoken: Speeches | None = None) -> None:
        self._phones, self._clock, self._record = phones, clock, record
        self._speeches = speeches() if spoken is None else spoken
        self._origin = origin_of(phones.url)
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._refusals = RefusalRate()
        self._posts: Mapping[str, Callable[[Visit], Awaitable[Shown]]] = {
            "/print": self._print,
            "/sign-in": self._sign_in,
            "/sign-out": self._sign_out,
        }

    async def answer(self, visit: Visit) -> Shown:
        """One page."""
        try:
            self._count(visit.address)
            if visit.method == "GET":
                return self._get(visit)
            if visit.method != "POST" or visit.path not in self._posts:
                return Shown(self._pages(visit).start(), 404 if visit.method == "POST" else 405)
            self._check_own(visit)
            return await self._posts[visit.path](visit)
        except LockgateError as exc:
            return Shown(self._pages(visit).refused(exc.code), _STATUS.get(exc.code, 410))

    def _get(self, visit: Visit) -> Shown:
        """Nothing changes by looking: telephones open addresses before anybody touches them."""
        if visit.path == "/phone.css":
            return Shown(CSS, kind="text/css")
        if visit.path.startswith("/p/"):
            code = visit.path.removeprefix("/p/")
            return Shown(self._pages(visit).offer(self._phones.station(code), code))
        return Shown(self._pages(visit).start(), 200 if visit.path == "/" else 404)

    def _pages(self, visit: Visit, asker: Asker | None = None) -> Pages:
        """In the language of whoever is signed in there, `asker` or by the cookie; else in one that the phone asks
        for."""
        known = asker or self._phones.signed_in(visit.cookie)
        own = self._phones.language(known) if known is not None else ""
        return Pages(self._speeches.of(own, accepted(visit.languages)))

    async def _print(self, visit: Visit) -> Shown:
        code, asker = visit.form.get("code", ""), self._phones.signed_in(visit.cookie)
        if asker is None:
            station, cookie = self._phones.see(code)
            return Shown(self._pages(visit).sign_in(station, self._token(cookie)), 200, cookie, SIGHTING_SECONDS)
        station = self._phones.station(code)
        await self._record.record(AuditEvent.PHONE_RELEASE_ASKED, user=asker.user, station=station, method="phone")
        self._phones.release(asker, code)
        return Shown(self._pages(visit, asker).asked(station, self._token(visit.cookie)))

    async def _sign_in(self, visit: Visit) -> Shown:
        self._phones.cookies.check_token(visit.cookie, visit.form.get("token", ""))
        user, pin, code = (visit.form.get(name, "") for name in ("user", "pin", "code"))
        try:
            station, cookie, asker = await self._phones.sign_in(visit.cookie, user, pin, code)
        except PhoneError as exc:
            await self._refused(exc.code, visit.address)
            if exc.code not in _WRONG:
                raise
            station = self._phones.cookies.station(visit.cookie)
            return Shown(self._pages(visit).sign_in(station, self._token(visit.cookie), WRONG), 401)
        for event in (AuditEvent.PHONE_SIGNED_IN, AuditEvent.PHONE_RELEASE_ASKED):
            await self._record.record(event, user=asker.user, station=station, method="phone")
        self._phones.ask(asker, station)
        page = self._pages(visit, asker).asked(station, self._token(cookie))
        return Shown(page, 200, cookie, SIGNED_IN_SECONDS)

    async def _sign_out(self, visit: Visit) -> Shown:
        self._phones.cookies.check_token(visit.cookie, visit.form.get("token", ""))
        page = self._pages(visit).signed_out()
        self._phones.cookies.sign_out(visit.cookie)
        return Shown(page, cookie="")

    async def _refused(self, code: str, address: str) -> None:
        """What was typed is recorded by nobody: a name may be a PIN in the wrong field."""
        if self._refusals.may(address, self._clock.monotonic()):
            await self._record.record(AuditEvent.PHONE_REFUSED, code=code, method="phone")

    def _token(self, cookie: str) -> str:
        return self._phones.cookies.token(cookie)

    def _check_own(self, visit: Visit) -> None:
        """A form that another site's page sends is none. Raises `PhoneError` phone-forged."""
        if visit.origin and origin_of(visit.origin) != self._origin:
            raise PhoneError(code="phone-forged")
        if not visit.origin and not visit.is_own:
            raise PhoneError(code="phone-forged")

    def _count(self, address: str) -> None:
        now, times = self._clock.monotonic(), self._seen.pop(address, deque[float](maxlen=MOST_A_MINUTE))
        self._seen[address] = times
        while len(self._seen) > MOST_ADDRESSES:
            self._seen.popitem(last=False)
        if len(times) == MOST_A_MINUTE and now - times[0] < MINUTE:
            raise PhoneError(code="too-many-phones")
        times.append(now)


def origin_of(url: str) -> str:
    """An address as browsers name its origin (RFC 6454): lower case, without the usual port; empty for none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme != "https" or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"https://{host}" if port in (None, 443) else f"https://{host}:{port}"
