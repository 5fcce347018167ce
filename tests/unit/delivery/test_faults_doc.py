"""firmware/docs/printer-faults.md is what the faults of the twin really lead to, and no fault leads to a lie."""

import re

import pytest

from firmware.core.conditions import UNSURE
from hal.sim.printer_faults import FAULTS, Fault
from tools.docs import printer_faults, telling

LIARS = {"jam-loses-page"}
"""It claims every page, counted and in its time: only somebody who looks at the paper can know better."""
EARLY_AND_LATE = pytest.mark.parametrize("early", [True, False], ids=["before the tap", "while it prints"])


def test_the_page_is_fresh() -> None:
    assert printer_faults.PAGE.read_text("utf-8") == printer_faults.page(), "run python -m tools.docs"


@EARLY_AND_LATE
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_printed_is_said_of_what_is_on_paper(fault: Fault, early: bool) -> None:
    came = printer_faults.outcome(fault, early=early)
    if "printed," in came.ledger and fault.name not in LIARS:
        assert came.paper == "pages 1, 2, 3"
    assert came.mesh.partition(",")[0] in ("held", "unknown", "printed"), "still on its way"
    assert ("printed" in came.mesh) == came.ledger.startswith("printed")


@EARLY_AND_LATE
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_person_is_told_how_it_ended_in_the_words_of_telling(fault: Fault, early: bool) -> None:
    came = printer_faults.outcome(fault, early=early)
    told = came.person.split("; ")
    assert ("`done`" in told) == ("printed," in came.ledger)
    if "unknown," in came.ledger:
        assert any(part.startswith("`question` [question] Did") for part in told)
        assert any(UNSURE.phrase in part and f"[{UNSURE.picture}]" in part for part in told)
    words = telling.page()
    for part in told:
        signal, _, said = part.partition(" ")
        assert f"| {signal} |" in words
        for caption in re.split(r" (?=\[)", said) if said else ():
            picture, _, sentence = caption.partition("] ")
            assert sentence in words
            assert picture[1:] in words


def test_the_page_names_every_fault() -> None:
    page = printer_faults.page()
    assert {fault.name for fault in FAULTS if f"| `{fault.name}` |" not in page} == set()
