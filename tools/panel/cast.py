"""Who stands before the panel: people with their badges and languages, and what they have sent to be printed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tools.pdf import pdf_file

PIN = "471108"
IDLE_SECONDS = 60
UNKNOWN_BADGE = "04FFEEDDCC"
"""A badge that nobody has yet: whoever taps it is asked who they are."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of so many pages, and how it was asked for: options of `lockgate-submit`."""

    title: str = field(repr=False)
    pages: int
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a badge. `takes_all`: a tap prints everything. `lends_to`: who may release what they have held."""

    name: str
    badge: str = field(repr=False)
    language: str = "en"
    papers: tuple[Paper, ...] = ()
    pin: str = field(default="", repr=False)
    takes_all: bool = False
    lends_to: str = ""
    idle_seconds: int = IDLE_SECONDS


ADA = Person(
    "ada",
    "04A1B2C3D4",
    papers=(
        Paper("Seminar handout", 4, ("--sides", "two-sided-long-edge")),
        Paper("Boarding pass", 1),
        Paper("Thesis, third draft", 86, ("--copies", "2", "--color", "color")),
    ),
)
BEN = Person(
    "ben",
    "04D4E5F6A7",
    language="de",
    papers=(Paper("Bewerbung", 3, ("--color", "color")), Paper("Mietvertrag", 12)),
    pin=PIN,
    lends_to="ada",
)
CHLOE = Person("chloe", "04C4E5F6B8", language="fr")
DIEGO = Person("diego", "04B1B2C3D5", language="es", papers=(Paper("Horario", 2),), takes_all=True)
YUKI = Person("yuki", "04E7A1B2C9", language="ja", papers=(Paper("研究計画書", 8),))
AMAL = Person("amal", "04F8B2C3DA", language="ar", papers=(Paper("تقرير المختبر", 5),))

CAST = (ADA, BEN, CHLOE, DIEGO, YUKI, AMAL)


def badges(people: tuple[Person, ...]) -> Mapping[str, str]:
    """The number on each one's badge, by name; `stranger` has one that is nobody's."""
    return MappingProxyType({person.name: person.badge for person in people} | {"stranger": UNKNOWN_BADGE})


def document(paper: Paper) -> bytes:
    """A PDF (ISO 32000-1) with so many pages, each with its number; the title is not in it."""
    kids = " ".join(f"{4 + 2 * page} 0 R" for page in range(paper.pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {paper.pages} /MediaBox [0 0 595 842] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for page in range(paper.pages):
        resources = f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * page} 0 R"
        text = f"BT /F1 14 Tf 72 740 Td (page {page + 1} of {paper.pages}) Tj ET\n"
        objects.append(f"<< /Type /Page /Parent 2 0 R {resources} >>".encode())
        objects.append(f"<< /Length {len(text)} >>\nstream\n{text}endstream".encode())
    return pdf_file(objects)
