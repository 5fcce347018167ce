"""The vocabulary: every command can be said, and whatever else is said gets a helpful answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.sim.commands import Command, Computer, JumpClock, Plain, Wait
from hal.sim.commands_mesh import MeshAdds, MeshCuts, MeshFlips, SlowMesh
from hal.sim.commands_office import Part, RestorePart, Revocable, Revoke, WithdrawPart
from hal.sim.commands_person import Choose, Submit, TapBadge
from hal.sim.commands_printer import Jam, PrinterCuts, PrinterRefuses
from hal.sim.words import WordsError, parse, vocabulary


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("tap 04a1b2", TapBadge("04a1b2")),
        ("Tap 04A1 b2 ", TapBadge("04A1 b2")),
        ("jam", Jam()),
        ("jam at page 4", Jam(4)),
        ("printer refuses application/pdf", PrinterRefuses("application/pdf")),
        ("printer cuts after 0 bytes", PrinterCuts(0)),
        ("printer cuts after 1048576 bytes", PrinterCuts(1048576)),
        ("mesh cuts after 0 bytes", MeshCuts(0)),
        ("mesh flips byte 70", MeshFlips(70)),
        ("mesh adds 5 bytes", MeshAdds(5)),
        ("slow mesh 2s", SlowMesh(2)),
        ("slow mesh 250ms", SlowMesh(0.25)),
        ("clock -10 years", JumpClock(Computer.STATION, -3652.5 * 86400)),
        ("Clock +1 hour", JumpClock(Computer.STATION, 3600)),
        ("mesh clock +200 days", JumpClock(Computer.MESH, 200 * 86400)),
        ("mesh clock right", Plain.MESH_CLOCK_RIGHT),
        ("withdraw job part", WithdrawPart(Part.JOB)),
        ("withdraw Org", WithdrawPart(Part.ORG)),
        ("restore org part", RestorePart(Part.ORG)),
        ("restore network", Plain.RESTORE_NETWORK),
        ("revoke badge 04a1b2", Revoke(Revocable.BADGE, "04a1b2")),
        ("revoke user Ada", Revoke(Revocable.USER, "Ada")),
        ("revoke station", Revoke(Revocable.STATION)),
        ("submit 3 pages as ada", Submit(3, "ada")),
        ("submit 1 page as Ada", Submit(1, "Ada")),
        ("submit 12 as ada", Submit(12, "ada")),
        ("choose 2", Choose((2,))),
        ("choose 1, 3", Choose((1, 3))),
        ("choose all", Choose(None)),
        ("wait 31s", Wait(31)),
        ("wait 1h30m", Wait(5400)),
        ("wait 0.5s", Wait(0.5)),
        ("  LOG   out\n", Plain.LOG_OUT),
    ],
)
def test_what_is_said_is_meant(words: str, command: Command) -> None:
    assert parse(words) == command


@pytest.mark.parametrize("plain", list(Plain))
def test_every_plain_command_is_its_own_words(plain: Plain) -> None:
    assert parse(plain.value) is plain
    assert plain.value in vocabulary()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("", "say one of"),
        ("xyzzy", "say one of"),
        ("tap", "tap <text>"),
        ("kil station", "kill station"),
        ("printer", "printer o"),
        ("printer lacks warmth", "did you mean printer lacks <ability>? <ability> is pdf, two-sided, "),
        ("jam at page 0", "count from 1"),
        ("choose 0", "count from 1"),
        ("choose", "choose <places>"),
        ("submit 0 pages as ada", "count from 1"),
        ("submit pages as ada", "submit <n>"),
        ("wait 31", "wait <duration>"),
        ("wait -1s", "wait <duration>"),
        ("wait 9999999h", "31 days"),
        ("withdraw all parts", "withdraw <part>"),
        ("tap \u0660\u0661", "tap <text>"),
        ("printer refuses everything", "printer refuses <format>"),
    ],
)
def test_what_is_not_understood_is_told_with_a_hint(words: str, hint: str) -> None:
    with pytest.raises(WordsError, match="words-unknown") as caught:
        parse(words)
    assert hint in caught.value.hint
    assert caught.value.code == "words-unknown"
    assert caught.value.words.strip() == words.strip()


def test_a_badge_does_not_print_itself() -> None:
    assert "04a1b2" not in repr((parse("tap 04a1b2"), parse("revoke badge 04a1b2")))


WORDS = st.lists(
    st.one_of(
        st.sampled_from(sorted({word for usage in vocabulary() for word in usage.split()})),
        st.sampled_from(["1", "0", "31s", "all", "ada", "1e9", "\u0661", "org"]),
        st.text(max_size=6),
    ),
    max_size=6,
).map(" ".join)


@given(st.one_of(WORDS, st.text()))
def test_anything_is_a_command_or_a_clear_error(words: str) -> None:
    try:
        command = parse(words)
    except WordsError as error:
        assert error.hint  # noqa: PT017 (both ways out are fine; each is checked)
    else:
        assert isinstance(hash(command), int)
