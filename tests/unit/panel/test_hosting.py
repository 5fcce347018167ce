"""A page that fails never stops a station: it is told, and tried again; and where a Unix socket may lie."""

import asyncio
import socket
import stat
from itertools import pairwise
from pathlib import Path

import pytest

from firmware.panel.address import parse_panel
from firmware.panel.doorway import DoorwayError, opened
from firmware.panel.entry import Entry, EntryError, start_directory
from firmware.panel.hosting import CALM_SECONDS, LONGEST_PAUSE, keep_hosting
from hal.sim import virtual_time
from hal.sim.clock import VirtualClock
from hal.sim.random_source import SeededRandom


def failing(clock: VirtualClock, lines: list[str], *lives: float) -> list[float]:
    """When each try began, of a page that lives for so many seconds each time."""
    begun: list[float] = []

    async def serve() -> None:
        begun.append(clock.monotonic())
        if len(begun) > len(lives):
            await asyncio.Event().wait()
        await clock.sleep(lives[len(begun) - 1])
        raise KeyError("Redundancies, draft 3")

    async def main() -> None:
        task = asyncio.ensure_future(keep_hosting("panel", serve, clock, lines.append))
        await clock.sleep(1000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    virtual_time.run(main())
    return begun


def test_each_pause_is_twice_as_long_and_never_too_long() -> None:
    lines: list[str] = []
    begun = failing(VirtualClock(), lines, *[0.0] * 9)
    pauses = [after - before for before, after in pairwise(begun)]
    assert pauses == [1, 2, 4, 8, 16, 32, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]
    assert lines[0].startswith("panel failed, and is tried again in 1 s: internal fault: KeyError at test_hosting.py:")
    assert "Redundancies" not in "".join(lines)


def test_one_that_was_there_for_long_is_tried_again_soon() -> None:
    begun = failing(VirtualClock(), [], 0.0, 0.0, CALM_SECONDS)
    assert begun[3] - begun[2] == CALM_SECONDS + 1


def test_a_unix_socket_is_its_groups_and_replaces_what_a_crash_left(tmp_path: Path) -> None:
    path = tmp_path / "panel.sock"
    opened(parse_panel(f"unix:{path}")).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    with opened(parse_panel(f"unix:{path}")):
        with pytest.raises(DoorwayError) as caught:
            opened(parse_panel(f"unix:{path}"))
        assert caught.value.code == "listen-busy"


def test_a_unix_socket_lies_where_nobody_else_writes(tmp_path: Path) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "x")
    file = tmp_path / "file"
    file.write_bytes(b"")
    for path, code in (
        (open_to_all / "s", "listen-unsafe"),
        (link / "s", "listen-unsafe"),
        (tmp_path / "none" / "s", "listen-failed"),
        (file, "listen-busy"),
    ):
        with pytest.raises(DoorwayError) as caught:
            opened(parse_panel(f"unix:{path}"))
        assert caught.value.code == code


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(DoorwayError) as caught:
            opened(parse_panel(f"tcp:127.0.0.1:{taken.getsockname()[1]}"))
        assert caught.value.code == "listen-failed"


def test_the_start_address_is_another_each_time_and_stays_out_of_what_is_shown(tmp_path: Path) -> None:
    random = SeededRandom(1)
    one, other = Entry.made("panel", random), Entry.made("panel", random)
    assert len({one.secret, other.secret, one.cookie, other.cookie, one.form_token, other.form_token}) == 6
    assert one.secret not in repr(one)
    assert one.cookie not in repr(one)
    assert not one.opens(other.secret)
    assert not one.admits(None)
    assert one.admits(one.cookie)
    assert not one.is_ours(b"x")
    with pytest.raises(EntryError):
        one.write(tmp_path / "none", "http://127.0.0.1:1")


def test_where_the_start_address_lies() -> None:
    assert start_directory("/var/lib/lockgate", {}) == Path("/var/lib/lockgate")
    assert start_directory("/var/lib/lockgate", {"RUNTIME_DIRECTORY": "/run/lockgate:/run/x"}) == Path("/run/lockgate")
