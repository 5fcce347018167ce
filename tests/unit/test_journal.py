"""Lines as people and the system's log get them."""

import io
from datetime import timedelta

import pytest

from firmware.journal import ShownTime, StreamJournal, standard_journal
from firmware.trust.clock import TrustedClock
from hal.sim import random_source
from hal.sim.clock import VirtualClock
from hal.sim.storage import SimStorage
from hal.sim.virtual_time import run


def test_a_line_has_its_time_of_day() -> None:
    stream = io.StringIO()
    StreamJournal(stream, VirtualClock()).write("started -> ready")
    assert stream.getvalue() == "2026-01-05T08:00:00.000Z started -> ready\n"


def test_nobody_can_forge_a_second_line() -> None:
    stream = io.StringIO()
    StreamJournal(stream, None).write("badge read\nstarted -> ready\r\x0bmore")
    assert stream.getvalue() == "badge read started -> ready more\n"


def test_a_stream_that_is_gone_stops_nothing() -> None:
    stream = io.StringIO()
    stream.close()
    StreamJournal(stream, None).write("started")


def test_the_systems_log_has_its_own_time(capsys: pytest.CaptureFixture[str]) -> None:
    standard_journal(VirtualClock(), {"JOURNAL_STREAM": "8:1"}).write("one")
    standard_journal(VirtualClock(), {}).write("two")
    assert capsys.readouterr().out.splitlines() == ["one", "2026-01-05T08:00:00.000Z two"]


@pytest.mark.parametrize("board_is_off", [0.0, 3600.0, -3600.0])
def test_lines_before_the_first_signed_time_do_not_go_back(board_is_off: float) -> None:
    """Before the pairing, after it (the certificate began five minutes ago), and once the mesh has said what time it
    is."""

    async def story() -> None:
        true, board = VirtualClock(), VirtualClock()
        board.jump(board_is_off)
        shown, stream = ShownTime(board), io.StringIO()
        journal = StreamJournal(stream, shown)
        journal.write("paired")
        began = true.now() - timedelta(minutes=5)
        shown.trusted = trusted = TrustedClock(board, SimStorage(random_source.stream(1, "storage")), earliest=began)
        for line in ("started", "mesh reachable"):
            await board.sleep(1)
            journal.write(line)
        times = [line.split()[0] for line in stream.getvalue().splitlines()]
        assert times == sorted(times)
        assert shown.now() == max(began + timedelta(seconds=2), board.now())
        trusted.accept(true.now())
        assert shown.now() == true.now()

    run(story())
