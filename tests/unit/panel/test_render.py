"""Every screen in every manner: well-formed, nothing inline, nothing of a person where it does not belong."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.core.conditions import Picture
from firmware.core.signs import Notice
from firmware.panel.deeds import deeds
from firmware.panel.listed import ListedJob
from firmware.panel.render import HERE
from firmware.panel.view import Cost, Progress, Said, Screen, View
from tests.unit.panel.looks import JOBS, LISTED, MANNERS, NOW, VIEWS, Checked, job, renderer

HOSTILE = "<script>alert(1)</script><img src=x onerror=y>\"'`{{ 7*7 }}&\u202e"
KEYBOARD = re.compile("[a-z]")
_STATIC = HERE / "static"


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("name", VIEWS)
def test_each_screen_is_well_formed_and_has_nothing_inline(name: str, manner: str) -> None:
    page = Checked(renderer(stars=True).page(replace(VIEWS[name], prefs=MANNERS[manner]), NOW))
    assert len(page.ids()) == len(set(page.ids()))
    for tag, found in page.tags:
        assert tag != "style"
        assert "style" not in found
        assert not [attribute for attribute in found if attribute.startswith(("on", "hx-on"))]
        assert tag != "script" or found["src"].startswith("/static/")
    [section] = [found for tag, found in page.tags if tag == "section" and "data-page" in found]
    assert {"contrast", "large"} & set(section["class"].split()) == {
        word for word in ("contrast", "large") if getattr(MANNERS[manner], word)
    }


@pytest.mark.parametrize("name", VIEWS)
def test_each_word_is_asked_of_the_translator(name: str) -> None:
    page = Checked(renderer(stars=True).page(VIEWS[name], NOW))
    keys = VIEWS[name].screen is Screen.WHO
    left = [
        word for word in page.words if re.search("[A-Za-z]", word) and not (keys and KEYBOARD.fullmatch(word.strip()))
    ]
    assert left == []


@pytest.mark.parametrize("name", VIEWS)
def test_each_screen_has_one_heading_and_one_primary_button_at_most(name: str) -> None:
    screen = Checked(renderer().screen(VIEWS[name], NOW))
    assert [tag for tag, _ in screen.tags].count("h1") == 1
    primary = [found for _, found in screen.tags if "primary" in found.get("class", "").split()]
    in_dialogue = [found for found in primary if found.get("id") != "key-done"]
    assert len(in_dialogue) <= 1


@pytest.mark.parametrize("name", VIEWS)
def test_no_field_is_remembered_by_the_browser(name: str) -> None:
    screen = Checked(renderer().screen(VIEWS[name], NOW))
    typed = [found for tag, found in screen.tags if tag == "form" or (tag == "input" and found["type"] != "hidden")]
    assert all(found["autocomplete"] == "off" for found in typed)
    assert all("value" not in found for found in typed)


@pytest.mark.parametrize("hostile", [replace(JOBS[0], title=HOSTILE), replace(JOBS[0], owner=HOSTILE)])
def test_what_a_stranger_wrote_is_text(hostile: ListedJob) -> None:
    view = replace(LISTED, jobs=(hostile,))
    html = renderer().page(view, NOW)
    assert HOSTILE in Checked(html).words
    assert "<img" not in html
    assert "49" not in Checked(html).words


@settings(deadline=None, max_examples=60)
@given(st.text(min_size=1, max_size=255).filter(lambda text: "\0" not in text and "\r" not in text))
def test_any_title_and_any_id_leave_the_page_well_formed(text: str) -> None:
    view = replace(LISTED, jobs=(job(1, text), replace(job(2), job_id=text)), chosen=frozenset({text}))
    Checked(renderer().page(view, NOW))


def test_a_title_is_apart_from_the_writing_around_it() -> None:
    view = replace(LISTED, jobs=(job(1, "تقرير annual report 🎉"),))
    assert "<bdi>تقرير annual report 🎉</bdi>" in renderer().screen(view, NOW)


def test_a_document_without_a_title_has_its_time() -> None:
    assert "Document of 14:28" in renderer().screen(replace(LISTED, jobs=(job(2),)), NOW)


def test_a_long_list_is_shown_in_parts() -> None:
    view = VIEWS["jobs-more"]
    screen = renderer().screen(view, NOW)
    assert screen.count('role="checkbox"') == 20
    assert "Show more (480 left)" in screen
    more = renderer().screen(replace(view, shown=500), NOW)
    assert more.count('role="checkbox"') == 500
    assert "Show more" not in more


def keys_of(view: View) -> dict[str, str]:
    """What each key of a keypad touches."""
    screen = Checked(renderer().screen(view, NOW))
    return {key: found["id"] for _, found in screen.tags for key in found.get("data-key", "").split()}


def test_digits_pick_nine_and_enter_prints() -> None:
    keys = keys_of(replace(VIEWS["jobs-more"], jobs=tuple(job(number) for number in range(1, 10))))
    assert [keys[str(digit)] for digit in range(1, 10)] == [f"job-j{number}" for number in range(1, 10)]
    assert (keys["Enter"], keys["00"], keys["Escape"]) == ("print", "leave", "leave")


@pytest.mark.parametrize(("turned", "first", "last"), [(0, 1, 8), (8, 9, 16), (496, 497, 500)])
def test_of_a_long_list_digits_pick_eight_and_nine_goes_on(turned: int, first: int, last: int) -> None:
    keys = keys_of(replace(VIEWS["jobs-more"], shown=500, turned=turned))
    digits = [keys[str(digit)] for digit in range(1, 9) if str(digit) in keys]
    assert digits == [f"job-j{number}" for number in range(first, last + 1)]
    assert keys["9"] == "turn"


@pytest.mark.parametrize("name", ["jobs", "jobs-all", "jobs-more"])
def test_each_deed_of_a_keypad_is_touched_by_its_two_digits(name: str) -> None:
    """Those that the keypad's own table has now, and no others."""
    screen = Checked(renderer().screen(VIEWS[name], NOW))
    able = {
        key[1]
        for _, found in screen.tags
        for key in found.get("data-key", "").split()
        if len(key) == 2 and key[0] == "0" and "disabled" not in found
    }
    assert able == {deed.value for deed in deeds(VIEWS[name])}


def test_each_key_does_one_thing() -> None:
    for view in VIEWS.values():
        screen = Checked(renderer(stars=True).screen(view, NOW))
        keys = [key for _, found in screen.tags for key in found.get("data-key", "").split()]
        assert len(keys) == len(set(keys))


def test_what_cannot_be_printed_says_why_and_cannot_be_chosen() -> None:
    screen = Checked(renderer().screen(LISTED, NOW))
    [refused] = [found for _, found in screen.tags if found.get("id") == "job-j5"]
    assert "disabled" in refused
    assert "The document did not pass a check" in screen.words


def test_the_rest_is_offered_before_all_of_it() -> None:
    screen = renderer().screen(LISTED, NOW)
    assert screen.index("/do/print-rest") < screen.index('"/do/print"')
    assert "/do/print-rest" not in renderer().screen(VIEWS["jobs-fresh"], NOW)


def test_nothing_chosen_can_neither_be_printed_nor_deleted() -> None:
    screen = Checked(renderer().screen(VIEWS["jobs-cost"], NOW))
    off = {found["id"] for tag, found in screen.tags if tag == "button" and "disabled" in found}
    assert {"print", "delete"} <= off


def test_wishes_go_only_in_the_saving_direction() -> None:
    view = replace(LISTED, jobs=(job(1, copies=3),), chosen=frozenset({"j1"}))
    assert '"copies": 2' in renderer().screen(view, NOW)
    assert '"copies": 4' not in renderer().screen(view, NOW)
    saved = replace(
        LISTED, jobs=(job(1, sides="two-sided-long-edge", color_mode="monochrome"),), chosen=frozenset({"j1"})
    )
    screen = renderer().screen(saved, NOW)
    assert "two-sided" not in screen
    assert 'id="grey"' not in screen
    assert "copies" not in screen


def test_cost_is_said_as_the_language_writes_it() -> None:
    assert "This costs €1.20." in renderer().screen(replace(LISTED, cost=Cost(120, "EUR")), NOW)


def test_of_another_persons_print_only_that_it_goes_on_is_shown() -> None:
    view = View(Screen.PRINTING, progress=Progress(is_theirs=False, page=3, pages=12))
    screen = renderer().screen(view, NOW)
    assert "Another document is printing." in screen
    assert "Page" not in screen
    assert "/do/cancel" not in screen


def test_what_passes_fills_nobodys_screen_and_lies_over_a_persons() -> None:
    alone = renderer().screen(View(Screen.READY, said=Said(Notice.DONE)), NOW)
    assert '<h1 id="title" tabindex="-1">Done</h1>' in alone
    over = renderer().screen(replace(LISTED, said=Said(Notice.DONE)), NOW)
    assert 'class="strip"' in over
    assert "Your documents</h1>" in over


def test_a_held_job_says_how_many_pages_came_out() -> None:
    held = View(Screen.READY, said=Said(Notice.HELD, pages=2))
    assert "2 pages came out. Tap again for the rest." in renderer().screen(held, NOW)


def test_the_countdown_is_there_with_its_warning_and_more_time() -> None:
    screen = Checked(renderer().screen(replace(LISTED, deadline=NOW + 29.6, warning_seconds=10), NOW))
    [left] = [found for _, found in screen.tags if "data-seconds" in found]
    assert (left["data-seconds"], left["data-warn"], left["data-warning"]) == ("30", "10", "10 seconds left.")
    assert any(found.get("hx-post") == "/do/stay" for _, found in screen.tags)
    late = Checked(renderer().screen(replace(LISTED, deadline=NOW - 5), NOW))
    assert [found["data-seconds"] for _, found in late.tags if "data-seconds" in found] == ["0"]


def test_without_connection_since_when_is_told_in_wall_time() -> None:
    assert "14:28" in renderer().screen(VIEWS["offline"], NOW)


def test_each_picture_is_a_drawing_of_ours() -> None:
    for key in (*Picture, "question"):
        ElementTree.parse(_STATIC / "pictures" / f"{key}.svg")  # noqa: S314 - our own file


@pytest.mark.parametrize("name", ["ready-phone", "jobs-all", "who"])
def test_the_first_load_is_less_than_100_kilobytes(name: str) -> None:
    page = renderer(stars=True).page(VIEWS[name], NOW)
    asked_for = re.findall(r'(?:src|href)="/static/([^"]+)"', page)
    weight = len(page.encode()) + sum((_STATIC / file).stat().st_size for file in asked_for)
    assert len(asked_for) == 4
    assert weight < 100_000


def test_another_screen_has_another_key_and_the_same_one_has_not() -> None:
    def key(view: View) -> str:
        screen = Checked(renderer().screen(view, NOW))
        return next(found["data-page"] for _, found in screen.tags if "data-page" in found)

    assert key(LISTED) == key(replace(LISTED, chosen=frozenset()))
    assert len({key(view) for view in (LISTED, replace(LISTED, visit=8), replace(LISTED, confirming=True))}) == 3


def test_a_stop_between_pages_is_announced_now_and_then() -> None:
    def said(page: int) -> str:
        view = View(Screen.PRINTING, visit=7, progress=Progress(is_theirs=True, page=page, pages=40))
        screen = Checked(renderer().screen(view, NOW))
        return next(found["data-say"] for _, found in screen.tags if "data-say" in found).strip()

    assert [said(page) for page in (1, 2, 9, 10)] == ["Page 1", "", "", "Page 10"]


def test_who_waits_behind_anothers_print_is_not_asked_to_tap() -> None:
    waits = View(Screen.PRINTING, visit=7, progress=Progress(is_theirs=False, queued=1))
    screen = renderer().screen(waits, NOW)
    assert "Your pages are on their way." in screen
    assert "/do/cancel" in screen
    assert "more document" not in screen
    assert "Another document is printing" not in screen
    assert "1 more document waits." in renderer().screen(
        replace(waits, progress=Progress(is_theirs=False, queued=2)), NOW
    )


def test_who_has_nothing_left_to_choose_is_told_how_it_ended_and_may_leave() -> None:
    emptied = View(Screen.JOBS, visit=7)
    assert "No document of yours waits here." in renderer().screen(emptied, NOW)
    done = renderer().screen(replace(emptied, said=Said(Notice.DONE)), NOW)
    assert ">Done</h1>" in done
    assert "/do/leave" in done
    assert "/do/print" not in done
