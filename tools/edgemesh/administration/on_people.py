"""Commands about people, their badges, and what they delegate."""

import argparse
from pathlib import Path

from firmware.vault.fields import encode_octets
from tools.edgemesh.administration.exits import Exit
from tools.edgemesh.administration.on_members import denials, deny, lift, require_people
from tools.edgemesh.administration.remote import Json, rows_of
from tools.edgemesh.administration.talk import InputError, cell
from tools.edgemesh.administration.words import Desk, Group, Words

_USERS, _BADGES = "/v1/admin/users", "/v1/admin/badges"
_FINAL = ("printed", "shredded", "expired", "lost")
_NO_KEYPAD = "at a station with neither screen nor keypad whoever has a PIN is refused (pin-required)"


def words(groups: "argparse._SubParsersAction[Words]") -> None:
    """`user`, `badge`, `delegation`."""
    _user(groups)
    badge = Group(groups, "badge", "badges", "  edgemesh badge add --user ada        (asks for the number)")
    add = badge.verb("add", "give a badge; its number is asked for, or comes on stdin", add_badge)
    add.add_argument("--user", required=True)
    add.add_argument("--move", action="store_true", help="take it from the person who has it now")
    badge.verb("list", "list badges by their ids", list_badges).add_argument("--user", default="")
    for name, text, run in (
        ("block", "refuse a badge, at its next tap", block_badge),
        ("unblock", "accept it again", unblock_badge),
    ):
        verb = badge.verb(name, text, run)
        verb.add_argument("badge", metavar="BADGE")
        verb.add_argument("--anyway", action="store_true", help="although there is none, or it is not blocked")
    badge.verb("remove", "forget it", remove_badge, confirmed=True).add_argument("badge", metavar="BADGE")
    delegation = Group(groups, "delegation", "whose jobs somebody else may release")
    delegation.verb("list", "list them", list_delegations)
    delegation.verb("end", "withdraw one", end_delegation).add_argument("delegation", metavar="DELEGATION")


def _user(groups: "argparse._SubParsersAction[Words]") -> None:
    examples = "  edgemesh user add ada\n  edgemesh user import people.csv\n  edgemesh user block ada"
    user = Group(groups, "user", "people", examples)
    add = user.verb("add", "add a person, or change one; what is left out stays", add_user)
    add.add_argument("user", metavar="USER")
    add.add_argument("--language", metavar="TAG")
    release = add.add_mutually_exclusive_group()
    release.add_argument("--auto-release", dest="auto_release", action="store_true", default=None)
    release.add_argument("--no-auto-release", dest="auto_release", action="store_false", help="choose at the station")
    add.add_argument("--idle-seconds", type=int, metavar="N")
    add.add_argument("--station", action="append", metavar="ID", help="may use only this station; repeatable")
    user.verb("list", "list everybody", list_users)
    for name, text, run in (
        ("block", "shut a person out, at the next request", block_user),
        ("unblock", "let a person in again", unblock_user),
        ("pin", "give a person a PIN, asked for or on stdin", set_pin),
        ("code", "make a one-time code for an unknown badge", make_code),
    ):
        verb = user.verb(name, text, run)
        verb.add_argument("user", metavar="USER")
        if name == "pin":
            verb.add_argument("--clear", action="store_true", help="take the PIN away")
        if run in (block_user, unblock_user):
            verb.add_argument("--anyway", action="store_true", help="although nobody is called so, or blocked")
    user.verb("remove", "forget a person, badges and PIN with them", remove_user, confirmed=True).add_argument(
        "user", metavar="USER"
    )
    load = user.verb("import", "add or change people and badges from a CSV file, all of them or none", import_users)
    load.add_argument("file", type=Path, metavar="FILE.csv", help="columns user, language, badge, pin, stations, …")
    load.add_argument("--skip-faulty", action="store_true", help="take the lines that are right")


def add_user(desk: Desk) -> None:
    given = desk.arguments
    fields = {
        "language": given.language,
        "auto_release": given.auto_release,
        "idle_seconds": given.idle_seconds,
        "stations": given.station,
    }
    body = {"user": given.user} | {name: value for name, value in fields.items() if value is not None}
    answer = desk.mesh.ask("vault", "POST", _USERS, body)
    desk.talk.result(f"{given.user} is known here.", answer)


def list_users(desk: Desk) -> None:
    rows = list(desk.mesh.rows("vault", _USERS, "users", "user"))
    desk.talk.table("users", rows, ("user", "language", "auto_release", "badges", "pin", "stations", "blocked"))


def block_user(desk: Desk) -> None:
    if not desk.arguments.anyway:
        require_people(desk, [desk.arguments.user])
    deny(desk, f"user/{desk.arguments.user}")
    desk.talk.result(f"{desk.arguments.user} is shut out.", {"user": desk.arguments.user, "blocked": True})


def unblock_user(desk: Desk) -> None:
    _require_denied(desk, f"user/{desk.arguments.user}")
    lift(desk, f"user/{desk.arguments.user}")
    desk.talk.result(f"{desk.arguments.user} is let in again.", {"user": desk.arguments.user, "blocked": False})


def remove_user(desk: Desk) -> None:
    user = desk.arguments.user
    jobs, delegations = _left_by(desk, user)
    words = f"{user} is forgotten, with badges and PIN; {jobs} held jobs are shredded, {delegations} delegations ended."
    desk.talk.confirm(words, user)
    desk.mesh.ask("vault", "DELETE", _USERS, user=user)
    desk.talk.result(f"{user} is forgotten.", {"user": user, "removed": True})


def _left_by(desk: Desk, user: str) -> tuple[int, int]:
    """Jobs of a person that are not over, and delegations from or to them that hold."""
    jobs = desk.mesh.rows("vault", "/v1/admin/jobs", "jobs", "job")
    given = rows_of(desk.mesh.ask("vault", "GET", "/v1/admin/delegations"), "delegations")
    held = sum(one.get("owner") == user and one.get("state") not in _FINAL for one in jobs)
    return held, sum(user in (one.get("owner"), one.get("delegate")) and not one.get("ended") for one in given)


def set_pin(desk: Desk) -> None:
    user, pin = desk.arguments.user, ""
    if not desk.arguments.clear:
        pin = desk.talk.secret("PIN")
        if desk.talk.stdin.isatty() and desk.talk.secret("Again") != pin:
            raise InputError("the two are not the same: nothing was changed")
    desk.mesh.ask("vault", "POST", f"{_USERS}/pin", {"user": user, "pin": pin})
    if pin:
        desk.talk.warn(_NO_KEYPAD)
    desk.talk.result(f"{user} has {'a' if pin else 'no'} PIN now.", {"user": user, "pin": bool(pin)})


def make_code(desk: Desk) -> None:
    """The one secret that goes to stdout: it is what the command was run for."""
    answer = desk.mesh.ask("vault", "POST", f"{_USERS}/code", {"user": desk.arguments.user})
    desk.talk.say(f"Tell {desk.arguments.user}, and nobody else:")
    desk.talk.result(str(answer.get("code", "")), {"user": desk.arguments.user, **answer})


def add_badge(desk: Desk) -> None:
    """The number never stands in the words: other people of the machine could read it there."""
    user, number = desk.arguments.user, desk.talk.secret("Badge number")
    answer = desk.mesh.ask("vault", "POST", _BADGES, {"user": user, "number": number, "move": desk.arguments.move})
    desk.talk.result(f"{user} has badge {answer.get('badge')} now.", answer)


def _require_denied(desk: Desk, holder: str) -> None:
    if not desk.arguments.anyway and holder not in {row.get("holder") for row in denials(desk)}:
        raise InputError(f"{holder} is not denied; edgemesh denial list", code="not-denied")


def _badges(desk: Desk, user: str = "") -> list[Json]:
    return list(desk.mesh.rows("vault", _BADGES, "badges", "badge", user=user))


def list_badges(desk: Desk) -> None:
    rows = _badges(desk, desk.arguments.user)
    desk.talk.table("badges", rows, ("badge", "user", "since", "blocked"))


def block_badge(desk: Desk) -> None:
    badge = desk.arguments.badge
    if not desk.arguments.anyway and badge not in {row.get("badge") for row in _badges(desk)}:
        raise InputError(f"there is no badge {badge}; edgemesh badge list", code="badge-unknown")
    deny(desk, f"badge/{desk.arguments.badge}")
    desk.talk.result(f"{desk.arguments.badge} is blocked.", {"badge": desk.arguments.badge, "blocked": True})


def unblock_badge(desk: Desk) -> None:
    _require_denied(desk, f"badge/{desk.arguments.badge}")
    lift(desk, f"badge/{desk.arguments.badge}")
    desk.talk.result(f"{desk.arguments.badge} is accepted again.", {"badge": desk.arguments.badge, "blocked": False})


def remove_badge(desk: Desk) -> None:
    badge = desk.arguments.badge
    desk.talk.confirm(f"{badge} is forgotten.", badge)
    desk.mesh.ask("vault", "DELETE", _BADGES, badge=badge)
    desk.talk.result(f"{badge} is forgotten.", {"badge": badge, "removed": True})


def list_delegations(desk: Desk) -> None:
    rows = rows_of(desk.mesh.ask("vault", "GET", "/v1/admin/delegations"), "delegations")
    desk.talk.table("delegations", rows, ("delegation", "owner", "delegate", "begins", "ends", "ended"))


def end_delegation(desk: Desk) -> None:
    """At the vault at once; at the others by the deny list, as soon as the registrar has heard of it."""
    name = desk.arguments.delegation
    desk.mesh.ask("vault", "DELETE", "/v1/admin/delegations", delegation=name)
    desk.talk.result(f"{name} is withdrawn.", {"delegation": name, "ended": True})


def import_users(desk: Desk) -> Exit:
    """All of the file, or nothing; what is wrong is said by line, without the values that stand there."""
    try:
        raw = desk.arguments.file.read_bytes()
    except OSError as exc:
        raise InputError(f"{desk.arguments.file}: {exc.strerror}") from exc
    body = {"csv": encode_octets(raw), "skip_faulty": desk.arguments.skip_faulty}
    answer = desk.mesh.ask("vault", "POST", f"{_USERS}/import", body)
    faults = rows_of(answer, "faults")
    for fault in [] if desk.talk.as_json else faults:
        desk.talk.warn(f"line {fault.get('line')}: {cell(fault.get('what'))}")
    if answer.get("pins"):
        desk.talk.warn(_NO_KEYPAD)
    done = "Nothing was changed." if faults and not answer.get("users") else "They are known here."
    desk.talk.result(f"{answer.get('users')} people, {answer.get('badges')} badges. {done}", answer)
    return Exit.REFUSED if faults and not desk.arguments.skip_faulty else Exit.DONE
