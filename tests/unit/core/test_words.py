"""The journal's words, and that nothing secret gets into them."""

import pytest

from firmware.core import events
from firmware.core.effects import CloseSession, Deliver, ListJobs, OpenSession
from firmware.core.words import describe, plain, plain_list


@pytest.mark.parametrize("code", ["badge-unknown", "reader-1", "media-empty", "KeyError", "x" * 64])
def test_codes_are_shown(code: str) -> None:
    assert plain(code) == code


@pytest.mark.parametrize("text", ["", "Alice Miller", "a\nb", "x" * 65, "é", "a\x1b[31m"])
def test_a_strangers_text_is_not(text: str) -> None:
    assert plain(text) == "unprintable"


def test_long_lists_are_cut() -> None:
    assert plain_list([f"r{n}" for n in range(10)]) == "r0, r1, r2, r3, r4, r5, r6, r7 and 2 more"


SECRET = "0badcafe0badcafe"


@pytest.mark.parametrize(
    "value",
    [
        events.BadgeRead("reader-1", SECRET),
        events.SessionOpened(1, SECRET, True, 30),
        OpenSession(1, SECRET),
        ListJobs(1, SECRET),
        CloseSession(SECRET),
        Deliver(1, SECRET, "job-1"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_carries_a_secret_cannot_print_it(value: object) -> None:
    assert SECRET not in f"{value!r} {value}"


def test_every_event_has_words() -> None:
    assert describe(events.BadgeRead("reader-1", SECRET)) == "badge read at reader-1"
    assert describe(events.SessionRefused(1, "badge-unknown")) == "refused badge-unknown"
    assert describe(events.ReaderChanged("Alice's reader", False)) == "reader unprintable gone"
