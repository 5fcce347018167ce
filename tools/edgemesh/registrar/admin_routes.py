"""What administrators ask of the registrar: members, enrolments, tokens, denials; and a member that leaves."""

from firmware.vault.fields import encode_time
from firmware.vault.identity import Kind, is_id
from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.est_routes import read_kind, read_users
from tools.edgemesh.interface.exchange import Reply
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.registrar.records import Denial, Member, Token
from tools.edgemesh.registrar.tokens import DEFAULT_HOURS, MAX_HOURS
from tools.edgemesh.registrar.waiting import Enrolment

LEFT = "left by itself"
"""The reason that a deny list has for whoever asked for it."""
_MAX_HOLDER = 160
_MAX_CODE = 64


async def members(call: Call) -> Reply:
    """GET /v1/admin/members"""
    kind = call.query("kind")
    found = call.roles.registrar.members()
    return Reply(200, {"members": [_member(one) for one in found if kind in ("", one.kind)]})


def _member(member: Member) -> dict[str, object]:
    return {
        "kind": member.kind.value,
        "id": member.id,
        "state": member.state.value,
        "since": encode_time(member.since),
        "not_after": encode_time(member.not_after),
        "key": member.key,
        "users": list(member.users),
        "hosts": list(member.hosts),
        "url": member.url,
    }


async def nodes(call: Call) -> Reply:
    """GET /v1/nodes, for the vault"""
    found = [member for member in call.roles.registrar.members() if member.kind is Kind.NODE and member.active]
    listed = [{"id": one.id, "url": one.url, "not_before": encode_time(one.not_before)} for one in found]
    return Reply(200, {"nodes": listed})


async def deny_delegation(call: Call) -> Reply:
    """PUT /v1/denials/{delegation}, for the vault"""
    await call.roles.registrar.revocations.deny_delegation(call.caller, call.names["delegation"])
    call.roles.wake()
    return Reply(204)


async def lift_delegation(call: Call) -> Reply:
    """DELETE /v1/denials/{delegation}, for the vault"""
    await call.roles.registrar.revocations.lift_delegation(call.caller, call.names["delegation"])
    return Reply(204)


async def enrolments(call: Call) -> Reply:
    """GET /v1/admin/enrolments: who waits, the oldest first"""
    return Reply(200, {"enrolments": [_enrolment(one) for one in call.roles.registrar.admissions.room.waiting()]})


def _enrolment(enrolment: Enrolment) -> dict[str, object]:
    asked = enrolment.asked
    return {
        "enrolment": enrolment.id,
        "kind": asked.kind.value,
        "name": asked.name,
        "stage": enrolment.stage.value,
        "address": enrolment.address,
        "since": encode_time(enrolment.since),
        "expires": encode_time(enrolment.expires),
        "key": enrolment.requested.key,
        "users": list(asked.users),
        "hosts": list(asked.hosts),
        "url": asked.url,
    }


async def approve(call: Call) -> Reply:
    """POST /v1/admin/enrolments/{enrolment}/approval"""
    registrar, fields = call.roles.registrar, await call.fields()
    enrolment = registrar.admissions.room.get(call.names["enrolment"])
    users = read_users(enrolment.asked.kind, fields.texts("users")) if fields.has("users") else None
    _check_known(call, users or ())
    kind = read_kind(fields) if fields.has("kind") else None
    replace = fields.flag("replace") if fields.has("replace") else False
    code = fields.text("code", _MAX_CODE)
    found = await registrar.admissions.approve(call.caller, enrolment.id, code, users, kind=kind, replace=replace)
    call.roles.wake()
    member = registrar.store.member(found.asked.holder)
    if member is None:
        raise Problem("member-unknown")
    return Reply(200, _member(member))


def _check_known(call: Call, users: tuple[str, ...]) -> None:
    """Where the vault is in this process; else the administrator's command has asked it. Raises `Problem`
    person-unknown."""
    vault = call.roles.vault_role
    unknown = [user for user in users if vault and vault.desk.store.user(user) is None]
    if unknown:
        raise Problem("person-unknown", f"nobody is called {unknown[0]} here")


async def cancel(call: Call) -> Reply:
    """DELETE /v1/admin/enrolments/{enrolment}"""
    await call.roles.registrar.admissions.cancel(call.caller, call.names["enrolment"])
    return Reply(204)


async def tokens(call: Call) -> Reply:
    """GET /v1/admin/tokens: without the tokens themselves, which nobody has any more"""
    return Reply(200, {"tokens": [_token(one) for one in call.roles.registrar.tokens.listed()]})


def _token(token: Token) -> dict[str, object]:
    return {
        "id": token.id,
        "kind": token.kind.value,
        "name": token.name,
        "users": list(token.users),
        "replace": token.replace,
        "used": bool(token.used),
        "expires": encode_time(token.expires),
    }


async def make_token(call: Call) -> Reply:
    """POST /v1/admin/tokens"""
    fields = await call.fields()
    kind, name = read_kind(fields), fields.text("name", 63)
    users = read_users(kind, fields.texts("users") if fields.has("users") else ())
    hours = fields.number("hours") if fields.has("hours") else DEFAULT_HOURS
    replace = fields.flag("replace") if fields.has("replace") else False
    if not is_id(name) or not 0 < hours <= MAX_HOURS:
        raise Problem("json-malformed", f"name: an id; hours: 1 to {MAX_HOURS}")
    made = await call.roles.registrar.tokens.make(call.caller, kind, name, users, hours=hours, replace=replace)
    return Reply(201, _token(made.token) | {"token": made.text})


async def withdraw_token(call: Call) -> Reply:
    """DELETE /v1/admin/tokens/{token}"""
    await call.roles.registrar.tokens.withdraw(call.caller, call.names["token"])
    return Reply(204)


async def denials(call: Call) -> Reply:
    """GET /v1/admin/denials: by name, with the number of the list that says so"""
    book = call.roles.registrar.denybook
    issue = book.store.issue()
    number = issue.number if issue else 0
    return Reply(200, {"number": number, "denials": [_denial(one) for one in book.store.denials()]})


def _denial(denial: Denial) -> dict[str, object]:
    return {"holder": denial.name, "since": encode_time(denial.since), "reason": denial.reason}


async def deny(call: Call) -> Reply:
    """POST /v1/admin/denials"""
    fields = await call.fields()
    holder = fields.text("holder", _MAX_HOLDER)
    denial = await call.roles.registrar.revocations.deny(call.caller, holder, fields.remark("reason"))
    call.roles.wake()
    return Reply(201, _denial(denial))


async def leave(call: Call) -> Reply:
    """DELETE /.well-known/est/membership, by the station itself"""
    await call.roles.registrar.revocations.deny(call.caller, call.caller.name, LEFT)
    call.roles.wake()
    return Reply(204)


async def lift(call: Call) -> Reply:
    """POST /v1/admin/denials/lift"""
    fields = await call.fields()
    await call.roles.registrar.revocations.lift(call.caller, fields.text("holder", _MAX_HOLDER))
    call.roles.wake()
    return Reply(204)
