"""What stations carry between cards and the vault role: questions and answers, until a card has proven itself."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from firmware.audit.events import AuditEvent
from firmware.audit.port import AuditError
from tools.edgemesh.cards.proofs import Question
from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.exchange import Reply
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.interface.shapes import Fields

MAX_UID, MAX_ATS, MAX_APDU = 10, 32, 261
_HEX = re.compile(r"([0-9A-Fa-f]{2})*")
_RECORDED = ("card-refused", "locked-out")
"""A card of another site is nothing to be noted; one that should have had the key and did not, is."""


async def begin(call: Call) -> Reply:
    """POST /v1/card-proofs"""
    fields = await call.fields()
    uid = _octets(fields, "uid", MAX_UID)
    if fields.filled("ats"):  # which nothing here depends on yet: a card is asked, not guessed at
        _octets(fields, "ats", MAX_ATS)
    async with _refusals_recorded(call):
        name, question = call.roles.vault.desk.proofs.begin(call.caller, uid)
    return Reply(201, {"proof": name} | _told(question))


async def answer(call: Call) -> Reply:
    """POST /v1/card-proofs/{proof}/answers"""
    response = _octets(await call.fields(), "apdu", MAX_APDU)
    async with _refusals_recorded(call):
        question = call.roles.vault.desk.proofs.answer(call.caller, call.names["proof"], response)
    return Reply(200, _told(question) if question else {"proven": True})


def _told(question: Question) -> dict[str, object]:
    return {"apdu": question.apdu.hex(), "last": question.last}


@asynccontextmanager
async def _refusals_recorded(call: Call) -> AsyncIterator[None]:
    try:
        yield
    except Problem as exc:
        if exc.code in _RECORDED and call.roles.refusals.may(call.caller.name, call.roles.clock.monotonic()):
            with suppress(AuditError):  # refused it is all the same
                await call.roles.audit("vault").record(
                    AuditEvent.SESSION_REFUSED, station=call.caller.id, method="proof", code=exc.code
                )
        raise


def _octets(fields: Fields, name: str, most: int) -> bytes:
    """Raises `Problem` json-malformed, which does not quote it."""
    text = fields.text(name, 2 * most)
    if not _HEX.fullmatch(text):
        raise Problem("json-malformed", f"{name}: an even number of hex digits wanted")
    return bytes.fromhex(text)
