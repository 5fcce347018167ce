"""A mesh's directory: the administrator's `mesh.toml`, the CA, and one directory a role, which nobody else reads."""

import fcntl
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tools.edgemesh.settings import Settings

VAULT_ID = "vault-1"
ORG_SERVICE_ID = "org-1"
FIRST_NODE = "node-1"


class SiteError(Exception):
    """The directory is not one of a mesh, or is in use; the text is for a person."""


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
    text = f"""\
# What an administrator sets for this mesh; read when a role starts.
org_id = "{site.org_id}"
nodes = {_array(site.nodes)}
hosts = {_array(site.hosts)}
replicas = {settings.replicas}             # nodes that must have a job's body synced before it counts as held
max_job_bytes = {settings.max_job_bytes}
node_bytes = {settings.node_bytes}   # what one node may keep in all

[urls]  # where roles of other machines answer, such as: vault = "https://mesh.example:8443"
"""
    (site.directory / "mesh.toml").write_text(text)


def _array(values: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"


def read_site(directory: Path) -> Site:
    """Raises `SiteError`."""
    try:
        values = tomllib.loads((directory / "mesh.toml").read_text())
        settings = Settings(int(values["replicas"]), int(values["max_job_bytes"]), int(values["node_bytes"]))
        nodes, hosts = tuple(map(str, values["nodes"])), tuple(map(str, values["hosts"]))
        urls = tuple((str(role), str(url)) for role, url in values.get("urls", {}).items())
        return Site(directory, str(values["org_id"]), nodes, hosts, settings, urls)
    except FileNotFoundError as exc:
        raise SiteError(f"{directory} holds no mesh; make one with `edgemesh init --dir {directory}`") from exc
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise SiteError(f"{directory}/mesh.toml cannot be used: {exc}") from exc


def lock_role(directory: Path) -> int:
    """Keep a second server out of a role's store for as long as the descriptor is open. Raises `SiteError`."""
    descriptor = os.open(directory / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        os.close(descriptor)
        raise SiteError(f"another process serves {directory}") from exc
    return descriptor
