"""A browser, a mesh and a station for the tests of the panel. Playwright's loop runs in our thread as long as its
browser lives, so that it lives for one module only."""

import shutil
from collections.abc import Generator, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.panel import players
from tests.panel.looking import journal
from tests.panel.staging import Stage, staged
from tools.panel.browser import PATIENCE_MS, Chromium, chromium, screen
from tools.panel.gallery import Gallery, gallery
from tools.panel.rig import Rig, station
from tools.panel.site import Office, office


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What failed is told with what the station said meanwhile: the page alone does not say why it is what it is."""
    report = yield
    rig = getattr(item, "funcargs", {}).get("rig")
    if report.failed and isinstance(rig, Rig):
        report.sections.append(("The station's journal", journal(rig.log)))
    return report


@pytest.fixture(scope="module")
def kind() -> Iterator[Chromium]:
    expect.set_options(timeout=PATIENCE_MS)
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def browser(kind: Chromium) -> Iterator[Browser]:
    with kind.started() as started:
        yield started


@pytest.fixture(scope="module")
def shown() -> Iterator[Gallery]:
    with gallery() as made:
        yield made


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One for a module, whatever the order of its tests: each submits what it prints, for a person of its own."""
    with office(tmp_path_factory.mktemp("panel"), players.ALL) as made:
        yield made


@pytest.fixture
def rig(mesh: Office) -> Iterator[Rig]:
    """A station that has just been started, with an empty tray."""
    shutil.rmtree(mesh.tray, ignore_errors=True)
    with station(mesh, players.ALL) as made:
        yield made


@pytest.fixture
def page(browser: Browser, rig: Rig) -> Iterator[Page]:
    """The station's panel on a screen of 800 by 480."""
    with screen(browser, rig.url) as opened:
        yield opened


@pytest.fixture
def stage(browser: Browser) -> Iterator[Stage]:
    """A page without a station."""
    with staged(browser) as made:
        yield made
