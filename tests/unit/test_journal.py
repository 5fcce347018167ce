"""Lines as people and the system's log get them."""

import io

import pytest

from firmware.journal import StreamJournal, standard_journal
from hal.sim.clock import VirtualClock


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
