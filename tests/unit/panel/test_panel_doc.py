"""docs/panel.md against the desk: every verb and every refusal is there, and nothing else."""

import re
from pathlib import Path

from firmware.panel.verbs import VERBS
from tests.unit.panel.test_verbs import CODES, TOO_LATE

DOC = (Path(__file__).parents[3] / "firmware" / "docs" / "panel.md").read_text(encoding="utf-8")


def test_every_verb_is_there() -> None:
    told = re.findall(r"^\| `([a-z-]+)` \|", DOC, re.MULTILINE)
    assert sorted(told) == sorted(VERBS)


def test_every_refusal_is_there() -> None:
    told = re.findall(r"^\| 4\d\d \| `([a-z-]+)` \|", DOC, re.MULTILINE)
    assert sorted(told) == sorted(CODES | TOO_LATE | {"form-malformed"})
