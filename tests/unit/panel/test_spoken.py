"""What the voice says of each screen, and what it never says."""

from dataclasses import replace

import pytest

from firmware.core.conditions import CONDITIONS, UNKNOWN, UNSURE
from firmware.core.questions import PAGE_RANGES, Question, QuestionKind
from firmware.core.signs import Notice
from firmware.panel.deeds import Deed, deeds
from firmware.panel.languages import Languages
from firmware.panel.listed import ListedJob
from firmware.panel.pointer import NOWHERE, Pointer
from firmware.panel.speech import English
from firmware.panel.spoken import spoken, warning
from firmware.panel.spoken_words import COUNTED, SINGLE, WHY, SpokenPhrases, reason
from firmware.panel.view import Progress, Said, Screen, View
from firmware.panel.words import told_codes
from hal.ports.voice import Line, Sentence

PHRASES = SpokenPhrases(English())
TITLE, OWNER = "Notice of dismissal", "grace.hopper"


def job(number: int, *, pages: int | None = 4, owner: str = "") -> ListedJob:
    return ListedJob(f"job-{number}", None, 1000, "application/pdf", title=TITLE, owner=owner, pages=pages)


JOBS = (job(1), job(2, pages=1), job(3, pages=None, owner=OWNER))
ALL = frozenset(one.job_id for one in JOBS)
LIST = View(Screen.JOBS, visit=1, jobs=JOBS, chosen=ALL)


HOW = (
    "Press the number of a document, or next, to choose. Press 0 to delete, to save paper, and for more. "
    "Press cancel to log out."
)


def words(view: View, pointer: Pointer = NOWHERE, *, in_full: bool = True) -> str:
    return " ".join(map(PHRASES.phrase, spoken(view, pointer, in_full=in_full)))


@pytest.mark.parametrize(
    ("view", "at", "said"),
    [
        (LIST, 0, f"3 documents. Press OK to print all. {HOW}"),
        (
            View(Screen.JOBS, visit=1, jobs=JOBS[:1], chosen=frozenset({"job-1"})),
            0,
            f"1 document. Press OK to print all. {HOW}",
        ),
        (
            View(Screen.JOBS, visit=1, jobs=JOBS, chosen=frozenset({"job-1"})),
            0,
            f"1 of 3 documents are chosen. Press OK to print what is chosen. {HOW}",
        ),
        (
            View(Screen.JOBS, visit=1, jobs=JOBS),
            0,
            f"3 documents. Nothing is chosen. {HOW}",
        ),
        (
            LIST,
            2,
            "Document 2 of 3. 1 page. It is chosen. Press OK to leave it out. Press cancel to go back and print.",
        ),
        (
            View(Screen.JOBS, visit=1, jobs=JOBS),
            3,
            "Document 3 of 3. Shared with you by somebody else. It is not chosen. Press OK to choose it. "
            "Press cancel to go back and print.",
        ),
        (
            View(Screen.JOBS, visit=1, jobs=JOBS, chosen=ALL, confirming=True),
            0,
            "Delete 2 documents? Press 1 or next to delete, 0 or OK to keep.",
        ),
        (View(Screen.READY), 0, "Hold your badge to the reader."),
        (
            View(Screen.PRINTING, progress=Progress(is_theirs=False, page=3)),
            0,
            "Somebody else's documents are printing. You can tap now.",
        ),
        (
            View(Screen.PRINTING, visit=1, progress=Progress(True, page=2, pages=7, queued=1)),
            0,
            "Printing. Page 2 of 7. 1 more document follows. Press 9 or cancel to stop. "
            "Press 0 to log out; printing goes on.",
        ),
        (
            View(Screen.PRINTING, visit=1, progress=Progress(True, page=2)),
            0,
            "Printing. Page 2. Press 9 or cancel to stop. Press 0 to log out; printing goes on.",
        ),
        (
            View(Screen.READY, said=Said(Notice.DONE)),
            0,
            "Done. Take your pages with you. Hold your badge to the reader.",
        ),
        (
            View(Screen.READY, said=Said(Notice.HELD, pages=2)),
            0,
            "Not all was printed. The rest is kept. 2 pages came out. Hold your badge to the reader.",
        ),
        (
            View(Screen.READY, said=Said(Notice.GOOD)),
            0,
            "Goodbye. You are logged out. Hold your badge to the reader.",
        ),
        (
            View(Screen.PRINTER_NEEDS_YOU, needs=(CONDITIONS["media-jam"], CONDITIONS["cover-open"])),
            0,
            "The printer needs somebody. Paper is jammed. A cover is open.",
        ),
    ],
)
def test_what_is_said(view: View, at: int, said: str) -> None:
    assert words(view, Pointer(at=at)) == said


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            Question(QuestionKind.CAME_OUT, 3),
            "Did page 3 come out? Press 1 or OK for yes, 2 or cancel for no. If only some pages came out, press 3.",
        ),
        (
            Question(QuestionKind.CAME_OUT),
            "Did all pages come out? Press 1 or OK for yes, 2 or cancel for no. If only some pages came out, press 3.",
        ),
        (
            Question(QuestionKind.PRINT_ANYWAY, lacks=("sides",)),
            "This printer cannot print it as asked. Print it anyway? Press 1 or OK for yes, 2 or cancel for no.",
        ),
        (
            Question(QuestionKind.PRINT_ANYWAY, lacks=(PAGE_RANGES,)),
            "Print all pages again, also those that came out? Press 1 or OK for yes, 2 or cancel for no.",
        ),
    ],
)
def test_questions(question: Question, said: str) -> None:
    assert words(View(Screen.QUESTION, visit=1, question=question, number=1)) == said


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("locked-out", "Locked for a while. Wait some minutes, then tap again."),
        ("card-lost", "The badge was lifted too soon. Hold it to the reader until the light changes."),
        ("job-receiving", "The document is still arriving. Wait a moment, then tap again."),
        ("never-heard-of", "That did not work. Please tap again, or ask for help."),
    ],
)
def test_why_it_did_not_work_is_said_as_the_screen_says_it(code: str, said: str) -> None:
    view = View(Screen.READY, said=Said(Notice.REFUSED, code=code))
    assert words(view) == f"{said} Hold your badge to the reader."


def test_each_reason_is_told_apart() -> None:
    assert len({PHRASES.phrase(Sentence(line)) for line in WHY}) == len(WHY)
    assert {reason(code) for code in told_codes()} >= set(WHY)


def test_of_a_pin_only_how_many_digits_were_typed() -> None:
    assert words(View(Screen.PIN, visit=1)) == "Type your PIN, then press OK."
    assert (
        words(View(Screen.PIN, visit=1), Pointer(digits="471"))
        == "3 digits typed. Press cancel to delete what you typed."
    )


def test_a_code_is_typed_as_a_pin_and_how_many_pages_came_out_too() -> None:
    asked = View(Screen.QUESTION, visit=1, question=Question(QuestionKind.CAME_OUT, 3), number=1)
    assert "then press OK" in words(View(Screen.WHO, visit=1))
    assert words(View(Screen.WHO, visit=1), Pointer(digits="4711")).startswith("4 digits typed.")
    assert words(asked, Pointer(is_counting=True)) == "Type how many pages came out, then press OK."
    assert words(asked, Pointer(is_counting=True, digits="12")) == "2 digits typed."


RICH = View(
    Screen.JOBS,
    visit=1,
    jobs=(replace(job(1), copies=3, pages_out=1), job(2)),
    chosen=ALL - {"job-3"},
    copies=2,
    grey=True,
    progress=Progress(is_theirs=True),
)


def test_after_nought_each_deed_is_said_with_its_digit() -> None:
    assert words(RICH, Pointer(is_zero=True)) == (
        "1: one copy less. 2: one copy more. 3: on both sides. That is off. 4: without colour. That is on. "
        "5: keep them here after printing. That is off. 6: choose all, or none. 7: print all pages again. "
        "8: stop printing. 9: delete what is chosen. 0: log out."
    )
    bare = replace(RICH, jobs=(job(1),), chosen=frozenset(), progress=None)
    assert words(bare, Pointer(is_zero=True)) == "6: choose all, or none. 0: log out."


def test_what_a_digit_did_is_said_first() -> None:
    listed = f"2 documents. Press OK to print all. {HOW}"
    assert words(RICH, Pointer(did=Deed.FEWER)) == f"2 copies. {listed}"
    assert words(RICH, Pointer(did=Deed.GREY)) == f"4: without colour. That is on. {listed}"
    assert words(RICH, Pointer(did=Deed.ALL)) == listed
    assert words(RICH, Pointer(did=2)) == f"Document 2 of 2. 4 pages. It is chosen. {listed}"


def test_a_deed_is_a_place_after_the_documents() -> None:
    at = 3 + deeds(RICH).index(Deed.TWO_SIDED)
    said = "3: on both sides. That is off. Press OK for it. Press cancel to go back and print."
    assert words(RICH, Pointer(at=at)) == said
    assert words(RICH, Pointer(at=99)).startswith("0: log out.")


def test_of_a_long_list_it_is_said_which_ones_the_digits_are() -> None:
    long = View(Screen.JOBS, visit=1, jobs=tuple(map(job, range(1, 21))), chosen=frozenset())
    assert "Press 9 for the next ones." in words(long)
    assert "is now" not in words(long)
    assert "Number 1 is now document 9. Press 9 for the next ones." in words(replace(long, turned=8))


def test_why_a_document_cannot_be_printed_is_said_of_it() -> None:
    view = replace(LIST, jobs=(replace(job(1), refused="job-lost"),), chosen=frozenset())
    for pointer in (Pointer(at=1), Pointer(did=1)):
        assert "chosen." not in words(view, pointer).split("1 document.")[0]
        assert words(view, pointer).startswith("Document 1 of 1. 4 pages. ")


def test_a_pairing_code_is_said_digit_by_digit_and_only_to_who_asks() -> None:
    waiting = View(Screen.PAIRING, pairing_code="471108 000923")
    hint = "This station is not set up yet. Press any key to hear the code for the administrator."
    assert words(waiting, in_full=False) == hint
    assert words(waiting) == "The code for the administrator: 4. 7. 1. 1. 0. 8. 0. 0. 0. 9. 2. 3."
    assert words(View(Screen.PAIRING)) == "This station is not set up yet."
    failed = View(Screen.PAIRING, said=Said(Notice.REFUSED, code="enrolment-refused"))
    assert words(failed) == "This station is not set up yet. That did not work. It is tried again by itself."


def test_what_changes_while_one_listens_is_said_only_to_who_asks() -> None:
    first, second = (View(Screen.PRINTING, visit=1, progress=Progress(True, page=page)) for page in (1, 2))
    assert spoken(first, in_full=False) == spoken(second, in_full=False)
    assert spoken(first) != spoken(second)


@pytest.mark.parametrize("screen", Screen)
@pytest.mark.parametrize("notice", [None, *Notice])
def test_every_screen_is_said_and_no_name_and_no_title_ever(screen: Screen, notice: Notice | None) -> None:
    view = View(
        screen,
        visit=1,
        jobs=JOBS,
        chosen=ALL,
        said=None if notice is None else Said(notice, 2),
        question=Question(QuestionKind.CAME_OUT, 1),
    )
    for pointer in (
        *map(Pointer, range(12)),
        Pointer(did=2),
        Pointer(is_zero=True),
        *(Pointer(did=deed) for deed in Deed),
    ):
        said = words(view, pointer)
        assert TITLE not in said
        assert OWNER not in said
        assert "job-" not in said
        assert said or screen is Screen.READING


def test_every_condition_of_a_printer_has_words() -> None:
    for condition in {*CONDITIONS.values(), UNKNOWN, UNSURE}:
        assert len(spoken(View(Screen.PRINTER_NEEDS_YOU, needs=(condition,)))) == 2


def test_every_line_has_words_and_is_in_one_list() -> None:
    assert sorted([*SINGLE, *COUNTED, *WHY]) == sorted(Line)


@pytest.mark.parametrize("line", Line)
def test_every_line_can_be_said_of_any_number(line: Line) -> None:
    for number in (0, 1, 2, 1234):
        said = PHRASES.phrase(Sentence(line, number, 7))
        assert "%" not in said
        assert said.endswith((".", "?", ":"))


@pytest.mark.parametrize("tag", [language.tag for language in Languages().offered()])
@pytest.mark.parametrize("line", Line)
def test_every_line_is_said_in_every_language_with_its_numbers(tag: str, line: Line) -> None:
    phrases = SpokenPhrases(Languages().of(tag, ""))
    assert phrases.language == tag
    for number in (0, 1, 2, 3, 7, 11, 100):
        said = phrases.phrase(Sentence(line, number, 12))
        assert said.strip()
        assert "%" not in said
        assert ("12" in said) == ("%(of)s" in SINGLE.get(line, ""))


def test_running_out_of_time_is_said_with_what_helps() -> None:
    assert " ".join(map(PHRASES.phrase, warning(1))) == "1 second left. Press any key for more time."
