"""How the station stands: its certificate, the time it goes by, and whether the mesh answers it."""

import http.client
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from firmware.errors import LockgateError
from firmware.mesh.tls import MESH_KINDS, client_context, leave_time_to, load_identity
from firmware.pairing.names import CHAIN, KEY
from firmware.status import Status
from firmware.technician.told import told
from firmware.vault.fields import FieldError, read_time
from firmware.vault.identity import IdentityError, TrustAnchor
from hal.ports.errors import DeviceError
from hal.ports.finding import Finding
from hal.ports.key_store import KeyStore

SECONDS = 5.0
"""For each step of asking the mesh."""
APART = timedelta(minutes=5)
STALE = timedelta(hours=24)
"""Of the deny list: then no job is released any more."""
_DAWN = datetime(1970, 1, 1, tzinfo=UTC)
_PAIR = told("run lockgate pair, and have an administrator approve it")
_RENEW = told("the station renews it by itself while the mesh answers: look at the mesh's line; else pair it anew")
_REACH = told("let it reach the mesh")
_DENIED = told("see at the mesh whether this station is denied: edgemesh denial list")


@dataclass(frozen=True, slots=True)
class Moment:
    """The time to judge by. `known`: the mesh has said it since the start; else it is this board's calendar, which the
    station does not believe."""

    now: datetime
    known: bool = False


def standing(status: Status, moment: Moment) -> Iterator[Finding]:
    """Certificate, deny list and clock, by what is stored."""
    if not status.paired:
        yield Finding(
            "certificate", told("this box is not paired"), _PAIR, serious=False
        )  # it asks to be, once it runs
        return
    yield _certificate(status, moment)
    yield _denials(status, moment)
    yield _clock(status, moment)


def _certificate(status: Status, moment: Moment) -> Finding:
    said = told(
        "%(kind)s %(name)s of %(org)s, valid until %(until)s",
        kind=status.kind,
        name=status.name,
        org=status.org_id,
        until=status.valid_until,
    )
    until, renewal = _time(status.valid_until), _time(status.renewal)
    if until is not None and moment.now > until:
        remedy = told("%(usual)s with lockgate unpair and lockgate pair", usual=_RENEW)
        return Finding("certificate", told("%(certificate)s: expired", certificate=said), remedy)
    if until is not None and renewal is not None and moment.now > renewal + (until - renewal) / 2:
        due = told("%(certificate)s: due since %(time)s, and not renewed", certificate=said, time=status.renewal)
        return Finding("certificate", due, _RENEW, serious=False)
    well = told("%(certificate)s, to be renewed from %(time)s", certificate=said, time=status.renewal)
    return Finding("certificate", well, "", serious=False)


def _denials(status: Status, moment: Moment) -> Finding:
    issued = _time(status.deny_list_issued)
    if issued is None:
        return Finding("deny list", told("none is stored: no job is released before one comes"), _REACH)
    said = told("number %(number)s of %(time)s", number=status.deny_list, time=status.deny_list_issued)
    if moment.now - issued > STALE:
        old = told("%(list)s: older than a day, so no job is released", list=said)
        return Finding("deny list", old, _REACH)
    return Finding("deny list", said, "", serious=False)


def _clock(status: Status, moment: Moment) -> Finding:
    if moment.known:
        said = told("the mesh has said the time: %(time)s", time=f"{moment.now:%Y-%m-%dT%H:%M:%SZ}")
        return Finding("clock", said, "", serious=False)
    last = _time(status.last_good_time)
    if last is None:
        remedy = told("let it reach the mesh, which says what time it is; nothing else is believed")
        return Finding("clock", told("the mesh has never said what time it is"), remedy, serious=False)
    said = told("the last time that the mesh said is %(time)s", time=status.last_good_time)
    if moment.now < last - APART:
        remedy = told("nothing for the station, which does not go by it; for readable logs: timedatectl, or a battery")
        behind = told("%(clock)s; this board's calendar is behind it", clock=said)
        return Finding("clock", behind, remedy, serious=False)
    return Finding("clock", said, "", serious=False)


def reach(status: Status, ca_pem: bytes, keys: KeyStore) -> Finding:
    """Ask the mesh whether it is well, as the station would; takes some seconds where it does not answer."""
    if not status.paired:
        return Finding("mesh", told("not asked: this box is not paired"), _PAIR, serious=False)
    try:
        answered = _asked(status.mesh, _context(ca_pem, keys))
    except (OSError, http.client.HTTPException) as exc:
        return _unreached(status.mesh, exc)
    except (LockgateError, DeviceError) as exc:
        return Finding("mesh", str(exc), told("see docs/errors.md"))
    if answered != http.HTTPStatus.OK:
        said = told("%(mesh)s: it answers with status %(status)s", mesh=status.mesh, status=int(answered))
        is_refused = answered == http.HTTPStatus.FORBIDDEN
        return Finding("mesh", said, _DENIED if is_refused else told("look at the mesh's own log"))
    return Finding("mesh", told("%(mesh)s answers", mesh=status.mesh), "", serious=False)


def _unreached(url: str, exc: Exception) -> Finding:
    if isinstance(exc, ssl.SSLCertVerificationError):
        remedy = told("is mesh.url right? With a new CA of the organisation, pair anew; else somebody stands between")
        said = told("%(mesh)s: mesh-untrusted: it does not prove to be this organisation's", mesh=url)
        return Finding("mesh", said, remedy)
    if isinstance(exc, ssl.SSLError):
        said = told("%(mesh)s: TLS fails (%(reason)s)", mesh=url, reason=exc.reason or "no reason said")
        return Finding("mesh", said, _DENIED)
    remedy = told("look at cable, address, name server and firewall: getent hosts, ip route, curl -k")
    why = getattr(exc, "strerror", None) or type(exc).__name__
    return Finding("mesh", f"{url}: mesh-unreachable: {why}", remedy)


def _context(ca_pem: bytes, keys: KeyStore) -> ssl.SSLContext:
    anchor = TrustAnchor(ca_pem)

    def judge(certificate: bytes) -> None:
        if anchor.identify((certificate,), _DAWN, or_later=True).kind not in MESH_KINDS:
            raise IdentityError("it does not answer for this mesh")

    context = client_context(ca_pem)
    leave_time_to(context, judge)
    load_identity(context, keys.load(CHAIN), keys.load(KEY))
    return context


def _asked(url: str, context: ssl.SSLContext) -> int:
    host = urlsplit(url)
    connection = http.client.HTTPSConnection(host.hostname or "", host.port or 443, timeout=SECONDS, context=context)
    try:
        connection.request("GET", "/v1/health")
        return connection.getresponse().status
    finally:
        connection.close()


def _time(text: str) -> datetime | None:
    try:
        return read_time(text)
    except FieldError:
        return None
