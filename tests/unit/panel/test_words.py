"""Plain words for all that the core knows: over its notices, conditions and questions, and the codes of the docs."""

import re
from pathlib import Path

import pytest

from firmware.core import conditions
from firmware.core.questions import Question, QuestionKind
from firmware.core.signs import Notice
from firmware.core.words import cannot
from firmware.panel import words
from firmware.panel.render import HERE

DOC = Path(__file__).parents[3] / "firmware" / "docs" / "errors.md"
FOR_PEOPLE = (
    "How a release ended",
    "The printer",
    "Badges and sessions",
    "Cards that prove themselves",
    "The mesh, as a station or client sees it",
    "Jobs and releases",
    "Documents and their envelope",
    "Identities",
)
FOR_TECHNICIANS = frozenset({
    "printer-none", "printer-keyless", "printer-network", "printer-busy", "printer-not-printed",
    "printer-approval-damaged",
    "reader-health-damaged", "badge-rule-invalid", "badge-rules-damaged", "badge-rule-none",
    "badge-reader-unknown", "badge-busy", "badge-unsolved", "badge-ambiguous", "badge-keys-full",
    "delegation-exists", "delegation-dates", "too-many-delegations", "card-keys-missing", "card-keys-full",
    "card-key-unknown", "card-keys-invalid", "receipt-differs", "receipt-foreign", "receipt-forged",
    "receipt-malformed", "receipt-untrusted", "sequence-reused", "epoch-unknown", "epoch-current",
    "epoch-destroyed",
})  # fmt: skip
"""What is answered to a command, or written down: no tap and no release ends in it."""
MOST_WORDS = 8


def section(title: str) -> list[str]:
    text = DOC.read_text(encoding="utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE)


@pytest.mark.parametrize("title", FOR_PEOPLE)
def test_each_code_that_a_person_can_meet_has_words(title: str) -> None:
    assert section(title)
    assert {code for code in section(title) if not words.is_told(code)} <= FOR_TECHNICIANS


def test_what_is_for_technicians_is_for_nobody_else() -> None:
    assert not FOR_TECHNICIANS & set(words.told_codes())


def test_no_code_has_words_that_the_docs_do_not_know() -> None:
    listed = set(re.findall(r"^\| `([a-z0-9-]+)` \|", DOC.read_text(encoding="utf-8"), re.MULTILINE))
    assert set(words.told_codes()) - listed == set()


def test_each_notice_has_words() -> None:
    assert set(words.NOTICES) == set(Notice)


@pytest.mark.parametrize("said", [*words.NOTICES.values(), *map(words.refusal, words.told_codes())])
def test_words_are_short_and_their_picture_is_there(said: words.Words) -> None:
    assert len(said.headline.split()) <= MOST_WORDS
    assert (HERE / "static" / "pictures" / f"{said.picture}.svg").is_file()


def test_each_sentence_of_a_condition_is_marked_for_translation() -> None:
    known = [found for found in vars(conditions).values() if isinstance(found, conditions.Condition)]
    assert len(known) > 20
    assert {text for found in known for text in (found.phrase, found.deed)} == words.CONDITIONS


def test_a_code_for_nobody_is_told_as_any_refusal() -> None:
    assert words.refusal("no-such-code") is words.NOTICES[Notice.REFUSED]


def test_whatever_a_printer_lacks_is_a_sentence() -> None:
    assert words.lacks(("sides", "sides", "x-odd", "y-odd")) == (
        "It cannot print on both sides.",
        "It cannot do all that was asked for.",
    )
    for name in words.LACKS:
        assert cannot((name,)).startswith("This printer cannot")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Question(QuestionKind.CAME_OUT), "Did all pages come out?"),
        (Question(QuestionKind.CAME_OUT, 3), "Did page %(page)s come out?"),
        (Question(QuestionKind.PRINT_ANYWAY, lacks=("sides",)), "Print it all the same?"),
        (Question(QuestionKind.PRINT_ANYWAY, lacks=("page-ranges",)), "Print all pages once more?"),
    ],
)
def test_each_question_has_words(asked: Question, said: str) -> None:
    assert words.question(asked) == said
