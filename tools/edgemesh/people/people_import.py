"""Keeps the people of a parsed CSV file at the desk: all of them in one transaction, or none."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from tools.edgemesh.people.badges import Badges
from tools.edgemesh.people.desk import Desk
from tools.edgemesh.people.people_csv import Fault, Row
from tools.edgemesh.storage.records import Badge, User
from tools.edgemesh.storage.stores import DeskStore


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did; nothing when there are faults that were not to be skipped."""

    people: int
    badges: int
    pins: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """People and slow hashes, ready to be kept. `badges` are line, keyed hashes and person; `given` the columns that
    the file has."""

    users: tuple[User, ...]
    badges: tuple[tuple[int, tuple[bytes, ...], str], ...] = field(repr=False)
    pins: tuple[tuple[str, bytes], ...] = field(repr=False)
    given: frozenset[str] = frozenset()


def prepare(desk: Desk, rows: Iterable[Row]) -> Prepared:
    """Slow hashes of the rows' PINs, a few tens of milliseconds each: for a worker thread where there are many. Touches
    no store."""
    found = tuple(rows)
    users = {row.user.user_id: row.user for row in found}
    pins = {row.user.user_id: row.pin for row in found if row.pin}
    secrets = tuple((user, desk.slow.make_now(pin)) for user, pin in pins.items())
    numbers = tuple((row.line, desk.badges.hashes(row.badge), row.user.user_id) for row in found if row.badge)
    given = found[0].given if found else frozenset[str]()
    return Prepared(tuple(users.values()), numbers, secrets, given)


def keep_aside(
    desk: Desk, prepared: Prepared, faults: Iterable[Fault], now: datetime, *, skip_faulty: bool
) -> Imported:
    """`keep` in a worker thread, on a connection of its own: the desk goes on serving meanwhile."""
    with desk.store.aside() as store:
        return _keep(store, desk.badges, prepared, faults, now, skip_faulty=skip_faulty)


def keep(desk: Desk, prepared: Prepared, faults: Iterable[Fault] = (), *, skip_faulty: bool = False) -> Imported:
    """Keep all of it in one transaction; a badge that is another person's already is a fault. Nothing is kept while
    there are faults, unless they are to be skipped. Who is known already keeps what the file has no column for, badges,
    and where it has no PIN for them, that. Raises `StoreError`, and nothing was kept."""
    return _keep(desk.store, desk.badges, prepared, faults, desk.now(), skip_faulty=skip_faulty)


def _keep(
    store: DeskStore,
    known_badges: Badges,
    prepared: Prepared,
    faults: Iterable[Fault],
    now: datetime,
    *,
    skip_faulty: bool,
) -> Imported:
    badges, taken = _badges(store, known_badges, prepared, now)
    every = tuple(sorted((*faults, *taken), key=lambda fault: fault.line))
    if every and not skip_faulty:
        return Imported(0, 0, 0, every)
    known = {user.user_id: user for user in store.users()}
    users = [_merged(one, known.get(one.user_id), prepared.given, now) for one in prepared.users]
    store.put_people(users, badges, prepared.pins)
    return Imported(len(users), len(badges), len(prepared.pins), every)


def _merged(said: User, known: User | None, given: frozenset[str], now: datetime) -> User:
    """A person as the file says it, where it says anything."""
    if known is None:
        return replace(said, since=now.replace(microsecond=0))  # manifests say whole seconds
    return replace(
        known,
        language=said.language if "language" in given else known.language,
        auto_release=said.auto_release if "auto_release" in given else known.auto_release,
        stations=said.stations if "stations" in given else known.stations,
    )


def _badges(
    store: DeskStore, known_badges: Badges, prepared: Prepared, now: datetime
) -> tuple[list[Badge], list[Fault]]:
    """Badges to keep, as they are where they are the person's already; a look at all badges costs less than one at
    each."""
    kept = {badge.badge: badge for badge in store.badges()}
    badges, faults = list[Badge](), list[Fault]()
    for line, hashes, user in prepared.badges:
        known = next((kept[one] for one in hashes if one in kept), None)
        if known is not None and known.user_id != user:
            faults.append(Fault(line, "the badge is another person's already"))
        elif known is None:
            badges.append(known_badges.made(hashes[0], user, now))
        else:
            badges.append(known)
    return badges, faults


def import_people(
    desk: Desk, rows: Iterable[Row], faults: Iterable[Fault] = (), *, skip_faulty: bool = False
) -> Imported:
    """`prepare` and `keep` at once. Nothing is kept, and nothing computed for long, where the file has faults that are
    not to be skipped."""
    faults = tuple(faults)
    if faults and not skip_faulty:
        return Imported(0, 0, 0, faults)
    return keep(desk, prepare(desk, rows), faults, skip_faulty=skip_faulty)
