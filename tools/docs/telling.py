"""Draws firmware/docs/telling.md, what a person at the station is told and asked, from the station's own tables:
`python -m tools.docs`."""

from collections.abc import Iterator
from pathlib import Path

from firmware.core.conditions import CONDITIONS, UNKNOWN, UNSURE, Condition
from firmware.core.questions import PAGE_RANGES, Question, QuestionKind
from firmware.core.signs import Notice
from firmware.core.words import asked, cannot, kept

PAGE = Path(__file__).parents[2] / "firmware" / "docs" / "telling.md"

INTRODUCTION = """\
# What the person is told, and asked

Drawn from `firmware/core` by `python -m tools.docs`; a test keeps it fresh. Do not edit.

A light or a sound tells one thing at a time: what stands (`ready`, `printing`), and over it for three seconds what
passes (`done`, `refused`). Where there is a screen, words and a picture go with it; without one they are in the log.
Nothing of it names a person or a document.

## Lights and sounds

| signal | what it means |
|---|---|
"""

MEANINGS = {
    Notice.READY: "Tap.",
    Notice.READING: "The badge is being looked up, or the station is busy with it.",
    Notice.GOOD: "The badge is known; or the visit is over, since the same badge was tapped again.",
    Notice.NO_JOBS: "There is nothing to print.",
    Notice.PIN_ASKED: "Type your PIN.",
    Notice.PIN_WRONG: "That was not it.",
    Notice.WHO_ARE_YOU: "The badge is unknown: type the code that you were given to make it yours.",
    Notice.UNKNOWN_BADGE: "Nobody has this badge.",
    Notice.REFUSED: "It was refused; the journal says why.",
    Notice.NOT_CONNECTED: "The mesh does not answer: nobody can be known, nothing released.",
    Notice.PRINTER_NEEDS_YOU: "The printer waits for a person: for what, see below.",
    Notice.PRINTING: "Pages are on their way.",
    Notice.QUESTION: "You are asked something, see below.",
    Notice.DONE: "All pages are out.",
    Notice.HELD: "Not all of it was printed, and what was not is kept.",
    Notice.FAULT: "The station is out of order.",
}

QUESTIONS = """
## Questions

Where neither the printer nor the station can know, the person is asked, once and for 60 seconds, and as long again when
they ask for more time: only the one whose pages they are, and only while they stand there. Another badge puts the
question away at once, and so does leaving. The same badge again is no answer: the question stays. Without an answer
nothing is guessed: what is not known is reported as unknown, and what cannot be printed as asked stays held. The
answers are `yes`, `no`, and to the first two `pages N`: so many came out.

| asked | when |
|---|---|
"""

WHEN = (
    (Question(QuestionKind.CAME_OUT, 3), "the printer's word does not bear out that page 3, the last one, came out"),
    (Question(QuestionKind.CAME_OUT), "the same, of a document whose pages nobody has counted"),
    (Question(QuestionKind.PRINT_ANYWAY, lacks=("sides",)), "before a byte is sent: the printer cannot print as asked"),
    (
        Question(QuestionKind.PRINT_ANYWAY, lacks=(PAGE_RANGES,)),
        "the rest is wanted, and no part of it can be printed alone",
    ),
)

LACKING = f"""
Whoever says no to that, or nothing, is told why the job is kept, as `held` with the picture `held`:
"{kept(None, ("sides",))}"
What a printer cannot do is said in these words, joined where it is more than one thing; to nobody but the one who asked
for it, while they stand there.

| IPP attribute | what is said |
|---|---|
"""

ATTRIBUTES = ("sides", "media", "print-color-mode", "copies", "finishings", "printer-resolution", "document-format")

REST = f"""
## The rest

A job of which pages came out is held again with their number, and whoever called it off or counted them is told:
"{kept(2)}" No page is printed twice unless somebody says so:

- A tap that releases everything prints the rest, from the first page that is missing, and the journal says from which.
- Whoever chooses on a panel has both: `rest`, and the whole job again, for pages that came out spoilt.
- Where neither printer nor station can print a part of that document, they are asked whether all of it shall be printed
  again, before the mesh is. Without a yes nothing is printed, and it is refused with `rest-unsupported`.
- Where no page is left, they are asked whether the last one came out. Yes is printed, by a person's word; after a no
  the next tap prints all of it; without an answer it stays held, with `page-beyond-end`.
- Of a job of which nothing is known to have come out, the rest is all of it.

A visit that chose lasts until its pages are there, since there may be something to ask about them; its list is put away
when nobody has chosen for the idle time.

## What keeps a printer from printing

By the printer's own reasons (IANA registry of printer-state-reasons, without their severity). A printer that waits
before a release is asked nothing: the job stays as it is, and the person is told. One that waits in the middle goes on
by itself; after 15 minutes the rest is held again, lest pages come out unattended. Reasons of finishers go by their
endings: `-jam`, `-cover-open`, `-interlock-open`, `-over-temperature`, `-offline`, `-failure`.

| picture | what is said | reasons |
|---|---|---|
"""


def page() -> str:
    """The whole document."""
    signals = (f"| `{notice}` | {MEANINGS[notice]} |" for notice in Notice)
    questions = (f"| {asked(question).capitalize()} | {when} |" for question, when in WHEN)
    lacking = (f"| `{name}` | {cannot((name,))} |" for name in ATTRIBUTES)
    asking = (QUESTIONS, _lines(questions), LACKING, _lines(lacking))
    return "".join((INTRODUCTION, _lines(signals), *asking, REST, _lines(_conditions())))


def _conditions() -> Iterator[str]:
    reasons: dict[Condition, list[str]] = {}
    for reason, found in CONDITIONS.items():
        if found is not UNKNOWN:
            reasons.setdefault(found, []).append(f"`{reason}`")
    for found, names in reasons.items():
        yield f"| {found.picture} | {found} | {', '.join(names)} |"
    yield f"| {UNKNOWN.picture} | {UNKNOWN} | any other |"
    yield f"| {UNSURE.picture} | {UNSURE} | none: the outcome of a delivery is unknown |"


def _lines(lines: Iterator[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
