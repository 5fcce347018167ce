"""All that is ever recorded, with the fields each event may carry: ids, codes and numbers, and nothing else fits in."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum

from firmware.vault.fields import MAX_INTEGER
from firmware.vault.identity import Kind, is_id, is_org_id, is_user

Value = str | int
_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_BADGE = re.compile(r"b-[A-Za-z0-9_-]{1,60}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MAX_CODE = 48
_MAX_CHAIN_TEXT = 66 * 1024  # three certificates of 16 KiB in base64


class AuditEvent(StrEnum):
    """What happened. A name is never used for something else, and has at most 32 characters (RFC 5424, MSGID)."""

    # Who belongs
    ENROLMENT_ASKED = "enrolment-asked"
    ENROLLED = "enrolled"
    ENROLMENT_REFUSED = "enrolment-refused"
    RENEWED = "renewed"
    RENEWAL_REFUSED = "renewal-refused"
    PAIRED = "paired"
    TOKEN_MADE = "token-made"  # noqa: S105 (the name of an event)
    TOKEN_WITHDRAWN = "token-withdrawn"  # noqa: S105 (the name of an event)
    REVOKED = "revoked"
    DENIAL_LIFTED = "denial-lifted"
    CALLER_REFUSED = "caller-refused"
    # Keys of the organisation
    EPOCH_ROTATED = "epoch-rotated"
    EPOCH_SUSPENDED = "epoch-suspended"
    EPOCH_RESUMED = "epoch-resumed"
    EPOCH_RETIRED = "epoch-retired"
    # People and badges
    USER_CHANGED = "user-changed"
    USER_REMOVED = "user-removed"
    BADGE_ADDED = "badge-added"
    BADGE_REMOVED = "badge-removed"
    BADGE_BLOCKED = "badge-blocked"
    CARD_POLICY_SET = "card-policy-set"
    CARD_KEY_ADDED = "card-key-added"
    CARD_KEY_REMOVED = "card-key-removed"
    CARD_RULES_SET = "card-rules-set"
    PIN_SET = "pin-set"
    CODE_MADE = "code-made"
    DELEGATED = "delegated"
    DELEGATION_ENDED = "delegation-ended"
    # Updates of stations
    UPDATE_STAGED = "update-staged"
    UPDATE_HALTED = "update-halted"
    UPDATE_RESUMED = "update-resumed"
    UPDATE_ENDED = "update-ended"
    # Visits and jobs
    SESSION_OPENED = "session-opened"
    SESSION_REFUSED = "session-refused"
    SESSION_CLOSED = "session-closed"
    SUBMITTED = "submitted"
    SUBMIT_REFUSED = "submit-refused"
    RELEASE_ASKED = "release-asked"
    RELEASE_GRANTED = "release-granted"
    RELEASE_REFUSED = "release-refused"
    PART_GIVEN = "part-given"
    PART_REFUSED = "part-refused"
    PREVIEWS_GIVEN = "previews-given"
    PREVIEWS_REFUSED = "previews-refused"
    PHONE_SIGNED_IN = "phone-signed-in"
    PHONE_REFUSED = "phone-refused"
    PHONE_RELEASE_ASKED = "phone-release-asked"
    PRINTED = "printed"
    STOPPED = "stopped"
    UNKNOWN = "unknown"
    SETTLED = "settled"
    JOB_SHREDDED = "job-shredded"
    HOLDING_DROPPED = "holding-dropped"
    # The box itself
    ADMIN_ACTED = "admin-acted"
    STARTED = "started"
    ENDED = "ended"
    CLOCK_SYNCED = "clock-synced"
    CLOCK_REFUSED = "clock-refused"
    DENY_LIST_ISSUED = "deny-list-issued"
    DENY_LIST_TAKEN = "deny-list-taken"
    DENY_LIST_REFUSED = "deny-list-refused"
    ROLLBACK_ACCEPTED = "rollback-accepted"
    # The record itself
    SEGMENT_BEGUN = "segment-begun"
    WITNESSED = "witnessed"
    PRUNED = "pruned"
    TAIL_REPAIRED = "tail-repaired"
    DAMAGE_FOUND = "damage-found"


def _code(text: str) -> bool:
    return len(text) <= _MAX_CODE and _CODE.fullmatch(text) is not None


def _holder(text: str) -> bool:
    kind, _, holder_id = text.partition("/")
    return kind in set(Kind) and is_id(holder_id)


def _chain(text: str) -> bool:
    return len(text) <= _MAX_CHAIN_TEXT and re.fullmatch(r"[A-Za-z0-9+/= ]+", text) is not None


def _one_of(*words: str) -> Callable[[str], bool]:
    return words.__contains__


TEXTS: Mapping[str, Callable[[str], bool]] = {
    "action": _code,  # what an administrator did: a route's or command's name
    "badge": lambda text: _BADGE.fullmatch(text) is not None,  # the id of a badge's record, never its number
    "by": _holder,  # who did it, of the organisation's holders
    "card": is_id,  # what administrators call a card key
    "chain": _chain,  # DER certificates in base64, leaf first, a blank between
    "client": is_id,
    "code": _code,  # a stable code of docs/errors.md
    "delegate": is_user,
    "delegation": is_id,
    "digest": lambda text: _DIGEST.fullmatch(text) is not None,  # SHA-256 in hex
    "enrolment": is_id,
    "fingerprint": lambda text: _DIGEST.fullmatch(text) is not None,  # of a certificate: SHA-256 of its DER
    "holder": _holder,  # whom it befell: `station/lobby`
    "job": is_id,
    "method": _one_of("uid", "uid-pin", "proof", "phone"),  # how a person showed who they are
    "node": is_id,
    "org_id": is_org_id,
    "part": _one_of("job", "node", "org"),
    "policy": _code,
    "release": is_id,
    "source": _code,  # how it was learnt or asked: `mesh`, `screen`, `token`
    "station": is_id,
    "user": is_user,
    "version": is_id,
}
"""How the value of each text field looks."""

NUMBERS = frozenset(
    {"bytes", "count", "entries", "epoch", "fence", "impressions", "number", "offset", "pages", "sequence"}
)
"""Fields that hold integers; `offset` is seconds and may be negative."""

_WHOM = "by holder code source"
_VISIT = "user delegate station badge code source method"
_JOB = "user delegate delegation station client job release fence code part by node"
_SHEETS = f"{_JOB} impressions pages digest"
_PERSON = "user badge by code count source station"

FIELDS: Mapping[AuditEvent, frozenset[str]] = {
    event: frozenset(names.split())
    for events, names in (
        (
            "enrolment-asked enrolled enrolment-refused renewed renewal-refused paired "
            "token-made token-withdrawn revoked denial-lifted caller-refused",
            f"{_WHOM} enrolment fingerprint user badge delegation number",
        ),
        ("epoch-rotated epoch-suspended epoch-resumed epoch-retired", "by epoch policy count code"),
        ("user-changed user-removed badge-added badge-removed badge-blocked", _PERSON),
        ("pin-set code-made", _PERSON),
        ("card-policy-set card-key-added card-key-removed card-rules-set", "by card policy count code"),
        ("update-staged update-halted update-resumed update-ended", "by station digest number code source"),
        ("delegated delegation-ended", "user delegate delegation station by code"),
        ("session-opened session-refused session-closed", _VISIT),
        ("submitted submit-refused release-asked release-granted release-refused part-given part-refused", _JOB),
        ("previews-given previews-refused", f"{_VISIT} by part count node"),
        ("phone-signed-in phone-refused phone-release-asked", _VISIT),
        ("printed stopped unknown settled", _SHEETS),
        ("job-shredded holding-dropped", f"{_JOB} policy"),
        ("admin-acted", "by action holder user badge job node epoch delegation code count number"),
        ("started ended", "version code source holder"),
        ("clock-synced clock-refused", "offset source code holder"),
        ("deny-list-issued deny-list-taken deny-list-refused", "number count code by holder"),
        ("rollback-accepted", "number entries count"),
        ("segment-begun", "org_id holder chain"),
        ("witnessed", "holder sequence digest code"),
        ("pruned", "sequence digest entries"),
        ("tail-repaired", "bytes entries"),
        ("damage-found", "code sequence"),
    )
    for event in map(AuditEvent, events.split())
}
"""The fields an event may carry; none is required."""


def check(event: AuditEvent, fields: Mapping[str, object]) -> None:
    """`ValueError` for a field that `event` does not have, or a value that is not of the field's kind. The text names
    the field and never its value."""
    unknown = fields.keys() - FIELDS[event]
    if unknown:
        raise ValueError(f"{event} has no field {sorted(unknown)}")
    for name, value in fields.items():
        if not (_is_number(name, value) if name in NUMBERS else isinstance(value, str) and TEXTS[name](value)):
            raise ValueError(f"{event}: {name} is not what it should be")


def fitting(event: AuditEvent, fields: Mapping[str, Value]) -> dict[str, Value]:
    """The fields without those whose values `check` would refuse: for values that come from elsewhere. A code that is
    none becomes `unreadable`."""
    kept: dict[str, Value] = {}
    for name, value in fields.items():
        if _is_number(name, value) if name in NUMBERS else isinstance(value, str) and TEXTS[name](value):
            kept[name] = value
        elif name == "code" and value:
            kept[name] = "unreadable"
    check(event, kept)
    return kept


def _is_number(name: str, value: object) -> bool:
    least = -MAX_INTEGER if name == "offset" else 0
    return type(value) is int and least <= value <= MAX_INTEGER
