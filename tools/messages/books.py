"""The books of messages: one for the panel, one for each page that others see. Each has its own catalogues."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from firmware.panel.languages import LOCALES
from firmware.panel.spoken_words import SPOKEN
from firmware.panel.technician.tongues import LOCALES as TECHNICIAN_LOCALES
from tools.edgemesh.phones.tongues import LOCALES as PHONE_LOCALES

TEMPLATES, PYTHON = "jinja2.ext:babel_extract", "python"
_NOWHERE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Book:
    """`name` is that of its files, `title` what it is to whoever translates, `glossary` where the terms stand, seen
    from its files. `sources` are folders, what is read in them, and how. `contexts` are files whose messages are others
    than the same words elsewhere (msgctxt); `keywords` are more functions whose first argument is a message."""

    name: str
    title: str
    locales: Path
    sources: tuple[tuple[str, str, str], ...]
    glossary: str
    contexts: Mapping[str, str] = field(default_factory=lambda: _NOWHERE)
    keywords: tuple[str, ...] = ()


PANEL: Final = Book(
    "panel",
    "panel",
    LOCALES,
    (("firmware/panel/templates", "*.html", TEMPLATES), ("firmware/panel", "*.py", PYTHON)),
    "../../glossary.md",
    MappingProxyType({"firmware/panel/spoken_words.py": SPOKEN}),
)
"""What is spoken may have to be written as it sounds, so it stands apart."""
TECHNICIAN: Final = Book(
    "technician",
    "technician's page",
    TECHNICIAN_LOCALES,
    (
        ("firmware/panel/technician/templates", "*.html", TEMPLATES),
        ("firmware/panel/technician", "*.py", PYTHON),
        ("firmware/technician", "*.py", PYTHON),
    ),
    "../../../../locales/glossary.md",
    keywords=("told",),
)
PHONE: Final = Book(
    "phone",
    "page for phones",
    PHONE_LOCALES,
    (("tools/edgemesh/phones", "*.py", PYTHON),),
    "../../../../../../firmware/panel/locales/glossary.md",
)
BOOKS: Final = (PANEL, TECHNICIAN, PHONE)
