"""What is somebody's stays theirs: no title, PIN, code or badge in the next person's page, in what the browser keeps,
or in what the station writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.panel import players
from tests.panel.looking import on
from tools.panel.browser import PATIENCE_MS, Chromium, begin
from tools.panel.cast import PIN, Paper
from tools.panel.rig import Rig, station
from tools.panel.site import Office

CANARY = "Kündigung-canary-7f3a91"
STORED = """async () => {
  const kept = {local: {...localStorage}, session: {...sessionStorage}, caches: await caches.keys(),
    databases: (await indexedDB.databases()).map(one => one.name), page: document.documentElement.outerHTML,
    history: history.length, state: JSON.stringify(history.state), cookies: document.cookie};
  return JSON.stringify(kept); }"""


@pytest.fixture
def rig(mesh: Office) -> Iterator[Rig]:
    """With a job whose title is the canary."""
    mesh.submit(players.EVE, Paper(CANARY, 1))
    with station(mesh, players.ALL) as made:
        yield made


@pytest.fixture
def kept(kind: Chromium, tmp_path: Path) -> Iterator[BrowserContext]:
    context = kind.kept(tmp_path / "profile")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


def forms(words: str) -> list[bytes]:
    """As bytes that a browser may keep words in."""
    return [words.encode(), words.encode("utf-16-le"), words.encode("latin-1", "replace")]


def found_below(directory: Path, words: str) -> list[str]:
    pieces = forms(words)
    files = [path for path in directory.rglob("*") if path.is_file()]
    return [str(path) for path in files if any(piece in read(path) for piece in pieces)]


def read(path: Path) -> bytes:
    """What is in it; nothing where it has just been put in another's place."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def visited(page: Page, rig: Rig) -> None:
    """Eve looks at her list and leaves; Ben gives his PIN and leaves."""
    rig.tap("eve")
    expect(on(page, "jobs")).to_contain_text(CANARY)
    page.click("#leave")
    on(page, "ready")
    rig.tap("ben")
    on(page, "pin")
    page.fill("#pin", PIN)
    page.click("#key-done")
    on(page, "jobs")
    page.click("#leave")
    on(page, "ready")


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    for number, piece in enumerate(forms(CANARY)):
        (tmp_path / str(number)).write_bytes(b"\0" + piece + b"\0")
    assert len(found_below(tmp_path, CANARY)) == len(forms(CANARY))


def test_nothing_of_a_visit_is_left_in_the_browser_or_on_its_disk(
    kept: BrowserContext, rig: Rig, tmp_path: Path
) -> None:
    page = kept.pages[0]
    begin(page, rig.url)
    visited(page, rig)
    rig.tap("yuki")
    expect(on(page, "jobs")).to_contain_text("研究計画書")
    stored = str(page.evaluate(STORED))
    for words in (CANARY, PIN, players.EVE.badge, "Mietvertrag"):
        assert words not in stored
    assert '"caches":[]' in stored
    assert '"databases":[]' in stored
    kept.close()
    for words in (CANARY, PIN, players.EVE.badge, "研究計画書", "Mietvertrag"):
        assert found_below(tmp_path / "profile", words) == []


def test_nothing_of_a_visit_is_in_the_next_ones_answers(kept: BrowserContext, rig: Rig) -> None:
    """Whatever the station sends from the next tap on."""
    page = kept.pages[0]
    begin(page, rig.url)
    visited(page, rig)
    page.reload()
    assert CANARY not in page.content()
    page.go_back()
    assert CANARY not in page.content()


def test_nothing_of_a_visit_is_in_a_log_or_on_the_stations_disk(kept: BrowserContext, rig: Rig, mesh: Office) -> None:
    page = kept.pages[0]
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: said.append(request.url))
    begin(page, rig.url)
    visited(page, rig)
    rig.tap("eve")
    expect(on(page, "jobs")).to_contain_text(CANARY)
    page.click("#print")
    rig.until("printed")
    for words in (CANARY, PIN, players.EVE.badge, "Mietvertrag"):
        assert words not in rig.log
        assert words not in "\n".join(said)
        assert found_below(mesh.directory / "stand" / "data", words) == []
        assert found_below(mesh.directory / "stand" / "tray", words) == []
