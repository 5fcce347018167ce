"""What the record says of people: who was refused, and for whom a delegate released. Every event there is is told."""

import re
from pathlib import Path

import pytest

from firmware.audit.events import AuditEvent
from hal.sim.virtual_time import run
from tests.support.mesh_http import send_json
from tests.support.mesh_site import BADGE, MemorySite
from tests.unit.edgemesh import test_associations as associations
from tests.unit.edgemesh import test_delegations as delegations
from tools.edgemesh.people import slow_hash

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """As little work as Argon2id knows: what is tested here is not its slowness."""
    monkeypatch.setattr(slow_hash, "ITERATIONS", 1)
    monkeypatch.setattr(slow_hash, "MEMORY_KIB", 8)


def test_a_wrong_pin_names_the_person_and_the_badge_s_record() -> None:
    async def story() -> None:
        site = MemorySite()
        await site.mesh.roles.vault.desk.pins.set("ada", "7319")
        shown = {"credential": {"kind": "card", "value": BADGE, "pin": "7318"}}
        (await send_json(site.station.wire, "POST", "/v1/sessions", shown)).expect(401)
        (refused,) = site.mesh.audits["vault"].of(AuditEvent.SESSION_REFUSED)
        assert (refused["code"], refused["user"], refused["station"]) == ("pin-wrong", "ada", "station-1")
        assert str(refused["badge"]).startswith("b-")

    run(story())


def test_a_blocked_persons_release_is_on_record() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await site.client.submit(b"ada's")
        (await site.station.tap(BADGE)).expect(201)
        site.mesh.roles.registrar.denybook.deny("user/ada")
        assert (await site.station.ask(job)).code == "locked-out"
        (refused,) = site.mesh.audits["vault"].of(AuditEvent.RELEASE_REFUSED)
        assert refused == {"station": "station-1", "job": job, "user": "ada", "code": "locked-out"}

    run(story())


def test_a_delegation_is_on_record_from_its_beginning_to_its_end() -> None:
    async def story() -> None:
        site = delegations.with_ben()
        job = await site.client.submit(b"ada's")
        given = delegations.delegation(site)
        (await delegations.hand_in(site.client, given)).expect(201)
        (entry,) = await delegations.listed(site)
        (await delegations.ask(site, job, entry)).expect(201)
        (await site.client.wire.send("DELETE", f"/v1/delegations/{given.delegation_id}")).expect(204)
        vault = site.mesh.audits["vault"]
        named = {"user": "ada", "delegate": "ben", "delegation": given.delegation_id}
        by = {"by": "client/client-1"}
        assert vault.of(AuditEvent.DELEGATED) == [named | by]
        assert vault.of(AuditEvent.DELEGATION_ENDED) == [named | by]
        (granted,) = vault.of(AuditEvent.RELEASE_GRANTED)
        assert named.items() <= granted.items()

    run(story())


def test_who_has_a_pin_must_give_it_after_making_a_badge_theirs_too() -> None:
    async def story() -> None:
        site = MemorySite(associations.SELF_SERVICE)
        await site.mesh.roles.vault.desk.pins.set("ada", "7319")
        code = await associations.issued(site)
        answer = await associations.say(site.station, await associations.ticket(site.station), "ada", code)
        assert answer.refusal == (401, "pin-required", "")
        shown = {"credential": {"kind": "card", "value": associations.NEW, "pin": "7319"}}
        (await send_json(site.station.wire, "POST", "/v1/sessions", shown)).expect(201)

    run(story())


def test_every_event_there_is_is_told_somewhere() -> None:
    sources = [path for folder in ("firmware", "tools") for path in (ROOT / folder).rglob("*.py")]
    code = "\n".join(path.read_text("utf-8") for path in sources if path.name != "events.py")
    told = set(re.findall(r"AuditEvent\.([A-Z_]+)", code))
    assert {event.name for event in AuditEvent} - told == set()
