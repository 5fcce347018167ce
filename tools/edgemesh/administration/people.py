"""What an administrator does to people and their badges at the vault's desk."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from firmware.audit.events import AuditEvent
from firmware.badges.number import LONGEST, SHORTEST, BadgeUnreadableError, card_number
from firmware.badges.random_uid import is_random_number
from firmware.vault.denials import DenyList
from firmware.vault.identity import is_id, is_user
from tools.edgemesh.administration.acts import Acts
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.people import people_csv, people_import
from tools.edgemesh.people.people_import import Imported
from tools.edgemesh.people.pins import check_new
from tools.edgemesh.roles import Vault
from tools.edgemesh.storage.records import Badge, KeptDelegation, User
from tools.edgemesh.unobtrusive import unobtrusive

PAGE = 200
MAX_LANGUAGE = 35  # RFC 5646 4.4.1
MAX_IDLE_SECONDS = 3600
MAX_STATIONS = 64
WANTED = f"badge: {SHORTEST} to {LONGEST} ASCII letters and digits wanted"


@dataclass(frozen=True, slots=True)
class Person:
    """One person in a list. `blocked` is since when, by the deny list this process knows."""

    user: User
    badges: int
    has_pin: bool
    blocked: datetime | None


@dataclass(frozen=True, slots=True)
class BadgeLine:
    """One badge in a list: its id, which tells nothing of its number."""

    badge: str
    user: str = field(repr=False)
    since: datetime
    blocked: datetime | None


def people(vault: Vault, denied: DenyList, after: str = "") -> Sequence[Person]:
    """Up to `PAGE` people by name, from behind `after` on."""
    store = vault.desk.store
    users = [user for user in store.users() if user.user_id > after][:PAGE]
    return [
        Person(
            user, len(store.badges(user.user_id)), bool(store.pin(user.user_id)), denied.since(f"user/{user.user_id}")
        )
        for user in users
    ]


async def put(vault: Vault, acts: Acts, user: User) -> bool:
    """Add a person, or change one; whether they are new. Raises `Problem` json-malformed."""
    check(user)
    await acts.record(AuditEvent.USER_CHANGED, user=user.user_id)
    before = vault.desk.store.user(user.user_id)
    since = before.since if before else vault.desk.now().replace(microsecond=0)  # manifests say whole seconds
    vault.desk.store.put_user(replace(user, since=since))
    return before is None


def check(user: User) -> None:
    """Raises `Problem` json-malformed for what cannot be a person."""
    if not is_user(user.user_id):
        raise Problem("json-malformed", "user: 1 to 128 printable characters wanted")
    if not (0 < len(user.language) <= MAX_LANGUAGE and user.language.replace("-", "").isalnum()):
        raise Problem("json-malformed", "language: a tag such as en or de-CH wanted")
    if not 0 < user.idle_seconds <= MAX_IDLE_SECONDS:
        raise Problem("json-malformed", f"idle_seconds: 1 to {MAX_IDLE_SECONDS} wanted")
    if len(user.stations) > MAX_STATIONS or not all(map(is_id, user.stations)):
        raise Problem("json-malformed", "stations: ids of stations wanted")


async def remove(vault: Vault, acts: Acts, user_id: str) -> None:
    """With badges, PIN, code and sessions; their jobs are shredded, delegations from and to them ended, and receipts
    forgotten: nothing is left for a later person of that name. The person goes last, so that a removal that was cut
    off is done again. Raises `Problem` person-unknown."""
    known(vault, user_id)
    await acts.record(AuditEvent.USER_REMOVED, user=user_id)
    for job_id in vault.keys.book.store.of_owner(user_id):
        vault.keys.shred(job_id)
    vault.desk.delegations.end_all(user_id)
    vault.desk.pins.forgive(user_id)
    vault.keys.receipts.forget_owner(user_id)
    vault.desk.store.remove_user(user_id)


def known(vault: Vault, user_id: str) -> User:
    """Raises `Problem` person-unknown."""
    user = vault.desk.store.user(user_id)
    if user is None:
        raise Problem("person-unknown")
    return user


async def take_in(vault: Vault, acts: Acts, raw: bytes, *, skip_faulty: bool) -> Imported:
    """People and badges from a CSV file: all of them, or none where it has faults that are not to be skipped. Raises
    `AuditError`, `StoreError`."""
    with unobtrusive():
        return await _take_in(vault, acts, raw, skip_faulty=skip_faulty)


async def _take_in(vault: Vault, acts: Acts, raw: bytes, *, skip_faulty: bool) -> Imported:
    workers = vault.desk.slow.workers
    parsed = await workers.run(lambda: people_csv.parse(raw))
    if parsed.faults and not skip_faulty:
        return Imported(0, 0, 0, parsed.faults)
    desk = vault.desk
    prepared = await workers.run(lambda: people_import.prepare(desk, parsed.rows))
    await acts.record(AuditEvent.ADMIN_ACTED, action="users-import", count=len(prepared.users))
    now = desk.now()
    return await workers.run(
        lambda: people_import.keep_aside(desk, prepared, parsed.faults, now, skip_faulty=skip_faulty)
    )


def badges(vault: Vault, denied: DenyList, user_id: str = "", after: str = "") -> Sequence[BadgeLine]:
    """Up to `PAGE` badges, a person's or everybody's, oldest first, from behind the badge `after` on."""
    found = list(vault.desk.store.badges(user_id))
    start = next((place for place, one in enumerate(found, 1) if one.badge_id == after), 0)
    return [_badge_line(one, denied) for one in found[start : start + PAGE]]


def _badge_line(badge: Badge, denied: DenyList) -> BadgeLine:
    return BadgeLine(badge.badge_id, badge.user_id, badge.since, denied.since(f"badge/{badge.badge_id}"))


async def give_badge(vault: Vault, acts: Acts, number: str, user_id: str, *, move: bool) -> str:
    """Give a badge to a person, as a reader would read its number; its id. Raises `Problem`: person-unknown,
    badge-taken without `move`, badge-random, json-malformed."""
    try:
        number = card_number(number.encode(errors="replace"))
    except BadgeUnreadableError:
        raise Problem("json-malformed", WANTED) from None  # its text may hold the number
    if is_random_number(number):
        raise Problem("badge-random")
    known(vault, user_id)
    holder = vault.desk.badges.find(number)
    if holder is not None and holder.user_id != user_id and not move:
        raise Problem("badge-taken")
    await acts.record(AuditEvent.BADGE_ADDED, user=user_id)
    return vault.desk.give_badge(number, user_id).badge_id


async def remove_badge(vault: Vault, acts: Acts, badge_id: str) -> None:
    """Raises `Problem` badge-unknown."""
    badge = next((one for one in vault.desk.store.badges() if one.badge_id == badge_id), None)
    if badge is None:
        raise Problem("badge-unknown")
    await acts.record(AuditEvent.BADGE_REMOVED, badge=badge_id, user=badge.user_id)
    vault.desk.store.remove_badge(badge_id)


async def set_pin(vault: Vault, acts: Acts, user_id: str, pin: str) -> None:
    """Give a person a PIN, or with an empty one take it away; only its slow hash is kept. Raises `Problem`:
    person-unknown, pin-weak, desk-busy."""
    known(vault, user_id)
    if pin:
        check_new(pin)
    await acts.record(AuditEvent.PIN_SET, user=user_id, code="set" if pin else "cleared")
    if pin:
        await vault.desk.pins.set(user_id, pin)
    else:
        vault.desk.pins.clear(user_id)


async def make_code(vault: Vault, acts: Acts, user_id: str) -> str:
    """A one-time code with which a person makes an unknown badge theirs. Raises `Problem` person-unknown,
    desk-busy."""
    known(vault, user_id)
    await acts.record(AuditEvent.CODE_MADE, user=user_id)
    return await vault.desk.codes.issue(user_id)


async def end_delegation(vault: Vault, acts: Acts, delegation_id: str) -> KeptDelegation:
    """Withdraw it. The vault refuses it from now on, the others by the next deny list. Raises `Problem`
    delegation-unknown."""
    found = vault.desk.store.delegation(delegation_id)
    if found is None:
        raise Problem("delegation-unknown")
    await acts.record(AuditEvent.DELEGATION_ENDED, user=found.owner, delegate=found.delegate)
    return vault.desk.delegations.end(delegation_id)


def delegations(vault: Vault) -> Sequence[KeptDelegation]:
    """Those that were handed in and not forgotten, the first to end first."""
    return vault.desk.store.delegations()[:PAGE]
