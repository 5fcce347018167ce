"""The vault's routes for administrators: people, badges, jobs, delegations, and where each role answers."""

from collections.abc import Mapping
from datetime import datetime

from firmware.vault.fields import encode_time
from tools.edgemesh.administration import jobs, people
from tools.edgemesh.administration.acts import Acts
from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.exchange import Reply
from tools.edgemesh.interface.shapes import Fields
from tools.edgemesh.storage.records import JobState, KeptDelegation, User

MAX_USER = 128
MAX_SECRET = 128
MAX_IMPORT = 16 * 2**20
"""Of a CSV file as it travels, in base64."""
MAX_FAULTS = 1000


def _acts(call: Call) -> Acts:
    return Acts(call.roles.audit("vault"), call.caller)


async def roles(call: Call) -> Reply:
    """GET /v1/admin/roles"""
    _ = call.roles.vault
    told = {"org_id": call.roles.org_id, "urls": dict(call.roles.urls()), "protection": call.roles.protection}
    return Reply(200, told)


async def list_users(call: Call) -> Reply:
    """GET /v1/admin/users?after="""
    denied = call.roles.verifier.denials.last()
    found = people.people(call.roles.vault, denied, call.query("after", MAX_USER))
    return Reply(200, {"users": [_person(one) for one in found], "more": len(found) == people.PAGE})


def _person(one: people.Person) -> dict[str, object]:
    about: dict[str, object] = {"badges": one.badges, "pin": one.has_pin, **_blocked(one.blocked)}
    return user_document(one.user) | about


def user_document(user: User) -> dict[str, object]:
    """A person as JSON."""
    return {
        "user": user.user_id,
        "language": user.language,
        "auto_release": user.auto_release,
        "idle_seconds": user.idle_seconds,
        "stations": list(user.stations),
    }


def _blocked(since: datetime | None) -> dict[str, object]:
    return {} if since is None else {"blocked": encode_time(since)}


async def put_user(call: Call) -> Reply:
    """POST /v1/admin/users: fields that are left out stay, or are the usual for somebody new."""
    vault, fields = call.roles.vault, await call.fields()
    name = fields.text("user", MAX_USER)
    user = _changed(fields, vault.desk.store.user(name) or User(name))
    is_new = await people.put(vault, _acts(call), user)
    return Reply(201 if is_new else 200, user_document(user))


def _changed(fields: Fields, before: User) -> User:
    return User(
        before.user_id,
        language=fields.text("language", 64) if fields.has("language") else before.language,
        auto_release=fields.flag("auto_release") if fields.has("auto_release") else before.auto_release,
        idle_seconds=fields.number("idle_seconds") if fields.has("idle_seconds") else before.idle_seconds,
        stations=fields.texts("stations") if fields.has("stations") else before.stations,
    )


async def remove_user(call: Call) -> Reply:
    """DELETE /v1/admin/users?user="""
    await people.remove(call.roles.vault, _acts(call), call.query("user", MAX_USER))
    call.roles.announce_delegations()
    return Reply(204)


async def set_pin(call: Call) -> Reply:
    """POST /v1/admin/users/pin; an empty PIN takes it away"""
    fields = await call.fields()
    pin = fields.remark("pin")
    await people.set_pin(call.roles.vault, _acts(call), fields.text("user", MAX_USER), pin)
    return Reply(204)


async def make_code(call: Call) -> Reply:
    """POST /v1/admin/users/code"""
    fields = await call.fields()
    code = await people.make_code(call.roles.vault, _acts(call), fields.text("user", MAX_USER))
    return Reply(201, {"code": code})


async def import_users(call: Call) -> Reply:
    """POST /v1/admin/users/import"""
    fields = await call.fields(MAX_IMPORT)
    raw, skip = fields.blob("csv", MAX_IMPORT), fields.has("skip_faulty") and fields.flag("skip_faulty")
    done = await people.take_in(call.roles.vault, _acts(call), raw, skip_faulty=skip)
    faults = [{"line": fault.line, "what": fault.what} for fault in done.faults[:MAX_FAULTS]]
    document = {"users": done.people, "badges": done.badges, "pins": done.pins, "faults": faults}
    return Reply(200, document)


async def list_badges(call: Call) -> Reply:
    """GET /v1/admin/badges?user=&after="""
    denied, user = call.roles.verifier.denials.last(), call.query("user", MAX_USER)
    found = people.badges(call.roles.vault, denied, user, call.query("after"))
    lines = [
        {"badge": one.badge, "user": one.user, "since": encode_time(one.since), **_blocked(one.blocked)}
        for one in found
    ]
    return Reply(200, {"badges": lines, "more": len(found) == people.PAGE})


async def give_badge(call: Call) -> Reply:
    """POST /v1/admin/badges"""
    fields = await call.fields()
    number, user = fields.text("number", MAX_SECRET), fields.text("user", MAX_USER)
    move = fields.has("move") and fields.flag("move")
    badge = await people.give_badge(call.roles.vault, _acts(call), number, user, move=move)
    return Reply(201, {"badge": badge, "user": user})


async def remove_badge(call: Call) -> Reply:
    """DELETE /v1/admin/badges?badge="""
    await people.remove_badge(call.roles.vault, _acts(call), call.query("badge"))
    return Reply(204)


async def list_jobs(call: Call) -> Reply:
    """GET /v1/admin/jobs?after="""
    found = jobs.page(call.roles.vault, call.query("after"))
    return Reply(200, {"jobs": [_job(one) for one in found], "more": len(found) == jobs.PAGE})


def _job(one: jobs.JobLine) -> Mapping[str, object]:
    document: dict[str, object] = {
        "job": one.job,
        "owner": one.owner,
        "state": one.state,
        "size": one.size,
        "epoch": one.epoch,
        "expires": encode_time(one.expires),
        "holders": list(one.holders),
    }
    extra = {"station": one.station, "reason": one.reason, "pages_out": one.pages_out}
    return document | {name: value for name, value in extra.items() if value}


async def shred_job(call: Call) -> Reply:
    """POST /v1/admin/jobs/{job}/shred"""
    job = call.names["job"]
    return _state(job, await jobs.shred(call.roles.vault, _acts(call), job, call.roles.clock))


async def settle_job(call: Call) -> Reply:
    """POST /v1/admin/jobs/{job}/settlement"""
    job, fields = call.names["job"], await call.fields()
    word = jobs.Word(fields.flag("printed"), fields.number("pages") if fields.has("pages") else None)
    return _state(job, await jobs.settle(call.roles.vault, _acts(call), job, call.roles.clock, word))


def _state(job: str, state: JobState) -> Reply:
    return Reply(200, {"job": job, "state": state.phase.value})


async def list_delegations(call: Call) -> Reply:
    """GET /v1/admin/delegations"""
    return Reply(200, {"delegations": [_delegation(one) for one in people.delegations(call.roles.vault)]})


def _delegation(one: KeptDelegation) -> dict[str, object]:
    document: dict[str, object] = {
        "delegation": one.delegation_id,
        "owner": one.owner,
        "delegate": one.delegate,
        "begins": encode_time(one.begins),
        "ends": encode_time(one.ends),
    }
    return document if one.ended is None else document | {"ended": encode_time(one.ended)}


async def end_delegation(call: Call) -> Reply:
    """DELETE /v1/admin/delegations?delegation="""
    await people.end_delegation(call.roles.vault, _acts(call), call.query("delegation"))
    call.roles.announce_delegations()
    return Reply(204)
