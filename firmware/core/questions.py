"""What only the person who stands there can say, and what they may say to it."""

from dataclasses import dataclass
from enum import StrEnum

PAGE_RANGES = "page-ranges"
"""What is missing where no part of a document can be printed (RFC 8011 5.2.7)."""


class QuestionKind(StrEnum):
    """What only the person who stands there can say."""

    CAME_OUT = "came-out"
    """Did page n come out? The printer's own word is not enough."""
    PRINT_ANYWAY = "print-anyway"
    """The printer cannot do all that was asked for: print without it?"""


@dataclass(frozen=True, slots=True)
class Question:
    """`page` is the one asked about, None for "did all of it"; `lacks` are the attributes that cannot be honoured
    (`sides`, `media`, `print-color-mode`, …)."""

    kind: QuestionKind
    page: int | None = None
    lacks: tuple[str, ...] = ()


class AnswerKind(StrEnum):
    """What a person can say to a question."""

    YES = "yes"
    NO = "no"
    PAGES = "pages"
    """So many came out, and no more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`pages` goes with `PAGES`, and counts from the document's first page."""

    kind: AnswerKind
    pages: int | None = None
