"""The languages of the page for phones: the panel's own, with the page's own catalogues."""

from functools import partial
from pathlib import Path
from typing import Final

from firmware.panel.speech import EnglishOnly, Speeches
from firmware.panel.tags import ENGLISH, is_offered

LOCALES: Final = Path(__file__).parent / "locales"


def speeches(usual: str = ENGLISH) -> Speeches:
    """All of them, `usual` for whoever reads none of them; English alone where Babel is not installed, which belongs to
    `lockgate[panel]`."""
    try:
        from firmware.panel.languages import Languages, catalogue  # noqa: PLC0415 - a mesh need not have it
    except ImportError:
        return EnglishOnly()
    return Languages(usual if is_offered(usual) else ENGLISH, load=partial(catalogue, locales=LOCALES, name="phone"))
