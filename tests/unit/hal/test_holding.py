"""What is one tap, and what is a flood."""

from hypothesis import given
from hypothesis import strategies as st

from hal.framing.dialect import CardRead, Read
from hal.framing.holding import AGAIN, BURST, BURST_SECONDS, SEVERAL, Holding
from hal.ports.badge_reader import Fault, Form, Medium

ONE, TWO = CardRead(b"04a1b2c3"), CardRead(b"04d4e5f6")


def told(*reads: tuple[float, Read]) -> list[Read]:
    holding = Holding()
    return [passed for at, read in reads if (passed := holding.passes(read, at)) is not None]


def test_a_card_that_is_held_for_a_minute_is_one_tap_and_then_it_is_lifted() -> None:
    held = [(at * 0.9, ONE) for at in range(60)]
    assert told(*held, (60 * 0.9 + AGAIN, ONE)) == [ONE, ONE]


def test_a_purse_with_two_cards_is_two_taps_however_long_it_lies_there() -> None:
    assert told(*((at * 0.3, (ONE, TWO)[at % 2]) for at in range(200))) == [ONE, TWO]


def test_a_card_of_which_less_is_said_once_is_the_same_card() -> None:
    whole = CardRead(b"\x04", Form.BITS, 8, Medium.ISO14443A, speaks=True, iso_dep=True, ats=b"\x02\x78")
    assert told((0, whole), (0.4, CardRead(b"\x04", Form.BITS, 8)), (0.8, whole)) == [whole]


def test_another_card_is_told_at_once() -> None:
    assert told((0, ONE), (0.1, TWO), (AGAIN + 0.2, ONE)) == [ONE, TWO, ONE]


def test_of_a_flood_its_fault_is_told_once_and_a_quiet_reader_is_heard_again() -> None:
    flood: list[tuple[float, Read]] = [(at / 1000, CardRead(b"%08d" % at)) for at in range(1000)]
    heard = told(*flood, (1 + BURST_SECONDS, ONE))
    assert heard == [*(read for _, read in flood[: BURST - 1]), Fault.FLOOD, ONE]


@given(st.lists(st.tuples(st.floats(0, 5), st.binary(min_size=1, max_size=1)), max_size=200))
def test_it_remembers_no_more_than_lie_on_a_reader_together(taps: list[tuple[float, bytes]]) -> None:
    holding, now = Holding(), 0.0
    for gap, card in taps:
        now += gap
        passed = holding.passes(CardRead(card), now)
        assert passed in (None, CardRead(card), Fault.FLOOD)
        assert len(holding._seen) <= SEVERAL  # memory is what this is about
