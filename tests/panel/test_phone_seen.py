"""Release from a phone, whole: the code on the station's screen, read as a camera reads it, opened in the browser of a
phone, confirmed at the page of the mesh, and paper in the tray."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from firmware.pairing.names import KEY
from firmware.panel.phone import code_url
from firmware.panel.tags import TAGS
from firmware.vault.signing import Signer
from firmware.vault.station_code import NONCE_BYTES, StationCode
from hal.drivers.file_key_store import FileKeyStore
from tests.panel import players
from tests.panel.looking import beyond, cut_off, on, too_small, violations
from tests.support.web_certificate import web_certificate
from tests.wire.edgemesh.test_registrar import free_port
from tools.edgemesh import bootstrap
from tools.edgemesh.phones import tongues
from tools.edgemesh.phones.pages import CSS, SAID, WRONG, Pages
from tools.edgemesh.settings import PhonePage
from tools.edgemesh.site import read_site
from tools.panel.browser import PATIENCE_MS
from tools.panel.cast import PIN, Paper, Person
from tools.panel.rig import Rig
from tools.panel.site import ORG, STATION, Office, office

PAM = Person("pam", "04A5E5F701", language="de", pin=PIN, idle_seconds=players.SLOW)
QUIN = Person("quin", "04A5E5F702", pin=PIN, idle_seconds=players.SLOW)
RHEA = Person("rhea", "04A5E5F703", pin=PIN, idle_seconds=players.SLOW)
PHONE: ViewportSize = {"width": 360, "height": 640}


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One whose site has a page for phones."""
    folder = tmp_path_factory.mktemp("phones")
    chain, key = web_certificate(folder)
    port = free_port()
    page = PhonePage(f"https://localhost:{port}", f"127.0.0.1:{port}", chain, key)
    with office(folder, (*players.ALL, PAM, QUIN, RHEA), page) as made:
        yield made


@contextmanager
def telephone(browser: Browser, locale: str = "en-GB", *, scripts: bool = False) -> Iterator[Page]:
    """A phone's browser, without JavaScript: the page needs none. axe does."""
    context = browser.new_context(
        viewport=PHONE, locale=locale, java_script_enabled=scripts, ignore_https_errors=True, has_touch=True
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield context.new_page()
    finally:
        context.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    with telephone(browser) as opened:
        yield opened


def scanned(page: Page, folder: Path) -> str:
    """What a camera makes of the code on the screen."""
    figure = on(page, "ready").locator("figure.phone svg")
    expect(figure).to_be_visible()
    picture = folder / "code.png"
    figure.screenshot(path=picture)
    read = subprocess.run(["zbarimg", "--quiet", "--raw", str(picture)], capture_output=True, text=True, check=True)
    return read.stdout.strip()


def sign_in(phone: Page, person: Person, pin: str = PIN) -> None:
    phone.locator("#user").fill(person.name)
    phone.locator("#pin").fill(pin)
    phone.locator("form button").click()


def refusal(phone: Page) -> str:
    return phone.get_by_role("alert").inner_text()


def test_a_code_is_scanned_somebody_signs_in_and_paper_comes_out(
    page: Page, rig: Rig, mesh: Office, phone: Page, tmp_path: Path
) -> None:
    mesh.submit(PAM, Paper("From my pocket", 2))
    first = scanned(page, tmp_path)
    phone.goto(first)
    expect(phone.locator("h1")).to_have_text(f"Print at {STATION}")
    phone.locator("form button").click()
    expect(phone.locator("h1")).to_have_text("Who are you?")
    sign_in(phone, PAM, "000000")
    assert refusal(phone) == WRONG
    sign_in(phone, PAM)
    german = tongues.speeches().of("de", "").translations
    expect(phone.locator("h1")).to_have_text(german.gettext("Go on at %(station)s") % {"station": STATION})
    jobs = on(page, "jobs")
    expect(jobs).to_contain_text("From my pocket")
    jobs.locator("#print").click()
    rig.until("printed")
    assert len(list(rig.tray.glob("*"))) == 1
    assert "From my pocket" not in phone.content() + rig.log


def test_a_phone_that_is_signed_in_needs_one_touch_and_a_used_code_is_nobodys(
    page: Page, mesh: Office, browser: Browser, phone: Page, tmp_path: Path
) -> None:
    mesh.submit(QUIN, Paper("Twice looked at", 1))
    first = scanned(page, tmp_path)
    phone.goto(first)
    phone.locator("form button").click()
    sign_in(phone, QUIN)
    expect(on(page, "jobs")).to_contain_text("Twice looked at")
    with telephone(browser) as other:
        other.goto(first)
        assert refusal(other) == SAID["station-code-used"]
    page.locator("#leave").click()
    second = scanned(page, tmp_path)
    assert second != first
    phone.goto(second)
    phone.locator("form button").click()
    expect(phone.locator("h1")).to_have_text(f"Go on at {STATION}")
    expect(on(page, "jobs")).to_contain_text("Twice looked at")
    page.locator("#leave").click()
    mesh.block(QUIN)
    phone.goto(scanned(page, tmp_path))
    phone.locator("form button").click()
    assert refusal(phone) == SAID["locked-out"]
    expect(on(page, "ready")).to_be_visible()


def test_of_two_phones_at_once_each_is_let_in_and_neither_sees_the_others_list(
    page: Page, mesh: Office, browser: Browser, phone: Page, tmp_path: Path
) -> None:
    mesh.submit(PAM, Paper("What Pam sent", 1))
    mesh.submit(RHEA, Paper("What Rhea sent", 1))
    first, drawing = scanned(page, tmp_path), page.locator("figure.phone svg path")
    lines = drawing.get_attribute("d") or ""
    phone.goto(first)
    with telephone(browser) as other:
        other.goto(first)
        phone.locator("form button").click()
        other.locator("form button").click()
        assert refusal(other) == SAID["station-code-used"]
        expect(drawing).not_to_have_attribute("d", lines)
        other.goto(scanned(page, tmp_path))
        other.locator("form button").click()
        sign_in(phone, PAM)
        expect(on(page, "jobs")).to_contain_text("What Pam sent")
        sign_in(other, RHEA)
        expect(page.locator("main")).to_contain_text("What Rhea sent")
        expect(page.locator("main")).not_to_contain_text("What Pam sent")


def test_an_old_code_and_one_that_another_station_made_are_refused(
    rig: Rig, mesh: Office, phone: Page, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    bootstrap.add_station(read_site(mesh.directory / "mesh"), "station-9", elsewhere)
    own, foreign = signer(mesh.directory / "stand" / "keys"), signer(elsewhere)
    now, page = datetime.now(UTC).replace(microsecond=0), rig_page(mesh)
    for code, told in (
        (made(STATION, now - timedelta(minutes=5), own), "station-code-stale"),
        (made(STATION, now + timedelta(minutes=5), own), "station-code-stale"),
        (made(STATION, now, foreign), "station-code-refused"),
        (made("station-9", now, foreign), "station-code-refused"),
        ("nonsense", "station-code-malformed"),
    ):
        phone.goto(code_url(page, code))
        assert refusal(phone) == SAID[told], told
    phone.goto(code_url(page, made(STATION, now, own)))  # the very keys are believed
    expect(phone.locator("h1")).to_have_text(f"Print at {STATION}")


def signer(directory: Path) -> Signer:
    return Signer(FileKeyStore(directory).load(KEY))


def made(station: str, when: datetime, by: Signer) -> str:
    return StationCode(station, when, bytes(NONCE_BYTES)).signed(ORG, by.sign).text()


def rig_page(mesh: Office) -> str:
    return read_site(mesh.directory / "mesh").settings.phone.url


def test_a_phone_is_answered_in_the_language_that_it_asks_for(page: Page, browser: Browser, tmp_path: Path) -> None:
    with telephone(browser, "ar-EG", scripts=True) as phone:
        phone.goto(scanned(page, tmp_path))
        phone.locator("form button").click()
        sign_in(phone, PAM, "000000")
        expect(phone.get_by_role("alert")).to_be_visible()
        assert phone.locator("html").get_attribute("lang") == "ar"
        assert phone.locator("html").get_attribute("dir") == "rtl"
        assert faults(phone) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tag", TAGS)
def test_every_page_fits_a_small_phone_in_every_language_and_axe_finds_nothing(
    browser: Browser, tag: str, scheme: Literal["light", "dark"]
) -> None:
    pages = Pages(tongues.speeches().of(tag, ""))
    wrong = pages.sign_in(STATION, "0", WRONG)
    drawn = [pages.start(), pages.offer(STATION, "0"), wrong, pages.asked(STATION, "0"), pages.signed_out()]
    context = browser.new_context(viewport=PHONE, color_scheme=scheme)
    try:
        phone = context.new_page()
        for html in (*drawn, *(pages.refused(code) for code in SAID)):
            phone.set_content(html.replace('<link rel="stylesheet" href="/phone.css">', f"<style>{CSS}</style>"))
            assert faults(phone) == []
    finally:
        context.close()


def faults(phone: Page) -> list[str]:
    wide = beyond(phone)[0]
    return violations(phone) + too_small(phone) + cut_off(phone) + ([f"{wide} too wide"] if wide else [])
