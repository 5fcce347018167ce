"""A mesh's directory: the administrator's `mesh.toml`, the CA, and one directory a role, which nobody else reads."""

import fcntl
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware.audit.forward import SyslogError
from firmware.audit.syslog_tls import SyslogAddress
from firmware.vault.identity import Kind
from tools.edgemesh.settings import DEFAULT_AUDIT_MIB, Settings
from tools.edgemesh.site_screen import phone_table, read_phone, read_screen, screen_table

VAULT_ID = "vault-1"
ORG_SERVICE_ID = "org-1"
REGISTRAR_ID = "registrar-1"
REGISTRAR = "ca"
"""The registrar's directory: it holds the CA's key."""
FIRST_NODE = "node-1"
HOLDERS = {
    "vault": f"{Kind.VAULT}/{VAULT_ID}",
    "org": f"{Kind.ORG}/{ORG_SERVICE_ID}",
    "registrar": f"{Kind.REGISTRAR}/{REGISTRAR_ID}",
}
"""Who each role is, by what commands call it; nodes have their own ids."""
AUDIT_MIB = range(1, 201)


MOST_TEXTS, LONGEST_NAME, LONGEST_TEXT = 32, 64, 1024


def holder_of(role: str) -> str:
    """The identity that a role must have: its record is signed by nobody else."""
    return HOLDERS.get(role, f"{Kind.NODE}/{role}")


class SiteError(Exception):
    """The directory is not one of a mesh, or is in use; the text is for a person."""


@dataclass(frozen=True, slots=True)
class Stations:
    """What stations are told when they pair, such as `printer`: all of them, and some by name."""

    all: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def config(self, name: str, epoch: int = 0) -> dict[str, str]:
        """For the station of that name, with the number of the organisation's current epoch, where that is known."""
        told = {**self.all, **self.named.get(name, {})}
        return told | {"epoch": str(epoch)} if epoch else told


@dataclass(frozen=True, slots=True)
class Site:
    """`hosts` are the names and addresses in the roles' certificates, the first one the usual; `urls` say where roles
    of other machines answer, by the name of their directory."""

    directory: Path
    org_id: str
    nodes: tuple[str, ...]
    hosts: tuple[str, ...]
    settings: Settings
    urls: tuple[tuple[str, str], ...] = ()
    stations: Stations = field(default_factory=Stations)

    @property
    def ca_file(self) -> Path:
        return self.directory / "ca.pem"

    def path(self, role: str) -> Path:
        """A role's directory: `ca`, `vault`, `org`, or a node's id."""
        return self.directory / role

    def url(self, role: str) -> str:
        """Where a role answers now, empty when nobody knows: as configured, else as its process wrote down."""
        try:
            return dict(self.urls).get(role) or (self.directory / "run" / f"{role}.url").read_text().strip()
        except FileNotFoundError:
            return ""

    def write_url(self, role: str, url: str) -> None:
        """For the other roles of this machine."""
        run = self.directory / "run"
        run.mkdir(mode=0o700, exist_ok=True)
        aside = run / f".{role}.{os.getpid()}"
        aside.write_text(url)
        aside.replace(run / f"{role}.url")


def write_site(site: Site) -> None:
    """Write `mesh.toml`. Raises `OSError`."""
    settings = site.settings
    urls = "".join(f"{json.dumps(role)} = {json.dumps(url)}\n" for role, url in site.urls)
    text = f"""\
# What an administrator sets for this mesh; read when a role starts.
org_id = "{site.org_id}"
nodes = {_array(site.nodes)}
hosts = {_array(site.hosts)}
replicas = {settings.replicas}             # nodes that must have a job's body synced before it counts as held
max_job_bytes = {settings.max_job_bytes}
node_bytes = {settings.node_bytes}   # what one node may keep in all
factors = {_array(settings.factors)}     # what everybody proves at a station: "card", or "card" and "pin"
association = "{settings.association}"  # "code": whoever taps an unknown badge may make it theirs with a one-time code
audit_mib = {settings.audit_mib}   # what each role's audit record may take
syslog = {json.dumps(settings.syslog)}  # where the records are sent: "tls://log.example:6514?ca=/etc/lockgate/log-ca.pem"

[urls]  # where roles of other machines answer, such as: vault = "https://mesh.example:8443"
{urls}
{screen_table(settings.screen)}
{phone_table(settings.phone)}
[stations]  # what stations are told when they pair, unless their own file says it; [stations.NAME] for one of them
# printer = "ipps://printer.example/ipp/print?pin=sha256:..."
{_stations(site.stations)}"""
    (site.directory / "mesh.toml").write_text(text, encoding="utf-8")


def _stations(stations: Stations) -> str:
    named = (f"\n[stations.{_quoted(name)}]\n{_texts(own)}" for name, own in stations.named.items())
    return _texts(stations.all) + "".join(named)


def _texts(texts: Mapping[str, str]) -> str:
    return "".join(f"{_quoted(name)} = {_quoted(text)}\n" for name, text in texts.items())


def _quoted(text: str) -> str:
    """As a basic string of TOML 1.0: JSON's, but without pairs of surrogates, and with DEL escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _array(values: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"


def read_site(directory: Path) -> Site:
    """Raises `SiteError`."""
    try:
        values = tomllib.loads((directory / "mesh.toml").read_text(encoding="utf-8"))
        settings = Settings(
            int(values["replicas"]),
            int(values["max_job_bytes"]),
            int(values["node_bytes"]),
            _factors(values.get("factors", ["card"])),
            _association(values.get("association", "")),
            _audit_mib(values.get("audit_mib", DEFAULT_AUDIT_MIB)),
            _syslog(values.get("syslog", "")),
            read_screen(values.get("screen", {})),
            read_phone(values.get("phone", {})),
        )
        nodes, hosts = tuple(map(str, values["nodes"])), tuple(map(str, values["hosts"]))
        urls = tuple((str(role), str(url)) for role, url in values.get("urls", {}).items())
        return Site(directory, str(values["org_id"]), nodes, hosts, settings, urls, _read_stations(values))
    except FileNotFoundError as exc:
        raise SiteError(f"{directory} holds no mesh; make one with `edgemesh init --dir {directory}`") from exc
    except (
        OSError,
        SyslogError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as exc:
        raise SiteError(f"{directory}/mesh.toml cannot be used: {exc}") from exc


def _read_stations(values: Mapping[str, Any]) -> Stations:
    table = dict(values.get("stations", {}))
    named = {name: _read_texts(table.pop(name)) for name in list(table) if isinstance(table[name], dict)}
    return Stations(_read_texts(table), named)


def _read_texts(table: Mapping[str, Any]) -> dict[str, str]:
    for name, text in table.items():
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST_TEXT or not 0 < len(name) <= LONGEST_NAME:
            raise ValueError(f"stations: {name}: a text of 1 to {LONGEST_TEXT} characters wanted")
    if len(table) > MOST_TEXTS or "epoch" in table:
        raise ValueError(f"stations: {MOST_TEXTS} texts at most, and none called epoch: the mesh says that itself")
    return dict(table)


def _factors(value: object) -> tuple[str, ...]:
    """Nobody is let in without a card."""
    if not isinstance(value, list) or "card" not in value or not set(value) <= {"card", "pin"}:
        raise ValueError('factors is ["card"] or ["card", "pin"]')
    return tuple(value)


def _association(value: object) -> str:
    if value not in ("", "code"):
        raise ValueError('association is "" or "code"')
    return str(value)


def _audit_mib(value: object) -> int:
    if type(value) is not int or value not in AUDIT_MIB:
        raise ValueError(f"audit_mib is {AUDIT_MIB.start} to {AUDIT_MIB.stop - 1}")
    return value


def _syslog(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("syslog is a text")  # noqa: TRY004 (one error for all that is wrong)
    if value:
        SyslogAddress.parse(value)
    return value


def lock_role(directory: Path) -> int:
    """Keep a second server out of a role's store for as long as the descriptor is open. Raises `SiteError`."""
    descriptor = os.open(directory / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        os.close(descriptor)
        raise SiteError(f"another process serves {directory}") from exc
    return descriptor
