"""Commands about who belongs: pairings to approve, provisioning files, members, revoking."""

import argparse
import hashlib
import os
import ssl
from pathlib import Path

from firmware.vault.identity import Kind, is_id
from tools.edgemesh.administration.remote import Json, rows_of
from tools.edgemesh.administration.talk import InputError, cell
from tools.edgemesh.administration.words import Desk, Group, Words

PAIRED = (Kind.STATION, Kind.CLIENT, Kind.NODE, Kind.ADMIN)
_MEMBERS, _ENROLMENTS = "/v1/admin/members", "/v1/admin/enrolments"
_DENIALS, _TOKENS = "/v1/admin/denials", "/v1/admin/tokens"


def words(groups: "argparse._SubParsersAction[Words]") -> None:
    """`pairing`, `provision`, `member`, `denial`."""
    _pairing(groups)
    _provision(groups)
    member = Group(groups, "member", "who belongs to the organisation", "  edgemesh member revoke station/lobby")
    member.verb("list", "list everybody", list_members).add_argument("--kind", choices=[*map(str, PAIRED)])
    member.verb("show", "tell about one", show_member).add_argument("member", metavar="KIND/NAME", type=holder)
    revoke = member.verb("revoke", "shut one out, at its next request", revoke_member, confirmed=True)
    revoke.add_argument("member", metavar="KIND/NAME", type=holder)
    revoke.add_argument("--reason", default="", metavar="WORDS")
    denial = Group(groups, "denial", "who is shut out", "  edgemesh denial list")
    denial.verb("list", "list who is denied, since when, and why", list_denials)


def _pairing(groups: "argparse._SubParsersAction[Words]") -> None:
    examples = "  edgemesh pairing list\n  edgemesh pairing approve lobby        (asks for the code on its screen)\n"
    examples += "  edgemesh pairing approve laptop --user ada"
    pairing = Group(groups, "pairing", "who wants to be let in", examples)
    pairing.verb("list", "list who waits", list_pairings)
    approve = pairing.verb("approve", "let one in by the code that it shows", approve_pairing)
    approve.add_argument("name", metavar="NAME", help="its name, or KIND/NAME; admin/NAME for an administrator")
    approve.add_argument("code", metavar="CODE", nargs="*", help="the code it shows; asked for when it is left out")
    approve.set_defaults(late="code")
    said = approve.add_mutually_exclusive_group()
    said.add_argument("--user", action="append", metavar="USER", help="a client may submit for; repeatable")
    said.add_argument("--as-asked", action="store_true", help="a client may submit for whom it asks for")
    approve.add_argument("--replace", action="store_true", help="take the name from the keys that have it")
    cancel = pairing.verb("cancel", "turn one away", cancel_pairing)
    cancel.add_argument("name", metavar="NAME", help="its name, or KIND/NAME")


def _provision(groups: "argparse._SubParsersAction[Words]") -> None:
    examples = "  edgemesh provision station lobby --out lobby.toml"
    make = Group(groups, "provision", "files that pair a device with nobody standing by", examples)
    for kind in PAIRED:
        verb = make.verb(str(kind), f"a file for one {kind}, good once", provision)
        verb.add_argument("name", metavar="NAME")
        verb.add_argument("--user", action="append", metavar="USER", help="a client may submit for; repeatable")
        verb.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to write it, mode 0600")
        verb.add_argument("--hours", type=int, default=24, metavar="N", help="how long it is good (default: 24)")
        verb.add_argument("--replace", action="store_true", help="for a name that other keys have")
        verb.set_defaults(kind=kind)


def holder(text: str) -> str:
    """KIND/NAME in a command's words."""
    kind, _, name = text.partition("/")
    if kind not in set(PAIRED) or not is_id(name):
        raise argparse.ArgumentTypeError(f"KIND/NAME is wanted, KIND one of {', '.join(PAIRED)}")
    return text


def list_pairings(desk: Desk) -> None:
    rows = rows_of(desk.mesh.ask("registrar", "GET", _ENROLMENTS), "enrolments")
    desk.talk.table("enrolments", rows, ("kind", "name", "users", "stage", "address", "expires"))


def _waiting(desk: Desk, name: str) -> Json:
    """The one enrolment of that name. Raises `InputError`."""
    rows = rows_of(desk.mesh.ask("registrar", "GET", _ENROLMENTS), "enrolments")
    found = [row for row in rows if name in (row.get("name"), f"{row.get('kind')}/{row.get('name')}")]
    if not found:
        raise InputError(f"nobody called {name} waits; edgemesh pairing list", code="enrolment-unknown")
    if len(found) > 1:
        raise InputError(f"more than one is called {name}: say KIND/NAME")
    return found[0]


def approve_pairing(desk: Desk) -> None:
    arguments = desk.arguments
    found = _waiting(desk, arguments.name)
    member, kind = f"{found.get('kind')}/{found.get('name')}", found.get("kind")
    desk.talk.say(f"{member} asks from {cell(found.get('address'))}{_wishes(found)}.")
    if kind == Kind.ADMIN and arguments.name != member:
        raise InputError(f"it would administer everything: if you mean that, say {member}")
    users = _granted(desk, found)
    code = " ".join(arguments.code) or desk.talk.secret("The code it shows")
    body = {"code": code, "kind": kind, "users": users, "replace": arguments.replace}
    path = f"{_ENROLMENTS}/{found['enrolment']}/approval"
    answer = desk.mesh.ask("registrar", "POST", path, body)
    granted = f", for {cell(answer.get('users')) if answer.get('users') else 'nobody'}" if kind == Kind.CLIENT else ""
    desk.talk.result(f"{member} is let in{granted}.", {"member": member, **answer})


def _wishes(found: Json) -> str:
    """What it asks for beside its name."""
    users, url = found.get("users"), found.get("url")
    return (f", to submit for {cell(users)}" if users else "") + (f", to answer at {cell(url)}" if url else "")


def _granted(desk: Desk, found: Json) -> list[str] | None:
    """Whom a client may submit for, in the administrator's words; None for what is no client. Raises `InputError`."""
    users: list[str] | None = desk.arguments.user
    if found.get("kind") != Kind.CLIENT:
        return users
    if desk.arguments.as_asked:
        users = [str(user) for user in found.get("users") or ()]
    if users is None:
        raise InputError("say whom it may submit for: --user USER, or --as-asked", code="users-missing")
    require_people(desk, users)
    return users


def require_people(desk: Desk, users: list[str]) -> None:
    """Raises `InputError` person-unknown."""
    known = {row.get("user") for row in desk.mesh.rows("vault", "/v1/admin/users", "users", "user")} if users else set()
    for user in users:
        if user not in known:
            raise InputError(f"nobody is called {user} here", code="person-unknown")


def cancel_pairing(desk: Desk) -> None:
    found = _waiting(desk, desk.arguments.name)
    desk.mesh.ask("registrar", "DELETE", f"{_ENROLMENTS}/{found['enrolment']}")
    member = f"{found.get('kind')}/{found.get('name')}"
    desk.talk.result(f"{member} is turned away.", {"member": member})


def provision(desk: Desk) -> None:
    """The token stands in the file and nowhere else."""
    arguments = desk.arguments
    if arguments.out.exists():
        raise InputError(f"{arguments.out} is there already")
    require_people(desk, arguments.user or [])
    body = {
        "kind": arguments.kind,
        "name": arguments.name,
        "users": arguments.user or [],
        "hours": arguments.hours,
        "replace": arguments.replace,
    }
    answer = desk.mesh.ask("registrar", "POST", _TOKENS, body)
    content = _file(desk, str(answer.get("token", "")))
    with os.fdopen(os.open(arguments.out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    member, until = f"{arguments.kind}/{arguments.name}", str(answer.get("expires", ""))
    said = f"{arguments.out} pairs {member}, once, until {until}. Whoever has it first is let in."
    desk.talk.result(said, {"member": member, "file": str(arguments.out), "expires": until})


def _file(desk: Desk, token: str) -> str:
    arguments, mesh = desk.arguments, desk.mesh
    der = ssl.PEM_cert_to_DER_cert(mesh.profile.ca_pem.decode())
    lines = [
        "[mesh]",
        f'url = "{mesh.urls.get("registrar", mesh.profile.url)}"',
        f'ca_fingerprint = "sha256:{hashlib.sha256(der).hexdigest()}"',
        f'token = "{token}"',
        f'kind = "{arguments.kind}"',
        f'name = "{arguments.name}"',
    ]
    if arguments.user:
        lines.append(f"users = [{', '.join(map(_quoted, arguments.user))}]")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def list_members(desk: Desk) -> None:
    kind = desk.arguments.kind or ""
    rows = rows_of(desk.mesh.ask("registrar", "GET", _MEMBERS, kind=kind), "members")
    desk.talk.table("members", rows, ("kind", "id", "state", "not_after", "users"))


def show_member(desk: Desk) -> None:
    kind, _, name = desk.arguments.member.partition("/")
    rows = rows_of(desk.mesh.ask("registrar", "GET", _MEMBERS, kind=kind), "members")
    found = next((row for row in rows if row.get("id") == name), None)
    if found is None:
        raise InputError(f"there is no {desk.arguments.member}", code="member-unknown")
    lines = "\n".join(f"{field.replace('_', ' ')}: {cell(value)}" for field, value in found.items())
    desk.talk.result(lines, found)


def revoke_member(desk: Desk) -> None:
    member = desk.arguments.member
    desk.talk.confirm(f"{member} is shut out for good; it has to pair again to come back.", member)
    deny(desk, member, desk.arguments.reason)
    desk.talk.result(f"{member} is revoked.", {"member": member, "revoked": True})


def denials(desk: Desk) -> list[Json]:
    """Who is denied, as the registrar knows it."""
    return rows_of(desk.mesh.ask("registrar", "GET", _DENIALS), "denials")


def list_denials(desk: Desk) -> None:
    desk.talk.table("denials", denials(desk), ("holder", "since", "reason"))


def deny(desk: Desk, name: str, reason: str = "") -> None:
    """Put a name on the deny list."""
    desk.mesh.ask("registrar", "POST", _DENIALS, {"holder": name, "reason": reason})


def lift(desk: Desk, name: str) -> None:
    """Take a person or a badge off it."""
    desk.mesh.ask("registrar", "POST", f"{_DENIALS}/lift", {"holder": name})
