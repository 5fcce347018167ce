"""Who a station is, and how its keys are kept: read beside a station that runs, without disturbing it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from firmware.config import Config
from firmware.joining import settled
from firmware.mesh.tls import chain_der
from firmware.pairing import kept
from firmware.pairing.member import member
from firmware.pairing.renewal import due
from firmware.trust import clock, denials
from firmware.vault.fields import FieldError, encode_time, read_time
from firmware.vault.identity import TrustAnchor
from hal.ports.errors import KeySealedError, StorageError
from hal.ports.key_store import KeyStore

UNPAIRED = "not paired: run lockgate pair --name NAME --mesh URL, or have the station started, which asks to be let in"
TO_BE_SAID = "none in the file: the mesh may say one at pairing, else set printer.uri"
NO_PRINTER = "none, so the station does not serve: set printer.uri in the file, since the mesh said none at pairing"
SEALED = (
    "The keys are there, and a box is unpaired only where there are none: ask as the service does (docs/keys.md), "
    "such as: systemd-run --pipe -p "
    "LoadCredentialEncrypted=lockgate.kek:/etc/credstore.encrypted/lockgate.kek lockgate status"
)
_DAWN = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Status:
    """Times are RFC 3339 in UTC, empty where there is none. `renewal` is the earliest moment of the next renewal,
    `ca` the SHA-256 of the pinned CA (DER), `deny_list` the number of the newest list that is stored."""

    paired: bool
    key_protection: str
    kind: str = ""
    name: str = ""
    org_id: str = ""
    mesh: str = ""
    ca: str = ""
    valid_from: str = ""
    valid_until: str = ""
    renewal: str = ""
    deny_list: int | None = None
    deny_list_issued: str = ""
    last_good_time: str = ""
    printer: str = ""

    def json(self) -> str:
        """One JSON object."""
        return json.dumps(asdict(self))

    def lines(self) -> str:
        """For a person."""
        if not self.paired:
            return "\n".join((UNPAIRED, f"keys: {self.key_protection}", f"printer: {self.printer or TO_BE_SAID}"))
        number = "none stored" if self.deny_list is None else f"number {self.deny_list} of {self.deny_list_issued}"
        return "\n".join(
            (
                f"{self.kind} {self.name} of {self.org_id}",
                f"mesh: {self.mesh}",
                f"printer: {self.printer or NO_PRINTER}",
                f"CA: SHA-256 {self.ca}",
                f"certificate: {self.valid_from} to {self.valid_until}, renewal from {self.renewal}",
                f"keys: {self.key_protection}",
                f"deny list: {number}",
                f"last good time: {self.last_good_time or 'none stored'}",
            )
        )


class Looking:
    """The station's files, to look at only: implements what of Storage reads."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, name: str) -> bytes | None:
        """The content, or None. Raises `StorageError`."""
        try:
            return (self._directory / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise StorageError("file", f"{name}: {exc.strerror}") from exc

    def replace(self, name: str, data: bytes) -> None:  # noqa: ARG002 - the port has this shape
        """Never: the station that runs is the only one to write. Raises `StorageError`."""
        raise StorageError("file", f"{name}: only looked at")

    append = replace

    def remove(self, name: str) -> None:
        """Never, as above. Raises `StorageError`."""
        raise StorageError("file", f"{name}: only looked at")


def status(config: Config, keys: KeyStore) -> Status:
    """What key store and medium say. Raises `IdentityError`, `PairingError`, `ConfigError`, `StorageError`, and what
    the key store raises: `KeySealedError`, among others, for a box of which nobody can tell without what opens it."""
    if not _is_paired(keys):
        return Status(paired=False, key_protection=keys.protection, printer=config.printer)
    config = settled(config, keys)
    files = Looking(Path(config.data_dir))
    own = member(keys, config.ca_pem, _DAWN).identity
    denied = denials.KeptDenials(files, TrustAnchor(config.ca_pem), own.org_id).current
    return Status(
        paired=True,
        key_protection=keys.protection,
        kind=own.kind,
        name=own.id,
        org_id=own.org_id,
        mesh=config.mesh_url,
        ca=_fingerprint(config.ca_pem),
        valid_from=encode_time(own.not_before),
        valid_until=encode_time(own.not_after),
        renewal=encode_time(due(own.not_before, own.not_after, 0.0)),
        deny_list=denied.number if denied else None,
        deny_list_issued=encode_time(denied.issued_at) if denied else "",
        last_good_time=_good_time(files.read(clock.FILE)),
        printer=config.printer,
    )


def _is_paired(keys: KeyStore) -> bool:
    try:
        return kept.is_paired(keys)
    except KeySealedError as exc:
        raise KeySealedError(exc.device, f"{exc.detail}. {SEALED}") from exc


def _fingerprint(ca_pem: bytes) -> str:
    """Of the first CA, as the pairing showed it."""
    return hashlib.sha256(chain_der(ca_pem)[0]).hexdigest()


def _good_time(raw: bytes | None) -> str:
    try:
        return encode_time(read_time((raw or b"").decode("ascii").strip()))
    except (UnicodeDecodeError, FieldError):
        return ""
