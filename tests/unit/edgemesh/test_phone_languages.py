"""The page for phones in the language of whoever holds the phone, and no word of it outside the catalogues."""

import sys
from collections.abc import Callable, Mapping

import pytest

from firmware.panel.speech import EnglishOnly, Speeches
from tests.support.mesh_site import MemorySite
from tests.support.phone_site import Phone, ShowingStation, signed_in, story
from tests.support.pseudo import BACKWARDS, FORWARDS, PseudoSpeech, PseudoSpeeches
from tests.unit.panel.looks import Checked
from tests.unit.panel.test_pseudo import outside_brackets
from tools.edgemesh.phones import tongues
from tools.edgemesh.phones.pages import SAID, WRONG, Pages
from tools.edgemesh.storage.records import User

STATION = "2-1"
"""A name without a letter, which is no message."""
PAGES: Mapping[str, Callable[[Pages], str]] = {
    "start": lambda pages: pages.start(),
    "offer": lambda pages: pages.offer(STATION, "0"),
    "sign in": lambda pages: pages.sign_in(STATION, "0"),
    "wrong": lambda pages: pages.sign_in(STATION, "0", WRONG),
    "asked": lambda pages: pages.asked(STATION, "0"),
    "signed out": lambda pages: pages.signed_out(),
    **{code: (lambda pages, code=code: pages.refused(code)) for code in (*SAID, "desk-busy")},  # type: ignore[misc]
}


@pytest.mark.parametrize("speech", [FORWARDS, BACKWARDS], ids=["ltr", "rtl"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_said_that_is_no_message(name: str, speech: PseudoSpeech) -> None:
    page = Checked(PAGES[name](Pages(speech)))
    assert any("[" in word for word in page.words)
    assert [letter for letter in outside_brackets("".join(page.words)) if letter.isalpha()] == []
    assert [found["dir"] for tag, found in page.tags if tag == "html"] == [speech.direction]
    typed = [found for tag, found in page.tags if tag == "input" and found.get("type") != "hidden"]
    assert all(found["dir"] in ("ltr", "auto") for found in typed)


def lang(body: str) -> str:
    return body.partition('lang="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("languages", "tag"), [("", "en"), ("fr-CA,en;q=0.5", "fr"), ("pt,ja;q=0.1", "ja"), ("pt", "en"), ("ar", "ar")]
)
def test_a_phone_that_nobody_signed_in_on_is_answered_in_its_own_language(languages: str, tag: str) -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        asked = Phone(site, "192.0.2.8", languages)
        assert lang((await asked.open(station.code())).body) == tag
        assert lang((await asked.open("nonsense")).body) == tag
        assert lang((await asked.print(station.code())).body) == tag
        wrong = await asked.sign_in(pin="000000")
        assert (wrong.status, lang(wrong.body)) == (401, tag)

    story(tell)


def test_whoever_is_signed_in_reads_their_own_language() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        site.mesh.desk_store.put_user(User("ada", language="es-MX"))
        phone.languages = "de"
        assert lang((await phone.print(station.code())).body) == "de"
        assert lang((await phone.sign_in()).body) == "es"
        for shown in (await phone.open(station.code()), await phone.open("nonsense"), await phone.post("/nowhere")):
            assert lang(shown.body) == "es"
        station.codes.used()
        assert lang((await phone.print(station.code())).body) == "es"
        assert lang((await phone.post("/sign-out")).body) == "es"
        station.codes.used()
        assert lang((await phone.open(station.code())).body) == "de"

    story(tell)


def test_a_language_that_the_page_does_not_have_leaves_the_phones_own() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        site.mesh.desk_store.put_user(User("ada", language="pt-BR"))
        phone.languages = "fr"
        await phone.print(station.code())
        assert lang((await phone.sign_in()).body) == "fr"

    story(tell)


def test_the_whole_page_is_drawn_in_the_languages_it_is_given() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        pseudo = Phone(site, "192.0.2.8", spoken=PseudoSpeeches())
        assert lang((await pseudo.open(station.code())).body) == FORWARDS.tag
        await signed_in(station, phone)

    story(tell)


@pytest.mark.parametrize(("usual", "tag"), [("fr-CH", "fr"), ("pt", "en"), ("", "en"), ("no tag", "en")])
def test_the_sites_first_language_is_the_usual_one(usual: str, tag: str) -> None:
    assert tongues.speeches(usual).of("", "").tag == tag


def test_without_babel_it_is_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "firmware.panel.languages", None)
    found: Speeches = tongues.speeches("de")
    assert isinstance(found, EnglishOnly)


def test_each_language_has_words_of_its_own() -> None:
    spoken = tongues.speeches()
    titles = {Pages(spoken.of(tag, "")).start() for tag in ("en", "de", "fr", "es", "ja", "ar")}
    assert len(titles) == 6
