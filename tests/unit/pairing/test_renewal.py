"""Renewals in virtual time: a week of them, and everything that can be in their way."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.mesh.tls import chain_der
from firmware.pairing import renewal
from firmware.pairing.errors import PairingError
from firmware.pairing.member import member
from firmware.pairing.names import BOX_KEY, CHAIN, KEY
from firmware.pairing.renewal import Upkeep, due, keep_renewed, retry
from firmware.vault.identity import Kind
from hal.ports.errors import StorageError
from hal.sim import virtual_time
from hal.sim.clock import MONDAY_MORNING
from hal.sim.key_store import SimKeyStore
from hal.sim.storage import PowerCutError, StorageFault
from tests.support.octets import b64
from tests.support.pairing_mesh import URL, PairingMesh
from tests.unit.pairing.rig import Box, CuttingKeys
from tools.edgemesh.ca import Ca

HOUR = 3600.0
DAY = 24 * HOUR


class Life:
    """A paired box whose duty runs; what happened, with the hour it happened at."""

    def __init__(self, keys: SimKeyStore | CuttingKeys | None = None) -> None:
        self.box = Box(keys)
        self.box.on_code = self.box.mesh.approve
        self.renewed: list[float] = []
        self.said: list[str] = []
        self.knows_time = True

    @property
    def hours(self) -> float:
        return self.box.clock.monotonic() / HOUR

    def upkeep(self) -> Upkeep:
        box = self.box
        ca = box.mesh.ca.certificate_pem
        return Upkeep(box.keys, box.mesh, box.clock, box.random, URL, ca, lambda: self.knows_time)

    async def on_renewed(self, chain_pem: bytes) -> None:
        assert chain_pem == self.box.secrets[CHAIN], "stored before it is used"
        self.renewed.append(self.hours)

    def live(self, days: float, *events: tuple[float, Callable[[], object]]) -> None:
        """Pair, then live for so many days, in which things happen at their hour."""

        async def story() -> None:
            await self.box.pair()
            loop = asyncio.get_running_loop()
            for hour, event in events:
                loop.call_at(hour * HOUR, event)
            duty = asyncio.create_task(keep_renewed(self.upkeep(), self.on_renewed, self.said.append))
            await asyncio.wait([duty], timeout=days * DAY)
            duty.cancel()
            await asyncio.gather(duty, return_exceptions=True)

        virtual_time.run(story(), timeout=(days + 2) * DAY)

    @property
    def trusts(self) -> list[str]:
        return [trust for trust, _, path in self.box.mesh.requests if path.endswith("simplereenroll")]


def test_a_week() -> None:
    life = Life()
    before = life.box.secrets
    life.live(7)
    gaps = [later - earlier for earlier, later in zip([0.0, *life.renewed], life.renewed, strict=False)]
    assert len(gaps) >= 9
    assert all(15.9 <= gap <= 18.1 for gap in gaps)
    assert len({round(gap, 2) for gap in gaps}) > 3, "with jitter"
    assert set(life.trusts) == {"mutual"}
    assert life.said == []
    assert before == {}


def test_the_keys_stay_and_the_certificate_is_never_over() -> None:
    life = Life()
    keys: set[tuple[bytes, bytes]] = set()

    def look() -> None:
        secrets = life.box.secrets
        keys.add((secrets[KEY], secrets[BOX_KEY]))
        now = life.box.clock.now()
        identity = member(life.box.keys, life.box.mesh.ca.certificate_pem, now).identity
        assert identity.not_before <= now < identity.not_after

    life.live(7, *((float(hour), look) for hour in range(1, 168)))
    assert len(keys) == 1


def cut(life: Life) -> None:
    life.box.mesh.away = True


def restore(life: Life) -> None:
    life.box.mesh.away = False


@pytest.mark.parametrize(("begins", "hours", "late"), [(12.0, 10.0, False), (15.0, 10.0, True), (10.0, 200.0, True)])
def test_a_mesh_that_is_away(begins: float, hours: float, late: bool) -> None:
    life = Life()
    life.live(14, (begins, lambda: cut(life)), (begins + hours, lambda: restore(life)))
    back = begins + hours
    first = next(hour for hour in life.renewed if hour > begins)
    assert back <= first <= back + 0.26, "within a quarter of an hour"
    assert ("verified" in life.trusts) == late
    assert len(life.said) == 2
    assert "mesh-unreachable" in life.said[0]
    assert "certificate renewed after" in life.said[1]
    assert len(life.trusts) < 12 + hours * 8, "the mesh is not flooded"


@pytest.mark.parametrize("code", ["identity-revoked", "identity-lapsed"])
def test_a_refusal_is_said_once_and_not_pressed(code: str) -> None:
    life = Life()
    if code == "identity-revoked":
        life.live(3, (1.0, lambda: life.box.mesh.revoked.add("station/lobby")))
    else:
        life.box.mesh.late = timedelta(hours=2)
        life.live(3, (1.0, lambda: cut(life)), (27.0, lambda: restore(life)))
    assert life.renewed == []
    (line,) = [line for line in life.said if code in line]
    assert line.endswith("pair again")
    assert life.box.mesh.issued == 1
    asked = [trust for trust in life.trusts if trust]
    assert len(asked) < 250


def test_an_answer_that_was_lost_is_asked_for_again() -> None:
    life = Life()
    life.live(1, (10.0, lambda: setattr(life.box.mesh, "lost", 2)))
    assert len(life.renewed) == 1
    assert life.box.mesh.issued == 4


def test_a_medium_that_fails_keeps_the_old_certificate_and_says_so() -> None:
    life = Life()
    store = life.box.keys
    assert isinstance(store, SimKeyStore)
    life.live(
        1.2,
        (10.0, lambda: setattr(store, "fault", StorageFault.READ_ONLY)),
        (20.0, lambda: setattr(store, "fault", None)),
    )
    assert "storage-failed" in life.said[0]
    assert 20.0 <= life.renewed[0] <= 20.3


@pytest.mark.parametrize("done_first", [False, True])
def test_a_power_cut_while_storing_leaves_a_good_certificate(done_first: bool) -> None:
    keys = CuttingKeys()
    life = Life(keys)

    async def story() -> None:
        await life.box.pair()
        await life.box.clock.sleep(16 * HOUR)
        old = life.box.secrets[CHAIN]
        keys.changes, keys.cut_at, keys.done_first = 0, 1, done_first
        with pytest.raises(PowerCutError):
            await life.upkeep().renew()
        assert (life.box.secrets[CHAIN] != old) == done_first
        await life.upkeep().renew()
        assert keys.changes == 2

    virtual_time.run(story())


def test_a_clock_that_is_behind_renews_all_the_same() -> None:
    life = Life()
    life.knows_time = False

    async def story() -> None:
        await life.box.pair()
        mesh_clock = life.box.clock
        life.box.mesh.clock = type(mesh_clock)(MONDAY_MORNING + timedelta(days=5))
        duty = asyncio.create_task(keep_renewed(life.upkeep(), life.on_renewed, life.said.append))
        await asyncio.wait([duty], timeout=300)
        duty.cancel()
        await asyncio.gather(duty, return_exceptions=True)

    virtual_time.run(story())
    assert 120 / HOUR <= life.renewed[0] <= 130 / HOUR
    assert life.trusts[:2] == ["mutual", "verified"]


def test_the_time_is_waited_for_first() -> None:
    life = Life()
    life.knows_time = False
    life.live(0.5, (0.01, lambda: setattr(life, "knows_time", True)))
    assert life.trusts == []


async def _edited(life: Life, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> bytes:
    await life.box.pair()
    await life.box.clock.sleep(17 * HOUR)
    life.box.mesh.edit = edit
    return await life.upkeep().renew()


def _refused(make: Callable[[Life, dict[str, Any]], dict[str, Any]]) -> str:
    life = Life()
    story: Coroutine[Any, Any, bytes] = _edited(life, lambda told: {**told, **make(life, told)})
    with pytest.raises(PairingError) as caught:
        virtual_time.run(story)
    assert life.box.mesh.issued >= 2
    (enrolment,) = life.box.mesh.enrolments.values()
    assert list(chain_der(life.box.secrets[CHAIN])) == enrolment.chain, "the old one stands"
    return caught.value.code


def test_another_ca_is_refused() -> None:
    another = Ca.create("org-1", now=MONDAY_MORNING)
    assert _refused(lambda life, told: {"ca": b64(PairingMesh(another, life.box.clock).ca_der)}) == "ca-mismatch"


def test_the_old_certificate_again_is_refused() -> None:
    def old(life: Life, told: dict[str, Any]) -> dict[str, Any]:
        (enrolment,) = life.box.mesh.enrolments.values()
        return {"chain": [b64(der) for der in enrolment.chain]}

    assert _refused(old) == "answer-mismatch"


@pytest.mark.parametrize("what", ["name", "kind", "keys"])
def test_somebody_elses_certificate_is_refused(what: str) -> None:
    stranger = Box()
    stranger.on_code = stranger.mesh.approve
    virtual_time.run(stranger.pair())

    def issue(life: Life, told: dict[str, Any]) -> dict[str, Any]:
        from base64 import b64decode

        enrolments = (stranger if what == "keys" else life.box).mesh.enrolments
        (enrolment,) = enrolments.values()
        kind = Kind.NODE if what == "kind" else Kind.STATION
        name = "attic" if what == "name" else "lobby"
        chain = life.box.mesh.issue(b64decode(enrolment.asked["csr"]), kind, name, [])
        return {"chain": [b64(der) for der in chain]}

    assert _refused(issue) == "answer-mismatch"


SHARES = st.floats(0, 1, exclude_max=True)


@given(st.integers(60, 10**7), SHARES)
def test_it_is_due_between_two_thirds_and_three_quarters(seconds: int, share: float) -> None:
    end = MONDAY_MORNING + timedelta(seconds=seconds)
    at = (due(MONDAY_MORNING, end, share) - MONDAY_MORNING).total_seconds()
    assert seconds * 2 / 3 - 1 <= at <= seconds * 3 / 4 + 1


@given(st.integers(1, 10**6), SHARES)
def test_retries_slow_down_and_have_a_bound(failures: int, share: float) -> None:
    assert 15 <= retry(failures, "mesh-unreachable", share) <= renewal.LONGEST_RETRY
    assert retry(failures, "mesh-unreachable", 0.0) <= retry(failures + 1, "mesh-unreachable", 0.0)
    assert retry(failures, "identity-revoked", share) == HOUR


def test_a_storage_error_while_loading_is_one() -> None:
    life = Life()

    async def story() -> None:
        await life.box.pair()
        store = life.box.keys
        assert isinstance(store, SimKeyStore)
        store.fault = StorageFault.IO_ERROR
        with pytest.raises(StorageError):
            await life.upkeep().renew()

    virtual_time.run(story())
