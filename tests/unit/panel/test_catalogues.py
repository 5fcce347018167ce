"""The catalogues are complete and fresh, and what is wrong with one is found."""

import re
from gettext import c2py
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message

from firmware.panel.languages import LOCALES
from firmware.panel.spoken_words import SPOKEN
from firmware.panel.tags import ENGLISH, TAGS
from tools.messages.__main__ import main
from tools.messages.books import BOOKS, Book
from tools.messages.catalogues import in_order, path_of, stored, updated, written
from tools.messages.extraction import extracted
from tools.messages.faults import disagreements, faults, single_forms

OTHERS = [tag for tag in TAGS if tag != ENGLISH]
CATEGORIES = {
    "de": ["one", "other"],
    "fr": ["one", "other"],
    "es": ["one", "other"],
    "ja": ["other"],
    "ar": ["zero", "one", "two", "few", "other", "many"],
}


@pytest.fixture(scope="module")
def sources() -> Catalog:
    return extracted()


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
@pytest.mark.parametrize("tag", OTHERS)
def test_every_catalogue_is_complete_and_fresh(book: Book, tag: str) -> None:
    before = stored(tag, book=book)
    fresh = updated(tag, extracted(book=book), before)
    assert in_order(fresh)
    assert list(faults(before, fresh)) == []
    assert path_of(tag, book=book).read_bytes() == written(fresh, book), "run tools/dev messages"


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_every_catalogue_says_where_the_terms_stand(book: Book) -> None:
    assert (path_of("de", book=book).parent / book.glossary).is_file()


@pytest.mark.parametrize("tag", OTHERS)
def test_forms_for_numbers_are_the_categories_of_cldr(tag: str) -> None:
    catalogue = stored(tag)
    form_of, category_of = c2py(catalogue.plural_expr), Locale.parse(tag).plural_form
    found = {form_of(number): category_of(number) for number in range(1000)}
    assert [found[form] for form in sorted(found)] == CATEGORIES[tag]
    assert catalogue.num_plurals == len(CATEGORIES[tag])
    assert list(disagreements(catalogue)) == []


@pytest.mark.parametrize("tag", OTHERS)
def test_labels_of_buttons_are_not_much_longer_than_in_english(tag: str) -> None:
    labels = [message for message in in_order(stored(tag)) if isinstance(message.id, str) and len(message.id) < 10]
    assert labels
    assert [message.id for message in labels if len(str(message.string)) > 2 * len(message.id) + 10] == []


def test_messages_come_from_templates_and_tables(sources: Catalog) -> None:
    found = {place for message in in_order(sources) for place, _ in message.locations}
    assert {"firmware/panel/templates/jobs.html", "firmware/panel/words.py", "firmware/panel/spoken_words.py"} <= found
    pages = sources.get("%(num)s page")
    assert pages is not None
    assert pages.id == ("%(num)s page", "%(num)s pages")


def test_spoken_japanese_is_written_as_it_sounds() -> None:
    spoken = [message for message in in_order(stored("ja")) if message.context == SPOKEN]
    assert len(spoken) > 50
    said = "".join(string for message in spoken for string in strings(message))
    assert re.findall(r"[\u3400-\u9fff]|[A-Za-z]", re.sub(r"%\(\w+\)s", "", said)) == []


def strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def one(source: str | tuple[str, str], string: str | tuple[str, ...], tag: str = "de") -> Catalog:
    made = Catalog(tag, fuzzy=False)
    made.add(source, string)
    return made


@pytest.mark.parametrize(
    ("source", "string", "fault"),
    [
        ("Page %(page)s", "Seite %(pages)s", "'Page %(page)s': has the places ['pages'] for ['page']"),
        ("Page %(page)s", "Seite", "'Page %(page)s': has the places [] for ['page']"),
        ("Page", "Seite %", "'Page': has a % that is no place"),
        ("<b>Page</b>", "<i>Seite</i>", "'<b>Page</b>': has other markup"),
        ("Page", "Seite&nbsp;", "'Page': has other markup"),
        ("Page", " Seite", "'Page': has blanks that are not wanted"),
        ("Ready.", "Bereit", "'Ready.': ends with '' for '.'"),
        ("Ready", "Bereit!", "'Ready': ends with '!' for ''"),
        ("Page", "", "'Page': is not translated"),
        (("%(num)s page", "%(num)s pages"), ("", "%(num)s Seiten"), "pages'): is not translated"),
        (("%(num)s page", "%(num)s pages"), ("Seite", "Seiten"), "has the places [] for ['num']"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_message_is_found(
    source: str | tuple[str, str], string: str | tuple[str, ...], fault: str
) -> None:
    made = one(source, string)
    [found] = faults(made, made)
    assert found.endswith(fault)


@pytest.mark.parametrize(
    ("source", "string", "tag"),
    [
        ("Ready.", "準備完了。", "ja"),
        ("Ready?", "准备好了？", "ja"),  # noqa: RUF001 - the question mark of that writing
        ("Who?", "من؟", "ar"),
        ("Who?", "Qui\u202f?", "fr"),
        (("%(num)s page", "%(num)s pages"), ("eine Seite", "%(num)s Seiten"), "de"),
        (("%(num)s page", "%(num)s pages"), ("%(num)s page", "%(num)s pages"), "fr"),
    ],
)
def test_what_is_right_in_its_language_is_no_fault(
    source: str | tuple[str, str], string: str | tuple[str, ...], tag: str
) -> None:
    made = one(source, string, tag)
    assert list(faults(made, made)) == []


def test_a_number_may_be_a_word_only_where_it_is_the_only_one() -> None:
    assert single_forms(Catalog("de")) == {0}
    assert single_forms(Catalog("fr")) == set()  # nought and one
    assert single_forms(Catalog("ja")) == set()
    assert single_forms(Catalog("ar")) == {0, 1, 2}


def test_what_the_sources_have_and_the_catalogue_has_not_is_found_and_the_other_way_round() -> None:
    before, now = one("Old", "Alt"), Catalog("de")
    now.add("New")
    fresh = updated("de", now, before)
    assert list(faults(before, fresh)) == [
        "'New' is in the sources, not in the catalogue",
        "'Old' is in the sources no more",
    ]
    assert list(faults(fresh, fresh)) == ["'New': is not translated"]


def test_a_wrong_rule_for_numbers_is_found() -> None:
    made = one("Page", "صفحة", "ar")
    made.mime_headers = [("Plural-Forms", "nplurals=2; plural=(n != 1);")]
    assert "form 1 is shared by other numbers" in list(disagreements(made))


def test_a_fuzzy_message_stays_so_until_somebody_looked() -> None:
    before = Catalog("de")
    before.add("Page", "Seite", flags={"fuzzy"})
    now = Catalog("de")
    now.add("Page")
    assert list(faults(before, updated("de", now, before))) == ["'Page': is fuzzy"]


def test_a_message_that_became_one_for_numbers_is_not_taken_for_the_old_one() -> None:
    now = Catalog("de")
    now.add(("%(num)s page", "%(num)s pages"))
    fresh = updated("de", now, one("%(num)s page", "%(num)s Seite"))
    assert [message.string for message in in_order(fresh)] == [("", "")]


def test_a_language_is_added_and_said_to_be_incomplete(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--add", "pt"], tmp_path) == 1
    assert "pt: 'Delete': is not translated" in capsys.readouterr().out
    first = path_of("pt", tmp_path).read_bytes()
    assert b"Portuguese" in first
    assert b"Date" not in first
    assert bytes(Path.cwd()) not in first
    assert main(["--check"], tmp_path) == 1
    assert "stale" not in capsys.readouterr().out
    assert main([], tmp_path) == 1
    assert path_of("pt", tmp_path).read_bytes() == first


def test_a_stale_catalogue_is_said_and_brought_up_to_date(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = path_of("de", tmp_path)
    path.parent.mkdir(parents=True)
    complete = path_of("de", LOCALES).read_bytes()
    path.write_bytes(complete + b'\nmsgid "Gone"\nmsgstr "Weg"\n')
    assert main(["--check"], tmp_path) == 1
    said = capsys.readouterr().out
    assert "de: stale: run tools/dev messages" in said
    assert "de: 'Gone' is in the sources no more" in said
    assert main([], tmp_path) == 0
    assert path.read_bytes() == complete


@pytest.mark.parametrize("tag", ["xx-notone", "klingon", "", "../x"])
def test_what_is_no_language_is_not_added(tmp_path: Path, tag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--add", tag], tmp_path)
    assert "is no language of CLDR" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
