"""What proves itself: the signed time and the deny list, as every member of the organisation gets them."""

from base64 import b64decode
from datetime import timedelta

import pytest

from firmware.audit.events import AuditEvent
from firmware.vault.denials import SignedDenyList
from firmware.vault.identity import TrustAnchor
from firmware.vault.timing import AuditHead, SignedTime, TimeStatement
from hal.sim.virtual_time import run
from tests.support.mesh_http import Json, send_json
from tests.support.mesh_site import ORG, MemorySite

NONCE = "AAECAwQFBgcICQoLDA0ODw=="


def octets(answer: Json, name: str) -> bytes:
    return b64decode(answer[name])


@pytest.mark.parametrize("audit", [None, {"sequence": 9, "hash": "ab" * 32}])
def test_the_time_is_signed_for_the_asker(audit: Json | None) -> None:
    async def story() -> None:
        site = MemorySite()
        await site.clock.sleep(1.5)
        body = {"nonce": NONCE} | ({"audit": audit} if audit else {})
        answer = (await send_json(site.station.wire, "POST", "/v1/time", body)).expect(200)
        head = AuditHead(9, "ab" * 32) if audit else AuditHead()
        vaults = site.mesh.audits["vault"]
        asked = TimeStatement(ORG, bytes(range(16)), site.clock.now(), head)
        chain = tuple(b64decode(text) for text in answer["chain"])
        signed = SignedTime(octets(answer, "statement"), octets(answer, "signature"), chain)
        statement, vault = signed.verify(TrustAnchor(site.mesh.ca.certificate_pem), asked)
        assert statement.moment == site.clock.now()
        assert vault.name == "vault/vault-1"
        assert statement.own == AuditHead(vaults.point.sequence, vaults.point.hash)
        seen = {"holder": "station/station-1", "sequence": 9, "digest": "ab" * 32}
        assert vaults.of(AuditEvent.WITNESSED) == ([seen] if audit else [])

    run(story())


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"nonce": "AAAA"},
        {"nonce": "A" * 24},
        {"nonce": 7},
        {"nonce": NONCE, "audit": 1},
        {"nonce": NONCE, "audit": {"sequence": -1, "hash": "a"}},
        {"nonce": NONCE, "audit": {"sequence": 1, "hash": "a" * 65}},
    ],
)
def test_no_other_question_is_answered(body: Json) -> None:
    async def story() -> None:
        site = MemorySite()
        answer = await send_json(site.station.wire, "POST", "/v1/time", body)
        assert (answer.status, answer.code) == (400, "json-malformed")

    run(story())


def test_the_deny_list_is_the_cas() -> None:
    async def story() -> None:
        site = MemorySite()
        anchor = TrustAnchor(site.mesh.ca.certificate_pem)

        async def denied() -> bool:
            answer = (await site.client.wire.send("GET", "/v1/denials")).expect(200)
            signed = SignedDenyList(octets(answer, "list"), octets(answer, "signature"))
            return signed.verify(anchor, ORG).since("station/gone") is not None

        assert not await denied()
        site.mesh.roles.registrar.denybook.deny("station/gone")
        assert await denied()

    run(story())


def test_a_list_of_the_future_is_issued_anew() -> None:
    async def story() -> None:
        site = MemorySite()
        book = site.mesh.roles.registrar.denybook
        before = book.store.issue()
        assert before is not None
        site.clock.jump(-86400)  # type: ignore[attr-defined]
        book.refresh()
        after = book.store.issue()
        assert after is not None
        assert (after.number, after.issued_at) == (before.number + 1, before.issued_at - timedelta(days=1))

    run(story())
