"""A station judges for itself whether somebody may release another's job."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from firmware.delivery.errors import DeliveryError
from firmware.delivery.opening import Opening
from firmware.errors import LockgateError
from firmware.mesh.messages import Delegation, HeldJob
from firmware.vault import delegation, signing
from firmware.vault.denials import DenyList
from firmware.vault.identity import Kind
from hal.sim.virtual_time import run
from tests.support.pki import NOW, ORG, Holder
from tests.unit.delivery.world import World, session

BEN = replace(session(), user="ben")
NAME, LATER = "d-" + "0" * 32, NOW + timedelta(hours=1)


class Denied:
    """A deny list as the station knows it."""

    def __init__(self, **names: datetime) -> None:
        self.current: DenyList | None = DenyList.of(ORG, 1, NOW, bytes(16), names) if names else None

    def refuses_job(self, _client: str, _submitted: datetime) -> bool:
        return False


def shown(job: HeldJob, signer: Holder, **changes: Any) -> HeldJob:
    given = delegation.Delegation(ORG, NAME, "ada", "ben", NOW, NOW + timedelta(hours=2))
    raw = delegation.encode(replace(given, **changes))
    signature = signer.signer.sign(signing.DELEGATION, raw)
    return replace(job, delegation=Delegation(raw, signature, tuple(signer.chain)))


def judged(world: World, job: HeldJob, denied: Denied | None = None) -> str:
    """The code, empty where it may be released."""
    means = world.start()
    opening = means.opening if denied is None else replace(means.opening, denied=denied)
    assert isinstance(opening, Opening)
    try:
        assert opening.verify(job, BEN, LATER).owner == "ada"
    except LockgateError as exc:
        return exc.code
    return ""


def test_whom_a_station_lets_release_another_s_job() -> None:
    async def story() -> None:
        world = World()
        job, client = world.submit(b"%PDF-1.7 x"), world.client
        stranger = world.pki.holder(Kind.CLIENT, "client-9", users=["eve"])
        assert judged(world, job) == "owner-foreign"
        assert judged(world, shown(job, client)) == ""
        assert judged(world, shown(job, client, delegate="eve")) == "owner-foreign"
        assert judged(world, shown(job, stranger, owner="eve")) == "owner-foreign"
        assert judged(world, shown(job, stranger)) == "delegation-refused"
        assert judged(world, shown(job, world.station)) == "delegation-refused"
        assert judged(world, shown(job, client, org_id="other.example")) == "delegation-refused"
        assert judged(world, shown(job, client, ends=LATER)) == "delegation-ended"
        assert judged(world, shown(job, client, begins=LATER + timedelta(seconds=1))) == "delegation-ended"
        good = shown(job, client)
        assert judged(world, good, Denied(**{f"delegation/{NAME}": NOW})) == "delegation-revoked"
        assert judged(world, good, Denied(**{f"client/{client.id}": NOW - timedelta(days=1)})) == "delegation-revoked"
        assert judged(world, good, Denied(**{f"client/{client.id}": LATER})) == ""  # it was given before
        assert good.delegation is not None
        forged = replace(good, delegation=replace(good.delegation, signature=job.signature))
        assert judged(world, forged) == "delegation-refused"
        assert judged(world, replace(good, delegation=replace(good.delegation, raw=b"{}"))) == "delegation-malformed"

    run(story())


def test_a_delegation_in_the_list_s_answer_changes_nothing_for_the_owner() -> None:
    async def story() -> None:
        world = World()
        job = shown(world.submit(b"%PDF-1.7 x"), world.client)
        assert world.start().opening.verify(job, session(), LATER).owner == "ada"
        with pytest.raises(DeliveryError, match="owner-foreign"):
            world.start().opening.verify(job, replace(session(), user="eve"), LATER)

    run(story())
