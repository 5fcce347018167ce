"""A whole station with cards that can be asked: what the person hears and when, and what both records say."""

from collections.abc import Awaitable, Callable

import pytest

from firmware.audit.events import AuditEvent
from hal.sim import virtual_time
from hal.sim.commands_person import Hand
from hal.sim.words import parse
from tools.bench.site import Setting
from tools.bench.world import World

UID = "04a1b2c3d4e5f6"
BEEP_SECONDS = 0.1
SLOW = "slow mesh 5s"


def living(main: Callable[[World], Awaitable[None]], policy: str = "proof") -> None:
    async def whole() -> None:
        world = World(1, Setting(people={"ada": UID}, cards=policy))
        await world.begin()
        await main(world)
        await world.aclose()

    virtual_time.run(whole())


def heard(world: World) -> list[bool]:
    return world.box.reader.said


async def after(world: World, seconds: float, hand: Hand = Hand.CARD) -> list[bool]:
    """What was heard so many seconds after a card was held up."""
    world.hold(bytes.fromhex(UID), hand)
    await world.clock.sleep(seconds)
    return heard(world)


def test_a_card_is_asked_all_there_is_to_ask_before_the_beep() -> None:
    async def main(world: World) -> None:
        world.hold(bytes.fromhex(UID), Hand.CARD)
        while not heard(world):
            await world.clock.sleep(0.001)
        held = world.held
        assert held is not None
        assert (heard(world), len(held.commands)) == ([True], 3)
        await world.clock.sleep(5)
        assert len(held.commands) == 3

    living(main)


@pytest.mark.parametrize("hand", [Hand.CLONE, Hand.BRUSHED])
def test_a_failed_proof_is_not_called_good(hand: Hand) -> None:
    async def main(world: World) -> None:
        assert await after(world, 5, hand) == [False]

    living(main)


def test_a_card_without_a_key_beeps_as_soon_as_the_mesh_has_said_so() -> None:
    async def main(world: World) -> None:
        assert await after(world, 5, Hand.BLANK) == [True]
        assert world.held is not None
        assert len(world.held.commands) == 1

    living(main, "uid")


def test_a_network_of_five_seconds_keeps_no_plain_badge_from_its_beep_and_makes_a_proof_too_old() -> None:
    """Four times there and back are more than a proof lives: nothing good is heard, and nobody is let in."""

    async def main(world: World) -> None:
        await world.do(parse(SLOW))
        world.tap(UID)
        await world.clock.sleep(BEEP_SECONDS)
        assert heard(world) == [True]
        await world.clock.sleep(30)
        assert await after(world, 9) == [True]
        await world.clock.sleep(30)
        assert heard(world) == [True, False]
        assert len(world.site.mesh.audits["vault"].of(AuditEvent.SESSION_OPENED)) == 1

    living(main, "uid")


def test_with_a_network_of_one_second_the_beep_waits_for_the_cards_last_answer_and_no_longer() -> None:
    """Three times there and back for the questions; the mesh's word comes with the fourth."""

    async def main(world: World) -> None:
        await world.do(parse("slow mesh 1s"))
        assert await after(world, 2.9) == []
        assert world.held is not None
        while len(world.held.commands) < 3:
            await world.clock.sleep(0.01)
        await world.clock.sleep(BEEP_SECONDS)
        assert heard(world) == [True]
        assert not world.site.mesh.audits["vault"].of(AuditEvent.SESSION_OPENED)
        await world.clock.sleep(5)
        assert heard(world) == [True]
        assert [one["method"] for one in world.site.mesh.audits["vault"].of(AuditEvent.SESSION_OPENED)] == ["proof"]

    living(main)


def test_where_nobody_is_let_in_a_good_read_is_still_acknowledged() -> None:
    async def main(world: World) -> None:
        await world.do(parse("cut network"))
        await world.do(parse("wait 2m"))
        assert await after(world, BEEP_SECONDS) == [True]
        assert world.held is not None
        assert world.held.commands == []

    living(main)


def test_both_records_say_how_somebody_was_let_in_and_neither_the_number() -> None:
    async def main(world: World) -> None:
        for deed in (f"hold card {UID}", "wait 5s", f"tap {UID}", "wait 5s", f"hold clone of card {UID}", "wait 5s"):
            await world.do(parse(deed))
        by_mesh = world.site.mesh.audits["vault"]
        opened, refused = by_mesh.of(AuditEvent.SESSION_OPENED), by_mesh.of(AuditEvent.SESSION_REFUSED)
        assert [one["method"] for one in opened] == ["proof"]
        assert [(one["method"], one["code"]) for one in refused] == [
            ("uid", "card-proof-required"),
            ("proof", "card-refused"),
        ]
        written = b" ".join(world.box.storage.ever_written).decode(errors="replace").lower()
        assert '"method":"proof"' in written.replace(" ", "")
        assert UID not in written

    living(main)


def test_the_policy_needs_a_key_that_the_mesh_of_a_plain_world_has_not() -> None:
    async def main(world: World) -> None:
        happened = await world.do(parse("card policy proof"))
        assert happened.remarks == ("the policy stays as it is: card-keys-missing",)

    living(main, "")


@pytest.mark.parametrize("words_of_it", ["hold card 04a1b2", "hold card 04a1b2c3d4e5f", "card policy perhaps"])
def test_words_that_are_no_card_or_policy_are_refused(words_of_it: str) -> None:
    with pytest.raises(ValueError, match="words-unknown"):
        parse(words_of_it)


def test_no_command_prints_a_card() -> None:
    assert UID not in repr(parse(f"hold card {UID}"))
