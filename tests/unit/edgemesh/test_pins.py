"""The PIN as a second factor: asked for, right, wrong, locked; and what is no PIN at all."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.sim.random_source import SeededRandom
from hal.sim.virtual_time import run
from tests.support.mesh_http import Answer, send_json
from tests.support.mesh_people import StationDouble
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.people import slow_hash
from tools.edgemesh.people.pins import check_new, is_trivial
from tools.edgemesh.people.slow_hash import AT_ONCE, MOST_WAITING, SlowHash
from tools.edgemesh.settings import Settings
from tools.edgemesh.statements import parse_session
from tools.edgemesh.storage.records import User

T = TypeVar("T")
PIN = "471108"
WITH_PIN = Settings(factors=("card", "pin"))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """As little work as Argon2id knows: what is tested here is not its slowness."""
    monkeypatch.setattr(slow_hash, "ITERATIONS", 1)
    monkeypatch.setattr(slow_hash, "MEMORY_KIB", 8)


async def tap(station: StationDouble, pin: str, number: str = BADGE) -> Answer:
    credential = {"credential": {"kind": "card", "value": number, "pin": pin}}
    answer = await send_json(station.wire, "POST", "/v1/sessions", credential)
    if answer.status == 201:
        station.session = str(answer.json["session"])
    return answer


async def with_pin(settings: Settings | None = None) -> MemorySite:
    site = MemorySite(settings or Settings())
    await site.mesh.roles.vault.desk.pins.set("ada", PIN)
    return site


def test_who_has_a_pin_must_give_it_and_nobody_else() -> None:
    async def story() -> None:
        site = await with_pin()
        site.mesh.add_user(User("bob"), "77777777")
        assert (await site.station.tap(BADGE)).refusal == (401, "pin-required", "")
        assert (await tap(site.station, "471109")).refusal == (401, "pin-wrong", "")
        (await tap(site.station, PIN)).expect(201)
        session = site.mesh.desk_store.session(site.station.session)
        assert session is not None
        assert parse_session(session.statement).factors == ("card", "pin")
        (await site.station.tap("77777777")).expect(201)

    run(story())


def test_where_the_site_wants_one_nobody_comes_in_without_and_the_answer_is_the_same_for_who_has_none() -> None:
    async def story() -> None:
        site = await with_pin(WITH_PIN)
        site.mesh.add_user(User("bob"), "77777777")
        for number in (BADGE, "77777777"):
            assert (await site.station.tap(number)).refusal == (401, "pin-required", "")
            assert (await tap(site.station, "000001", number)).refusal == (401, "pin-wrong", "")
        job = await site.client.submit(b"ada's")
        (await tap(site.station, PIN)).expect(201)
        (await site.station.ask(job)).expect(201)

    run(story())


def test_each_role_refuses_a_session_without_the_factor_for_itself() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await site.client.submit(b"ada's")
        (await site.station.tap(BADGE)).expect(201)
        for role in (site.mesh.roles.org, site.mesh.roles.node("node-1")):
            strict = type(role._verifier)(
                role._verifier.anchor, role._verifier.org_id, site.clock, role._verifier.denials, frozenset({"pin"})
            )
            kept, role._verifier = role._verifier, strict
            assert (await site.station.ask(job)).code == "factor-missing"
            role._verifier = kept
        (await site.station.ask(job)).expect(201)

    run(story())


def test_five_wrong_pins_lock_the_badge_everywhere_and_across_a_restart_but_no_other_badge() -> None:
    async def story() -> None:
        site = await with_pin()
        site.mesh.add_user(User("ada"), "22222222")
        stations = [site.new_station(f"station-{number}") for number in range(2, 7)]
        assert [(await tap(one, "999999")).code for one in stations] == ["pin-wrong"] * 5
        site.mesh.restart()
        for pin in (PIN, "999999", ""):
            answer = await tap(site.station, pin) if pin else await site.station.tap(BADGE)
            assert answer.refusal == (423, "locked-out", "")
        (await tap(site.station, PIN, "22222222")).expect(201)
        await site.clock.sleep(15 * 60 + 1)
        (await tap(site.station, PIN)).expect(201)

    run(story())


def test_many_at_once_are_no_more_tries_than_one_after_another() -> None:
    async def story() -> None:
        site = await with_pin()
        answers = await asyncio.gather(*(tap(site.station, f"{number:06}") for number in range(20)))
        codes = [answer.code for answer in answers]
        assert (codes.count("pin-wrong"), codes.count("locked-out")) == (5, 15)

    run(story())


def test_all_badges_of_a_person_together_have_twenty_tries_a_day() -> None:
    async def story() -> None:
        site = await with_pin()
        numbers = [f"1111111{number}" for number in range(5)]
        site.mesh.add_user(User("ada"), *numbers)
        for number in numbers[:4]:
            assert [(await tap(site.station, "999999", number)).code for _ in range(5)] == ["pin-wrong"] * 5
        assert (await tap(site.station, PIN, numbers[4])).code == "locked-out"
        await site.clock.sleep(3601)
        (await tap(site.station, PIN, numbers[4])).expect(201)

    run(story())


def test_a_new_pin_from_an_administrator_forgives() -> None:
    async def story() -> None:
        site = await with_pin()
        for _ in range(5):
            await tap(site.station, "999999")
        desk = site.mesh.roles.vault.desk
        await desk.pins.set("ada", "802461")
        (await tap(site.station, "802461")).expect(201)
        desk.pins.clear("ada")
        (await site.station.tap(BADGE)).expect(201)

    run(story())


def test_a_pin_that_is_the_badge_s_end_is_refused_once_the_number_is_known() -> None:
    async def story() -> None:
        site = MemorySite()
        site.mesh.add_user(User("bob"), "04998135")
        await site.mesh.roles.vault.desk.pins.set("bob", "8135")
        assert (await tap(site.station, "8135", "04998135")).refusal == (422, "pin-weak", "")
        assert (await tap(site.station, "8136", "04998135")).refusal == (401, "pin-wrong", "")

    run(story())


@pytest.mark.parametrize("pin", ["", "123", "1" * 13, "12a4", "١٢٣٤", "1234", "4321", "0000", "1212", "123123", "1987"])
def test_what_is_no_pin_is_refused_at_setting(pin: str) -> None:
    async def story() -> None:
        site = MemorySite()
        with pytest.raises(Problem, match="pin-weak") as refused:
            await site.mesh.roles.vault.desk.pins.set("ada", pin)
        assert not pin or pin not in str(refused.value)

    run(story())


def test_a_pin_needs_a_person() -> None:
    async def story() -> None:
        with pytest.raises(Problem, match="person-unknown"):
            await MemorySite().mesh.roles.vault.desk.pins.set("nobody", PIN)

    run(story())


@given(st.from_regex(r"[0-9]{4,12}", fullmatch=True))
def test_every_row_of_digits_is_a_pin_or_trivial(pin: str) -> None:
    if is_trivial(pin):
        with pytest.raises(Problem, match="pin-weak"):
            check_new(pin)
    else:
        check_new(pin)


def test_a_flood_is_bounded_and_somebody_who_hangs_up_makes_no_room() -> None:
    class Held:
        """Computations that end when they are let."""

        def __init__(self) -> None:
            self.running, self.most, self.go = 0, 0, asyncio.Event()

        async def run(self, call: Callable[[], T]) -> T:
            self.running += 1
            self.most = max(self.most, self.running)
            await self.go.wait()
            self.running -= 1
            return call()

    async def story() -> None:
        held = Held()
        slow = SlowHash(b"pepper", held, SeededRandom(1))
        asked = [asyncio.ensure_future(slow.make("4711")) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0)
        asked[0].cancel()
        await asyncio.sleep(0)
        with pytest.raises(Problem, match="desk-busy"):
            await slow.matches(b"", "4711")
        held.go.set()
        await asyncio.gather(*asked, return_exceptions=True)
        assert held.most == AT_ONCE
        assert await slow.matches(asked[1].result(), "4711")
        assert not await slow.matches(asked[1].result(), "4712")
        assert not await slow.matches(b"", "4711")

    run(story())


def test_one_that_was_turned_away_by_the_flood_costs_no_try() -> None:
    async def story() -> None:
        site = await with_pin()
        desk = site.mesh.roles.vault.desk
        for _ in range(10):
            desk.slow._waiting = MOST_WAITING
            assert (await tap(site.station, "999999")).refusal == (503, "desk-busy", "")
        desk.slow._waiting = 0
        (await tap(site.station, PIN)).expect(201)

    run(story(), timeout=timedelta(days=1).total_seconds())
