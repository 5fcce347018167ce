"""The kiosk's files: what systemd says of the unit, what Chromium makes of its policy, which keys its keymap has."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect

from tools.panel.browser import CHROMIUM, Chromium
from tools.panel.gallery import Gallery

KIOSK = Path(__file__).parents[2] / "images" / "kiosk"
INSTALLED = "/usr/share/lockgate/kiosk"
UNIT, SEAT = "lockgate-kiosk.service", "lockgate-seat.service"
POLICY = json.loads((KIOSK / "chromium" / "lockgate.json").read_text())
MOST_EXPOSURE = 3.0
ROWS = """() => {
  const words = node => [...node.childNodes].map(one => one.nodeType === 3 ? one.data
    : /STYLE|SCRIPT/.test(one.tagName) ? '' : (one.shadowRoot ? words(one.shadowRoot) : '') + words(one)).join(' ');
  const rows = node => [...node.querySelectorAll('*')].flatMap(one => one.localName === 'policy-row'
    ? [words(one.shadowRoot)] : one.shadowRoot ? rows(one.shadowRoot) : []);
  return rows(document).map(row => row.replace(/\\s+/g, ' ').trim()); }"""
"""What chrome://policy says of each policy: its name, value, source, platform, level, status."""


@pytest.fixture(params=["chromium", "cog"])
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """As it is installed, with the programs where they are here."""
    file = tmp_path / UNIT
    file.write_text((KIOSK / UNIT).read_text().replace(INSTALLED, str(KIOSK)))
    (tmp_path / SEAT).write_text((KIOSK / SEAT).read_text())
    if request.param == "cog":
        beside = tmp_path / f"{UNIT}.d"
        beside.mkdir()
        text = (KIOSK / "lockgate-kiosk-cog.conf").read_text()
        (beside / "cog.conf").write_text(text.replace(INSTALLED, str(KIOSK)))
    return file


def said(*command: str, **variables: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **variables}, timeout=60)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout + done.stderr


def test_systemd_finds_nothing_wrong_with_the_unit(unit: Path) -> None:
    complaints = said("systemd-analyze", "verify", "--man=no", str(unit)).splitlines()
    assert [line for line in complaints if UNIT in line] == []


def test_the_unit_gives_the_browser_little_of_the_machine(unit: Path) -> None:
    words = said("systemd-analyze", "security", "--offline=yes", "--no-pager", str(unit))
    found = re.search(r"Overall exposure level for [^:]+: ([0-9.]+)", words)
    assert found is not None
    assert float(found[1]) <= MOST_EXPOSURE


def test_a_browser_that_dies_is_there_again() -> None:
    words = (KIOSK / UNIT).read_text().splitlines()
    assert {"Restart=always", "RestartSec=1", "StartLimitIntervalSec=0", "OOMPolicy=stop"} <= set(words)


@pytest.mark.parametrize("name", ["await-panel", "chromium-panel", "cog-panel"])
def test_the_programs_can_be_run(name: str) -> None:
    assert os.access(KIOSK / name, os.X_OK)
    said("sh", "-n", str(KIOSK / name))


def test_the_secret_of_the_start_address_is_not_for_the_log(tmp_path: Path) -> None:
    cog = tmp_path / "cog"
    cog.write_text('#!/bin/sh\necho "<http://127.0.0.1:8631/start/xz14h5o-pEr> Load started."; echo "no display" >&2\n')
    cog.chmod(0o755)
    words = said("sh", str(KIOSK / "cog-panel"), "/run/start.html", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert "xz14h5o" not in words
    assert words.splitlines() == ["<http://127.0.0.1:8631/start/…> Load started.", "no display"]


def test_the_panel_is_awaited(tmp_path: Path) -> None:
    page = tmp_path / "panel-start.html"
    with subprocess.Popen([str(KIOSK / "await-panel"), str(page)]) as waiting:
        assert waiting.poll() is None
        page.write_text("")
        assert waiting.wait(30) == 0


def test_no_key_is_one_of_a_shortcut() -> None:
    keymap = said(
        *("xkbcli", "compile-keymap", "--include", str(KIOSK / "xkb"), "--include-defaults"),
        *("--rules", "lockgate", "--layout", "lockgate"),
    )
    symbols = set(
        re.findall(r"[A-Za-z0-9_]+", " ".join(re.findall(r"\[([^]]*)\]", keymap.partition("xkb_symbols")[2])))
    )
    assert {"a", "0", "KP_0", "KP_Enter", "Return", "Tab", "Escape", "BackSpace", "Shift_L", "Up"} <= symbols
    outside = re.compile(r"Control|Alt|Super|Meta|Hyper|Menu|XF86|ISO_Level|F[0-9]+|Print|Sys_Req|Mode_switch")
    assert [symbol for symbol in symbols if outside.match(symbol)] == []


@contextmanager
def governed(kind: Chromium, tmp_path: Path, policy: dict[str, object]) -> Iterator[Page]:
    """A browser under that policy, which lies where an administrator puts it, seen by this browser alone."""
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(policy))
    under = tmp_path / "chromium"
    managed = "/etc/chromium/policies/managed"
    mount = f"--dev-bind / / --tmpfs /etc/chromium --ro-bind {file} {managed}/lockgate.json"
    under.write_text(f'#!/bin/sh\nexec bwrap {mount} {CHROMIUM} "$@"\n')
    under.chmod(0o755)
    context = kind.kept(tmp_path / "profile", program=str(under))
    try:
        yield context.pages[0]
    finally:
        context.close()


def without(*names: str) -> dict[str, object]:
    """Playwright itself comes by remote debugging."""
    return {name: value for name, value in POLICY.items() if name not in ("RemoteDebuggingAllowed", *names)}


def test_chromium_knows_each_name_of_the_policy_and_takes_each_value(kind: Chromium, tmp_path: Path) -> None:
    policy = without("URLBlocklist", "DeveloperToolsAvailability") | {"NobodysPolicy": 1, "BrowserSignin": "none"}
    with governed(kind, tmp_path, policy) as page:
        page.goto("chrome://policy")
        page.locator("policy-row").first.wait_for(state="attached")
        rows: list[str] = page.evaluate(ROWS)
    status = {row.split()[0]: row.partition(" Mandatory ")[2].split()[0] for row in rows if " Mandatory " in row}
    assert set(status) == set(policy)
    assert {name for name in status if status[name] == "Error"} == {"NobodysPolicy", "BrowserSignin"}


def test_no_other_page_can_be_reached(kind: Chromium, tmp_path: Path, shown: Gallery) -> None:
    policy = without("DeveloperToolsAvailability") | {"URLAllowlist": [shown.url]}
    with governed(kind, tmp_path, policy) as page:
        for elsewhere in ("file:///etc/passwd", "chrome://settings", "chrome://version", "http://127.0.0.1:9/"):
            page.goto(shown.address("ready"))
            page.locator(
                '[data-screen="ready"]'
            ).wait_for()  # so that nothing is left of a page that was refused before
            with suppress(Error):  # it is not always told as one that another page stands there
                page.goto(elsewhere)
            expect(page).to_have_url("chrome-error://chromewebdata/")
            expect(page.locator("body")).to_contain_text("page is blocked")
