"""The panel before peers that are no browser: bytes of all kinds, silence, more connections than there is room for."""

import asyncio
from pathlib import Path

import pytest

from firmware.core.events import JobsChosen, LogOut
from firmware.panel.connection import Room
from firmware.panel.guard import FORM_TYPE
from firmware.panel.streams import Streams
from firmware.panel.view import Prefs
from tests.support.aio import run
from tests.support.panel_site import PATIENCE, Site, own, panel, raw, until
from tests.unit.panel.at_the_desk import BEN, AtTheDesk, job


@pytest.mark.parametrize(
    "data",
    [
        b"\0\1\2\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /" + b"x" * 4000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 9000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(200)) + b"\r\n",
        b"POST /do/leave HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"CONNECT evil.example:80 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_bytes_of_no_browser(tmp_path: Path, data: bytes) -> None:
    async def main() -> None:
        room = Room(greeting_seconds=1.0)
        async with panel(tmp_path, room=room) as site:
            answer = await raw(site, data)
            assert answer == b"" or answer.split()[1] in (b"400", b"403", b"405", b"404")
            assert b"aiohttp" not in answer
            assert b"Server" not in answer
            assert (await own(site).ask("GET", "/")).status == 200

    run(main())


def test_strangers_go_first_where_there_is_no_room(tmp_path: Path) -> None:
    async def main() -> None:
        async with panel(tmp_path, room=Room(4, PATIENCE)) as site:
            reader, writer = await _stream(site)
            silent = [await asyncio.open_connection("127.0.0.1", site.port) for _ in range(8)]
            for early, _ in silent[:5]:
                assert await asyncio.wait_for(_end(early), PATIENCE) == b""
            assert (await own(site).ask("GET", "/")).status == 200
            assert len(site.room) <= 4
            assert not reader.at_eof()
            for _, each in [*silent, (reader, writer)]:
                each.close()

    run(main())


def test_a_stranger_that_says_nothing_is_hung_up_on(tmp_path: Path) -> None:
    async def main() -> None:
        async with panel(tmp_path, room=Room(greeting_seconds=1.0)) as site:
            reader, writer = await _stream(site)
            assert await raw(site, b"GET / HTTP/1.1\r\nHost") == b""
            assert len(site.server.streams) == 1, "one that belongs stays"
            assert b"event: screen" in await reader.readuntil(b"\n\n")
            writer.close()

    run(main())


def test_streams_are_few_and_the_oldest_goes(tmp_path: Path) -> None:
    async def main() -> None:
        async with panel(tmp_path, streams=Streams(most=2)) as site:
            opened = [await _stream(site) for _ in range(4)]
            for reader, _ in opened[:2]:
                await asyncio.wait_for(_end(reader), PATIENCE)
            await until(lambda: len(site.server.streams) == 2, "two are left")
            for _, writer in opened:
                writer.close()

    run(main())


def test_a_heart_beats_while_nothing_happens(tmp_path: Path) -> None:
    async def main() -> None:
        async with panel(tmp_path, streams=Streams(heartbeat_seconds=0.05)) as site:
            reader, writer = await _stream(site)
            assert b": still here\n\n" in await asyncio.wait_for(reader.readuntil(b": still here\n\n"), PATIENCE)
            writer.close()
            await until(lambda: len(site.server.streams) == 0, "who has left is noticed")

    run(main())


def test_one_that_does_not_read_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each screen waits until the last one is gone: of hundreds of changes, one that stopped reading holds none."""

    async def main() -> None:
        streams = Streams(stall_seconds=0.3)
        async with panel(tmp_path, streams=streams) as site:
            renders = 0
            rendered = site.server._renderer.screen

            def counted(*words: object) -> str:
                nonlocal renders
                renders += 1
                return rendered(*words) + "x" * 2**20  # type: ignore[arg-type]

            monkeypatch.setattr(site.server._renderer, "screen", counted)
            reader, writer = await asyncio.open_connection("127.0.0.1", site.port, limit=1024)
            writer.write(_request(site))
            await until(lambda: renders > 0, "the first screen")
            for change in range(300):
                site.desk.prefer(0, Prefs(large=change % 2 == 0))
                await asyncio.sleep(0)
            await until(lambda: len(streams) == 0, "the stream has ended")
            assert renders < 10
            writer.close()
            assert reader is not None

    run(main())


def test_the_end_is_clean_with_browsers_before_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with panel(tmp_path) as site:
            readers = [await _stream(site) for _ in range(3)]
            silent = await asyncio.open_connection("127.0.0.1", site.port)
        for reader, writer in [*readers, silent]:
            await asyncio.wait_for(_end(reader), PATIENCE)
            writer.close()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


@pytest.mark.parametrize(("verb", "more"), [("print", ""), ("leave", ""), ("choose", "&job=his&wanted=no")])
def test_a_form_that_is_slow_does_nothing_in_the_next_visit(tmp_path: Path, verb: str, more: str) -> None:
    """Begun while its person stood there, ended when another does."""
    at = AtTheDesk()
    body = f"visit={at.visit(job('hers', 'Hers'))}{more}".encode()

    async def main() -> None:
        async with panel(tmp_path, desk=at.desk) as site:
            head = f"POST /do/{verb} HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nCookie: {site.cookie}\r\n"
            head += f"Sec-Fetch-Site: same-origin\r\nContent-Type: {FORM_TYPE}\r\nContent-Length: {len(body)}\r\n"
            reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
            writer.write(f"{head}\r\n".encode() + body[:-1])
            await until(lambda: any(one.belongs for one in vars(site.room)["_open"]), "it has begun")
            at.visit(job("his", "His"), badge=BEN)
            writer.write(body[-1:])
            answer = await asyncio.wait_for(reader.readuntil(b"visit-over"), PATIENCE)
            assert answer.startswith(b"HTTP/1.1 409 ")
            writer.close()

    run(main())
    view = at.look()
    assert [one.title for one in view.jobs] == ["His"]
    assert view.chosen == {"his"}
    assert not [one for one in at.posted if isinstance(one, JobsChosen | LogOut)]


def test_a_fault_of_ours_is_told_by_its_place_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with panel(tmp_path) as site:

            def broken(*_words: object) -> str:
                raise KeyError("Redundancies, draft 3")

            monkeypatch.setattr(site.server._renderer, "page", broken)
            told = await own(site).ask("GET", "/")
            assert (told.status, told.text) == (500, "internal")
            assert site.lines[-1].startswith("panel: internal fault: KeyError at test_hostile_peers.py:")
            assert "Redundancies" not in "".join(site.lines)

    run(main())


async def _stream(site: Site) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(_request(site))
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
    assert b" 200 " in head
    return reader, writer


def _request(site: Site) -> bytes:
    head = f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nCookie: {site.cookie}\r\n\r\n"
    return head.encode()


async def _end(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""
