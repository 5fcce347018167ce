"""The technician's page in languages: every word of it is a message, and findings are said in it."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from firmware.badges.raw import RawRead
from firmware.badges.solver import Known, solve
from firmware.panel.speech import Speech
from firmware.panel.tags import TAGS
from firmware.panel.technician import tongues
from firmware.panel.technician.drawing import Drawing
from firmware.panel.technician.insight import UPDATES
from firmware.panel.technician.words import DEVICES
from firmware.reader_health import ReaderHealth
from firmware.technician.machine import Machine
from firmware.technician.seen import Seen
from firmware.technician.standing import Moment, standing
from firmware.technician.table import directory, warning
from firmware.technician.told import told
from tests.support.pseudo import BACKWARDS, FORWARDS
from tests.unit.panel.looks import Checked
from tests.unit.panel.test_pseudo import outside_brackets
from tests.unit.technician.test_standing import stands

PARTS = ("overview", "readers", "printer", "journal")
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
DIGITS = "2026"
"""Stands wherever something of the station stands, so that no letter of it is taken for a word."""


def solved() -> SimpleNamespace:
    known = [Known(RawRead(b"946EBD28"), "2490285352")]
    solution = solve(known)
    rules = SimpleNamespace(candidates=solution.candidates[:2])
    told_so = told("written for the site: %(rule)s. The station goes by it from its next start.", rule=DIGITS)
    return SimpleNamespace(
        said=told_so,
        solution=rules,
        table=DIGITS,
        warning=warning(solution.candidates[0], solution),
        directory=directory(known, solution.candidates[0]),
    )


def values(part: str, *, show: bool = False) -> dict[str, object]:
    seen = Seen(DIGITS, DIGITS, "tap", raw=DIGITS, bits=26, rules=(), number=DIGITS, ms=1.0)
    findings = [UPDATES, *standing(stands(), Moment(NOW)), *Machine(Path("/")).memory()]
    health = {DIGITS: ReaderHealth(), "1": ReaderHealth(present=False, last_lost=DIGITS)}
    return {
        "part": part,
        "show": show,
        "token": DIGITS,
        "station": DIGITS,
        "trouble": "404",
        "findings": findings,
        "reset": False,
        "health": health,
        "taps": [SimpleNamespace(serial=1, seen=seen)],
        "holds": True,
        "solving": solved(),
        "rows": {"printer": DIGITS, "state": told("can print")},
        "trying": SimpleNamespace(said=[told("the printer waits no more")]),
        "lines": [DIGITS],
    }


def drawn(part: str, speech: Speech, *, show: bool = False) -> Checked:
    return Checked(Drawing().page(part, speech, values(part, show=show)))


@pytest.mark.parametrize("speech", [FORWARDS, BACKWARDS], ids=["ltr", "rtl"])
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("show", [True, False])
def test_nothing_is_said_that_is_no_message(part: str, speech: Speech, show: bool) -> None:
    page = drawn(part, speech, show=show)
    said = [word for word in page.words if "[" in word]
    assert len(said) > 5
    left = outside_brackets("".join(page.words)).replace("ms", "")
    assert [letter for letter in left if letter.isalpha()] == []
    assert [found["dir"] for tag, found in page.tags if tag == "html"] == [speech.direction]


@pytest.mark.parametrize("tag", TAGS)
def test_findings_are_said_in_the_pages_language_and_of_a_printer_as_the_panel_says_it(tag: str) -> None:
    translations = tongues.speeches().of(tag, "").translations
    page = " ".join(drawn("overview", tongues.speeches().of(tag, "")).words)
    assert translations.gettext(UPDATES.remedy) in page
    assert (UPDATES.remedy in page) == (tag == "en")
    assert (translations.gettext("There is no paper.") == "There is no paper.") == (tag == "en")
    assert all(translations.gettext(device) != "" for device in DEVICES)
    assert translations.gettext("deny list") in page
