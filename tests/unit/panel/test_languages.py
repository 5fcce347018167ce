"""Who gets which language: what was touched before the person's own before the site's, whatever the tags are."""

import logging
from gettext import NullTranslations
from pathlib import Path

import pytest
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.config import ConfigError, load
from firmware.panel.languages import LOCALES, Languages, catalogue
from firmware.panel.site import speeches, today_in
from firmware.panel.speech import EnglishOnly
from firmware.panel.tags import TAGS, TOLD, is_offered, is_zone, language_of, region_of

SUMMED = 1_234_567


@pytest.mark.parametrize(
    ("touched", "person", "usual", "tag"),
    [
        ("ja", "de", "fr", "ja"),
        ("", "de", "fr", "de"),
        ("", "", "fr", "fr"),
        ("", "nl", "fr", "fr"),
        ("nl", "de", "fr", "de"),
        ("", "DE-at", "en", "de"),
        ("", "de_CH", "en", "de"),
        ("", "zh-Hant-TW", "es-MX", "es"),
        ("", "", "", "en"),
        ("", "", "nl", "en"),
    ],
)
def test_which_one_it_is(touched: str, person: str, usual: str, tag: str) -> None:
    assert Languages(usual).of(touched, person).tag == tag


@pytest.mark.parametrize(
    ("touched", "person", "usual", "number"),
    [
        ("", "de-CH", "en", "1’234’567"),  # noqa: RUF001 - as the Swiss write it
        ("de", "de-CH", "en", "1’234’567"),  # noqa: RUF001 - likewise
        ("", "de", "de-CH", "1’234’567"),  # noqa: RUF001 - likewise
        ("", "de-QQ", "en", "1.234.567"),
        ("de", "fr-CH", "en", "1.234.567"),
        ("", "en-x-de", "en", "1,234,567"),
    ],
)
def test_numbers_are_those_of_the_region(touched: str, person: str, usual: str, number: str) -> None:
    assert Languages(usual).of(touched, person).fmt.number(SUMMED) == number


@settings(deadline=None)  # a locale's data is read when its first number is written
@given(st.text(max_size=80) | st.from_regex(r"\A[a-zA-Z]{1,4}([-_][a-zA-Z0-9]{1,9}){0,5}\Z"), st.text(max_size=80))
def test_whatever_the_tags_are_it_is_one_that_is_offered(touched: str, person: str) -> None:
    found = Languages().of(touched, person)
    assert found.tag in TAGS
    assert found.fmt.number(1) == "1"
    assert found.tag == language_of(touched) or language_of(touched) not in TAGS
    assert is_offered(touched) == (language_of(touched) in TAGS)


@pytest.mark.parametrize("tag", ["de" * 20, "de-" + "a" * 32, "../../etc/passwd", "de\n", "d", "", "-de", "ｄｅ"])  # noqa: RUF001
def test_what_is_no_tag(tag: str) -> None:
    assert language_of(tag) == ""
    assert region_of(tag) == ""


@pytest.mark.parametrize(
    ("tag", "region"),
    [
        ("de", ""),
        ("de-AT", "AT"),
        ("zh-Hant-tw", "TW"),
        ("es-419", "419"),
        ("de-DE-u-co-phonebk", "DE"),
        ("en-u-rg-uszzzz", ""),
    ],
)
def test_the_region_of_a_tag(tag: str, region: str) -> None:
    assert region_of(tag) == region


def test_those_on_the_screen_are_called_as_they_call_themselves() -> None:
    offered = [(one.tag, one.name, one.direction) for one in Languages("de").offered()]
    assert offered == [
        ("en", "English", "ltr"),
        ("de", "Deutsch", "ltr"),
        ("fr", "français", "ltr"),
        ("es", "español", "ltr"),
        ("ja", "日本語", "ltr"),
        ("ar", "العربية", "rtl"),
    ]


@pytest.mark.parametrize(
    ("usual", "site", "offered"),
    [
        ("en", (), TAGS),
        ("en", ("de", "en"), ("de", "en")),
        ("en", ("fr-CH", "de-CH", "fr", "it"), ("fr", "de")),
        ("de", ("fr",), ("fr",)),
        ("de-AT", ("it", "", "no tag"), ("de",)),
    ],
)
def test_a_site_may_offer_fewer(usual: str, site: tuple[str, ...], offered: tuple[str, ...]) -> None:
    languages = Languages(usual)
    assert tuple(one.tag for one in languages.offered(site)) == offered
    assert all(languages.of(tag, tag, site).tag in offered for tag in TAGS)


def test_whoever_has_a_language_that_is_not_offered_gets_the_usual_one() -> None:
    languages = Languages("de")
    assert languages.of("ja", "fr", ("en", "de", "fr")).tag == "fr"
    assert languages.of("ja", "ar", ("en", "de", "fr")).tag == "de"
    assert languages.of("ja", "ar", ("en", "fr")).tag == "en"


def test_a_catalogue_is_read_once_and_not_before_it_is_asked_for() -> None:
    asked: list[str] = []

    def load_one(tag: str) -> NullTranslations:
        asked.append(tag)
        return NullTranslations()

    languages = Languages(load=load_one)
    assert len(languages.offered()) == len(TAGS)
    assert asked == []
    for person in ("de", "de-AT", "de-CH"):
        assert languages.of("", person).translations.gettext("Done") == "Done"
    assert asked == ["de"]


@pytest.mark.parametrize("tag", TAGS)
def test_nothing_is_translated_as_nothing(tag: str) -> None:
    assert catalogue(tag).gettext("") == ""


def test_plural_forms_are_those_of_the_language() -> None:
    languages = Languages()

    def pages(tag: str, count: int) -> str:
        return languages.of(tag, "").translations.ngettext("%(num)s page", "%(num)s pages", count) % {"num": count}

    assert [pages("en", count) for count in (0, 1, 2)] == ["0 pages", "1 page", "2 pages"]
    assert [pages("fr", count) for count in (0, 1, 2)] == ["0 page", "1 page", "2 pages"]
    assert [pages("ja", count) for count in (1, 2)] == ["1ページ", "2ページ"]
    assert len({pages("ar", count).replace(str(count), "") for count in (0, 1, 2, 3, 11, 100)}) == 5
    assert pages("ar", 3) == "3 صفحات"
    assert pages("ar", 11) == "11 صفحة"


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b'msgid "a"\nmsgstr[0] "b"\nnonsense\n'])
def test_a_catalogue_that_cannot_be_used_is_english_and_said(
    tmp_path: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    if content is not None:
        path = tmp_path / "de" / "LC_MESSAGES" / "panel.po"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert catalogue("de", tmp_path).gettext("Done") == "Done"
    assert "the catalogue of de cannot be used" in caplog.text


def test_each_language_that_is_offered_has_its_catalogue() -> None:
    assert {path.name for path in LOCALES.iterdir() if path.is_dir()} == set(TAGS) - {"en"}


def test_a_box_without_babel_speaks_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "firmware.panel.languages", None)
    assert isinstance(speeches("de"), EnglishOnly)


def test_a_site_has_its_usual_language_and_its_zone() -> None:
    assert speeches("fr").of("", "").tag == "fr"
    vienna, system = today_in("Europe/Vienna")(), today_in("")()
    assert str(vienna.tzinfo) == "Europe/Vienna"
    assert system.tzinfo is not None
    assert abs((vienna - system).total_seconds()) < 3600


@pytest.mark.parametrize("name", ["Europe", "../../etc/passwd", "Middle/Earth", "a" * 5000, "\0", ""])
def test_what_is_no_zone(name: str) -> None:
    assert not is_zone(name)


STATION = """
readers = ["hid:"]
[station]
data_dir = "/var/lib/lockgate"
[identity]
keys = "file:keys"
[panel]
listen = "tcp:127.0.0.1:8631"
"""


def test_the_configuration_names_language_and_zone(tmp_path: Path) -> None:
    path = tmp_path / "lockgate.toml"
    path.write_text(STATION + 'language = "de-AT"\ntimezone = "Europe/Vienna"\n')
    config = load(path, {})
    assert (config.panel_language, config.panel_timezone) == ("de-AT", "Europe/Vienna")
    path.write_text(STATION)
    assert (load(path, {}).panel_language, load(path, {}).panel_timezone) == ("en", "")


@pytest.mark.parametrize(("name", "value"), [("language", "nl"), ("language", "?"), ("timezone", "Europe/Wien")])
def test_the_configuration_refuses_what_there_is_not(tmp_path: Path, name: str, value: str) -> None:
    path = tmp_path / "lockgate.toml"
    path.write_text(f'{STATION}{name} = "{value}"\n')
    with pytest.raises(ConfigError, match=rf"panel\.{name} must be"):
        load(path, {})


@pytest.mark.parametrize("tag", TAGS)
def test_each_is_called_and_written_as_cldr_has_it(tag: str) -> None:
    locale = Locale.parse(tag)
    assert TOLD[tag] == (locale.get_language_name(tag), locale.text_direction)
