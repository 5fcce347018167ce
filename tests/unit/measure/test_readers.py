"""The measurements of readers: their arithmetic and rows, and each of them once, small, on the emulated wires."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from hal.sim.reader_pn532 import Pn532Chip
from hal.sim.reader_twn4 import Twn4Reader
from tools.demo.processes import DemoError, Talker, talker
from tools.measure import __main__ as bench
from tools.measure import readers, saying
from tools.measure.acknowledging import Beeping, acknowledged
from tools.measure.hands import LineHand, Stamped, card, number
from tools.measure.reader_child import cost
from tools.measure.readers import Contender, measured
from tools.measure.series import Row, Series, below
from tools.peers import cupsd, ippeveprinter
from tools.peers.wires import pty_reader

SEARCH, BEEP = b"050020\r", b"04076460094B000000\r"


class Told:
    """A process that has read a card at the given time."""

    def __init__(self, at: float) -> None:
        self.at = at

    def wait_for(self, *_: object) -> dict[str, Any]:
        return {"at": self.at}


class At:
    """A hand that was done at the given time."""

    def __init__(self, at: float) -> None:
        self.at = at

    def tap(self) -> float:
        return self.at


def contender(sent: float, had: float) -> Contender:
    return Contender(At(sent), cast(Talker, Told(had)))


def used(user: float, system: float, switches: int) -> resource.struct_rusage:
    return resource.struct_rusage((user, system, *[0] * 12, switches, 0))


def test_what_a_tap_took_is_in_milliseconds_from_its_last_byte() -> None:
    assert contender(7.0, 7.0125).took() == pytest.approx(12.5)


def test_a_card_that_was_read_before_it_was_there_is_another_one() -> None:
    with pytest.raises(RuntimeError, match="before it was there"):
        contender(7.0, 6.9).took()


def test_no_two_cards_are_the_same() -> None:
    assert len({number() for _ in range(100)} | {card().uid.hex() for _ in range(100)}) == 200


def test_the_cost_of_waiting_is_a_share_of_a_core() -> None:
    found = cost(used(1.0, 0.5, 10), used(1.1, 0.6, 50), 20.0)
    assert (found["share"], found["wakes"]) == (pytest.approx(1.0), 2.0)


@pytest.mark.parametrize(("most", "met"), [(2.0, True), (1.9, False)])
def test_a_bound_is_one_on_the_median(most: float, met: bool) -> None:
    row = below("x", "ms", Series((1.0, 2.0, 9.0)), most, ("peer", Series((2.0, 3.0, 3.0))))
    assert (row.goal, row.met) == (f"<= {most:g} ms", met)
    assert row.ratio is not None
    assert row.ratio.values == (2.0, 1.5, 3.0 / 9.0)


def test_without_a_bound_there_is_no_verdict() -> None:
    row = below("x", "ms", Series((1.0,)), None)
    assert (row.goal, row.met, row.ratio) == ("", None, None)


def test_a_reader_that_is_asked_tells_with_the_answer_that_has_the_card() -> None:
    stamped = Stamped(Twn4Reader())
    stamped.feed(SEARCH)
    stamped.present(card())
    assert stamped.told_at == 0.0
    before = time.monotonic()
    assert stamped.feed(SEARCH).startswith(b"0001")
    assert before <= stamped.told_at <= time.monotonic()


def test_a_reader_that_waits_for_cards_tells_at_once() -> None:
    stamped = Stamped(Pn532Chip())
    stamped.feed(b"\x55\x55\0\0\0" + bytes.fromhex("0000ff 04fc d44a0200 e0 00"))
    before = time.monotonic()
    assert stamped.present(card())
    assert before <= stamped.told_at <= time.monotonic()


def test_only_the_command_to_beep_is_a_beep() -> None:
    beeping = Beeping(Twn4Reader())
    beeping.feed(SEARCH)
    assert beeping.beeped_at == 0.0
    before = time.monotonic()
    beeping.feed(BEEP)
    assert before <= beeping.beeped_at <= time.monotonic()


def test_every_kind_of_reader_is_measured(tmp_path_factory: pytest.TempPathFactory) -> None:
    rows = list(measured(tmp_path_factory.mktemp("m"), taps=2, cards=1, seconds=0.5))
    named = {row.name: row for row in rows}
    assert len(named) == len(rows) == 18
    assert all(value > 0 for row in rows if row.unit == "ms" for value in _all(row))
    for what in ("a line's CR to its tap, serial", "Enter to its tap, HID", "the card's answer to its tap, PC/SC"):
        median, p95 = named[f"{what}, median"], named[f"{what}, p95"]
        assert p95.ours.values == (median.ours.high,)
        assert median.ratio is not None
        assert median.goal == p95.goal != ""
    asked = [row for row in rows if row.name.startswith("waiting at a TWN4")]
    assert [row.met for row in asked] == [None, None]
    assert asked[1].ours.median > readers.IDLE_WAKES


def _all(row: Row) -> Sequence[float]:
    return (*row.ours.values, *(row.peer.values if row.peer else ()))


def test_a_beep_is_never_before_the_card(tmp_path: Path) -> None:
    (heard,) = acknowledged(tmp_path / "beep", 1)
    assert 0 < heard.from_read < heard.from_card


def test_a_card_that_is_no_card_ends_the_measured_process() -> None:
    with pty_reader() as reader, talker("ours", readers.CHILD, "told", reader.uri) as process:
        process.wait_for(lambda said: "ready" in said)
        reader.send(b"04\xff\x00a1\r")
        with pytest.raises(DemoError, match="read-garbled"):
            Contender(LineHand(reader), process).took()


@pytest.mark.parametrize("module", [readers.CHILD, readers.BARE])
def test_a_measured_process_ends_with_its_input(module: str) -> None:
    with pty_reader() as reader:
        asked = ["serial", str(reader.link)] if module == readers.BARE else ["told", reader.uri]
        done = subprocess.run(
            [sys.executable, "-m", module, *asked], input=b"", capture_output=True, timeout=60, check=False
        )
    assert (done.returncode, done.stderr) == (0, b"")


def test_what_it_says_is_the_machines_time(capsys: pytest.CaptureFixture[str]) -> None:
    before = time.monotonic()
    saying.say_at()
    assert before <= json.loads(capsys.readouterr().out)["at"] <= time.monotonic()


def test_a_section_can_be_measured_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "_missing", str)
    plot = tmp_path / "plot.svg"
    assert bench.main(["--only", "crypto", "--runs", "1", "--json", "--plot", str(plot)]) == 0
    assert [row["peer_name"] for row in json.loads(capsys.readouterr().out)] == ["openssl speed"]
    assert plot.exists()


def test_what_is_missing_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cupsd, "available", lambda: True)
    monkeypatch.setattr(ippeveprinter, "available", lambda: True)
    monkeypatch.setattr(readers, "available", lambda: False)
    assert bench.main([]) == 1
    assert "umockdev" in capsys.readouterr().err
