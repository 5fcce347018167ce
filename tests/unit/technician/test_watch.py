"""What the technician sees of each reading, in virtual time, and that no number is seen unasked."""

import asyncio
import json
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.badges.wiegand import Credential, encode
from firmware.numbers import Numbers
from firmware.technician.hints import FAULTS
from firmware.technician.seen import KEPT, Eye, Seen, masked
from firmware.technician.watch import watch
from hal.ports.badge_reader import Fault
from hal.sim.clock import VirtualClock
from hal.sim.reader import SimReader
from hal.sim.virtual_time import run

Action = Callable[[], object]
FRAME = encode(Credential("C1k48s", 31337, 654321)).value.to_bytes(6)


def watched(
    *script: tuple[float, Action],
    readers: tuple[SimReader, ...],
    numbers: Numbers | None = None,
    show: bool = False,
    enough: int | None = None,
) -> list[Seen]:
    """What is shown while things happen at their seconds, and half a minute more."""

    async def story() -> list[Seen]:
        seen: list[Seen] = []
        eye = Eye(numbers or Numbers(), show=show)
        task = asyncio.create_task(watch(readers, VirtualClock(), eye, seen.append, enough))
        for at, action in script:
            asyncio.get_running_loop().call_at(at, action)
        await asyncio.wait([task], timeout=30 + max(at for at, _ in script))
        assert task.done() is (enough is not None)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return seen

    return run(story())


def rules(*steps: str) -> Numbers:
    return Numbers.configured(steps, {})


def test_a_tap_is_shown_with_its_form_its_rules_and_its_number() -> None:
    front = SimReader("front")
    (seen,) = watched((1.5, partial(front.tap, "946EBD28")), readers=(front,), numbers=rules("hex2dec"), show=True)
    assert seen.line() == (
        "08:00:01.500Z  front  946EBD28  text, 8 characters, unknown  rules: hex2dec  number 2490285352  0.0 ms"
    )
    assert json.loads(seen.json()) == {
        "time": "2026-01-05T08:00:01.500Z",
        "reader": "front",
        "kind": "tap",
        "raw": "946EBD28",
        "form": "text",
        "medium": "unknown",
        "rules": ["hex2dec"],
        "wiegand": [],
        "number": "2490285352",
        "ms": 0.0,
    }
    assert front.said == [True]


def test_bits_are_shown_with_what_they_are_as_wiegand() -> None:
    front = SimReader("front")
    (seen,) = watched((1, partial(front.present, FRAME)), readers=(front,), show=True)
    assert (seen.form, seen.bits, seen.medium) == ("bits", 48, "iso14443a")
    assert seen.wiegand == ("C1k48s facility 31337 card 654321",)
    assert "48 bits, iso14443a  C1k48s facility 31337 card 654321" in seen.line()


def test_bits_of_no_format_are_shown_without() -> None:
    front = SimReader("front")
    (seen,) = watched((1, partial(front.present, bytes([FRAME[0], *FRAME[1:5], FRAME[5] ^ 1]))), readers=(front,))
    assert (seen.bits, seen.wiegand) == (48, ())


def test_what_the_rules_refuse_says_why_and_is_not_called_good() -> None:
    front = SimReader("front")
    (seen,) = watched((1, partial(front.tap, "Q7XZ9911")), readers=(front,), numbers=rules("hex2dec"))
    assert (seen.kind, seen.code, seen.number) == ("refused", "badge-format", "")
    assert "lockgate badge solve" in seen.line()
    assert front.said == [False]


def test_a_misread_has_its_code_and_a_hint() -> None:
    front = SimReader("front")
    garbled, torn = watched((1, front.garble), (5, front.tear), readers=(front,))
    assert (garbled.kind, garbled.code, torn.code) == ("misread", "read-garbled", "read-torn")
    assert torn.hint in torn.line()
    assert front.said == [False, False]


def test_every_fault_has_a_hint() -> None:
    assert set(FAULTS) == set(Fault)


def test_a_reader_that_is_lost_and_back_is_shown_with_what_to_do() -> None:
    front, back = SimReader("front"), SimReader("back")
    seen = watched(
        (1, front.unplug), (2, partial(back.tap, "946EBD28")), (9, front.plug), readers=(front, back), show=True
    )
    assert [(one.reader, one.kind) for one in seen] == [("front", "lost"), ("back", "tap"), ("front", "back")]
    assert "device-lost: unplugged" in seen[0].line()
    assert "systemctl stop lockgate" in seen[0].line()
    assert seen[2].line().endswith("front  back")


def test_it_ends_after_as_many_badges_as_asked_and_misreads_are_none() -> None:
    front = SimReader("front")
    seen = watched(
        (1, front.unplug),
        (3, front.plug),
        (9, partial(front.tap, "946EBD28")),
        (12, front.garble),
        (15, partial(front.tap, "11223344")),
        readers=(front,),
        enough=2,
    )
    assert [one.kind for one in seen] == ["lost", "back", "tap", "misread", "tap"]


def test_it_ends_when_nobody_looks_any_more() -> None:
    """At the first line that nobody takes; what comes later, or from another reader at the same time, is not shown."""
    front, back = SimReader("front"), SimReader("back")
    shown: list[Seen] = []

    def gone(seen: Seen) -> None:
        shown.append(seen)
        raise BrokenPipeError

    async def story() -> float:
        loop = asyncio.get_running_loop()
        for at, reader in ((1, front), (1, back), (9, front)):
            loop.call_at(at, partial(reader.tap, "946EBD28"))
        async with asyncio.timeout(30):
            await watch((front, back), VirtualClock(), Eye(Numbers()), gone)
        return loop.time()

    assert run(story()) == 1
    assert [(one.reader, one.kind) for one in shown] == [("front", "tap")]


@pytest.mark.parametrize(
    ("text", "shown"), [("946EBD28", "••••••28"), ("12345", "•••45"), ("1234", "••••"), ("7", "•"), ("", "")]
)
def test_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


OTHERWISE = str.maketrans("0123456789abcdefQXZ", "5678901234fedcbaXZQ")
"""Another number of the same kind: what is in the words about that one, too, is nothing of the first."""


def timeless(seen: Seen) -> str:
    told = repr(seen) + seen.line() + repr(json.loads(seen.json()))  # a dot is written \u2022 there, which are digits
    return told.replace(seen.time, "").replace(seen.time[11:], "")


@given(st.text("0123456789abcdefQXZ", min_size=5, max_size=60), st.sampled_from([(), ("hex2dec",), ("last 4",)]))
def test_without_show_no_number_is_ever_shown(number: str, steps: tuple[str, ...]) -> None:
    """Neither what was read nor what came of it, also where the rules refuse it, in a line or in JSON."""
    front = SimReader("front")
    numbers = rules(*steps)
    (clear,) = watched((1, partial(front.tap, number)), readers=(front,), numbers=numbers, show=True)
    again = SimReader("front")
    (seen,) = watched((1, partial(again.tap, number)), readers=(again,), numbers=numbers)
    other = SimReader("front")
    (control,) = watched((1, partial(other.tap, number.translate(OTHERWISE))), readers=(other,), numbers=numbers)
    secrets = {one for one in (clear.raw, clear.number) if one and one not in timeless(control)}
    assert clear.raw == number
    for shown in (seen.raw, seen.number):
        assert len(shown.strip("•")) <= KEPT
    assert not any(secret in timeless(seen) for secret in secrets)


def test_without_show_neither_facility_nor_card_is_shown() -> None:
    front = SimReader("front")
    (seen,) = watched((1, partial(front.present, FRAME)), readers=(front,))
    assert seen.wiegand == ("C1k48s facility •••37 card ••••21",)
    assert FRAME.hex() not in seen.line() + seen.json()
