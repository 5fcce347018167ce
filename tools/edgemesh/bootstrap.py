"""Makes a mesh's directory and the bundles of stations and clients; for the commands, the demo and tests."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from firmware.badges.number import LONGEST, SHORTEST, BadgeUnreadableError, card_number
from firmware.badges.random_uid import is_random_number
from firmware.vault.identity import Kind, is_id, is_org_id, is_user
from hal.drivers.file_key_store import open_directory
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from tools.edgemesh import keys
from tools.edgemesh.audits import audit_key, open_audit
from tools.edgemesh.ca import Ca
from tools.edgemesh.cards.book import KeptWithKeys
from tools.edgemesh.compose import build_desk, build_org
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.opener import kept_lists, world_of
from tools.edgemesh.people.badges import new_keys, read_keys, write_keys
from tools.edgemesh.registrar.offline import NameTakenError, Offline
from tools.edgemesh.registrar.rollback import check
from tools.edgemesh.settings import Settings
from tools.edgemesh.site import (
    FIRST_NODE,
    ORG_SERVICE_ID,
    REGISTRAR,
    REGISTRAR_ID,
    VAULT_ID,
    Site,
    SiteError,
    write_site,
)
from tools.edgemesh.storage.databases import node_database, org_database, registrar_database, vault_database
from tools.edgemesh.storage.records import User
from tools.edgemesh.storage.sqlite_desk import SqliteDesk
from tools.edgemesh.storage.sqlite_epochs import SqliteEpochs

HOSTS = ("localhost", "127.0.0.1", "::1")
MAX_LANGUAGE = 35  # RFC 5646 4.4.1
MAX_IDLE_SECONDS = 3600
BADGE_WANTED = f"a badge number is {SHORTEST} to {LONGEST} ASCII letters and digits, alone on a line of stdin"


@dataclass(frozen=True, slots=True)
class MadeMesh:
    """A site with one of each. `station` and `client` are bundle directories (identity.key, identity.chain, box.key,
    ca.pem); `user` owns `badge` and may submit from the client."""

    site: Site
    station: Path
    client: Path
    user: str = field(repr=False)
    badge: str = field(repr=False)


def make_mesh(
    directory: Path,
    org_id: str,
    *,
    user: str = "ada",
    badge: str = "04A1B2C3",
    settings: Settings | None = None,
    nodes: Iterable[str] = (FIRST_NODE,),
) -> MadeMesh:
    """A whole organisation in an empty directory, in well under a second: CA, roles, `station-1`, `client-1`, one
    person with a badge. Start it with `process.running(made.site)`."""
    site = init_site(directory / "mesh", org_id, nodes=nodes, settings=settings)
    station, client = directory / "station-1", directory / "client-1"
    add_user(site, User(user))
    add_station(site, "station-1", station)
    add_client(site, "client-1", (user,), client)
    give_badge(site, badge, user)
    return MadeMesh(site, station, client, user, badge)


def init_site(
    directory: Path,
    org_id: str,
    *,
    nodes: Iterable[str] = (FIRST_NODE,),
    hosts: Iterable[str] = HOSTS,
    settings: Settings | None = None,
) -> Site:
    """A CA and every role's keys and stores. Raises `SiteError` for a directory in use, or ids that are none."""
    site = Site(directory, org_id, tuple(nodes), tuple(hosts), settings or Settings())
    _check_site(site)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise SiteError(f"{directory} is not empty")
    ca = Ca.create(org_id, now=datetime.now(UTC))
    open_directory(site.path(REGISTRAR)).store("ca.key", ca.private_key_pem)
    site.ca_file.write_bytes(ca.certificate_pem)
    roles = {REGISTRAR: (Kind.REGISTRAR, REGISTRAR_ID), "vault": (Kind.VAULT, VAULT_ID)}
    roles |= {node: (Kind.NODE, node) for node in site.nodes} | {"org": (Kind.ORG, ORG_SERVICE_ID)}
    with offline(site) as registrar:
        made = {role: registrar.issue(kind, name, hosts=site.hosts) for role, (kind, name) in roles.items()}
    stores = {role: keys.install(site.path(role), issued) for role, issued in made.items()}
    write_keys(stores["vault"], new_keys(SystemRandom()))
    _make_stores(site, made["org"])
    for role, (kind, _) in roles.items():
        _begin_record(site, role, kind, made[role])
    write_site(site)
    return site


def _check_site(site: Site) -> None:
    if not is_org_id(site.org_id):
        raise SiteError(f"{site.org_id!r} cannot name an organisation: use a-z, 0-9, dots and hyphens")
    taken = {"ca", "vault", "org", "run", "registrar"}
    if not site.nodes or len(set(site.nodes)) < len(site.nodes):
        raise SiteError("a mesh needs at least one node, and each only once")
    if any(not is_id(node) or node in taken for node in site.nodes):
        raise SiteError("a node's id is 1 to 63 of A-Z a-z 0-9 . _ - and not ca, vault, org, run or registrar")
    if not 1 <= site.settings.replicas <= len(site.nodes):
        raise SiteError("replicas must be at least 1 and no more than there are nodes")


def _begin_record(site: Site, role: str, kind: Kind, role_keys: keys.RoleKeys) -> None:
    """From now on a record that is not there was taken away."""
    with closing(ThreadWorkers(1)) as workers:
        world, key = world_of(site, workers), audit_key(site.org_id, kind, role_keys)
        open_audit(site.path(role), lambda: key, anchor=world.verifier.anchor, clock=world.clock, workers=workers)


def _make_stores(site: Site, org_keys: keys.RoleKeys) -> None:
    vault_database(site).close()
    registrar_database(site).close()
    for node in site.nodes:
        node_database(site, node).close()
    workers = ThreadWorkers()
    database = org_database(site)
    build_org(world_of(site, workers), org_keys, SqliteEpochs(database)).rotate()
    database.close()
    workers.close()


def add_station(site: Site, station_id: str, out: Path, *, again: bool = False) -> None:
    """A bundle for a station. Two stations of one id would take each other's leases, so an id that has keys gets others
    only with `again`, and the old ones are denied then. Raises `SiteError`."""
    _issue_bundle(site, Kind.STATION, station_id, (), out, again=again)


def add_client(
    site: Site, client_id: str, users: Iterable[str], out: Path, *, mesh_url: str = "", again: bool = False
) -> None:
    """A bundle for a client that may submit for these people, with the mesh's address in `mesh.toml` when it is given.
    Raises `SiteError`."""
    _check_url(mesh_url)
    _issue_bundle(site, Kind.CLIENT, client_id, users, out, again=again)
    _write_url(mesh_url, out)


def add_admin(site: Site, admin_id: str, out: Path, *, mesh_url: str = "", again: bool = False) -> None:
    """A bundle for an administrator, as `add_client`'s. Raises `SiteError`."""
    _check_url(mesh_url)
    _issue_bundle(site, Kind.ADMIN, admin_id, (), out, again=again)
    _write_url(mesh_url, out)


def _check_url(mesh_url: str) -> None:
    if not all(letter.isprintable() and letter not in '"\\' for letter in mesh_url):
        raise SiteError("the mesh's address is a URL such as https://mesh.example:8443")


def _write_url(mesh_url: str, out: Path) -> None:
    if mesh_url:
        (out / "mesh.toml").write_text(f'url = "{mesh_url}"\n')


def check_known(site: Site, users: Iterable[str]) -> None:
    """A job of somebody the desk does not know would be refused, long after the keys were handed out. Raises
    `SiteError`, `StoreError`."""
    database = vault_database(site)
    try:
        unknown = [user for user in users if is_user(user) and SqliteDesk(database).user(user) is None]
    finally:
        database.close()
    if unknown:
        raise SiteError(f"nobody is called {unknown[0]} here; add them first: edgemesh user add {unknown[0]}")


def _issue_bundle(
    site: Site, kind: Kind, holder_id: str, users: Iterable[str], out: Path, *, again: bool = False
) -> None:
    users = tuple(users)
    if not is_id(holder_id) or not all(map(is_user, users)):
        raise SiteError("an id is 1 to 63 of A-Z a-z 0-9 . _ -, a person's name 1 to 128 printable characters")
    if (out / "identity.key").exists():
        raise SiteError(f"{out} holds an identity already")
    with offline(site) as registrar:
        try:
            issued = registrar.issue(kind, holder_id, users=users, again=again)
        except NameTakenError as exc:
            words = f"{kind} {holder_id} has keys already; if they are lost for ever, issue others with --again"
            raise SiteError(words) from exc
    keys.write(out, issued).store("ca.pem", site.ca_file.read_bytes())


@contextmanager
def offline(site: Site) -> Iterator[Offline]:
    """The registrar's stores with the CA's key, for its own administrator's hand. Raises `StoreError`,
    `RolledBackError`."""
    ca = Ca.load(site.ca_file.read_bytes(), open_directory(site.path(REGISTRAR)).load("ca.key"))
    database = registrar_database(site)
    try:
        made = Offline(ca, database)
        check(made.denybook.store.issue(), kept_lists(site, SystemClock()))
        yield made
    finally:
        database.close()


def add_user(site: Site, user: User) -> None:
    """Add a person, or change one. Raises `SiteError`, `StoreError`."""
    if not is_user(user.user_id) or not 0 < len(user.language) <= MAX_LANGUAGE:
        raise SiteError("a person's name is 1 to 128 printable characters, a language a tag such as en or de-CH")
    if not 0 < user.idle_seconds <= MAX_IDLE_SECONDS:
        raise SiteError(f"idle seconds are 1 to {MAX_IDLE_SECONDS}")
    database = vault_database(site)
    try:
        SqliteDesk(database).put_user(user)
    finally:
        database.close()


def give_badge(site: Site, number: str, user_id: str, *, move: bool = False) -> None:
    """Give a badge to a person, as a reader would read it; only a keyed hash of the number is kept. One that another
    person has is given only with `move`. Raises `SiteError`, `Problem`, `StoreError`."""
    try:
        number = card_number(number.encode(errors="replace"))
    except BadgeUnreadableError as exc:
        raise SiteError(BADGE_WANTED) from exc
    if is_random_number(number):
        raise Problem("badge-random")
    vault_keys = keys.read(site.path("vault"), VAULT_ID)
    key_store = open_directory(site.path("vault"))
    desk_keys = read_keys(key_store)
    workers = ThreadWorkers()
    database = vault_database(site)
    try:
        desk = build_desk(world_of(site, workers), vault_keys, desk_keys, SqliteDesk(database), KeptWithKeys(key_store))
        holder = desk.badges.find(number)
        if holder is not None and holder.user_id != user_id and not move:
            raise SiteError("the badge is another person's; --move takes it from them")
        desk.give_badge(number, user_id)
    finally:
        database.close()
        workers.close()
