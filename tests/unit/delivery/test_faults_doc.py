"""firmware/docs/printer-faults.md is what the faults of the twin really lead to, and no fault leads to a lie."""

import pytest

from hal.sim.printer_faults import FAULTS, Fault
from tools.docs import printer_faults

LIARS = {"drops", "jam-loses-page"}
"""They claim every page, counted and in order: only somebody who looks at the paper can know better."""
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


def test_the_page_names_every_fault() -> None:
    page = printer_faults.page()
    assert {fault.name for fault in FAULTS if f"| `{fault.name}` |" not in page} == set()
