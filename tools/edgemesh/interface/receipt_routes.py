"""Who may see the receipts of a job: its owner's computers, and administrators."""

from collections.abc import Sequence

from firmware.vault.fields import encode_octets, encode_time
from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.exchange import Reply
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.interface.station_routes import pages_document
from tools.edgemesh.people.desk import Desk
from tools.edgemesh.storage.records import Job, KeptReceipt


async def list_own(call: Call) -> Reply:
    """GET /v1/jobs/{job}/receipts: of a job of the people in the computer's certificate; another's is unknown to it."""
    vault, job_id = call.roles.vault, call.names["job"]
    call.roles.verifier.refuse_blocked(*call.caller.users)
    found = vault.keys.receipts.own(job_id, call.caller.users)
    job = vault.keys.book.store.job(job_id)
    if job is not None and (job.owner not in call.caller.users or not _is_of_now(vault.desk, job)):
        job = None
    return _answer(call, job_id, job, found)


def _is_of_now(desk: Desk, job: Job) -> bool:
    try:
        desk.check_owner(job)
    except Problem:
        return False
    return True


async def list_any(call: Call) -> Reply:
    """GET /v1/admin/jobs/{job}/receipts"""
    vault, job_id = call.roles.vault, call.names["job"]
    return _answer(call, job_id, vault.keys.book.store.job(job_id), vault.keys.receipts.of_job(job_id))


def _answer(call: Call, job_id: str, job: Job | None, found: Sequence[KeptReceipt]) -> Reply:
    """Receipts outlive their job. Raises `Problem` job-unknown where there is neither."""
    if job is None and not found:
        raise Problem("job-unknown")
    document: dict[str, object] = {"job": job_id, "receipts": [_line(one) for one in found]}
    if job is not None:
        state = call.roles.vault.keys.book.state(job_id)
        document |= {"state": state.phase.value} | pages_document(state)
    return Reply(200, document)


def _line(one: KeptReceipt) -> dict[str, object]:
    named = {"release": one.release_id, "sequence": one.sequence}
    return named | {"since": encode_time(one.since), "receipt": encode_octets(one.file)}
