"""How an unknown badge becomes somebody's by a one-time code, and how it does not."""

import asyncio
from dataclasses import replace

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_http import Answer, send_json
from tests.support.mesh_people import StationDouble
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.people import associations, slow_hash
from tools.edgemesh.people.associations import CODE_DIGITS, CODE_LIFETIME, NUMBER_DIGITS, TICKET_SECONDS, Unknown
from tools.edgemesh.settings import Settings
from tools.edgemesh.statements import parse_session
from tools.edgemesh.storage.records import OneTimeCode, User
from tools.edgemesh.tickets import MOST_TICKETS

NEW = "04FEDCBA98"
SELF_SERVICE = Settings(association="code")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """As little work as Argon2id knows: what is tested here is not its slowness."""
    monkeypatch.setattr(slow_hash, "ITERATIONS", 1)
    monkeypatch.setattr(slow_hash, "MEMORY_KIB", 8)


async def ticket(station: StationDouble, number: str = NEW) -> str:
    answer = await station.tap(number)
    assert answer.refusal == (404, "badge-unknown", "")
    return str(answer.json["ticket"])


async def say(station: StationDouble, shown: str, user: str, code: str) -> Answer:
    asked = {"ticket": shown, "code": code} | ({"user": user} if user else {})
    answer = await send_json(station.wire, "POST", "/v1/associations", asked)
    if answer.status == 201:
        station.session = str(answer.json["session"])
    return answer


async def issued(site: MemorySite, user: str = "ada") -> str:
    return await site.mesh.roles.vault.desk.codes.issue(user)


def test_a_badge_becomes_a_person_s_by_their_code_and_stays_theirs() -> None:
    async def story() -> None:
        site = MemorySite(SELF_SERVICE)
        code = await issued(site)
        assert len(code) == CODE_DIGITS
        opened = (await say(site.station, await ticket(site.station), "ada", code)).expect(201)
        assert opened["user"] == "ada"
        session = site.mesh.desk_store.session(site.station.session)
        assert session is not None
        assert parse_session(session.statement).factors == ("card", "code")
        site.mesh.restart()
        (await site.station.tap(NEW)).expect(201)
        again = await say(site.station, await ticket(site.station, "0411223344"), "ada", code)
        assert again.refusal == (401, "code-wrong", "")  # one use

    run(story())


def test_nobody_learns_which_of_the_two_was_wrong() -> None:
    async def story() -> None:
        site = MemorySite(SELF_SERVICE)
        site.mesh.add_user(User("bob"))
        code = await issued(site)
        answers = []
        for user, said in (
            ("ada", "00000000"),
            ("bob", code),
            ("nobody", code),
            ("ada", "x"),
            ("ada", "\uff11" * 12),
            ("", "x"),
            ("", code[:-1] + ("1" if code[-1] == "0" else "0")),
        ):
            answers.append(await say(site.station, await ticket(site.station), user, said))
        assert len({(answer.status, str(answer.json)) for answer in answers}) == 1
        assert answers[0].refusal == (401, "code-wrong", "")
        (await say(site.station, await ticket(site.station), "ada", code)).expect(201)

    run(story())


def test_the_code_alone_says_whose_it_is() -> None:
    async def story() -> None:
        site = MemorySite(SELF_SERVICE)
        people = [f"person-{number}" for number in range(20)]
        for person in people:
            site.mesh.add_user(User(person))
        codes = {person: await issued(site, person) for person in people}
        assert len({code[:NUMBER_DIGITS] for code in codes.values()}) == len(people)
        opened = (await say(site.station, await ticket(site.station), "", codes["person-7"])).expect(201)
        assert opened["user"] == "person-7"
        again = await say(site.station, await ticket(site.station, "0411223344"), "", codes["person-7"])
        assert again.refusal == (401, "code-wrong", "")

    run(story())


def test_wrong_tries_by_number_alone_are_counted_and_of_a_code_that_died_the_number_is_free() -> None:
    async def story() -> None:
        site = MemorySite(SELF_SERVICE)
        store = site.mesh.desk_store
        code = await issued(site)
        number = code[:NUMBER_DIGITS]
        wrong = number + "".join("1" if digit == "0" else "0" for digit in code[NUMBER_DIGITS:])
        for _ in range(5):
            assert (await say(site.station, await ticket(site.station), "", wrong)).code == "code-wrong"
        assert (await say(site.station, await ticket(site.station), "", code)).code == "code-wrong"
        site.mesh.add_user(User("bob"))
        kept = store.code("ada")
        assert kept is not None
        store.put_code(replace(kept, user_id="bob", tries_left=1))
        assert store.code("ada") is None
        assert store.code_numbered(number) == replace(kept, user_id="bob", tries_left=1)

    run(story())


def test_of_codes_made_at_the_same_time_none_takes_another_s_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(associations, "NUMBER_DIGITS", 1)

    async def story() -> None:
        site = MemorySite(SELF_SERVICE)
        people = [f"person-{number}" for number in range(8)]
        for person in people:
            site.mesh.add_user(User(person))
        codes = await asyncio.gather(*(issued(site, person) for person in people))
        assert len({code[:1] for code in codes}) == len(people)
        for person, code in zip(people, codes, strict=True):
            assert await site.mesh.roles.vault.desk.codes.redeem("", code) == person

    run(story())


def test_there_are_only_so_many_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(associations, "NUMBER_DIGITS", 1)

    async def story() -> None:
        site = MemorySite(SELF_SERVICE)
        store, later = site.mesh.desk_store, site.clock.now() + CODE_LIFETIME
        for number in range(10):
            store.put_code(OneTimeCode(f"person-{number}", b"", later, 5, str(number)))
        with pytest.raises(Problem, match="desk-busy"):
            await issued(site)
        await site.clock.sleep(CODE_LIFETIME.total_seconds())
        assert len(await issued(site)) == CODE_DIGITS

    run(story())


def test_a_code_is_dead_after_five_tries_or_a_day_or_when_another_was_issued() -> None:
    async def story() -> None:
        site = MemorySite(SELF_SERVICE)
        code = await issued(site)
        for _ in range(5):
            assert (await say(site.station, await ticket(site.station), "ada", "00000000")).code == "code-wrong"
        site.mesh.restart()
        assert (await say(site.station, await ticket(site.station), "ada", code)).code == "code-wrong"
        first, second = await issued(site), await issued(site)
        assert (await say(site.station, await ticket(site.station), "ada", first)).code == "code-wrong"
        await site.clock.sleep(CODE_LIFETIME.total_seconds())
        await site.mesh.roles.round()
        assert (await say(site.station, await ticket(site.station), "ada", second)).code == "code-wrong"

    run(story())


def test_a_ticket_is_one_station_s_for_some_minutes_and_one_attempt() -> None:
    async def story() -> None:
        site = MemorySite(SELF_SERVICE)
        code, gone = await issued(site), (410, "ticket-expired", "")
        shown = await ticket(site.station)
        assert (await say(site.new_station("station-2"), shown, "ada", code)).refusal == gone
        assert (await say(site.station, shown, "ada", "00000000")).code == "code-wrong"
        assert (await say(site.station, shown, "ada", code)).refusal == gone
        late = await ticket(site.station)
        await site.clock.sleep(TICKET_SECONDS)
        assert (await say(site.station, late, "ada", code)).refusal == gone
        assert (await say(site.station, "made-up", "ada", code)).refusal == gone

    run(story())


def test_tickets_take_bounded_room() -> None:
    async def story() -> None:
        tickets = MemorySite(SELF_SERVICE).mesh.roles.vault.desk._tickets
        shown = [tickets.issue("station-1", Unknown(bytes(32), proven=False)) for _ in range(MOST_TICKETS + 1)]
        with pytest.raises(Problem, match="ticket-expired"):
            tickets.take("station-1", shown[0])
        assert tickets.take("station-1", shown[1]).badge == bytes(32)

    run(story())


def test_a_badge_that_makes_its_number_up_is_told_so() -> None:
    async def story() -> None:
        site = MemorySite(SELF_SERVICE)
        assert (await site.station.tap("08a1b2c3")).refusal == (422, "badge-random", "")
        assert await ticket(site.station, "08a1b2c3d4")

    run(story())


def test_without_the_policy_there_is_no_ticket_and_no_way() -> None:
    async def story() -> None:
        site = MemorySite()
        answer = await site.station.tap(NEW)
        assert (answer.code, "ticket" in answer.json) == ("badge-unknown", False)
        assert (await say(site.station, "any", "ada", await issued(site))).code == "ticket-expired"

    run(story())


def test_a_badge_that_was_given_in_between_stays_whose_it_is() -> None:
    async def story() -> None:
        site = MemorySite(SELF_SERVICE)
        site.mesh.add_user(User("bob"))
        shown, code = await ticket(site.station), await issued(site)
        site.mesh.roles.vault.desk.give_badge(NEW, "bob")
        assert (await say(site.station, shown, "ada", code)).refusal == (409, "badge-taken", "")
        assert (await site.station.tap(NEW)).json["user"] == "bob"

    run(story())


def test_where_everybody_needs_a_pin_the_new_badge_does_too() -> None:
    async def story() -> None:
        site = MemorySite(Settings(factors=("card", "pin"), association="code"))
        await site.mesh.roles.vault.desk.pins.set("ada", "471108")
        answer = await say(site.station, await ticket(site.station), "ada", await issued(site))
        assert answer.refusal == (401, "pin-required", "")
        assert (await site.station.tap(NEW)).code == "pin-required"  # it is hers

    run(story())


def test_a_blocked_person_gets_no_session_from_a_code() -> None:
    async def story() -> None:
        site = MemorySite(SELF_SERVICE)
        code = await issued(site)
        site.mesh.roles.registrar.denybook.deny("user/ada")
        assert (await say(site.station, await ticket(site.station), "ada", code)).code == "locked-out"
        assert (await site.station.tap(BADGE)).code == "locked-out"

    run(story())


def test_a_code_needs_a_person() -> None:
    async def story() -> None:
        with pytest.raises(Problem, match="person-unknown"):
            await issued(MemorySite(SELF_SERVICE), "nobody")

    run(story())
