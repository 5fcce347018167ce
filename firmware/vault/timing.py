"""The signed time statement: what the vault says the time is, to one station, for one question."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from firmware.errors import LockgateError
from firmware.vault import signing
from firmware.vault.fields import FieldError, Fields, encode_object, encode_octets, read_object
from firmware.vault.identity import Identity, IdentityError, Kind, TrustAnchor
from firmware.vault.signing import SignatureError

VERSION = 1
NONCE_BYTES = 16
MAX_BYTES = 1024
MAX_HASH = 64
_FIELDS = ("v", "org_id", "nonce", "unix_us", "audit_sequence", "audit_hash", "own_sequence", "own_hash")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class TimeRefusedError(LockgateError):
    """A time that is not believed; the detail says why."""

    code = "time-refused"


@dataclass(frozen=True, slots=True)
class AuditHead:
    """Where the asker's audit stands: the number of its last line from 1 (0: it has none) and that line's hash. A
    statement that repeats it proves that the log was so long at that time."""

    sequence: int = 0
    hash: str = ""


@dataclass(frozen=True, slots=True)
class TimeStatement:
    """The time (UTC, to the microsecond) as the vault had it when it answered this nonce. `audit` is where the asker's
    record stood, by the asker's word, `own` where the vault's own did: each can be held to it by the other."""

    org_id: str
    nonce: bytes = field(repr=False)
    moment: datetime
    audit: AuditHead = AuditHead()
    own: AuditHead = AuditHead()


@dataclass(frozen=True, slots=True)
class SignedTime:
    """A statement as it travels; label `lockgate/v1/time`. `chain` is the vault's (DER, leaf first)."""

    raw: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)

    def verify(self, anchor: TrustAnchor, asked: TimeStatement) -> tuple[TimeStatement, Identity]:
        """What was stated and by whom, once it is proven to be a vault's answer to the question `asked` (whose moment
        does not matter), by a certificate valid at the stated time. Raises `TimeRefusedError`."""
        found = parse(self.raw)
        try:
            vault = anchor.identify(self.chain, found.moment)
            signing.verify(vault, signing.TIME, self.raw, self.signature)
        except (IdentityError, SignatureError) as exc:
            raise TimeRefusedError(f"its signer is not proven ({exc.code})") from exc
        if (vault.kind, vault.org_id) != (Kind.VAULT, asked.org_id) or found.org_id != asked.org_id:
            raise TimeRefusedError("signed by somebody else than this organisation's vault")
        if (found.nonce, found.audit) != (asked.nonce, asked.audit):
            raise TimeRefusedError("the answer to another question")
        return found, vault


def encode(statement: TimeStatement) -> bytes:
    """The bytes to sign."""
    return encode_object(
        {
            "v": VERSION,
            "org_id": statement.org_id,
            "nonce": encode_octets(statement.nonce),
            "unix_us": (statement.moment - _EPOCH) // _MICROSECOND,
            "audit_sequence": statement.audit.sequence,
            "audit_hash": statement.audit.hash,
            "own_sequence": statement.own.sequence,
            "own_hash": statement.own.hash,
        }
    )


def parse(raw: bytes) -> TimeStatement:
    """Raises `TimeRefusedError` for what cannot be read."""
    if len(raw) > MAX_BYTES:
        raise TimeRefusedError("longer than allowed")
    try:
        fields = read_object(raw, _FIELDS)
        fields.integer("v", least=VERSION, most=VERSION)
        heads = _head(fields, "audit"), _head(fields, "own")
        nonce = fields.octets("nonce", shortest=NONCE_BYTES, longest=NONCE_BYTES)
        moment = _EPOCH + fields.integer("unix_us") * _MICROSECOND
        return TimeStatement(fields.text("org_id", longest=63), nonce, moment, *heads)
    except FieldError as exc:
        raise TimeRefusedError(f"malformed: {exc}") from exc


def _head(fields: Fields, whose: str) -> AuditHead:
    digest = fields.text(f"{whose}_hash", longest=MAX_HASH, shortest=0)
    return AuditHead(fields.integer(f"{whose}_sequence"), digest)
