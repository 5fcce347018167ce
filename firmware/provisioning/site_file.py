"""The site's file: everything a station has to be told before it can serve, in one TOML file; read strictly."""

import base64
import binascii
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from firmware.badges.rules import RuleError, Rules
from firmware.mesh.port import MeshProtocolError
from firmware.mesh.transport import require_https
from firmware.panel.place import SIDES, is_side
from firmware.panel.tags import is_offered, is_zone
from firmware.provisioning.audit import Audit, audit
from firmware.provisioning.box import BOX_SECTIONS, DEVICE, Box, box
from firmware.provisioning.certificates import is_over
from firmware.provisioning.errors import ProvisioningError
from firmware.provisioning.network import Network, Wifi, network, wifi
from firmware.provisioning.printing import Printing, printing
from firmware.provisioning.readable import READABLE_SECTIONS, Readable, readable
from firmware.provisioning.section import LONGEST_TEXT, Section, malformed
from firmware.vault.identity import is_id
from hal.ports.errors import DeviceConfigError

MOST_BYTES = 64 * 1024
SECTIONS = (
    *("mesh", "network", "wifi", "panel", "printer", "badges", "ssh", "audit", "pairing"),
    *BOX_SECTIONS,
    *READABLE_SECTIONS,
)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}")
_SSH_KEY = re.compile(
    r"(?P<kind>ssh-ed25519|ecdsa-sha2-nistp256|ssh-rsa) (?P<key>[A-Za-z0-9+/]{16,1600}={0,2})( [!-~ ]+)?"
)
_BOM = b"\xef\xbb\xbf"
RequireNamed = Callable[[Mapping[str, tuple[str, ...]]], None]
"""`hal.named.require_named`."""


@dataclass(frozen=True, slots=True)
class Mesh:
    """Whom the station joins. `ca_fingerprint` (`sha256:` and hex) may stand alone; a `token` needs it."""

    url: str
    name: str
    ca_fingerprint: str = ""
    token: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class SiteFile:
    """What the file says; empty, or None, what it does not say."""

    mesh: Mesh | None = None
    readers: tuple[str, ...] = ()
    network: Network = field(default_factory=Network)
    wifi: Wifi | None = None
    language: str = ""
    timezone: str = ""
    contact: str = ""
    reader_side: str = ""
    printing: Printing = field(default_factory=Printing)
    rules: tuple[str, ...] | None = None
    reader_rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    proof: bool | None = None
    ssh_keys: tuple[str, ...] = ()
    box: Box = field(default_factory=Box)
    readable: Readable = field(default_factory=Readable)
    audit: Audit = field(default_factory=Audit)
    slip: bool | None = None

    @property
    def hostname(self) -> str:
        """The box's name in its network: as said, else made of the station's name; empty where neither is there."""
        made = re.sub(r"[^a-z0-9]+", "-", self.mesh.name.lower()).strip("-") if self.mesh else ""
        return self.network.hostname or made

    def named(self) -> dict[str, tuple[str, ...]]:
        """The devices, by the keys that name them."""
        printers = (self.printing.address("/site"),) if self.printing.uri else ()
        return {"readers": self.readers, "printer.uri": printers, **self.box.named()}


def parse(raw: bytes) -> SiteFile:
    """A site's file: UTF-8 with or without a byte order mark, lines ended in either way, at most `MOST_BYTES`. Raises
    `ProvisioningError`, which names the key that is wrong and never its value."""
    return read_tables(parse_toml(raw))


def parse_toml(raw: bytes) -> dict[str, Any]:
    """The bare tables of a file. Raises `ProvisioningError`."""
    if len(raw) > MOST_BYTES:
        raise malformed(f"it is longer than {MOST_BYTES} bytes")
    try:
        return tomllib.loads(raw.removeprefix(_BOM).decode())
    except tomllib.TOMLDecodeError as exc:  # its text may hold the token: only the place is told
        place = re.search(r"\(at (line \d+, column \d+|end of document)\)", str(exc))
        raise malformed(f"it is not TOML, {place[1] if place else 'somewhere'}") from None
    except (ValueError, RecursionError):
        raise malformed("it is not TOML in UTF-8") from None


def read_tables(tables: Mapping[str, Any]) -> SiteFile:
    """What the tables say. Raises `ProvisioningError`."""
    top = Section(dict(tables), "")
    readers = top.texts("readers", 'badge readers, such as ["evdev:?vid=08ff&pid=0009"]', DEVICE.fullmatch)
    top.end(SECTIONS)
    panel, ssh, pairing = (Section(tables.get(name, {}), name) for name in ("panel", "ssh", "pairing"))
    found = SiteFile(
        _mesh(tables["mesh"]) if "mesh" in tables else None,
        readers,
        network(tables.get("network", {})),
        wifi(tables["wifi"]) if "wifi" in tables else None,
        panel.text("language", "a language of the panel, such as de", is_offered),
        panel.text("timezone", "a zone, such as Europe/Vienna", is_zone),
        panel.text("contact", "whom to call", bool),
        panel.text("reader", f"where the badge reader is: {', '.join(SIDES)}", is_side),
        printing(tables.get("printer", {})),
        *_badges(tables.get("badges", {})),
        ssh.texts("keys", "public keys as in authorized_keys, without options", _is_ssh_key),
        box(tables),
        readable(tables),
        audit(tables.get("audit", {})),
        pairing.flag("slip"),
    )
    for section in (panel, ssh, pairing):
        section.end()
    return found


def over(site: SiteFile, now: datetime) -> tuple[str, ...]:
    """The keys of certificates that are valid no more: to be said, for a box's clock may know better than ours."""
    found = {"audit.syslog_ca": site.audit.ca, "printer.ca": site.printing.ca, "printer.cert": site.printing.cert}
    return tuple(key for key, text in found.items() if text and is_over(text, now))


def require_devices(site: SiteFile, require_named: RequireNamed) -> None:
    """What the station would refuse at its start is refused where somebody looks. Raises `ProvisioningError`."""
    try:
        require_named(site.named())
    except DeviceConfigError as exc:
        raise ProvisioningError(f"{exc.device}: {exc.detail}") from exc


def _mesh(table: object) -> Mesh:
    """The table as `edgemesh provision` writes it; a token and what it is for are not to be had apart."""
    section = Section(table, "mesh")
    found = Mesh(
        section.text("url", "an address that begins with https://", _is_url, required=True),
        section.text("name", "the station's name, 1 to 63 of A-Z a-z 0-9 . _ -", is_id, required=True),
        section.text("ca_fingerprint", "sha256: and 64 digits in hex", _FINGERPRINT.fullmatch),
        section.text("token", "43 characters", _TOKEN.fullmatch),
    )
    section.text("kind", "station", lambda kind: kind == "station")
    section.end()
    if found.token and not found.ca_fingerprint:
        raise malformed("mesh.token needs mesh.ca_fingerprint: it is said to nobody else")
    return found


def _badges(table: object) -> tuple[tuple[str, ...] | None, dict[str, tuple[str, ...]], bool | None]:
    section = Section(table, "badges")
    rules = section.texts("rules", "steps, such as trim", bool) if section.has("rules") else None
    by_reader = Section(section.table("readers"), "badges.readers")
    names = tuple(dict(table["readers"])) if isinstance(table, dict) and "readers" in table else ()
    steps = {name: by_reader.texts(name, "steps, such as trim", bool) for name in names}
    proof = section.flag("proof")
    section.end()
    for where, each in (
        ("badges.rules", rules or ()),
        *((by_reader.path(name), one) for name, one in steps.items()),
    ):
        _require_rules(each, where)
    return rules, steps, proof


def _require_rules(steps: tuple[str, ...], where: str) -> None:
    try:
        Rules.parse(steps)
    except RuleError as exc:
        raise ProvisioningError(f"the site's file: {where}: {exc.detail}") from exc


def _is_url(text: str) -> bool:
    try:
        return len(text) <= LONGEST_TEXT and require_https(text) is not None
    except MeshProtocolError:
        return False


def _is_ssh_key(text: str) -> bool:
    """One key of RFC 4253 6.6, whose inner name is the outer one."""
    found = _SSH_KEY.fullmatch(text)
    if found is None:
        return False
    try:
        inner = base64.b64decode(found["key"], validate=True)
    except binascii.Error:
        return False
    kind = found["kind"].encode()
    return inner.startswith(len(kind).to_bytes(4, "big") + kind)
