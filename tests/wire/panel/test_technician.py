"""The technician's page: what it shows of a station, what can be done there, and what never leaves it."""

import asyncio
import io
import json
import re
import stat
import zipfile
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from firmware.rule_store import stored
from hal.ports.badge_reader import Tap
from hal.ports.printer import PrinterState
from tests.support.aio import run
from tests.support.panel_site import PATIENCE, until
from tests.support.technician_site import Inner, technician

CARD, OTHER = "0946EBD28", "04A1B2C3D4"


def test_who_may_look(tmp_path: Path) -> None:
    async def main() -> None:
        async with technician(tmp_path) as somebody:
            assert stat.S_IMODE((tmp_path / "technician.sock").stat().st_mode) == 0o660
            for told in (
                await somebody.ask("GET", "/", Cookie=""),
                await somebody.ask("GET", "/", Host="evil.example:8632"),
                await somebody.ask("GET", "/", Sec_Fetch_Site="cross-site"),
                await somebody.ask("GET", "/support.zip", Cookie="lockgate-technician=x"),
                await somebody.ask("POST", "/printer/test", {"token": "x"}),
                await somebody.ask("POST", "/printer/test", {}),
                await somebody.ask("POST", "/printer/test", {"token": "x"}, Sec_Fetch_Site="same-site"),
            ):
                assert told.status == 403
                assert told.text in ("start-required", "request-foreign", "form-foreign")
            assert (await somebody.ask("GET", "/static/../pages.py")).status == 404
        assert not (tmp_path / "technician.sock").exists()

    run(main())


def test_the_overview_says_how_the_box_is(tmp_path: Path) -> None:
    async def main() -> None:
        async with technician(tmp_path) as somebody:
            page = await somebody.see("/")
            for words in ("station station-1 of org-1", "mesh-unreachable", "MiB are free", "has no updater yet"):
                assert words in page
            assert "<script>" not in page
            assert "style=" not in page

    run(main())


def test_numbers_are_masked_and_nowhere_else(tmp_path: Path) -> None:
    async def main() -> None:
        async with technician(tmp_path) as somebody:
            box = somebody.inside
            await somebody.see("/readers")
            box.box.reader.tap(CARD)
            assert isinstance(await box.read(), Tap)
            masked = await somebody.see("/readers")
            assert CARD not in masked
            assert f"{'•' * (len(CARD) - 2)}{CARD[-2:]}" in masked
            assert CARD in await somebody.see("/readers?show=1")
            assert CARD not in "".join(box.lines)
            assert CARD not in repr(box.page.onlookers.noted)

    run(main())


def test_nothing_is_kept_while_nobody_looks(tmp_path: Path) -> None:
    async def main() -> None:
        async with technician(tmp_path) as somebody:
            somebody.inside.box.reader.tap(CARD)
            await somebody.inside.read()
            assert somebody.inside.page.onlookers.noted == ()

    run(main())


def test_a_tap_comes_by_itself(tmp_path: Path) -> None:
    async def main() -> None:
        async with technician(tmp_path) as somebody:
            headers = {"Host": "localhost:8632", "Cookie": somebody.cookie}
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.UnixConnector(somebody.socket), cookie_jar=aiohttp.DummyCookieJar()
                ) as session,
                session.get("http://localhost/events/readers?show=1", headers=headers) as answer,
            ):
                assert answer.status == 200
                first = await asyncio.wait_for(answer.content.readuntil(b"\n\n"), PATIENCE)
                assert b"present a badge" in first
                somebody.inside.box.reader.tap(CARD)
                await somebody.inside.read()
                second = await asyncio.wait_for(answer.content.readuntil(b"\n\n"), PATIENCE)
                assert CARD.encode() in second

    run(main())


def test_the_rule_is_found_and_kept(tmp_path: Path) -> None:
    async def main() -> None:
        async with technician(tmp_path) as somebody:
            box = somebody.inside
            await somebody.press("/readers/hold", wanted="yes")
            station = asyncio.ensure_future(box.reader.next_reading())
            for number, (card, printed) in enumerate((("946EBD28", "2490285352"), ("04A1B2C3", "77705923")), 1):
                box.box.reader.tap(card)
                await until(partial(has_noted, box, number), "the tap was noted")
                page = await somebody.press("/readers/card", tap=str(number), printed=printed)
                assert "hex2dec" in page
            assert not station.done()
            page = await somebody.press("/readers/rule", rule="1", reader="reader-1")
            assert "written for the reader reader-1" in page
            assert stored(box.box.storage).readers["reader-1"]
            await somebody.press("/readers/hold", wanted="no")
            box.box.reader.tap(OTHER)
            assert isinstance(await asyncio.wait_for(station, PATIENCE), Tap)
            assert "2490285352" not in "".join(box.lines)

    run(main())


@pytest.mark.parametrize(
    ("path", "fields", "code"),
    [
        ("/readers/card", {"tap": "9", "printed": "123456"}, "card-not-shown"),
        ("/readers/card", {"tap": "x", "printed": "123456"}, "form-malformed"),
        ("/readers/card", {}, "form-malformed"),
        ("/readers/rule", {"rule": "1"}, "badge-rule-none"),
        ("/readers/rule", {"rule": "1", "reader": "../x"}, "form-malformed"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path: Path, path: str, fields: dict[str, str], code: str) -> None:
    async def main() -> None:
        async with technician(tmp_path) as somebody:
            assert f"<code>{code}</code>" in await somebody.press(path, **fields)

    run(main())


def test_a_test_page_is_followed(tmp_path: Path) -> None:
    async def main() -> None:
        async with technician(tmp_path) as somebody:
            assert PrinterState.IDLE.value in await somebody.see("/printer")
            await somebody.press("/printer/identify")
            page = await somebody.press("/printer/test")
            async with asyncio.timeout(PATIENCE):
                while "look whether it did" not in page:
                    await asyncio.sleep(0.01)
                    page = await somebody.see("/printer")
            somebody.inside.delivering = True
            assert "<code>printer-in-use</code>" in await somebody.press("/printer/test")

    run(main())


def test_the_journal_is_shown_escaped(tmp_path: Path) -> None:
    async def main() -> None:
        async with technician(tmp_path) as somebody:
            somebody.inside.journal.write("a line with <script>")
            for number in range(300):
                somebody.inside.journal.write(f"line {number}")
            page = await somebody.see("/journal")
            assert "line 299" in page
            assert "line 99\n" not in page
            assert "<script>" not in page
            assert len(somebody.inside.page.journal.lines) == 200

    run(main())


def test_the_bundle_has_nothing_secret(tmp_path: Path) -> None:
    rules = {"badge_rules": ("regex ^66778899(.*)",), "reader_rules": {"back": ("length 8",)}}
    uris = {
        "printer": "ipps://ada:hunter2-canary@printer.test/ipp?password=canary-password&pin=sha256:00",
        "readers": ("serial:/dev/ttyUSB0?baud=9600&secret=canary-secret",),
        "syslog": "tls://carl:canary-log@log.test:6514?ca=/etc/ca.pem",
        "provision": str(tmp_path / "provision.toml"),
    }
    (tmp_path / "provision.toml").write_text("token = 'canary-token'")

    async def main() -> None:
        async with technician(tmp_path, **rules, **uris) as somebody:
            box = somebody.inside
            await somebody.see("/readers?show=1")
            box.box.reader.tap(CARD)
            await box.read()
            box.journal.write("printer-unreachable: ipps://ada:hunter2-canary@printer.test/ipp")
            told = await somebody.ask("GET", "/support.zip")
            assert told.headers["Content-Type"] == "application/zip"
            archive = zipfile.ZipFile(io.BytesIO(told.text.encode("utf-8", "surrogateescape")))
            files = {name: archive.read(name) for name in archive.namelist()}
            everything = b"\n".join(files.values())
            keys = [box.box.keys.load(name) for name in ("identity.key", "box.key")]
            start = (tmp_path / "technician-start").read_bytes().strip().rpartition(b"/")[2]
            cookie = somebody.cookie.partition("=")[2].encode()
            for secret in (*keys, *(key.hex().encode() for key in keys), start, cookie, CARD.encode(), b"66778899"):
                assert secret not in everything
            assert b"canary" not in everything
            assert b"PRIVATE KEY" not in everything
            assert json.loads(files["status.json"])["name"] == "station-1"
            assert json.loads(files["config.json"])["readers"] == ["serial:/dev/ttyUSB0?baud=9600&secret=…"]
            assert json.loads(files["doctor.json"])["findings"]
            assert re.fullmatch(r"[0-9a-f]{64}", json.loads(files["audit.json"])["hash"])
            assert json.loads(files["versions.json"])["lockgate"]
            assert b"technician at " in files["journal.txt"]

    run(main())


def test_the_end_is_clean_while_a_page_prints_and_somebody_looks(tmp_path: Path) -> None:
    async def main() -> None:
        async with technician(tmp_path) as somebody:
            await somebody.press("/printer/test")
        await asyncio.sleep(0)
        left = {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}
        assert left == set()

    run(main())


def has_noted(box: Inner, number: int) -> bool:
    return len(box.page.onlookers.noted) >= number


def noise() -> list[tuple[str, dict[str, str]]]:
    paths = ["/readers/card", "/readers/rule", "/readers/hold", "/printer/x", "/readers/%00", "/x/y", "/support.zip"]
    values = ["", "1", "-1", "²", "\0", "é" * 90, "9" * 3000, "<b>", "../.."]
    return [
        (path, {"tap": value, "printed": value, "rule": value, "reader": value}) for path in paths for value in values
    ]


def test_forms_of_noise_break_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with technician(tmp_path) as somebody:
            page = await somebody.see("/readers")
            token = page.partition('name="token" value="')[2].partition('"')[0]
            for path, fields in noise():
                told = await somebody.ask("POST", path, {"token": token, **fields})
                assert told.status in (303, 404, 405), (path, fields, told.text)
                assert "<b>" not in told.text
            assert not any("internal fault" in line for line in somebody.inside.lines)
            assert somebody.inside.box.storage.read("badge-rules") is None

    run(main())


def test_a_factory_reset_is_offered_where_the_system_takes_it_and_wants_the_stations_name(tmp_path: Path) -> None:
    wish = tmp_path / "factory-reset"

    async def main() -> None:
        async with technician(tmp_path) as somebody:
            assert "Factory reset" not in await somebody.see("/")
            token = (await somebody.see("/readers")).partition('name="token" value="')[2].partition('"')[0]
            assert (await somebody.ask("POST", "/overview/reset", {"token": token, "name": "x"})).status == 404
        async with technician(tmp_path, reset=str(wish)) as somebody:
            assert "Factory reset" in await somebody.see("/")
            assert "reset-not-confirmed" in await somebody.press("/overview/reset", name="station-2")
            assert not wish.exists()
            assert (await somebody.ask("POST", "/overview/reset", {"token": "x", "name": "station-1"})).status == 403
            assert not wish.exists()
            await somebody.press("/overview/reset", name=" station-1 ")
            assert wish.exists()
            assert any(line.startswith("factory reset: the mesh") for line in somebody.inside.lines)

    run(main())
