"""The languages of the technician's page: the panel's own, with the page's own catalogues."""

from pathlib import Path
from typing import Final

from firmware.panel.languages import Languages, catalogue
from firmware.panel.speech import Speeches, Translations
from firmware.panel.tags import ENGLISH

LOCALES: Final = Path(__file__).parent / "locales"


def speeches(usual: str = ENGLISH) -> Speeches:
    """All of them, `usual` for a technician whose browser asks for none of them."""
    return Languages(usual, load=_loaded)


def _loaded(tag: str) -> Translations:
    """What the panel says of a printer is said here in the same words."""
    own = catalogue(tag, LOCALES, "technician")
    own.add_fallback(catalogue(tag))
    return own
