"""The small signed JSON documents beside the manifest: requests, session, lease and epoch statements."""

from dataclasses import dataclass, field
from datetime import datetime

from firmware.mesh.port import MOST_PREVIEWS
from firmware.vault import boxes
from firmware.vault.fields import FieldError, encode_object, encode_octets, encode_time, read_object
from tools.edgemesh.interface.problems import Problem

VERSION = 1
MAX_BYTES = 4096
_JOB_ID = 36
PHONE = "phone"
FACTORS = ("card", "pin", "code", "proof", PHONE)
"""What a person may have proven to open a session; `proof`: the card itself has; `phone`: that they hold one which saw
the code of this station just now, and was signed in to the mesh."""
FOR_A_CARD = frozenset({"card", "proof"})
"""Factors that a phone stands for."""


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """What a station signs to have one job released to it under one session; label `lockgate/v1/release-request`."""

    org_id: str
    job_id: str
    session: str = field(repr=False)
    station_id: str
    nonce: str = field(repr=False)
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class SessionStatement:
    """What the vault signs when it accepted a badge; label `lockgate/v1/session`. It convinces node and org service
    that this person is at that station now. `badge` is the desk's id of the badge, empty without one; `factors` are
    what the person proved: `card`, `pin`, `code`, `proof`."""

    org_id: str
    session: str = field(repr=False)
    user: str = field(repr=False)
    station_id: str
    opened_at: datetime
    expires: datetime
    badge: str = field(repr=False, default="")
    factors: tuple[str, ...] = ("card",)


@dataclass(frozen=True, slots=True)
class LeaseStatement:
    """What the vault signs when it granted a release; label `lockgate/v1/lease`. It convinces node and org service
    that this release, and no other, has the job now."""

    org_id: str
    job_id: str
    release: str
    station_id: str
    fence: int
    expires: datetime


@dataclass(frozen=True, slots=True)
class EpochStatement:
    """What the org key service signs of its current key; label `lockgate/v1/epoch`. Clients seal to `box_key`."""

    org_id: str
    epoch: int
    suite: str
    box_key: bytes = field(repr=False)
    not_after: datetime


def parse_request(raw: bytes) -> ReleaseRequest:
    """Raises `Problem` request-malformed."""
    try:
        fields = read_object(raw, ("v", "org_id", "job_id", "session", "station_id", "nonce", "asked_at"))
        fields.integer("v", least=VERSION, most=VERSION)
        job, session = fields.text("job_id", longest=36), fields.text("session", longest=64)
        station, nonce = fields.text("station_id", longest=63), fields.text("nonce", longest=64, shortest=16)
        return ReleaseRequest(fields.text("org_id", longest=63), job, session, station, nonce, fields.time("asked_at"))
    except FieldError as exc:
        raise Problem("request-malformed", f"release request: {exc}") from exc


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """What a station signs to see what the jobs of one session are called; label `lockgate/v1/preview-request`."""

    org_id: str
    job_ids: tuple[str, ...]
    session: str = field(repr=False)
    station_id: str
    nonce: str = field(repr=False)
    asked_at: datetime


def parse_previews(raw: bytes) -> PreviewRequest:
    """Raises `Problem` request-malformed."""
    try:
        fields = read_object(raw, ("v", "org_id", "job_ids", "session", "station_id", "nonce", "asked_at"))
        fields.integer("v", least=VERSION, most=VERSION)
        jobs = tuple(_job(item) for item in fields.items("job_ids", fewest=1, most=MOST_PREVIEWS))
        session, station = fields.text("session", longest=64), fields.text("station_id", longest=63)
        nonce, org_id = fields.text("nonce", longest=64, shortest=16), fields.text("org_id", longest=63)
        return PreviewRequest(org_id, jobs, session, station, nonce, fields.time("asked_at"))
    except FieldError as exc:
        raise Problem("request-malformed", f"preview request: {exc}") from exc


def _job(item: object) -> str:
    if not isinstance(item, str) or not 0 < len(item) <= _JOB_ID:
        raise FieldError("job_ids")
    return item


def encode_session(statement: SessionStatement) -> bytes:
    """The bytes to sign."""
    return encode_object(
        {
            "v": VERSION,
            "org_id": statement.org_id,
            "session": statement.session,
            "user": statement.user,
            "station_id": statement.station_id,
            "opened_at": encode_time(statement.opened_at),
            "expires": encode_time(statement.expires),
            "badge": statement.badge,
            "factors": list(statement.factors),
        }
    )


def parse_session(raw: bytes) -> SessionStatement:
    """Raises `Problem` request-malformed."""
    names = ("v", "org_id", "session", "user", "station_id", "opened_at", "expires", "badge", "factors")
    try:
        fields = read_object(raw, names)
        fields.integer("v", least=VERSION, most=VERSION)
        session, user = fields.text("session", longest=64), fields.text("user", longest=128)
        times = fields.time("opened_at"), fields.time("expires")
        org_id, station = fields.text("org_id", longest=63), fields.text("station_id", longest=63)
        badge = fields.text("badge", longest=63, shortest=0)
        factors = tuple(_factor(item) for item in fields.items("factors", fewest=1, most=len(FACTORS)))
        return SessionStatement(org_id, session, user, station, *times, badge, factors)
    except FieldError as exc:
        raise Problem("request-malformed", f"session statement: {exc}") from exc


def _factor(item: object) -> str:
    if not isinstance(item, str) or item not in FACTORS:
        raise FieldError("factors")
    return item


def encode_lease(statement: LeaseStatement) -> bytes:
    """The bytes to sign."""
    return encode_object(
        {
            "v": VERSION,
            "org_id": statement.org_id,
            "job_id": statement.job_id,
            "release": statement.release,
            "station_id": statement.station_id,
            "fence": statement.fence,
            "expires": encode_time(statement.expires),
        }
    )


def parse_lease(raw: bytes) -> LeaseStatement:
    """Raises `Problem` request-malformed."""
    try:
        fields = read_object(raw, ("v", "org_id", "job_id", "release", "station_id", "fence", "expires"))
        fields.integer("v", least=VERSION, most=VERSION)
        org_id, job_id = fields.text("org_id", longest=63), fields.text("job_id", longest=36)
        release, station = fields.text("release", longest=64), fields.text("station_id", longest=63)
        return LeaseStatement(org_id, job_id, release, station, fields.integer("fence"), fields.time("expires"))
    except FieldError as exc:
        raise Problem("request-malformed", f"lease statement: {exc}") from exc


def encode_epoch(statement: EpochStatement) -> bytes:
    """The bytes to sign."""
    return encode_object(
        {
            "v": VERSION,
            "org_id": statement.org_id,
            "epoch": statement.epoch,
            "suite": statement.suite,
            "box_key": encode_octets(statement.box_key),
            "not_after": encode_time(statement.not_after),
        }
    )


def parse_epoch(raw: bytes) -> EpochStatement:
    """Raises `Problem` request-malformed."""
    try:
        fields = read_object(raw, ("v", "org_id", "epoch", "suite", "box_key", "not_after"))
        fields.integer("v", least=VERSION, most=VERSION)
        suite, org_id = fields.text("suite", longest=63), fields.text("org_id", longest=63)
        longest = max(boxes.PUBLIC_KEY_BYTES.values())
        box_key = fields.octets("box_key", shortest=32, longest=longest)
        return EpochStatement(org_id, fields.integer("epoch"), suite, box_key, fields.time("not_after"))
    except FieldError as exc:
        raise Problem("request-malformed", f"epoch statement: {exc}") from exc
