"""What a request came to, in the audit record of the role it was asked of."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from firmware.audit.events import AuditEvent
from firmware.audit.port import AuditError
from firmware.errors import LockgateError
from firmware.vault.identity import IdentityError
from tools.edgemesh.evidence import Evidence
from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.roles import Roles
from tools.edgemesh.statements import parse_request


@asynccontextmanager
async def recorded(
    call: Call, role: str, done: AuditEvent, refused: AuditEvent, **fields: str
) -> AsyncIterator[dict[str, str | int]]:
    """Record that the block did what was asked, or that it refused and the code: both with the fields that were given
    and those that the block had added by then. Done without a record is not done: `Problem` audit-failed, and the
    block's result is lost."""
    learnt: dict[str, str | int] = {}
    try:
        yield learnt
    except LockgateError as exc:
        if call.roles.refusals.may(call.caller.name, call.roles.clock.monotonic()):
            known = {**fields, **learnt, **_about(exc)}
            with suppress(AuditError):  # refused it is all the same
                await call.roles.audit(role).record(refused, **known, code=exc.code)
        raise
    await call.roles.audit(role).record(done, **fields, **learnt)


def _about(exc: LockgateError) -> dict[str, str]:
    if not isinstance(exc, Problem):
        return {}
    return {**exc.about, **({"part": exc.part} if exc.part else {})}


def release_names(evidence: Evidence) -> dict[str, str]:
    """What a release is called, out of evidence that was found true."""
    request = parse_request(evidence.request.raw)
    return {"release": evidence.release_id, "job": request.job_id, "station": request.station_id}


async def tell_refused(roles: Roles, certificate: bytes | None, code: str) -> None:
    """Record who was refused for what they are: a revoked holder who still tries. Strangers have no name to record."""
    audit = next(iter(roles.audits.values()), None)
    if certificate is None or audit is None:
        return
    try:
        holder = roles.verifier.anchor.identify((certificate,), roles.clock.now()).name
    except IdentityError:
        return
    if roles.refusals.may(holder, roles.clock.monotonic()):
        with suppress(AuditError):
            await audit.record(AuditEvent.CALLER_REFUSED, holder=holder, code=code)
