"""What is known of printers besides what they say: every row has its reason, its source, and a model it fits."""

import pytest

from hal.quirks.printers import NAMES, QUIRKS, Quirk, quirks_of


@pytest.mark.parametrize("quirk", QUIRKS, ids=lambda one: one.match)
def test_a_row_is_known_and_sourced(quirk: Quirk) -> None:
    assert quirk.name in NAMES
    assert quirk.match == quirk.match.lower()
    assert quirk.link.startswith("https://")
    assert len(quirk.reason) > 20
    assert len(quirk.match.replace("*", "")) > 5, "a row never guesses"


@pytest.mark.parametrize(
    ("model", "quirks"),
    [
        ("EPSON ET-7700 Series", {"no-pwg-raster"}),
        ("Brother MFC-9340CDW", {"no-raster-resolution"}),
        ("KONICA MINOLTA bizhub C458", {"cancels-printed"}),
        ("Evolis Primacy 2", {"completed-early"}),
        ("Example Printer", {"no-rate"}),
        ("HP LaserJet Pro M404-M405", set()),
        ("", set()),
    ],
)
def test_a_model_has_its_quirks(model: str, quirks: set[str]) -> None:
    assert quirks_of(model) == quirks
