"""Every row of the threat model: its attack fails, and gets through once its defence is gone."""

import re
from pathlib import Path

import pytest

from tests.support.threat_model import BreachError, Threat
from tests.threats import (
    cards,
    clocks,
    holders,
    identities,
    keys,
    leaks,
    pairing,
    pairing_proxy,
    people,
    phones,
    previews,
    printers,
    records,
    releasing,
    roles,
    screens,
    submitting,
    technicians,
    wires,
)

ROWS: tuple[Threat, ...] = (
    *pairing_proxy.THREATS,
    *pairing.THREATS,
    *identities.THREATS,
    *wires.THREATS,
    *submitting.THREATS,
    *releasing.THREATS,
    *roles.THREATS,
    *holders.THREATS,
    *people.THREATS,
    *cards.THREATS,
    *clocks.THREATS,
    *records.THREATS,
    *keys.THREATS,
    *leaks.THREATS,
    *printers.THREATS,
    *screens.THREATS,
    *previews.THREATS,
    *phones.THREATS,
    *technicians.THREATS,
)
DOCUMENT = Path(__file__).parents[2] / "firmware" / "docs" / "threat-model.md"
each = pytest.mark.parametrize("threat", ROWS, ids=lambda threat: threat.id)


@each
def test_the_attack_fails(threat: Threat) -> None:
    threat.attack()


@each
def test_the_attack_gets_through_without_its_defence(threat: Threat, monkeypatch: pytest.MonkeyPatch) -> None:
    threat.remove(monkeypatch)
    with pytest.raises(BreachError):
        threat.attack()


def test_the_document_lists_exactly_these_attacks() -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|.*\| `([\w.:]+)` \|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(threat.id, threat.test) for threat in ROWS]
